"""The desk's pages: upload a class list, see what is wrong, see it approved and issued, print."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from issuer import feed_store, store
from issuer.certificate import render_certificate
from issuer.class_list import RowProblem, UnreadableClassList, sample_class_list
from issuer.data_classes import OF_ROLES, data_class_of, may_approve
from issuer.rld.port import Trouble
from issuer.routes import DeskStaff, background_of, desk_of
from issuer.service import (
    approving,
    cases,
    classes,
    corrections,
    delivery,
    jobs,
    printing,
    reports,
    taking_back,
)
from issuer.service.desk import Desk
from issuer.service.flags import FLAG_TEXTS, flags_of
from issuer.service.linking import TROUBLES
from issuer.status.port import BODIES
from issuer.unsealed import ClassSheet
from runtime.auth import Principal, Role, require_role
from vc.errors import MalformedValue
from vc.model.credential_types import types_by_slug

router = APIRouter(include_in_schema=False)
Clerk = Annotated[Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK))]
Reader = Annotated[Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK, Role.RETURNEE))]

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_SHOWN = 100
_FORM_TYPES = {"xlsx": _SHEET, "csv": "text/csv; charset=utf-8"}


@router.get("/issuer")
async def home(request: Request, principal: DeskStaff) -> Response:
    """The centre's class lists, and a clerk's way to a new one."""
    desk = desk_of(request)
    slug = classes.slug_of(principal)
    centre = await desk.context.database.read(store.get_centre, slug)
    lists = await desk.context.database.read(desk.sealed.classes_of, slug, OF_ROLES[principal.role])
    waiting, _ = await desk.context.database.read(feed_store.waiting_notices, slug)
    sees_cases = principal.role in cases.CENTRE_ROLES
    return render(
        request,
        "issuer/home.html",
        centre=centre,
        # A second person is shown what waits first, and no drafts.
        lists=lists if _makes_lists(principal) else _for_approver(lists),
        kinds=kind_labels(request),
        makes_lists=_makes_lists(principal),
        waiting=waiting,
        sees_cases=sees_cases,
        reported=len(await reports.open_reports(desk, principal)),
        open_cases=len(await cases.open_cases(desk, principal)) if sees_cases else 0,
    )


@router.get("/issuer/classes/new")
async def new_class(request: Request, principal: Clerk) -> Response:
    """The upload form with the samples beside it."""
    return _new_page(request, principal)


@router.post("/issuer/classes")
async def upload_class(
    request: Request,
    principal: Clerk,
    kind: Annotated[str, Form()],
    file: Annotated[UploadFile | None, File()] = None,
    pasted: Annotated[str, Form()] = "",
) -> Response:
    """Read the uploaded or pasted list; on to the preview, or back with what is wrong with it."""
    desk = desk_of(request)
    data = b"" if file is None else await file.read()
    name = "" if file is None else file.filename or ""
    try:
        class_id = await classes.upload(
            desk,
            principal,
            kind=kind,
            filename=(name or translate_of(request)("Pasted list"))[: classes.MAX_FILENAME],
            # A browser sends an empty file where none was chosen.
            data=data or pasted.encode(),
        )
    except UnreadableClassList as error:
        problem = _problem_view(request, error.problem)
        return _new_page(request, principal, problem=problem, selected=kind)
    background_of(request).expect()
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)


@router.get("/issuer/classes/{class_id}")
async def show_class(
    request: Request, principal: DeskStaff, class_id: str, page: Annotated[int, Query(ge=1)] = 1
) -> Response:
    """Preview, what waits, progress or result, whichever the class list has come to; a page of its rows."""
    return render(request, "issuer/class.html", **await class_values(request, principal, class_id, page))


@router.get("/issuer/classes/{class_id}/progress")
async def show_progress(
    request: Request,
    principal: DeskStaff,
    class_id: str,
    known: Literal["waiting", "scheduled", "issuing"] = "issuing",
) -> Response:
    """The part of the page that changes while certificates are being issued; ``known`` is what it shows."""
    database = desk_of(request).context.database
    record = await classes.readable_class(desk_of(request), principal, class_id)
    signed, wanted = await database.read(store.progress, class_id)
    response = render(request, "issuer/progress.html", signed=signed, wanted=wanted)
    if record.state != known or record.has_failed:
        # htmx then loads the whole page, which shows what it has come to.
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/issuer/classes/{class_id}/work")
async def change_work(
    request: Request, principal: Clerk, class_id: str, act: Annotated[jobs.Act, Form()]
) -> Response:
    """Pause, go on with or cancel what is under way."""
    await jobs.change(desk_of(request), principal, class_id, act)
    background_of(request).issue(class_id, classes.slug_of(principal))
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)


@router.post("/issuer/classes/{class_id}/compare")
async def compare_class(request: Request, principal: Clerk, class_id: str) -> Response:
    """Ask the labour database about the list again; what came of it stands on the list's page."""
    await classes.compare_again(desk_of(request), principal, class_id)
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)


