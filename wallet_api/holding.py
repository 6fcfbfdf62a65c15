"""What whoever is signed in sees of what they have; every page takes it from here."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import Principal
from runtime.service import context_of
from wallet_api.pages import STATE_WORDS, rld_number_of
from wallet_api.routes import wallet_of
from wallet_api.service import CheckedCredential
from wallet_api.sound import sounds_of


async def seen_by(request: Request, principal: Principal) -> tuple[CheckedCredential, ...]:
    """Their certificates, each checked now, newest first."""
    wallet = wallet_of(request)
    checked = await wallet.checked(rld_number_of(principal))
    visible = await wallet.visible_credentials(principal, tuple(one.card for one in checked))
    ids = {card.id for card in visible}
    return tuple(one for one in checked if one.card.id in ids)


def render(request: Request, template: str, *, status_code: int = 200, **values: Any) -> Response:
    """A page of the holder's, with the words for states and the sentences that can be heard."""
    return context_of(request).pages.render(
        request,
        template,
        status_code=status_code,
        state_words=STATE_WORDS,
        sounds=sounds_of(request),
        **values,
    )
