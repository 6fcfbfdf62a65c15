"""What a holder still needs for work abroad or at home: destination, field, then one line a requirement."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from runtime.i18n import PHNOM_PENH
from runtime.service import context_of
from vc.errors import NotFound
from vc.programmes.model import Programme
from vc.programmes.reading import open_programmes
from vc.programmes.standing import Held
from vc.trust.decide import decide
from wallet_api.holding import render, seen_by
from wallet_api.outlook import WORDS, in_language, outlook
from wallet_api.pages import Returnee

router = APIRouter(prefix="/wallet/programmes")


@router.get("")
async def choose(request: Request, principal: Returnee) -> Response:
    """The destinations."""
    language = context_of(request).pages.language(request)
    programmes = [(one.id, in_language(one.title, language)) for one in open_programmes(_today(request))]
    return render(request, "wallet_api/programmes.html", programmes=programmes)


@router.get("/{programme_id}")
async def show(
    request: Request,
    programme_id: str,
    principal: Returnee,
    variant: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """How the holder stands; where the programme has fields, they are chosen first."""
    programme = _open(programme_id, _today(request))
    language = context_of(request).pages.language(request)
    if programme.variants and variant not in programme.variants:
        return _fields(request, programme, language, is_unknown=bool(variant))
    held = {
        one.card.id: Held(verification=one.verification, decision=decide(one.verification))
        for one in await seen_by(request, principal)
    }
    seen = outlook(
        programme,
        held,
        variant=variant or None,
        on=_today(request),
        language=language,
    )
    return render(request, "wallet_api/programme.html", programme=seen, words=WORDS)


def _fields(request: Request, programme: Programme, language: str, *, is_unknown: bool) -> Response:
    return render(
        request,
        "wallet_api/programme_fields.html",
        status_code=404 if is_unknown else 200,
        programme_id=programme.id,
        title=in_language(programme.title, language),
        fields=[(code, in_language(one.title, language)) for code, one in programme.variants.items()],
        is_unknown=is_unknown,
    )


def _open(programme_id: str, today: date) -> Programme:
    """The programme as it is open today. Raises ``NotFound``."""
    for programme in open_programmes(today):
        if programme.id == programme_id:
            return programme
    raise NotFound("There is no such programme.")


def _today(request: Request) -> date:
    """The day in Cambodia."""
    return context_of(request).clock.now().astimezone(PHNOM_PENH).date()