@router.post("/issuer/classes/{class_id}/rows/{row}/person")
async def choose_person(
    request: Request,
    principal: Clerk,
    class_id: str,
    row: int,
    choice: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Say who is meant by a row without number; by place in the list shown, so no address names anybody."""
    await classes.choose(desk_of(request), principal, class_id, row, choice)
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)


@router.post("/issuer/classes/{class_id}/discard")
async def discard_class(request: Request, principal: Clerk, class_id: str) -> Response:
    """Put a preview away; nothing has been signed."""
    await classes.discard(desk_of(request), principal, class_id)
    return RedirectResponse("/issuer", status_code=303)


@router.get("/issuer/classes/{class_id}/errors.xlsx")
async def error_sheet(request: Request, principal: Clerk, class_id: str) -> Response:
    """The clerk's own sheet with a column naming what to settle."""
    desk = desk_of(request)
    record = await classes.readable_class(desk, principal, class_id)
    sheet = await classes.corrected_workbook(desk, record, translate_of(request))
    return download(sheet, _SHEET, "class-list-to-correct.xlsx")


@router.get("/issuer/classes/{class_id}/certificates.zip")
async def all_files(request: Request, principal: Clerk, class_id: str) -> Response:
    """Every certificate of the class, as credential file and, where it is printed, as PDF."""
    desk = desk_of(request)
    await classes.readable_class(desk, principal, class_id)
    issued = await desk.context.database.read(desk.sealed.intents_in, class_id, store.ISSUED)
    standing = [record for record in issued if record.ended is None]
    pairs = [(record, await delivery.certificate_view(desk, record)) for record in standing]

    def pack() -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for record, view in pairs:
                name = delivery.file_stem(record)
                archive.writestr(f"{name}.json", record.secured)
                if not delivery.type_of(record).is_printed:
                    continue
                pdf = render_certificate(view, credential=record.secured, credential_filename=f"{name}.json")
                archive.writestr(f"{name}.pdf", pdf)
        return packed.getvalue()

    return download(await anyio.to_thread.run_sync(pack), "application/zip", "certificates.zip")


@router.get("/issuer/credentials/{intent_id}/credential.json")
async def credential_file(request: Request, principal: Reader, intent_id: str) -> Response:
    """The exact bytes that were signed."""
    record = await delivery.readable_issuance(desk_of(request), principal, intent_id)
    return download(record.secured, "application/vc", f"{delivery.file_stem(record)}.json")


@router.get("/issuer/credentials/{intent_id}/certificate.pdf")
async def certificate_file(request: Request, principal: Reader, intent_id: str) -> Response:
    """The printed certificate, with the credential inside."""
    desk = desk_of(request)
    record = await delivery.readable_issuance(desk, principal, intent_id)
    delivery.require_printed(record)
    view = await delivery.certificate_view(desk, record)
    stem = delivery.file_stem(record)

    def render() -> bytes:
        return render_certificate(view, credential=record.secured, credential_filename=f"{stem}.json")

    pdf = await anyio.to_thread.run_sync(render)
    return download(pdf, "application/pdf", f"{stem}.pdf", inline=True)


@router.get("/issuer/forms/{kind}.{extension}")
async def empty_form(
    request: Request, _: Clerk, kind: str, extension: str, lang: Annotated[str, Query()] = "km"
) -> Response:
    """An empty class list with the headings this product reads."""
    if extension not in ("xlsx", "csv") or lang not in ("km", "en"):
        raise MalformedValue("There are forms as xlsx and csv, with Khmer or English headings.")
    fmt: Literal["xlsx", "csv"] = "xlsx" if extension == "xlsx" else "csv"
    language: Literal["km", "en"] = "km" if lang == "km" else "en"
    data = sample_class_list(
        classes.known_kind(kind),
        fmt,
        language,
        [],
        translate=translate_of(request),
    )
    return download(data, _FORM_TYPES[extension], f"class-list-{kind}-{lang}.{extension}")


async def class_values(
    request: Request, principal: Principal, class_id: str, page: int = 1
) -> dict[str, Any]:
    """What the page of a class list shows to whoever asks, with ``page`` (from 1) of its rows."""
    desk: Desk = desk_of(request)
    database = desk.context.database
    record = await classes.readable_class(desk, principal, class_id)
    signed, wanted = await database.read(store.progress, class_id)
    pages = max(1, -(-wanted // ROWS_SHOWN))
    page = min(page, pages)
    rows = await database.read(desk.sealed.rows_of, class_id, skip=(page - 1) * ROWS_SHOWN, limit=ROWS_SHOWN)
    issued = await database.read(store.issued_in_rows, class_id, [row.row for row in rows])
    problems = [_problem_view(request, problem) for problem in classes.problems_of(record)]
    proposal = await approving.proposal_of(desk, record)
    decides = record.state == store.WAITING and may_approve(principal, record.data_class)
    choices = await database.read(classes.sealed_choices(desk).of_class, record)
    return {
        "record": record,
        "trouble": None if record.trouble is None else TROUBLES[Trouble(record.trouble)],
        "changes": await corrections.changes_of(desk, record),
        "take_back": await taking_back.open_proposal(desk, record),
        "choices": [choice for choice in choices if not choice.is_decided],
        "proposal": proposal,
        "makes_lists": _makes_lists(principal),
        "decides": decides and proposal is not None and proposal.maker.subject != principal.subject,
        "left_today": await approving.left_today(desk, classes.slug_of(principal)),
        "flags": await _flags(desk, record),
        "may_take_back": _makes_lists(principal) and await taking_back.is_fresh(desk, class_id),
        "decides_take_back": may_approve(principal, record.data_class),
        "form_errors": [],
        "kind_label": kind_labels(request)[record.kind],
        "is_printed": types_by_slug()[record.kind].is_printed,
        "rows": rows,
        "read_as": {row.row: corrections.read_as(row) for row in rows},
        "page": page,
        "pages": pages,
        "issued": {item.row: item for item in issued},
        "print_parts": await printing.parts_of(desk, record.kind, class_id)
        if record.state == store.DONE
        else 0,
        "signed": signed,
        "wanted": wanted,
        "errors": [problem for problem in problems if problem["is_error"]],
        "warnings": [problem for problem in problems if not problem["is_error"]],
    }


async def _flags(desk: Desk, record: ClassSheet) -> list[dict[str, Any]]:
    """What is unusual about a list that is not decided yet; all of its rows are looked at."""
    if record.state not in (store.PREVIEW, store.WAITING):
        return []
    rows = await desk.context.database.read(desk.sealed.rows_of, record.id)
    flags = flags_of(rows, desk.context.settings, desk.context.clock.now().date())
    return [{"text": FLAG_TEXTS[flag.rule], "rule": flag.rule, "rows": flag.rows} for flag in flags]


def _new_page(
    request: Request,
    principal: Principal,
    *,
    problem: Mapping[str, Any] | None = None,
    selected: str | None = None,
) -> Response:
    readable = OF_ROLES[principal.role]
    connected = desk_of(request).statuses
    return render(
        request,
        "issuer/new.html",
        status_code=200 if problem is None else 400,
        kinds=kind_labels(request),
        problem=problem,
        selected=selected,
        bodies=[
            (kind, body)
            for kind, body in BODIES.items()
            if kind in connected and data_class_of(types_by_slug()[kind].name) in readable
        ],
    )


def _makes_lists(principal: Principal) -> bool:
    return principal.role in (Role.CLERK, Role.HEALTH_CLERK)


def _for_approver(lists: Sequence[ClassSheet]) -> list[ClassSheet]:
    shown = [item for item in lists if item.state != store.PREVIEW]
    return sorted(shown, key=lambda item: item.state != store.WAITING)


def kind_labels(request: Request) -> Mapping[str, str]:
    """The name of every type by slug, in the language of the page; English where it has no other."""
    language = request.app.state.context.pages.language(request)
    return {slug: kind.titles.get(language, kind.titles["en"]) for slug, kind in types_by_slug().items()}


def _problem_view(request: Request, problem: RowProblem) -> dict[str, Any]:
    translate = translate_of(request)
    return {
        "row": problem.row,
        "column": problem.column,
        "letter": problem.column_letter,
        "rule": problem.rule,
        "message": problem.message.render(translate),
        "fix": problem.fix.render(translate),
        "is_error": problem.is_error,
    }


def translate_of(request: Request) -> Callable[[str], str]:
    """The translator into the language of the page."""
    pages = request.app.state.context.pages
    language = pages.language(request)

    def translate(msgid: str) -> str:
        return str(pages.translator.gettext(language, msgid))

    return translate


def render(request: Request, template: str, *, status_code: int = 200, **values: Any) -> Response:
    response = request.app.state.context.pages.render(request, template, status_code=status_code, **values)
    if not isinstance(response, Response):
        raise TypeError("a page renderer must answer with a response")
    return response


def download(data: bytes, media_type: str, filename: str, *, inline: bool = False) -> Response:
    """A file, to be kept or (``inline``) shown, and never cached."""
    how = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{filename}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)
