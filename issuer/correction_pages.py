"""The page of one certificate, from which its centre corrects it or takes it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from issuer.approval_routes import CentreApprover
from issuer.certificate.facts import facts_of
from issuer.class_list import Column, code_list, columns_of
from issuer.class_list.columns import CellKind
from issuer.pages import Clerk, class_values, render, translate_of
from issuer.routes import desk_of
from issuer.service import corrections, delivery, taking_back
from issuer.service.approving import MAX_REASON
from issuer.service.single import RowRefused
from runtime.auth import Principal
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, MalformedValue

router = APIRouter(include_in_schema=False)
Number = Annotated[int, Form(ge=1, le=2**31 - 1)]
_FIELD = "row-"


@router.get("/issuer/credentials/{intent_id}")
async def show_certificate(request: Request, principal: Clerk, intent_id: str) -> Response:
    """What a certificate says, and what can be done about it."""
    return await _page(request, principal, intent_id)


@router.post("/issuer/credentials/{intent_id}/correct")
async def correct(request: Request, principal: Clerk, intent_id: str) -> Response:
    """Submit the corrected row; on to its list, or back with what is wrong with it."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    row = {name.removeprefix(_FIELD): value for name, value in form.items() if name.startswith(_FIELD)}
    translate = translate_of(request)
    try:
        class_id = await corrections.correct(
            desk_of(request), principal, intent_id, row, form.get("reason", "")[: MAX_REASON + 1]
        )
    except RowRefused as error:
        errors = [
            {
                "field": f"field-{_FIELD}{problem.key}",
                "message": f"{problem.message.render(translate)} {problem.fix.render(translate)}",
            }
            for problem in error.problems
        ]
        return await _page(request, principal, intent_id, row=row, errors=errors, status_code=400)
    except (MalformedValue, ConflictError) as error:
        errors = [{"field": "field-reason", "message": translate(str(error))}]
        return await _page(request, principal, intent_id, row=row, errors=errors, status_code=400)
    return _to(class_id)


@router.post("/issuer/classes/{class_id}/take-back")
async def ask_to_take_back(
    request: Request,
    principal: Clerk,
    class_id: str,
    reason: Annotated[str, Form(max_length=MAX_REASON)] = "",
    row: Annotated[int | None, Form(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Ask a second person to take back one row, or the whole list."""
    rows = None if row is None else [row]
    try:
        await taking_back.propose(desk_of(request), principal, class_id, rows, reason)
    except (MalformedValue, ConflictError) as error:
        values: dict[str, Any] = await class_values(request, principal, class_id)
        values["form_errors"] = [{"field": "take-back", "message": translate_of(request)(str(error))}]
        return render(request, "issuer/class.html", status_code=400, **values)
    return _to(class_id)


@router.post("/issuer/classes/{class_id}/take-back/approve")
async def take_back(request: Request, principal: CentreApprover, class_id: str, proposal: Number) -> Response:
    """End them for ever."""
    await taking_back.approve(desk_of(request), principal, class_id, proposal)
    return _to(class_id)


@router.post("/issuer/classes/{class_id}/take-back/refuse")
async def let_stand(request: Request, principal: CentreApprover, class_id: str, proposal: Number) -> Response:
    """Let everything stand."""
    await taking_back.refuse(desk_of(request), principal, class_id, proposal)
    return _to(class_id)


async def _page(
    request: Request,
    principal: Principal,
    intent_id: str,
    *,
    row: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
    status_code: int = 200,
) -> Response:
    desk = desk_of(request)
    record = await delivery.readable_issuance(desk, principal, intent_id)
    kind = delivery.type_of(record)
    now = desk.context.clock.now()
    is_fresh = now - parse_timestamp(record.issued_at or record.created) <= taking_back.WITHIN
    language = request.app.state.context.pages.language(request)
    values = corrections.row_of(record.details, record.certificate_number) | (row or {})
    return render(
        request,
        "issuer/certificate.html",
        status_code=status_code,
        record=record,
        kind_label=kind.titles.get(language, kind.titles["en"]),
        is_printed=kind.is_printed and record.ended is None,
        facts=facts_of({"credentialSubject": record.details.subject}, kind),
        columns=[
            (column, values.get(column.key, ""), _options(column, language))
            for column in columns_of(kind.slug)
        ],
        may_take_back=record.ended is None and is_fresh,
        is_correcting=row is not None,
        form_errors=errors or [],
    )


def _options(column: Column, language: str) -> list[tuple[str, str]]:
    """What may be chosen for a column, as written and as shown; nothing where a text is written."""
    if column.kind is CellKind.CHOICE:
        return [(one.titles["en"], one.titles.get(language, one.titles["en"])) for one in column.choices]
    if column.kind is CellKind.CODE:
        entries = code_list(column.list_name).values()
        shown = {one.code: one.title_km if language == "km" else one.title_en for one in entries}
        return [(code, f"{code} · {title}") for code, title in shown.items()]
    return []


def _to(class_id: str) -> Response:
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)
