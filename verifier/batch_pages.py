"""``/verify/batch``: many certificates at once, as a page, as JSON, and as a signed report.

Nothing that was sent is stored: the answer, or the report, is all there is of it.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import bearer_or_none, wants_page
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import MalformedValue, ProtocolError
from verifier.answers import AnswerWriter
from verifier.askers import Asker, WhoAsks
from verifier.batch import Batch, BatchDesk, RowOutcome
from verifier.batch_reading import Row, Upload, read_rows
from verifier.batch_rendering import OUTCOME_WORDS, batch_bytes, show_row
from verifier.dependencies import service_of, translate_to
from verifier.harvesting import require_not_harvesting
from verifier.keys import require_quota_for
from verifier.report import make_report, report_language
from verifier.routes import language_of
from verifier.sentences import NOTHING_GIVEN, NOTICE

router = APIRouter()

MAX_PURPOSE: Final = 200
_PURPOSE_TOO_LONG: Final = gettext_noop("Write the purpose in at most 200 characters.")
_MAX_FILES: Final = 1_000
_MAX_FIELDS: Final = 4
_MAX_PART_BYTES: Final = 1_000_000
_MEGABYTE: Final = 1_000_000
_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sent:
    """What was sent: the rows, what they are checked for (or None), and whether a report is wanted."""

    rows: tuple[Row, ...]
    purpose: str | None
    wants_report: bool


def batch_desk_of(request: Request) -> BatchDesk:
    """The desk of the application that answers ``request``."""
    desk = request.app.state.batch_desk
    if not isinstance(desk, BatchDesk):
        raise TypeError("the application was not made by verifier.app.create_app")
    return desk


@router.get("/verify/batch")
async def show_batch_form(request: Request) -> Response:
    """The form for files, a folder, a ZIP, a list or pasted lines."""
    return _form(request)


@router.post("/verify/batch", dependencies=[Depends(rate_limit("verify-batch", "10/minute"))])
async def check_batch(request: Request, asker: WhoAsks) -> Response:
    """Check all that was sent at one moment."""
    is_page = wants_page(request.scope) and bearer_or_none(request) is None
    started = time.perf_counter()
    try:
        sent = await _read(request, asker)
        if asker.key is not None:
            await require_quota_for(context_of(request), asker.key, more=len(sent.rows) - 1)
        batch = await batch_desk_of(request).check(sent.rows, asker)
        found = [row.checked.verification for row in batch.rows if row.checked is not None]
        await require_not_harvesting(context_of(request), asker.licence_number, found)
    except ProtocolError as error:
        if not is_page:
            raise
        return _form(request, problem=error.findings[0].detail)
    if sent.wants_report:
        return await _report(request, batch, asker, sent.purpose)
    if is_page:
        # Hundreds of rows take a second to write out: others are answered meanwhile.
        return await asyncio.to_thread(_result, request, batch, seconds=time.perf_counter() - started)
    language, _ = language_of(request)
    writer: AnswerWriter = request.app.state.answers
    # Hundreds of answers take some milliseconds to write.
    answer = await asyncio.to_thread(batch_bytes, batch, language, writer)
    return Response(answer, media_type="application/json", headers=_NO_STORE)


async def _read(request: Request, asker: Asker) -> _Sent:
    async with request.form(
        max_files=_MAX_FILES, max_fields=_MAX_FIELDS, max_part_size=_MAX_PART_BYTES
    ) as form:
        files = [
            Upload(name=part.filename or "", data=await part.read())
            for name in ("files", "folder")
            for part in form.getlist(name)
            if isinstance(part, UploadFile)
        ]
        text, purpose, answer = (_text(form, name) for name in ("text", "purpose", "answer"))
    if len(purpose) > MAX_PURPOSE:
        raise MalformedValue(_PURPOSE_TOO_LONG, pointer="/purpose")
    # A field for files that was left empty is sent as one without a name.
    chosen = [file for file in files if file.name or file.data]
    rows = await asyncio.to_thread(read_rows, chosen, text, most=asker.most_rows)
    if not rows:
        raise MalformedValue(NOTHING_GIVEN)
    return _Sent(rows=rows, purpose=purpose.strip() or None, wants_report=answer == "report")


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


async def _report(request: Request, batch: Batch, asker: Asker, purpose: str | None) -> Response:
    context = context_of(request)
    language = report_language(context.pages.language(request))
    report = await make_report(
        context, service_of(request).shell, batch, asker, purpose=purpose, language=language
    )
    disposition = f'attachment; filename="{report.file_name}"'
    headers = {**_NO_STORE, "Content-Disposition": disposition}
    return Response(report.archive, media_type="application/zip", headers=headers)


def _result(request: Request, batch: Batch, *, seconds: float) -> Response:
    language = context_of(request).pages.language(request)
    translate = translate_to(request, language)
    shown = [show_row(row, language, translate) for row in batch.worst_first]
    groups = [
        (outcome.value, translate(OUTCOME_WORDS[outcome]), [row for row in shown if row.outcome is outcome])
        for outcome in RowOutcome
    ]
    return _page(
        request,
        "verifier/batch_result.html",
        groups=[group for group in groups if group[2]],
        count=len(shown),
        seconds=max(1, round(seconds)),
        checked_at=batch.sitting.now,
        notice=translate(NOTICE),
    )


def _form(request: Request, *, problem: str | None = None) -> Response:
    context = context_of(request)
    said = None if problem is None else translate_to(request, context.pages.language(request))(problem)
    return _page(
        request,
        "verifier/batch.html",
        status_code=200 if problem is None else 400,
        problem=said,
        max_megabytes=context.settings.max_upload_bytes // _MEGABYTE,
    )


def _page(request: Request, template: str, *, status_code: int = 200, **values: object) -> Response:
    return context_of(request).pages.render(
        request, template, status_code=status_code, headers=None, known_language=None, **values
    )
