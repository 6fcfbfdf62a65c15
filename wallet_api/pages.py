"""The wallet for its holder: pictures, few words, big buttons."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import EvidenceUnavailable, NotAuthorized, NotFound
from vc.model.credential_types import types_by_slug
from wallet_api.card import Card, State
from wallet_api.clients import Reports
from wallet_api.holder_door import Holder
from wallet_api.open_wallet.awaiting import Awaiting
from wallet_api.open_wallet.received import Received
from wallet_api.reasons import GROUNDS, REASONS, REFUSALS
from wallet_api.registry import Standing, StatusRegistry
from wallet_api.routes import wallet_of
from wallet_api.share_routes import shares_of
from wallet_api.sound import sounds_of

STATE_WORDS: Final = {
    State.IN_FORCE: ("good", gettext_noop("In force now")),
    State.REVOKED: ("bad", gettext_noop("Revoked")),
    State.REPLACED: ("plain", gettext_noop("Replaced by a corrected one")),
    State.SUSPENDED: ("wait", gettext_noop("Under review")),
    State.NOT_IN_FORCE: ("bad", gettext_noop("Not in force")),
    State.COULD_NOT_CHECK: ("wait", gettext_noop("Could not check now")),
}
_KNOWN_STATES: Final = {
    "revoked": State.REVOKED,
    "superseded": State.REPLACED,
    "suspended": State.SUSPENDED,
}
_NOT_IN_FILENAME: Final = re.compile(r"[^A-Za-z0-9._-]+")

WRONG: Final[Mapping[str, str]] = {
    "name": gettext_noop("The name"),
    "birth-date": gettext_noop("The date of birth"),
    "skill": gettext_noop("The skill or course"),
    "date": gettext_noop("A date"),
    "not-mine": gettext_noop("It is not mine"),
    "other": gettext_noop("Something else"),
}
"""What a holder can choose; the issuer knows the same words."""

MAX_NOTE: Final = 500

router = APIRouter()
Returnee = Annotated[Principal, Depends(require_role(Role.RETURNEE))]


@router.get("/wallet")
async def my_passport(request: Request, principal: Returnee) -> Response:
    """A card for each credential of whoever is signed in."""
    number = rld_number_of(principal)
    cards = await wallet_of(request).visible_credentials(principal, await wallet_of(request).cards(number))
    news = await wallet_of(request).news(number)
    received: Received = request.app.state.received
    awaiting: Awaiting = request.app.state.open_wallet.receiving.awaiting
    shares = await shares_of(request).visible(principal)
    return _render(
        request,
        "wallet_api/passport.html",
        cards=cards,
        news={one.credential_id for one in news},
        received=await received.of(principal),
        has_not_given=bool(await awaiting.not_given(principal)),
        open_shares=sum(one.goes_on for one in shares),
    )


@router.get("/wallet/credentials/{credential_id}")
async def one_credential(request: Request, credential_id: str, principal: Holder) -> Response:
    """One credential with everything its holder can do with it; what is news about it was read by that."""
    await wallet_of(request).read_news(rld_number_of(principal), credential_id)
    return await _credential_page(request, credential_id, principal)


@router.post("/wallet/credentials/{credential_id}/report")
async def report(
    request: Request,
    credential_id: str,
    principal: Holder,
    wrong: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Tell the centre that something on a credential of one's own is wrong."""
    await wallet_of(request).held(rld_number_of(principal), credential_id)
    if wrong not in WRONG or len(note) > MAX_NOTE:
        return await _credential_page(request, credential_id, principal, asks_again=True)
    await Reports(context_of(request).peers).add(credential_id, wrong, note)
    return RedirectResponse(f"/wallet/credentials/{credential_id}", status_code=303)


@router.post("/wallet/credentials/{credential_id}/appeal")
async def appeal(
    request: Request,
    credential_id: str,
    principal: Holder,
    grounds: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Appeal against the revocation or suspension of a credential of one's own."""
    await wallet_of(request).held(rld_number_of(principal), credential_id)
    if grounds not in GROUNDS:
        return await _credential_page(request, credential_id, principal, asks_grounds=True)
    await StatusRegistry(context_of(request).peers).appeal(credential_id, grounds)
    return RedirectResponse(f"/wallet/credentials/{credential_id}", status_code=303)


@router.get("/wallet/credentials/{credential_id}/file")
async def download(request: Request, credential_id: str, principal: Holder) -> Response:
    """The exact bytes the issuer signed, as a file that verifies without us."""
    card, held = await wallet_of(request).card(rld_number_of(principal), credential_id)
    name = f"{filename_of(card)}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(held.raw, media_type="application/vc", headers=headers)


async def _credential_page(
    request: Request,
    credential_id: str,
    principal: Principal,
    *,
    asks_again: bool = False,
    asks_grounds: bool = False,
) -> Response:
    card, held = await wallet_of(request).card(rld_number_of(principal), credential_id)
    try:
        reported = await Reports(context_of(request).peers).last(credential_id)
    except EvidenceUnavailable:
        # The passport is shown all the same; what became of a report is seen another time.
        reported = None
    standing = await _standing(request, card)
    if standing is not None and standing.state in _KNOWN_STATES:
        # The registry knows before the lists are published and fetched again.
        card = replace(card, state=_KNOWN_STATES[standing.state])
    return _render(
        request,
        "wallet_api/credential.html",
        status_code=400 if asks_again or asks_grounds else 200,
        card=card,
        delivery=held.delivery,
        reported=reported,
        wrong=WRONG,
        asks_again=asks_again,
        asks_grounds=asks_grounds,
        standing=standing,
        reasons=REASONS,
        grounds=GROUNDS,
        refusals=REFUSALS,
    )


async def _standing(request: Request, card: Card) -> Standing | None:
    """What the registry says of what is not in force, or came back; None where it says nothing now."""
    if card.state is State.COULD_NOT_CHECK:
        return None
    try:
        return await StatusRegistry(context_of(request).peers).standing(card.id)
    except (EvidenceUnavailable, NotFound):
        # The state is shown all the same; why, and what of an appeal, is seen another time.
        return None


def _render(request: Request, template: str, **values: Any) -> Response:
    pages = context_of(request).pages
    words: dict[str, Any] = {
        "state_words": STATE_WORDS,
        "kind_words": _kind_words(pages.language(request)),
        "sounds": sounds_of(request),
    }
    return pages.render(request, template, **words, **values)


def _kind_words(language: str) -> Mapping[str, str]:
    """What kind of credential it is, by the slug of its type."""
    return {slug: entry.titles.get(language, entry.titles["en"]) for slug, entry in types_by_slug().items()}


def rld_number_of(principal: Principal) -> str:
    """The number in the labour database of whoever is signed in. Raises ``NotAuthorized``."""
    if principal.rld_number is None:
        raise NotAuthorized("This account belongs to nobody in the register.")
    return principal.rld_number


def filename_of(card: Card) -> str:
    """Its number as the name of a file, without an ending."""
    name = _NOT_IN_FILENAME.sub("-", card.certificate_number or "").strip("-.")
    return name[:80] or "certificate"
