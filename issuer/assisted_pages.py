"""The kiosk of an assisted-service officer: find one person, print their passport, give new cards."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer.pages import download, render, translate_of
from issuer.routes import desk_of
from issuer.service import assisted, passports
from issuer.service.assisted import Visit
from runtime.auth import Principal, Role, require_role
from runtime.i18n import language_name
from vc.errors import MalformedValue, NotFound

router = APIRouter(include_in_schema=False)
Officer = Annotated[Principal, Depends(require_role(Role.ASSISTED_OFFICER))]
Language = Annotated[str, Form(max_length=8)]

_FIRST: Final = "rld_number"


class WantedForm(BaseModel):
    """Whom it is about (number and year of birth, or the text of a code or card), and why."""

    model_config = ConfigDict(extra="forbid")
    rld_number: str = Field(default="", max_length=40)
    birth_year: str = Field(default="", max_length=8)
    text: str = Field(default="", max_length=assisted.MAX_TEXT)
    reason: str = Field(default="", max_length=16)


@router.get("/issuer/assisted")
async def show_form(request: Request, _: Officer) -> Response:
    """Whom it is about, and why."""
    return _form(request, typed=WantedForm().model_dump())


@router.post("/issuer/assisted")
async def find(request: Request, principal: Officer, form: Annotated[WantedForm, Form()]) -> Response:
    """On to the person, or back with what to do. A POST, so that no number stands in an address."""
    typed = form.model_dump()
    try:
        wanted = assisted.wanted_person(
            rld_number=form.rld_number, birth_year=form.birth_year, text=form.text
        )
        visit_id = await assisted.find(desk_of(request), principal, wanted, form.reason)
    except MalformedValue as error:
        field = (error.findings[0].pointer or "").removeprefix("/") or _FIRST
        return _form(request, typed=typed, error=(field, str(error)), status_code=400)
    except NotFound as error:
        return _form(request, typed=typed, error=(_FIRST, str(error)), status_code=404)
    return RedirectResponse(f"/issuer/assisted/{visit_id}", status_code=303)


@router.get("/issuer/assisted/{visit_id}")
async def show_visit(request: Request, principal: Officer, visit_id: str) -> Response:
    """The person, what stands in force of them, and what can be printed; for half an hour."""
    return _visit(request, await assisted.visit_of(desk_of(request), principal, visit_id))


@router.post("/issuer/assisted/{visit_id}/passport.pdf")
async def print_passport(
    request: Request, principal: Officer, visit_id: str, language: Language = "en"
) -> Response:
    """Their passport, in Khmer and the language that was chosen."""
    pdf = await assisted.print_passport(desk_of(request), principal, visit_id, language)
    return download(pdf, "application/pdf", "passport.pdf", inline=True)


@router.post("/issuer/assisted/{visit_id}/cards")
async def renew_cards(request: Request, principal: Officer, visit_id: str) -> Response:
    """End their cards and make new ones; these are printed with the passport."""
    desk = desk_of(request)
    await assisted.renew_cards(desk, principal, visit_id)
    return _visit(request, await assisted.visit_of(desk, principal, visit_id), is_renewed=True)


def language_choices() -> list[tuple[str, str]]:
    """The second languages that passports are printed in here, each by its own name."""
    return [(language, language_name(language)) for language in passports.languages()]


def _form(
    request: Request, *, typed: dict[str, str], error: tuple[str, str] | None = None, status_code: int = 200
) -> Response:
    translate = translate_of(request)
    errors = [] if error is None else [{"field": f"field-{error[0]}", "message": translate(error[1])}]
    return render(
        request,
        "issuer/assisted.html",
        status_code=status_code,
        typed=typed,
        errors=errors,
        reasons=[(value, translate(words)) for value, words in assisted.REASONS.items()],
    )


def _visit(request: Request, visit: Visit, *, is_renewed: bool = False) -> Response:
    language = request.app.state.context.pages.language(request)
    return render(
        request,
        "issuer/visit.html",
        visit=visit,
        named=visit.holder.named,
        second_languages=language_choices(),
        chosen="en" if language == "km" else language,
        reason=assisted.REASONS[visit.reason],
        is_renewed=is_renewed,
    )
