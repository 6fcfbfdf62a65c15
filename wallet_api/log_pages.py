"""Who looked: a holder's own log, and to stop there what they still share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import Role
from runtime.i18n import gettext_noop
from runtime.service import context_of
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.agreeing_routes import APP
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.printed_routes import PRINTED_WORDS
from wallet_api.recoveries import REASONS
from wallet_api.share_forms import text_in
from wallet_api.share_routes import shares_of
from wallet_api.sharing import SOMEBODY, HeldShare
from wallet_api.store import Connection
from wallet_api.unlocking import HOLDER
from wallet_api.visible import is_limited

router = APIRouter()

KIND_WORDS: Final[Mapping[AccessKind, str]] = {
    AccessKind.SIGNED_IN: gettext_noop("Signed in with phone or card and PIN"),
    AccessKind.LOCKED: gettext_noop("The PIN was locked after five wrong tries"),
    AccessKind.PIN_SET: gettext_noop("A PIN was set"),
    AccessKind.PHONE_SET: gettext_noop("The phone was changed"),
    AccessKind.TRIED: gettext_noop("Wanted to see a certificate, and was refused"),
    AccessKind.FOUND: gettext_noop("Looked you up at a kiosk"),
    AccessKind.RECOVERED: gettext_noop("Gave you a new PIN at a kiosk"),
    AccessKind.PRINTED: gettext_noop("Printed your passport"),
    AccessKind.SHARED: gettext_noop("Shared"),
    AccessKind.OPENED: gettext_noop("Looked at what you shared"),
    AccessKind.PHOTO: gettext_noop("Saw your photo from the labour database"),
    AccessKind.REFUSED: gettext_noop("Wanted to see what you shared, and was refused"),
    AccessKind.MENU: gettext_noop("Asked through the menu for phones"),
    AccessKind.STOPPED: gettext_noop("Stopped a share"),
    AccessKind.EXPORTED: gettext_noop("Took everything out"),
    AccessKind.FETCHED: gettext_noop("Fetched a copy of a certificate"),
}
KIND_PICTURES: Final[Mapping[AccessKind, str]] = {
    AccessKind.SIGNED_IN: "mine",
    AccessKind.LOCKED: "pin",
    AccessKind.PIN_SET: "pin",
    AccessKind.PHONE_SET: "phone",
    AccessKind.TRIED: "stop",
    AccessKind.FOUND: "asked",
    AccessKind.RECOVERED: "pin",
    AccessKind.PRINTED: "passport",
    AccessKind.SHARED: "share",
    AccessKind.OPENED: "looked",
    AccessKind.REFUSED: "stop",
    AccessKind.MENU: "phone",
    AccessKind.STOPPED: "stop",
    AccessKind.EXPORTED: "save",
    AccessKind.PHOTO: "looked",
    AccessKind.FETCHED: "phone",
}
"""Which of the pictures in ``pictures.html`` stands beside an entry."""
_STAFF: Final = gettext_noop("Staff of the passport")
BY_WORDS: Final[Mapping[str, str]] = {
    HOLDER: gettext_noop("You"),
    SOMEBODY: SOMEBODY,
    APP: gettext_noop("A wallet app"),
    **{role.value: _STAFF for role in Role if role is not Role.RETURNEE},
    Role.ASSISTED_OFFICER.value: gettext_noop("Assisted-service officer"),
    Role.OPERATOR.value: gettext_noop("Operator"),
}
# A limited view does not tell of what it does not show.
_IN_LIMITED_VIEW: Final = frozenset(
    {AccessKind.SIGNED_IN, AccessKind.MENU, AccessKind.LOCKED, AccessKind.PHONE_SET}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """An entry, the share it is about as its holder sees it, and whether that is stopped from here."""

    entry: AccessEntry
    share: HeldShare | None
    has_stop: bool


@router.get("/wallet/log")
async def show(request: Request, principal: Returnee) -> Response:
    """Everybody who looked, newest first; ``stopped`` names a share that was to be stopped from here."""
    context = context_of(request)
    holder = context.personal.person(rld_number_of(principal))

    def read(connection: Connection) -> tuple[AccessEntry, ...]:
        return access_log.of_holder(context.personal, connection, holder)

    entries = await context.database.read(read)
    if is_limited(principal):
        entries = tuple(entry for entry in entries if entry.kind in _IN_LIMITED_VIEW)
    shares = {one.receipt.share_id: one for one in await shares_of(request).visible(principal)}
    return context.pages.render(
        request,
        "wallet_api/log.html",
        lines=_lines(entries, shares),
        # Said of what is so now, never because an address says it.
        ended=_ended(shares.get(text_in(request.query_params, "stopped"))),
        kind_words=KIND_WORDS,
        kind_pictures=KIND_PICTURES,
        by_words=BY_WORDS,
        details={**REASONS, **PRINTED_WORDS},
        language=context.pages.language(request),
    )


def _lines(entries: Sequence[AccessEntry], shares: Mapping[str, HeldShare]) -> list[_Line]:
    """The newest entry about a share that goes on has the button, and no other: one share, one button."""
    lines: list[_Line] = []
    with_button: set[str] = set()
    for entry in entries:
        share = shares.get(entry.share_id)
        has_stop = share is not None and share.goes_on and entry.share_id not in with_button
        if has_stop:
            with_button.add(entry.share_id)
        lines.append(_Line(entry=entry, share=share, has_stop=has_stop))
    return lines


def _ended(share: HeldShare | None) -> HeldShare | None:
    return None if share is None or share.stands else share
