"""The officer's kiosk for programs, and what the wallet asks after a recovery."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from issuer.assisted_pages import Officer, WantedForm
from issuer.pages import download
from issuer.routes import desk_of
from issuer.sealed_cards import KeptCard
from issuer.service import assisted, person_cards
from issuer.service.assisted import Visit
from runtime.auth import Principal, require_service
from runtime.person_requests import RldNumber

router = APIRouter()
Wallet = Annotated[Principal, Depends(require_service("wallet_api"))]


class PassportBody(BaseModel):
    """The language beside Khmer."""

    model_config = ConfigDict(extra="forbid", strict=True)
    language: str = Field(default="en", max_length=8)


class EndCardsBody(BaseModel):
    """Whose cards are to end."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rld_number: RldNumber


@router.post("/issuer/api/assisted/visits", status_code=201)
async def open_visit(request: Request, principal: Officer, body: WantedForm) -> dict[str, Any]:
    """Find one person; what may be printed for them, for half an hour."""
    desk = desk_of(request)
    wanted = assisted.wanted_person(rld_number=body.rld_number, birth_year=body.birth_year, text=body.text)
    visit_id = await assisted.find(desk, principal, wanted, body.reason)
    return _visit_json(await assisted.visit_of(desk, principal, visit_id))


@router.post("/issuer/api/assisted/visits/{visit_id}/cards", status_code=201)
async def renew_cards(request: Request, principal: Officer, visit_id: str) -> dict[str, Any]:
    """End every card of the person at once, and make new ones."""
    made = await assisted.renew_cards(desk_of(request), principal, visit_id)
    return {"cards": [_card_json(card) for card in made]}


@router.post("/issuer/api/assisted/visits/{visit_id}/passport")
async def print_passport(request: Request, principal: Officer, visit_id: str, body: PassportBody) -> Response:
    """The person's passport as PDF, with the signed certificates in it."""
    pdf = await assisted.print_passport(desk_of(request), principal, visit_id, body.language)
    return download(pdf, "application/pdf", "passport.pdf")


@router.post("/issuer/api/assisted/end-cards")
async def end_cards(request: Request, body: EndCardsBody, principal: Wallet) -> dict[str, int]:
    """End every card of a person, as they may be in others' hands; the same again ends what was left."""
    ended = await person_cards.end_all(desk_of(request), body.rld_number, actor=principal.subject)
    return {"ended": ended}


def _visit_json(visit: Visit) -> dict[str, Any]:
    named = visit.holder.named
    return {
        "visit": visit.visit_id,
        "name_km": named.name_km,
        "name_latin": named.name_latin,
        "birth_year": named.birth_date.year,
        "certificates": [
            {"number": one.certificate_number, "title": one.details.name, "centre": one.centre_slug}
            for one in visit.holder.certificates
        ],
        "cards": [_card_json(card) for card in visit.cards],
    }


def _card_json(card: KeptCard) -> dict[str, Any]:
    return {"card_id": card.card_id, "kind": card.kind, "text": card.text}
