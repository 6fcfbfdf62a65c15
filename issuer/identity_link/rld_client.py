"""Asking the Returnee Labour Database who a number belongs to, over X-Road REST.

The call and its headers follow the X-Road message protocol for REST as CamDX documents it:
``/r1/<instance>/<class>/<member>/<subsystem>/<service>`` with ``X-Road-Client``; only faults of
X-Road itself carry ``X-Road-Error``. The service name and its JSON are this product's proposal,
since no interface of the RLD is published.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from issuer.class_list import Sex
from issuer.identity_link.matching import RldRecord
from vc.errors import EvidenceUnavailable

BATCH_SIZE = 100
"""Numbers asked about in one call."""

_TIMEOUT_SECONDS = 10.0
_MAX_ANSWER_BYTES = 1_000_000
_SERVICE = "persons"


@dataclass(frozen=True, kw_only=True, slots=True)
class XRoadRoute:
    """Who asks and who is asked, as X-Road identifiers ``instance/class/member/subsystem``.

    ``user_id`` names the officer on whose behalf the call is made, with the country code in
    front (``KH…``), or is None.
    """

    client: str
    service: str
    user_id: str | None = None

    @property
    def path(self) -> str:
        """The path of the RLD service, each part percent-encoded."""
        parts = [*self.service.split("/"), _SERVICE]
        return "/r1/" + "/".join(quote(part, safe="") for part in parts)

    @property
    def client_header(self) -> str:
        """The value of ``X-Road-Client``, each part percent-encoded."""
        return "/".join(quote(part, safe="") for part in self.client.split("/"))


class _Person(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    rld_number: str = Field(min_length=3, max_length=40)
    name_km: str = Field(min_length=1, max_length=200)
    name_latin: str = Field(min_length=1, max_length=200)
    birth_date: date
    sex: Sex
    province_code: str = Field(pattern=r"^[0-9]{2}$")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    persons: list[_Person] = Field(max_length=BATCH_SIZE)


class RldClient:
    """A client of the RLD.

    ``client`` has the security server (or the simulator) as its base URL; ``new_id`` makes the
    UUID that goes into ``X-Road-Id`` of each call.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        route: XRoadRoute,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._client = client
        self._route = route
        self._new_id = new_id

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    async def get_persons(self, numbers: Sequence[str]) -> Mapping[str, RldRecord | None]:
        """The record of each number, None where the RLD has none; every number has an entry.

        Raises EvidenceUnavailable where the RLD cannot be asked or answers nonsense: that is
        never to be read as "no such person".
        """
        found: dict[str, RldRecord | None] = dict.fromkeys(numbers)
        remaining = iter(tuple(found))
        while batch := tuple(islice(remaining, BATCH_SIZE)):
            for record in await self._ask(batch):
                if record.rld_number not in batch:
                    raise EvidenceUnavailable("The RLD answered about a person nobody asked for.")
                found[record.rld_number] = record
        return found

    async def _ask(self, numbers: tuple[str, ...]) -> list[RldRecord]:
        try:
            response = await self._client.post(
                self._route.path,
                json={"rld_numbers": list(numbers)},
                headers=self._headers(),
                timeout=_TIMEOUT_SECONDS,
                follow_redirects=False,
            )
        except httpx2.HTTPError as error:
            raise EvidenceUnavailable("The RLD could not be reached.") from error
        if "X-Road-Error" in response.headers:
            raise EvidenceUnavailable("The data exchange could not pass the call to the RLD.")
        if response.status_code != httpx2.codes.OK:
            raise EvidenceUnavailable("The RLD refused the call.")
        return _read(response.content)

    def _headers(self) -> dict[str, str]:
        headers = {"X-Road-Client": self._route.client_header, "X-Road-Id": self._new_id()}
        if self._route.user_id is not None:
            headers["X-Road-UserId"] = self._route.user_id
        return headers


def _read(content: bytes) -> list[RldRecord]:
    if len(content) > _MAX_ANSWER_BYTES:
        raise EvidenceUnavailable("The answer of the RLD is too long.")
    try:
        answer = _Answer.model_validate_json(content)
    except ValidationError as error:
        raise EvidenceUnavailable("The answer of the RLD cannot be read.") from error
    return [RldRecord(**dict(person)) for person in answer.persons]
