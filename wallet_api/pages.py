"""The wallet for its holder: pictures, few words, big buttons."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.qr import qr_svg
from runtime.service import context_of
from vc.errors import NotAuthorized
from vc.model.credential_types import types_by_slug
from wallet_api.card import Card, State
from wallet_api.routes import wallet_of

STATE_WORDS: Final = {
    State.IN_FORCE: ("good", gettext_noop("In force now")),
    State.REVOKED: ("bad", gettext_noop("Revoked")),
    State.REPLACED: ("plain", gettext_noop("Replaced by a corrected one")),
    State.NOT_IN_FORCE: ("bad", gettext_noop("Not in force")),
    State.COULD_NOT_CHECK: ("wait", gettext_noop("Could not check now")),
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NOT_IN_FILENAME: Final = re.compile(r"[^A-Za-z0-9._-]+")

router = APIRouter()
Returnee = Annotated[Principal, Depends(require_role(Role.RETURNEE))]


@router.get("/wallet")
async def my_passport(request: Request, principal: Returnee) -> Response:
    """A card for each credential of whoever is signed in."""
    cards = await wallet_of(request).cards(_rld_number(principal))
    return _render(request, "wallet_api/passport.html", cards=cards)


@router.get("/wallet/credentials/{credential_id}")
async def one_credential(request: Request, credential_id: str, principal: Returnee) -> Response:
    """One credential with everything its holder can do with it."""
    card, held = await wallet_of(request).card(_rld_number(principal), credential_id)
    return _render(request, "wallet_api/credential.html", card=card, delivery=held.delivery)


@router.get("/wallet/credentials/{credential_id}/qr")
async def show_code(request: Request, credential_id: str, principal: Returnee) -> Response:
    """The QR of the verify page, as big as the screen."""
    card, held = await wallet_of(request).card(_rld_number(principal), credential_id)
    host = urlsplit(context_of(request).settings.base_url).hostname
    return _render(
        request,
        "wallet_api/qr.html",
        card=card,
        delivery=held.delivery,
        svg=qr_svg(held.delivery.verify_url),
        only_here=host in _LOOPBACK,
    )


@router.get("/wallet/credentials/{credential_id}/file")
async def download(request: Request, credential_id: str, principal: Returnee) -> Response:
    """The exact bytes the issuer signed, as a file that verifies without us."""
    card, held = await wallet_of(request).card(_rld_number(principal), credential_id)
    name = f"{_filename(card)}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(held.raw, media_type="application/vc", headers=headers)


def _render(request: Request, template: str, **values: Any) -> Response:
    pages = context_of(request).pages
    words: dict[str, Any] = {"state_words": STATE_WORDS, "kind_words": _kind_words(pages.language(request))}
    return pages.render(request, template, **words, **values)


def _kind_words(language: str) -> Mapping[str, str]:
    """What kind of credential it is, by the slug of its type."""
    return {slug: entry.titles.get(language, entry.titles["en"]) for slug, entry in types_by_slug().items()}


def _rld_number(principal: Principal) -> str:
    if principal.rld_number is None:
        raise NotAuthorized("This account belongs to nobody in the register.")
    return principal.rld_number


def _filename(card: Card) -> str:
    name = _NOT_IN_FILENAME.sub("-", card.certificate_number or "").strip("-.")
    return name[:80] or "certificate"
