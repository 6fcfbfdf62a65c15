"""What anybody may do and read here: report a suspicion, and see what the public is told."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from revocation.suspecting import AGENCY, CERTIFICATE, FEW, WHATS, Suspicions
from revocation.suspicion_store import Incident
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue
from vc.model.credential_types import types_by_slug

router = APIRouter(prefix="/status")
_LIMIT: Final = Depends(rate_limit("report", "10/minute"))
# Said of the incident, never of a person; each reason in words that accuse nobody.
PUBLIC_REASONS: Final = {
    "FRAUD": gettext_noop("They should never have been issued."),
    "ISSUED_IN_ERROR": gettext_noop("They were issued by mistake."),
    "CENTRE_VOIDED": gettext_noop("Their training centre declared them void."),
    "KEY_COMPROMISE": gettext_noop("A signing key was stolen. Their holders did nothing wrong."),
    "IDENTITY_MERGED": gettext_noop("Records in the labour database were joined."),
    "DECEASED": gettext_noop("Records in the labour database have ended."),
}


def suspicions_of(request: Request) -> Suspicions:
    """The reports of the application that answers ``request``."""
    found = request.app.state.suspicions
    if not isinstance(found, Suspicions):
        raise TypeError("the application was not made by revocation.app.create_app")
    return found


@router.get("/report")
async def ask(request: Request, about: str = CERTIFICATE, named: str = "") -> Response:
    """The form; a link from a check fills it in."""
    return _form(request, about if about in WHATS else CERTIFICATE, named[:200])


@router.post("/report", dependencies=[_LIMIT])
async def report(
    request: Request,
    about: Annotated[str, Form(max_length=16)] = "",
    what: Annotated[str, Form(max_length=32)] = "",
    named: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a report; it changes nothing by itself."""
    try:
        await suspicions_of(request).report(about, what, named)
    except MalformedValue as error:
        return _form(request, about if about in WHATS else CERTIFICATE, named, error=error)
    return RedirectResponse("/status/report/thanks", status_code=303)


@router.get("/report/thanks")
async def thanks(request: Request) -> Response:
    """That it arrived, and what comes next."""
    return context_of(request).pages.render(request, "revocation/thanks.html")


@router.get("/incidents")
async def show_incidents(request: Request) -> Response:
    """What the public was told, newest first."""
    return context_of(request).pages.render(
        request,
        "revocation/incidents.html",
        incidents=await suspicions_of(request).incidents(),
        reasons=PUBLIC_REASONS,
        kinds={slug: entry.titles for slug, entry in types_by_slug().items()},
        few=FEW,
    )


@router.get("/incidents.json")
async def get_incidents(request: Request) -> JSONResponse:
    """The same, for programs."""
    found = await suspicions_of(request).incidents()
    return JSONResponse({"incidents": [_json(one) for one in found]}, headers=OPEN_TO_ALL_ORIGINS)


def _json(one: Incident) -> dict[str, JsonValue]:
    is_few = one.certificates < FEW
    return {
        "id": one.incident_id,
        "published_at": format_timestamp(one.published_at),
        "revoked_on": one.revoked_on,
        "reason": one.reason,
        "certificates": None if is_few else one.certificates,
        "fewer_than": FEW if is_few else None,
        "kinds": list(one.kinds),
    }


def _form(request: Request, about: str, named: str, *, error: MalformedValue | None = None) -> Response:
    pointers = [] if error is None else [finding.pointer for finding in error.findings]
    return context_of(request).pages.render(
        request,
        "revocation/report.html",
        status_code=400 if error else 200,
        about=about,
        is_agency=about == AGENCY,
        whats=WHATS[about],
        named=named,
        what_error=str(error) if error and "/what" in pointers else "",
        named_error=str(error) if error and "/named" in pointers else "",
    )
