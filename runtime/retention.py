"""How long each kind of personal data is kept: the one table, and the job that keeps to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from runtime.logging import get_logger, places_of
from runtime.settings import Settings

_log = get_logger("retention")
_PAUSE_SECONDS: Final = 600.0
_OUR_CHOICE: Final = "This product's choice; no law is known to set a number."


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What is kept no longer than the setting ``retention_<name>_days`` says, counted from ``since``."""

    name: str
    service: str
    what: str
    since: str
    reason: str
    source: str = _OUR_CHOICE
    in_force: str = "2026-11-25"

    @property
    def setting(self) -> str:
        """The setting that holds the number of days."""
        return f"retention_{self.name}_days"


PREVIEW: Final = Limit(
    name="preview",
    service="issuer",
    what="Class lists that were never issued, and their rows",
    since="the upload",
    reason="A clerk corrects a list within days; nothing was decided about anybody.",
)
SHEET: Final = Limit(
    name="sheet",
    service="issuer",
    what="The uploaded file of a class list that was issued",
    since="the upload",
    reason="It settles questions about the class; the certificates stay.",
)
SESSION: Final = Limit(
    name="session",
    service="trust_registry",
    what="Sessions that have ended, and invitations and tries to sign in elsewhere that led to nothing",
    since="their end",
    reason="Whoever asks who was signed in asks soon.",
)
SIGN_IN: Final = Limit(
    name="sign_in",
    service="trust_registry",
    what="Counts of tries to sign in, by keyed hashes",
    since="the end of the quarter of an hour they are about",
    reason="They serve to slow guessing down, for that quarter of an hour.",
)
ACCESS: Final = Limit(
    name="access",
    service="verifier",
    what="API keys that have ended, how often a key was used on a day, and counts of what was presented; "
    "which certificate was checked is kept nowhere",
    since="the end of the key, or the day",
    reason="Whoever asks about a key that was misused asks within months.",
)
NOTICE: Final = Limit(
    name="notice",
    service="wallet_api",
    what="That there was news about a certificate, once it was read, handed over, or sent",
    since="that",
    reason="Whoever says that nobody told them says so within months.",
)
SUSPICION: Final = Limit(
    name="suspicion",
    service="revocation",
    what="Reports of a suspicion that an officer dealt with",
    since="that",
    reason="A second report about the same agency or certificate comes within months.",
)
LIMITS: Final = (PREVIEW, SHEET, SESSION, SIGN_IN, ACCESS, NOTICE, SUSPICION)


def before(settings: Settings, limit: Limit, now: datetime) -> datetime:
    """What is older than this is over the limit."""
    return now - timedelta(days=getattr(settings, limit.setting))


async def keep_to_limits(sweep: Callable[[], Awaitable[None]]) -> None:
    """Sweep at once and then every ten minutes, for ever. Run it as a task and cancel it."""
    while True:
        try:
            await sweep()
        except Exception as error:  # noqa: BLE001 - the edge of a task: it must outlive every failure
            _log.error("nothing was swept", error=type(error).__name__, places=places_of(error.__traceback__))
        await asyncio.sleep(_PAUSE_SECONDS)
