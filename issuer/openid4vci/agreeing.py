"""What a person may let a wallet have: what their session shows, and what their PIN opens.

The PIN is the wallet service's: this service hands on what was typed, and keeps and logs nothing of it. What
the second PIN shows is all that it gives, and it looks the same.
"""

from dataclasses import dataclass
from typing import Final

from issuer.clients import PassportView, PinRefusal, passport_view, unlock_passport
from issuer.service.desk import Desk
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.errors import NotAuthorized, PassportError

PIN_WORDS: Final = {
    PinRefusal.WRONG: gettext_noop("This is not the right PIN."),
    PinRefusal.LOCKED: gettext_noop(
        "Too many wrong tries. The PIN is locked for a while; a kiosk can end that."
    ),
    PinRefusal.NOT_SET: gettext_noop("You have no PIN yet. Set one first."),
}
# The scope of a session that was opened with the PIN for when a holder is forced.
_LIMITED_VIEW: Final = "wallet.limited"


class PinRefused(PassportError):
    """The PIN opens nothing, for this ``reason``."""

    def __init__(self, reason: PinRefusal) -> None:
        super().__init__(PIN_WORDS[reason])
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Somebody who is asked by a wallet: their number, and what their session shows."""

    subject: str
    rld_number: str
    view: PassportView


async def holder_of(desk: Desk, principal: Principal) -> Holder:
    """Whoever is signed in. Raises ``NotAuthorized`` for nobody of the register, ``EvidenceUnavailable``."""
    if principal.rld_number is None:
        raise NotAuthorized("This account belongs to nobody in the register.")
    view = await passport_view(
        desk.context.peers.client("wallet_api"),
        principal.rld_number,
        is_limited=_LIMITED_VIEW in principal.scopes,
    )
    return Holder(subject=principal.subject, rld_number=principal.rld_number, view=view)


async def unlocked(desk: Desk, holder: Holder, pin: str) -> frozenset[str]:
    """Ids of what may be given: what the PIN opens, and the session shows.

    Raises ``PinRefused``, ``EvidenceUnavailable``.
    """
    opened = await unlock_passport(desk.context.peers.client("wallet_api"), holder.rld_number, pin)
    if isinstance(opened, PinRefusal):
        raise PinRefused(opened)
    return opened & holder.view.credential_ids
