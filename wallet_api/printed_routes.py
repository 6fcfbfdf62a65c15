"""What officers do on paper: whom they can reach by phone, and that they looked somebody up or printed."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from runtime.auth import Principal, require_service
from runtime.i18n import gettext_noop
from runtime.person_requests import RldNumber
from runtime.personal_data import PersonalData
from runtime.service import context_of
from wallet_api import access_log, reach_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.store import Connection

router = APIRouter(prefix="/wallet/api/people")
_Issuer = Annotated[Principal, Depends(require_service("issuer"))]
PRINTED_WORDS: Final[Mapping[str, str]] = {
    "passport": gettext_noop("on paper"),
    "cards": gettext_noop("new cards; the old ones are ended"),
}
"""What an officer printed, as its holder reads it."""

_MOST_ASKED: Final = 500
_MOST_PRINTED: Final = 200


class PeopleBody(BaseModel):
    """Whom is asked about."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rld_numbers: list[RldNumber] = Field(min_length=1, max_length=_MOST_ASKED)


class PrintedBody(BaseModel):
    """For whom an officer did something, and what: found them, or printed their passport or new cards."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rld_numbers: list[RldNumber] = Field(min_length=1, max_length=_MOST_PRINTED)
    what: Literal["found", "passport", "cards"]
    by: Literal["assisted_officer"]


@router.post("/reachable")
async def list_reachable(request: Request, body: PeopleBody, _: _Issuer) -> dict[str, list[str]]:
    """Which of these people can be told on a phone, or by another way they confirmed."""
    context = context_of(request)
    holders = {context.personal.person(number): number for number in body.rld_numbers}
    reached = await context.database.read(reach_store.reachable, list(holders))
    return {"reachable": sorted(holders[holder] for holder in reached)}


@router.post("/printed")
async def note_printed(request: Request, body: PrintedBody, _: _Issuer) -> dict[str, Any]:
    """Let each of these people see in their passport that an officer did so."""
    context = context_of(request)
    holders = [context.personal.person(number) for number in body.rld_numbers]
    kind = AccessKind.FOUND if body.what == "found" else AccessKind.PRINTED
    detail = "" if body.what == "found" else body.what
    entry = AccessEntry(kind=kind, by=body.by, detail=detail, at=context.clock.now())
    await context.database.write(_note, context.personal, holders, entry)
    return {"noted": len(holders)}


def _note(connection: Connection, personal: PersonalData, holders: list[str], entry: AccessEntry) -> None:
    for holder in holders:
        access_log.add(personal, connection, holder, entry)
