"""Passport cards for the clerk, as pages and as JSON: make them for a class, print, replace one."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer import card_store
from issuer.routes import desk_of
from issuer.sealed_cards import KeptCard
from issuer.service import cards, classes, passports, printing
from issuer.service.desk import Desk
from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop, language_name
from runtime.service import context_of
from vc.card.claims import MAX_FACTS
from vc.card.text import parse_card

api = APIRouter()
router = APIRouter(include_in_schema=False)
Clerk = Annotated[Principal, Depends(require_role(Role.CLERK))]
# No cards of health certificates are made; on paper they stand all the same.
PrintClerk = Annotated[Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK))]

STATE_WORDS: Final = {
    card_store.ISSUED: ("good", gettext_noop("Ready to print")),
    card_store.REFUSED: ("bad", gettext_noop("Does not fit on a card")),
}
_UNDER_WAY: Final = ("wait", gettext_noop("Being made"))


@api.post("/issuer/api/classes/{class_id}/cards", status_code=201)
async def make_cards(request: Request, principal: Clerk, class_id: str) -> dict[str, Any]:
    """Make the work card of every certificate of a class list that has none."""
    desk = desk_of(request)
    await cards.order(desk, principal, class_id)
    return await _class_json(desk, principal, class_id)


@api.get("/issuer/api/classes/{class_id}/cards")
async def read_cards(request: Request, principal: Clerk, class_id: str) -> dict[str, Any]:
    """The cards of a class list that stand."""
    return await _class_json(desk_of(request), principal, class_id)


class CardOrder(BaseModel):
    """The certificates of one person that a card is to show, by their intents."""

    model_config = ConfigDict(extra="forbid")
    credentials: list[Annotated[str, Field(max_length=60)]] = Field(min_length=1, max_length=MAX_FACTS)


@api.post("/issuer/api/cards", status_code=201)
async def make_card(request: Request, principal: Clerk, body: CardOrder) -> dict[str, Any]:
    """Make one card of one or two certificates; the card that stood for the first is ended."""
    return _card_json(await cards.order_one(desk_of(request), principal, body.credentials))


@api.post("/issuer/api/cards/{card_id}/reprint", status_code=201)
async def reprint_card(request: Request, principal: Clerk, card_id: str) -> dict[str, Any]:
    """End a card, and make another of the same certificate, which stays as it is."""
    return _card_json(await cards.reprint(desk_of(request), principal, card_id))


@api.get("/issuer/cards/{card_id}/card.png")
async def card_picture(request: Request, principal: Clerk, card_id: str) -> Response:
    """The code of a card alone."""
    picture = await cards.picture_of(desk_of(request), principal, card_id)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})


@api.get("/issuer/cards/{card_id}/card.pdf")
async def card_file(request: Request, principal: Clerk, card_id: str) -> Response:
    """One card, on a page of its own size."""
    return _pdf(await cards.page_of(desk_of(request), principal, card_id), "passport-card.pdf")


@api.get("/issuer/classes/{class_id}/cards.pdf")
async def card_sheet(request: Request, principal: Clerk, class_id: str) -> Response:
    """The cards of a class list, ten on a page, with cut marks."""
    return _pdf(await cards.sheet_of(desk_of(request), principal, class_id), "passport-cards.pdf")


@router.get("/issuer/classes/{class_id}/cards")
async def show_cards(request: Request, principal: Clerk, class_id: str) -> Response:
    """The cards of a class list, the sheet to print, and a way to replace one."""
    desk = desk_of(request)
    record = await classes.readable_class(desk, principal, class_id)
    kept = await desk.context.database.read(cards.sealed_cards(desk).in_class, class_id)
    return context_of(request).pages.render(
        request,
        "issuer/cards.html",
        record=record,
        cards=[_card_view(card) for card in kept],
        is_printable=any(card.state == card_store.ISSUED for card in kept),
        parts=await printing.parts_of(desk, record.kind, class_id),
        second_languages=[(language, language_name(language)) for language in passports.languages()],
    )


@router.post("/issuer/classes/{class_id}/cards")
async def order_cards(request: Request, principal: Clerk, class_id: str) -> Response:
    """As ``make_cards``, for people."""
    await cards.order(desk_of(request), principal, class_id)
    return RedirectResponse(f"/issuer/classes/{class_id}/cards", status_code=303)


@router.post("/issuer/classes/{class_id}/print")
async def prepare_print(request: Request, principal: PrintClerk, class_id: str) -> Response:
    """Make the cards that are missing, where cards are made of it at all; then on to the first PDF."""
    desk = desk_of(request)
    record = await classes.readable_class(desk, principal, class_id)
    if principal.role is Role.CLERK and await printing.parts_of(desk, record.kind, class_id):
        await cards.order(desk, principal, record.id)
    return RedirectResponse(f"/issuer/classes/{class_id}/print-1.pdf", status_code=303)


@router.get("/issuer/classes/{class_id}/print-{part}.pdf")
async def print_class(request: Request, principal: PrintClerk, class_id: str, part: int) -> Response:
    """Certificates and cards of a class list in one PDF, a part of a long list."""
    pdf = await printing.class_print(desk_of(request), principal, class_id, part)
    return _pdf(pdf, f"class-{part}.pdf")


@router.post("/issuer/classes/{class_id}/passports.pdf")
async def print_passports(
    request: Request,
    principal: Clerk,
    class_id: str,
    language: Annotated[str, Form(max_length=8)] = "en",
    part: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """The passports of a class list's people: what this centre certified, with their cards."""
    desk = desk_of(request)
    pdf = await printing.class_passports(desk, principal, class_id, part=part, language=language)
    return _pdf(pdf, f"passports-{part}.pdf")


@router.post("/issuer/cards/{card_id}/reprint")
async def order_reprint(request: Request, principal: Clerk, card_id: str) -> Response:
    """As ``reprint_card``, for people."""
    made = await cards.reprint(desk_of(request), principal, card_id)
    return RedirectResponse(f"/issuer/classes/{made.class_id}/cards", status_code=303)


async def _class_json(desk: Desk, principal: Principal, class_id: str) -> dict[str, Any]:
    database = desk.context.database
    await classes.readable_class(desk, principal, class_id)
    kept = await database.read(cards.sealed_cards(desk).in_class, class_id)
    return {"cards": [_card_json(card) for card in kept], "sheet": f"/issuer/classes/{class_id}/cards.pdf"}


def _card_json(card: KeptCard) -> dict[str, Any]:
    folder = f"/issuer/cards/{card.card_id}"
    return {
        "card_id": card.card_id,
        "row": card.row,
        "kind": card.kind,
        "state": card.state,
        "text": card.text or None,
        "picture": f"{folder}/card.png",
        "card": f"{folder}/card.pdf",
    }


def _card_view(card: KeptCard) -> dict[str, Any]:
    shown = parse_card(card.text).card if card.text else None
    return {
        "card_id": card.card_id,
        "row": card.row,
        "name_km": shown.name_khmer if shown else None,
        "name_latin": shown.name_latin if shown else None,
        "is_issued": card.state == card_store.ISSUED,
        "state": STATE_WORDS.get(card.state, _UNDER_WAY),
        "expires_on": shown.expires_at.date() if shown else None,
    }


def _pdf(data: bytes, filename: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{filename}"', "Cache-Control": "no-store"}
    return Response(data, media_type="application/pdf", headers=headers)
