"""The status lists of the conformance profile: nothing on them is ever set."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from runtime.clock import Clock
from vc.crypto.keys import Signer
from vc.did.resolve import did_of
from vc.encoding.strict_json import JsonValue
from vc.proof.data_integrity import add_proof
from vc.status.bitstring_status_list import MIN_LENGTH
from vc.status.documents import build_status_list_credential
from vc.status.entries import StatusPurpose

_PATH = "/conformance/status/{number}"
_LIFETIME = timedelta(hours=1)
_TTL = timedelta(minutes=5)
router = APIRouter()


class Statuses:
    """Gives out entries in order, a new list when one is full."""

    def __init__(self, *, origin: str, signer: Signer, clock: Clock) -> None:
        """Lists are at ``origin``, signed by ``signer``."""
        self._origin = origin
        self._signer = signer
        self._clock = clock
        self._given = 0

    def entry(self) -> dict[str, JsonValue]:
        """The next ``BitstringStatusListEntry``."""
        number, index = divmod(self._given, MIN_LENGTH)
        self._given += 1
        url = self._url(number)
        return {
            "id": f"{url}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": StatusPurpose.REVOCATION.value,
            "statusListIndex": str(index),
            "statusListCredential": url,
        }

    def list_credential(self, number: int) -> dict[str, Any]:
        """The signed list of that number, in force for an hour."""
        now = self._clock.now()
        document = build_status_list_credential(
            url=self._url(number),
            issuer=did_of(self._signer.verification_method),
            purpose=StatusPurpose.REVOCATION,
            length=MIN_LENGTH,
            states={},
            valid_from=now,
            valid_until=now + _LIFETIME,
            ttl=_TTL,
        )
        return add_proof(document, cryptosuite="eddsa-rdfc-2022", signer=self._signer, created=now)

    def _url(self, number: int) -> str:
        return self._origin + _PATH.format(number=number)


def _statuses_of(request: Request) -> Statuses:
    statuses: Statuses = request.app.state.profile.statuses
    return statuses


@router.get("/conformance/status/{number}")
async def status_list(number: int, statuses: Annotated[Statuses, Depends(_statuses_of)]) -> JSONResponse:
    """A list, for whoever checks an entry."""
    return JSONResponse(statuses.list_credential(number))
