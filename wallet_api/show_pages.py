"""The code of a certificate: as big as the screen, and as a picture to keep; and where to get help."""

from typing import Final
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.i18n import DEFAULT_LANGUAGE, SOURCE_LANGUAGE
from runtime.pages import DEMO_WARNING
from runtime.qr import qr_svg
from runtime.service import ServiceContext, context_of
from vc.errors import NotFound
from wallet_api.card import Card, State
from wallet_api.holder_door import Holder
from wallet_api.holding import render, seen_by
from wallet_api.pages import Returnee, filename_of, rld_number_of
from wallet_api.picture import Picture, draw_picture
from wallet_api.routes import wallet_of
from wallet_api.service import CheckedCredential, Delivery
from wallet_api.sound import SENTENCES

router = APIRouter()
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@router.get("/wallet/show")
async def show(request: Request, principal: Returnee) -> Response:
    """The code of the newest certificate that is in force, else of the newest; without any, the passport."""
    seen = await seen_by(request, principal)
    if not seen:
        return RedirectResponse("/wallet", status_code=303)
    first = next((one for one in seen if one.card.state is State.IN_FORCE), seen[0])
    return _page(request, first, seen)


@router.get("/wallet/credentials/{credential_id}/qr")
async def show_one(request: Request, credential_id: str, principal: Holder) -> Response:
    """The code of this certificate."""
    seen = await seen_by(request, principal)
    chosen = next((one for one in seen if one.card.id == credential_id), None)
    if chosen is None:
        raise NotFound("There is no such credential in this wallet.")
    return _page(request, chosen, seen)


@router.get("/wallet/credentials/{credential_id}/qr.png")
async def picture(request: Request, credential_id: str, principal: Holder) -> Response:
    """The code as a picture with the title and the typed code, to be kept or sent on."""
    card, held = await wallet_of(request).card(rld_number_of(principal), credential_id)
    drawn = await anyio.to_thread.run_sync(
        draw_picture, _picture_of(context_of(request), card, held.delivery)
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{filename_of(card)}.png"',
        "Cache-Control": "no-store",
    }
    return Response(drawn, media_type="image/png", headers=headers)


@router.get("/wallet/help")
async def get_help(request: Request, principal: Returnee) -> Response:
    """Whom to call, and what to look at first."""
    return render(request, "wallet_api/help.html")


def _page(request: Request, chosen: CheckedCredential, seen: tuple[CheckedCredential, ...]) -> Response:
    host = urlsplit(context_of(request).settings.base_url).hostname
    delivery = chosen.held.delivery
    return render(
        request,
        "wallet_api/qr.html",
        card=chosen.card,
        delivery=delivery,
        others=[one.card for one in seen if one.card.id != chosen.card.id],
        svg=qr_svg(delivery.verify_url),
        only_here=host in _LOOPBACK,
    )


def _picture_of(context: ServiceContext, card: Card, delivery: Delivery) -> Picture:
    translate = context.pages.translator.gettext
    # In both languages, whoever asks: it is looked at by others.
    both = [DEFAULT_LANGUAGE, SOURCE_LANGUAGE]
    return Picture(
        title_km=card.title_km,
        title_en=card.title_en,
        link=delivery.verify_url,
        code=delivery.typed_code,
        free="\n".join(translate(language, SENTENCES["free"]) for language in both),
        demo="\n".join(f"DEMO – {translate(language, DEMO_WARNING)}" for language in both)
        if context.settings.is_demo
        else None,
    )
