"""A class list from upload to preview: read, matched to the RLD, checked against what is known."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import anyio.to_thread

from issuer import store
from issuer.award import award_code, award_name, build_dataset, stated_level
from issuer.class_list import (
    ClassList,
    ClassRow,
    Message,
    RowProblem,
    error_workbook,
    parse_class_list,
)
from issuer.clients import published_trust_list
from issuer.data_classes import may_read, require_class
from issuer.identity_link.matching import RldRecord, check_identities
from issuer.sealed import ClassSheet, Details
from issuer.service.desk import Desk
from runtime.auth import Principal
from runtime.entropy import random_token, random_uuid_urn
from runtime.i18n import gettext_noop
from schemas import read_type
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue, NotAuthorized, NotFound, RangeError, Severity
from vc.model.credential_types import types_by_slug
from vc.model.verdict import Answer
from vc.trust.entitled import Award, judge_entitled
from vc.trust.trust_list import TrustList

MAX_FILENAME = 120


def known_kind(kind: str) -> str:
    """The slug of a credential type. Raises ``MalformedValue`` for any other text."""
    if kind not in types_by_slug():
        raise MalformedValue(gettext_noop("Choose what is certified."), pointer="/kind")
    return kind


def slug_of(principal: Principal) -> str:
    """The centre a clerk works for; the tenant always comes from the sign-in."""
    if principal.organisation_id is None:
        raise NotAuthorized("This account belongs to no centre.")
    return principal.organisation_id


async def upload(desk: Desk, principal: Principal, *, kind: str, filename: str, data: bytes) -> str:
    """Read a class list of the type with the slug ``kind`` and keep it for preview; returns its id.

    Nothing is signed. Raises ``UnreadableClassList`` when it is no class list, ``EvidenceUnavailable``
    when the RLD does not answer.
    """
    if len(filename) > MAX_FILENAME:
        raise RangeError("The name of the file is too long.")
    kind, slug = known_kind(kind), slug_of(principal)
    data_class = require_class(principal, types_by_slug()[kind].name)
    class_list, records = await judge(desk, slug, kind=kind, data=data)
    class_id = random_token(60)
    values = {
        "id": class_id,
        "centre_slug": slug,
        "kind": kind,
        "data_class": data_class,
        "filename": filename,
        "original": data,
        "uploaded_by": principal.subject,
        "uploaded_at": desk.context.clock.now().isoformat(),
        "state": store.PREVIEW,
        "row_count": class_list.row_count,
        "problems": json.dumps([_problem_to_json(problem) for problem in class_list.problems]),
        "not_passed": len(class_list.not_passed),
    }
    rows = [_row_values(desk, class_id, kind, row, records[row.rld_number]) for row in class_list.rows]
    await desk.context.database.write(desk.sealed.add_class, store.NewClass(values=values, rows=rows))
    return class_id


async def judge(
    desk: Desk, slug: str, *, kind: str, data: bytes
) -> tuple[ClassList, Mapping[str, RldRecord | None]]:
    """What a centre's list comes to, and the RLD's records by number; nothing is kept.

    Raises ``NotFound`` for an unknown centre, else as ``upload``.
    """
    centre = await desk.context.database.read(store.get_centre, slug)
    class_list, records = await _read_and_match(desk, kind, data)
    trust_list = await published_trust_list(desk.context.peers.client("trust_registry"))
    class_list = class_list.with_problems(_not_accredited(desk, class_list, trust_list, centre.did))
    return class_list.with_problems(await _already_issued(desk, class_list, slug)), records


async def _read_and_match(
    desk: Desk, kind: str, data: bytes
) -> tuple[ClassList, Mapping[str, RldRecord | None]]:
    today = desk.context.clock.now().date()

    def read() -> ClassList:
        return parse_class_list(data, kind, today=today)

    class_list = await anyio.to_thread.run_sync(read)
    everyone = (*class_list.rows, *class_list.not_passed)
    records = await desk.rld.get_persons(sorted({row.rld_number for row in everyone}))
    return check_identities(class_list, records), records


def _not_accredited(
    desk: Desk, class_list: ClassList, trust_list: TrustList, did: str
) -> Sequence[RowProblem]:
    """Rows a verifier would refuse, because the centre may not certify this at present."""
    now = desk.context.clock.now()
    problems = []
    for row in class_list.rows:
        entry = award_code(row, class_list.kind)
        award = Award(
            credential_types=frozenset({types_by_slug()[class_list.kind].name}),
            qualification_code=None if entry is None else entry.code,
            cqf_level=stated_level(row, class_list.kind),
        )
        judged = judge_entitled(trust_list, did, award, now, refuse_demo=False)
        if judged.answer is not Answer.YES:
            problems.append(
                _problem(
                    class_list,
                    row,
                    key=_award_column(class_list.kind),
                    rule="not-accredited",
                    message=gettext_noop("Your centre is not accredited to certify this at present."),
                    fix=gettext_noop("Choose what your centre may certify, or ask the registrar."),
                )
            )
    return problems


async def _already_issued(desk: Desk, class_list: ClassList, slug: str) -> Sequence[RowProblem]:
    keys = {row.row: desk.sealed.award_key(award_name(row, class_list.kind)) for row in class_list.rows}
    numbers = [row.certificate_number for row in class_list.rows if row.certificate_number]
    issued = await desk.context.database.read(store.known_awards, list(keys.values()))
    used = await desk.context.database.read(store.known_numbers, slug, numbers)
    problems = []
    for row in class_list.rows:
        if keys[row.row] in issued:
            problems.append(
                _problem(
                    class_list,
                    row,
                    key="rld_number",
                    rule="already-issued",
                    message=gettext_noop("This person holds this certificate already."),
                    fix=gettext_noop("Take the row out; the certificate can be printed again."),
                )
            )
        elif row.certificate_number in used:
            problems.append(
                _problem(
                    class_list,
                    row,
                    key="certificate_number",
                    rule="number-used",
                    message=gettext_noop("This certificate number has been used already."),
                    fix=gettext_noop("Give another number, or leave it empty."),
                )
            )
    return problems


def _award_column(kind: str) -> str | None:
    """The column that says what is awarded."""
    achievement = read_type(types_by_slug()[kind].name).get("achievement")
    return None if achievement is None else str(achievement["code"])


def _problem(
    class_list: ClassList, row: ClassRow, *, key: str | None, rule: str, message: str, fix: str
) -> RowProblem:
    heading = class_list.headings.get(key) if key else None
    return RowProblem(
        row=row.row,
        column=heading.text if heading else None,
        column_letter=heading.letter if heading else None,
        key=key,
        rule=rule,
        message=Message(msgid=message, params={}),
        fix=Message(msgid=fix, params={}),
        severity=Severity.ERROR,
    )


def _row_values(
    desk: Desk, class_id: str, kind: str, row: ClassRow, record: RldRecord | None
) -> dict[str, Any]:
    if record is None:  # check_identities has taken such rows out
        raise LookupError("a row without an RLD record was to be issued")
    dataset = build_dataset(
        row,
        record,
        kind,
        did_host=desk.context.settings.did_host,
        subject_id=random_uuid_urn(),
        certificate_number=row.certificate_number or "",
        today=desk.context.clock.now().date(),
    )
    return {
        "class_id": class_id,
        "row": row.row,
        "title": dataset.name,
        "award_key": desk.sealed.award_key(award_name(row, kind)),
        "certificate_number": row.certificate_number,
        "details": Details(
            rld_number=row.rld_number,
            credential_type=dataset.credential_type,
            name=dataset.name,
            subject=dataset.subject,
            valid_until=None if dataset.valid_until is None else format_timestamp(dataset.valid_until),
        ),
    }


async def readable_class(desk: Desk, principal: Principal, class_id: str) -> ClassSheet:
    """A class list of the own centre that this role reads; any other is not found. ``NotFound``."""
    slug = slug_of(principal)
    record: ClassSheet = await desk.context.database.read(desk.sealed.get_class, class_id, slug)
    if not may_read(principal, record.data_class):
        raise NotFound("There is no such class list.")
    return record


async def discard(desk: Desk, principal: Principal, class_id: str) -> None:
    """Put a preview away. Raises ``ConflictError`` once issuing has begun."""
    await readable_class(desk, principal, class_id)
    await desk.context.database.write(
        store.discard,
        class_id,
        slug_of(principal),
        actor=principal.subject,
        now=desk.context.clock.now(),
    )


def problems_of(record: ClassSheet) -> tuple[RowProblem, ...]:
    """The problems kept with a class list."""
    return tuple(_problem_from_json(item) for item in json.loads(record.problems))


async def corrected_workbook(desk: Desk, record: ClassSheet, translate: Any) -> bytes:
    """The clerk's own sheet back, with a red column naming what to settle in each row.

    Raises ``NotFound`` once the sheet was destroyed.
    """
    if (original := record.original) is None:
        raise NotFound("The uploaded list is not kept any more.")

    def build() -> bytes:
        class_list = parse_class_list(original, record.kind, today=desk.context.clock.now().date())
        known = {(problem.row, problem.rule, problem.key) for problem in class_list.problems}
        later = [p for p in problems_of(record) if (p.row, p.rule, p.key) not in known]
        return error_workbook(class_list.with_problems(later), translate=translate)

    return await anyio.to_thread.run_sync(build)


def _problem_to_json(problem: RowProblem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "column_letter": problem.column_letter,
        "key": problem.key,
        "rule": problem.rule,
        "message": [problem.message.msgid, dict(problem.message.params)],
        "fix": [problem.fix.msgid, dict(problem.fix.params)],
        "severity": problem.severity.value,
    }


def _problem_from_json(item: Mapping[str, Any]) -> RowProblem:
    return RowProblem(
        row=item["row"],
        column=item["column"],
        column_letter=item["column_letter"],
        key=item["key"],
        rule=item["rule"],
        message=Message(msgid=item["message"][0], params=item["message"][1]),
        fix=Message(msgid=item["fix"][0], params=item["fix"][1]),
        severity=Severity(item["severity"]),
    )
