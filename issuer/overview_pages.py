"""What a centre issued, as pages, as JSON and as tables to take away."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from issuer.class_list.language_report import language_report
from issuer.data_classes import OF_ROLES, data_class_of
from issuer.overview_store import STATES, Wanted
from issuer.pages import download, kind_labels, render, translate_of
from issuer.routes import DeskStaff, desk_of
from issuer.service import overview
from runtime.auth import Principal
from vc.errors import MalformedValue, RangeError
from vc.model.credential_types import types_by_slug

api = APIRouter()
router = APIRouter(include_in_schema=False)
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


_NOT_ASKED = {"page", "lang"}


class Filters(BaseModel):
    """What is asked for: a kind (slug), a state, days of Cambodia (both included), a number's beginning.

    Beside it stand the page of the answer, and the language of the whole page.
    """

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(default="", max_length=40)
    state: str = Field(default="", max_length=20)
    since: str = Field(default="", max_length=10)
    until: str = Field(default="", max_length=10)
    number: str = Field(default="", max_length=60)
    page: int = Field(default=1, ge=1, le=1_000_000)
    lang: str = Field(default="", max_length=10)

    def wanted(self, principal: Principal) -> Wanted:
        """As the desk takes it. Raises ``MalformedValue``."""
        return overview.wanted_of(principal, **self.model_dump(exclude=_NOT_ASKED))


_Filters = Annotated[Filters, Query()]


@api.get("/issuer/api/certificates")
async def list_certificates(request: Request, principal: DeskStaff, filters: _Filters) -> dict[str, Any]:
    """A page of what the centre issued, newest first."""
    found = await overview.page(desk_of(request), filters.wanted(principal), filters.page)
    return {
        "total": found.total,
        "page": found.number,
        "pages": found.pages,
        "certificates": [asdict(line) | {"issued_on": line.issued_on.isoformat()} for line in found.lines],
    }


@api.get("/issuer/api/figures")
async def read_figures(request: Request, principal: DeskStaff, filters: _Filters) -> dict[str, Any]:
    """How many certificates of the centre stand, by title and province, and by sex; and its own errors."""
    return asdict(await overview.figures(desk_of(request), filters.wanted(principal)))


@router.get("/issuer/certificates")
async def show_certificates(request: Request, principal: DeskStaff, filters: _Filters) -> Response:
    """What the centre issued, to be looked through."""
    try:
        wanted = filters.wanted(principal)
    except MalformedValue as error:
        return await _page(request, principal, Filters(), error=error, shown=filters)
    return await _page(request, principal, filters, wanted=wanted)


@router.get("/issuer/certificates.{extension}")
async def take_away(
    request: Request, principal: DeskStaff, extension: Literal["xlsx", "csv"], filters: _Filters
) -> Response:
    """All that is asked for as one table."""
    try:
        table = await overview.export(
            desk_of(request),
            principal,
            filters.wanted(principal),
            fmt=extension,
            translate=translate_of(request),
        )
    except (RangeError, MalformedValue) as error:
        return await _page(request, principal, Filters(), error=error, shown=filters)
    return download(table, _MEDIA[extension], f"certificates.{extension}")


@router.get("/issuer/figures")
async def show_figures(request: Request, principal: DeskStaff, filters: _Filters) -> Response:
    """The centre's own figures."""
    try:
        wanted, errors = filters.wanted(principal), []
    except MalformedValue as error:
        wanted, errors = Filters().wanted(principal), _errors(request, error)
    return render(
        request,
        "issuer/figures.html",
        status_code=400 if errors else 200,
        figures=await overview.figures(desk_of(request), wanted),
        kinds=_kinds(request, principal),
        filters=filters,
        form_errors=errors,
    )


@router.get("/issuer/language-report")
async def show_language_report(request: Request, _: DeskStaff) -> Response:
    """Which Khmer texts of the code lists wait for somebody who reviews them."""
    return render(request, "issuer/language_report.html", lists=language_report())


@router.get("/issuer/language-report.csv")
async def take_language_report(_: DeskStaff) -> Response:
    """The same for whoever reviews them: list, code, English, Khmer."""
    rows = [
        (report.name, text.code, text.english, text.khmer)
        for report in language_report()
        for text in report.unreviewed
    ]
    table = overview.csv_of([("list", "code", "en", "km"), *rows])
    return download(table, _MEDIA["csv"], "khmer-texts-to-be-reviewed.csv")


async def _page(
    request: Request,
    principal: Principal,
    filters: Filters,
    *,
    wanted: Wanted | None = None,
    error: Exception | None = None,
    shown: Filters | None = None,
) -> Response:
    found = await overview.page(desk_of(request), wanted or filters.wanted(principal), filters.page)
    return render(
        request,
        "issuer/certificates.html",
        status_code=200 if error is None else 400,
        found=found,
        filters=shown or filters,
        query=urlencode({k: v for k, v in filters.model_dump(exclude=_NOT_ASKED).items() if v}),
        kinds=_kinds(request, principal),
        states=[(state, overview.STATE_WORDS[state]) for state in STATES],
        words=overview.STATE_WORDS,
        form_errors=[] if error is None else _errors(request, error),
    )


def _kinds(request: Request, principal: Principal) -> list[tuple[str, str]]:
    """The types that this role reads, with their names."""
    readable = OF_ROLES[principal.role]
    labels = kind_labels(request)
    return [
        (slug, labels[slug]) for slug, kind in types_by_slug().items() if data_class_of(kind.name) in readable
    ]


def _errors(request: Request, error: Exception) -> list[dict[str, str]]:
    pointer = error.findings[0].pointer if isinstance(error, MalformedValue) and error.findings else None
    field = f"field-{(pointer or '/since').removeprefix('/')}"
    return [{"field": field, "message": translate_of(request)(str(error))}]
