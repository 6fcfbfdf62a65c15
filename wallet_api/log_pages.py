"""Who looked: a holder's own log."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import Role
from runtime.i18n import gettext_noop
from runtime.service import context_of
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.printed_routes import PRINTED_WORDS
from wallet_api.recoveries import REASONS
from wallet_api.sharing import SOMEBODY
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
    AccessKind.REFUSED: gettext_noop("Wanted to see what you shared, and was refused"),
    AccessKind.MENU: gettext_noop("Asked through the menu for phones"),
    AccessKind.STOPPED: gettext_noop("Stopped a share"),
    AccessKind.EXPORTED: gettext_noop("Took everything out"),
}
_STAFF: Final = gettext_noop("Staff of the passport")
BY_WORDS: Final[Mapping[str, str]] = {
    HOLDER: gettext_noop("You"),
    SOMEBODY: SOMEBODY,
    **{role.value: _STAFF for role in Role if role is not Role.RETURNEE},
    Role.ASSISTED_OFFICER.value: gettext_noop("Assisted-service officer"),
    Role.OPERATOR.value: gettext_noop("Operator"),
}
# A limited view does not tell of what it does not show.
_IN_LIMITED_VIEW: Final = frozenset(
    {AccessKind.SIGNED_IN, AccessKind.MENU, AccessKind.LOCKED, AccessKind.PHONE_SET}
)


@router.get("/wallet/log")
async def show(request: Request, principal: Returnee) -> Response:
    """Everybody who looked, newest first."""
    context = context_of(request)
    holder = context.personal.person(rld_number_of(principal))

    def read(connection: Connection) -> tuple[AccessEntry, ...]:
        return access_log.of_holder(context.personal, connection, holder)

    entries = await context.database.read(read)
    if is_limited(principal):
        entries = tuple(entry for entry in entries if entry.kind in _IN_LIMITED_VIEW)
    return context.pages.render(
        request,
        "wallet_api/log.html",
        entries=entries,
        kind_words=KIND_WORDS,
        by_words=BY_WORDS,
        details={**REASONS, **PRINTED_WORDS},
    )
