"""Asking a body instead of typing a list: the NSSF who is a member, the medical department who is fit."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from issuer.data_classes import require_class
from issuer.pages import Clerk, kind_labels, render, translate_of
from issuer.rld.port import RldUnavailable, Trouble
from issuer.routes import background_of, desk_of
from issuer.service import asking
from issuer.status.port import BODIES
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.errors import MalformedValue, NotFound
from vc.model.credential_types import types_by_slug

router = APIRouter(include_in_schema=False)

TROUBLE_TEXTS = {
    Trouble.CONFIGURATION: gettext_noop(
        "It could not be asked: a setting of this system is wrong. Tell its operator."
    ),
    Trouble.UNAVAILABLE: gettext_noop("It does not answer at the moment. Try again in some minutes."),
    Trouble.REFUSED: gettext_noop("It does not allow this system to ask. Tell the operator of this system."),
    Trouble.UNUSABLE: gettext_noop("Its answer cannot be relied on and was not used. Try again."),
}


@router.get("/issuer/ask/{kind}")
async def ask_form(request: Request, principal: Clerk, kind: str) -> Response:
    """Whom to ask about."""
    return _page(request, principal, kind)


@router.post("/issuer/ask/{kind}")
async def ask(
    request: Request, principal: Clerk, kind: str, numbers: Annotated[str, Form()] = ""
) -> Response:
    """Ask, and show what came of it as the preview of a class list."""
    try:
        class_id = await asking.ask(desk_of(request), principal, kind, numbers)
    except MalformedValue as error:
        return _page(request, principal, kind, numbers=numbers, message=str(error), status_code=400)
    except RldUnavailable as error:
        message = TROUBLE_TEXTS[error.trouble]
        return _page(request, principal, kind, numbers=numbers, message=message, status_code=503)
    background_of(request).expect()
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)


def _page(
    request: Request,
    principal: Principal,
    kind: str,
    *,
    numbers: str = "",
    message: str | None = None,
    status_code: int = 200,
) -> Response:
    if kind not in desk_of(request).statuses:
        raise NotFound("This body is not connected.")
    require_class(principal, types_by_slug()[kind].name)
    translate = translate_of(request)
    return render(
        request,
        "issuer/ask.html",
        status_code=status_code,
        kind=kind,
        kind_label=kind_labels(request)[kind],
        body=translate(BODIES[kind]),
        numbers=numbers,
        form_errors=[] if message is None else [{"field": "field-numbers", "message": translate(message)}],
    )
