"""The clerk's search for a person who has lost the paper: by name and birth date."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from issuer.pages import Clerk, render
from issuer.routes import desk_of
from issuer.service.people import find_people, wanted_person
from vc.errors import MalformedValue

router = APIRouter(include_in_schema=False)

_FIELDS = {"/name": "field-name", "/birth_date": "field-birth_date"}
_NOTHING = {"name": "", "birth_date": ""}


@router.get("/issuer/people")
async def search_form(request: Request, _: Clerk) -> Response:
    """Ask whom to look for."""
    return render(request, "issuer/people.html", typed=_NOTHING, errors=[], found=None)


@router.post("/issuer/people")
async def search(
    request: Request,
    principal: Clerk,
    name: Annotated[str, Form()] = "",
    birth_date: Annotated[str, Form()] = "",
) -> Response:
    """Whoever may be meant. A POST, so that no name stands in an address."""
    typed = {"name": name, "birth_date": birth_date}
    try:
        wanted = wanted_person(name=name, birth_date=birth_date)
    except MalformedValue as error:
        pages = request.app.state.context.pages
        message = pages.translator.gettext(pages.language(request), str(error))
        errors = [{"field": _FIELDS.get(error.findings[0].pointer or ""), "message": message}]
        return render(request, "issuer/people.html", status_code=400, typed=typed, errors=errors, found=None)
    found = await find_people(desk_of(request), principal, wanted)
    return render(request, "issuer/people.html", typed=typed, errors=[], found=found)
