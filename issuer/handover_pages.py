"""Papers for people without a phone, as pages and as JSON: make a list, print it, note what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer.assisted_pages import Language, Officer, language_choices
from issuer.handover_store import HandoverState, Scope
from issuer.pages import download, render, translate_of
from issuer.routes import desk_of
from issuer.service import handovers
from issuer.service.handovers import HandoverList
from issuer.service.national import provinces
from runtime.i18n import gettext_noop
from vc.errors import MalformedValue

api = APIRouter()
router = APIRouter(include_in_schema=False)

STATE_WORDS = {
    HandoverState.WAITING: ("wait", gettext_noop("To hand over")),
    HandoverState.HANDED: ("good", gettext_noop("Handed over")),
    HandoverState.NOT_FOUND: ("bad", gettext_noop("Not found there")),
}


class ListBody(BaseModel):
    """What a list is of: a province by its code, or a class list by its id."""

    model_config = ConfigDict(extra="forbid")
    scope: Scope
    place: str = Field(min_length=1, max_length=40)


@api.post("/issuer/api/handovers", status_code=201)
async def make_list(request: Request, principal: Officer, body: ListBody) -> dict[str, Any]:
    """Begin a list of people without a phone; it may still be gathered when this answers."""
    desk = desk_of(request)
    list_id = await handovers.make(desk, principal, body.scope, body.place)
    return _list_json(await handovers.the_list(desk, list_id))


@api.get("/issuer/api/handovers/{list_id}")
async def read_list(request: Request, _: Officer, list_id: str) -> dict[str, Any]:
    """A list as it stands, and who is on it."""
    return _list_json(await handovers.the_list(desk_of(request), list_id))


@router.get("/issuer/handovers")
async def show_lists(request: Request, _: Officer) -> Response:
    """The newest lists, and the form for another."""
    return await _lists(request)


@router.post("/issuer/handovers")
async def begin_list(
    request: Request,
    principal: Officer,
    province: Annotated[str, Form(max_length=8)] = "",
    class_id: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """As ``make_list``, for people; a class list goes before a province."""
    scope, place = (Scope.CLASS, class_id.strip()) if class_id.strip() else (Scope.PROVINCE, province)
    try:
        list_id = await handovers.make(desk_of(request), principal, scope, place)
    except MalformedValue as error:
        return await _lists(request, error=str(error))
    return RedirectResponse(f"/issuer/handovers/{list_id}", status_code=303)


@router.get("/issuer/handovers/{list_id}")
async def show_list(request: Request, _: Officer, list_id: str) -> Response:
    """Who is on a list, what to print, and what became of each."""
    shown = await handovers.the_list(desk_of(request), list_id)
    return render(
        request,
        "issuer/handover.html",
        shown=shown,
        states=STATE_WORDS,
        second_languages=language_choices(),
        most=handovers.MOST,
        places=provinces(),
    )


@router.get("/issuer/handovers/{list_id}/list.pdf")
async def print_list(request: Request, principal: Officer, list_id: str) -> Response:
    """The list with room to sign."""
    pdf = await handovers.print_list(desk_of(request), principal, list_id)
    return download(pdf, "application/pdf", "list.pdf", inline=True)


@router.get("/issuer/handovers/{list_id}/list.csv")
async def take_list(request: Request, principal: Officer, list_id: str) -> Response:
    """The list as a table."""
    data = await handovers.take_csv(desk_of(request), principal, list_id)
    return download(data, "text/csv; charset=utf-8", "list.csv")


@router.post("/issuer/handovers/{list_id}/passports.pdf")
async def print_passports(
    request: Request, principal: Officer, list_id: str, language: Language = "en"
) -> Response:
    """The passports of everybody who waits, in the order of the list."""
    pdf = await handovers.print_passports(desk_of(request), principal, list_id, language)
    return download(pdf, "application/pdf", "passports.pdf", inline=True)


@router.post("/issuer/handovers/{list_id}/{handover_id}")
async def change(
    request: Request,
    principal: Officer,
    list_id: str,
    handover_id: str,
    state: Annotated[HandoverState, Form()],
) -> Response:
    """Note what became of one person's papers, or put them back to wait."""
    await handovers.change(desk_of(request), principal, list_id, handover_id, state)
    return RedirectResponse(f"/issuer/handovers/{list_id}", status_code=303)


async def _lists(request: Request, *, error: str | None = None) -> Response:
    errors = [] if error is None else [{"field": "field-province", "message": translate_of(request)(error)}]
    language = request.app.state.context.pages.language(request)
    named = [(code, names[1] if language == "km" else names[0]) for code, names in provinces().items()]
    return render(
        request,
        "issuer/handovers.html",
        status_code=400 if errors else 200,
        lists=await handovers.lists(desk_of(request)),
        errors=errors,
        provinces=named,
        places=provinces(),
        most=handovers.MOST,
    )


def _list_json(shown: HandoverList) -> dict[str, Any]:
    folder = f"/issuer/handovers/{shown.list_id}"
    return {
        "list_id": shown.list_id,
        "scope": shown.scope.value,
        "place": shown.place,
        "state": "ready" if shown.is_ready else "gathering",
        "is_full": shown.is_full,
        "seen": shown.seen,
        "people": [
            {
                "handover_id": one.handover_id,
                "name_km": one.named.name_km,
                "name_latin": one.named.name_latin,
                "place": one.place[0],
                "certificates": one.certificates,
                "cards": one.cards,
                "state": one.state.value,
            }
            for one in shown.people
        ],
        "list": f"{folder}/list.pdf",
        "table": f"{folder}/list.csv",
        "passports": f"{folder}/passports.pdf",
    }
