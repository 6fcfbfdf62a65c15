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
OFFER: Final = Limit(
    name="offer",
    service="issuer",
    what="Offers to wallets and what came of them: codes, access tokens, what waits, and what wallets said",
    since="the offer, or the consent of its holder",
    reason="What a wallet did not fetch within a day is offered again.",
    in_force="2026-11-27",
)
HANDOVER: Final = Limit(
    name="handover",
    service="issuer",
    what="Lists of papers to hand over and what became of each; that an officer found somebody at a kiosk",
    since="the list, or the visit",
    reason="Whoever says that they were handed nothing says so within months.",
    in_force="2026-11-27",
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
SHARE: Final = Limit(
    name="share",
    service="wallet_api",
    what="Consent receipts: with whom a holder shared or whom they answered, for what, the names of the "
    "claims, and until when",
    since="the end of the share, or the answer",
    reason="A holder who asks what became of something they shared asks within a year.",
)
CODE: Final = Limit(
    name="code",
    service="wallet_api",
    what="Codes on their way to phones, by keyed hashes, and counts of wrong ones",
    since="the code",
    reason="A code is good for ten minutes, and wrong ones lock a number for a quarter of an hour.",
    in_force="2026-11-27",
)
HELP: Final = Limit(
    name="help",
    service="wallet_api",
    what="That an officer helped somebody at a kiosk; warnings of people under threat once they were seen",
    since="that",
    reason="Whoever says that it was not they who was helped says so within months.",
    in_force="2026-11-27",
)
LOOKED: Final = Limit(
    name="looked",
    service="wallet_api",
    what="A holder's own log of who looked at what they have",
    since="the look",
    reason="It is the holder's, who may work abroad for a year before reading it.",
    in_force="2026-11-27",
)
SUSPICION: Final = Limit(
    name="suspicion",
    service="revocation",
    what="Reports of a suspicion that an officer dealt with",
    since="that",
    reason="A second report about the same agency or certificate comes within months.",
)
MENU: Final = Limit(
    name="menu",
    service="wallet_api",
    what="Which language somebody chose in the menus for phones, and which messages were answered, by keyed "
    "hashes",
    since="the last message",
    reason="Whoever writes again soon is answered in their language, and a message brought twice once.",
    in_force="2026-11-27",
)
LIMITS: Final = (
    PREVIEW,
    SHEET,
    OFFER,
    HANDOVER,
    SESSION,
    SIGN_IN,
    ACCESS,
    NOTICE,
    SHARE,
    SUSPICION,
    CODE,
    HELP,
    LOOKED,
    MENU,
)


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
