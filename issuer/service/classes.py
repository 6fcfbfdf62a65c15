"""A class list from upload to preview: read, matched to the RLD, checked against what is known."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import anyio.to_thread

from issuer import link_store, store
from issuer.award import award_code, award_name, build_dataset, credential_type
from issuer.class_list import (
    ClassList,
    ClassRow,
    ListKind,
    Message,
    RowProblem,
    RplAward,
    error_workbook,
    parse_class_list,
)
from issuer.clients import published_trust_list
from issuer.identity_link.matching import RldRecord
from issuer.rld.port import RldPerson, RldUnavailable, Trouble
from issuer.sealed import ClassSheet, Details
from issuer.service.desk import Desk
from issuer.service.linking import link
from runtime.auth import Principal
from runtime.entropy import random_token, random_uuid_urn
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound, RangeError, Severity
from vc.model.verdict import Answer
from vc.trust.entitled import Award, judge_entitled
from vc.trust.trust_list import TrustList

MAX_FILENAME = 120
_CHOICE = re.compile(r"[0-9]|none", re.ASCII)


def slug_of(principal: Principal) -> str:
    """The centre a clerk works for; the tenant always comes from the sign-in."""
    if principal.organisation_id is None:
        raise NotAuthorized("This account belongs to no centre.")
    return principal.organisation_id


async def upload(desk: Desk, principal: Principal, *, kind: ListKind, filename: str, data: bytes) -> str:
    """Read a class list and keep it for preview; returns its id. Nothing is signed.

    Where the RLD gives no answer the list is kept in the state ``WAITING``, and ``compare_again`` goes on.
    Raises ``UnreadableClassList`` when it is no class list, ``EvidenceUnavailable`` when the trust list is
    not to be had.
    """
    if len(filename) > MAX_FILENAME:
        raise RangeError("The name of the file is too long.")
    slug = slug_of(principal)
    class_list = await _read(desk, kind, data)
    class_id = random_token(60)
    new, trouble = await _judge_or_trouble(desk, class_id, slug, class_list, {})
    values = new.values | {
        "kind": kind.value,
        "filename": filename,
        "original": data,
        "uploaded_by": principal.subject,
        "uploaded_at": desk.context.clock.now().isoformat(),
        "state": store.PREVIEW if trouble is None else store.WAITING,
        "row_count": class_list.row_count,
        "trouble": trouble,
    }
    new = replace(new, values=values)
    await desk.context.database.write(desk.sealed.add_class, new)
    return class_id


async def compare_again(desk: Desk, principal: Principal, class_id: str) -> Trouble | None:
    """Compare a waiting list, or a preview, with the RLD as it is now; why it waits still, or None.

    Raises ``NotFound`` once the sheet was destroyed, ``ConflictError`` once it was issued or put away.
    """
    slug = slug_of(principal)
    database = desk.context.database
    record = await database.read(desk.sealed.get_class, class_id, slug)
    if record.original is None:
        raise NotFound("The uploaded list is not kept any more.")
    if record.state not in (store.WAITING, store.PREVIEW):
        raise ConflictError("This class list is not in a state that allows this.")
    class_list = await _read(desk, ListKind(record.kind), record.original)
    decided = {
        choice.row: choice.chosen
        for choice in await database.read(desk.sealed.choices_of, class_id)
        if choice.is_decided
    }
    new, trouble = await _judge_or_trouble(desk, class_id, slug, class_list, decided)
    if trouble is not None:
        await database.write(link_store.record_trouble, class_id, trouble)
        return trouble
    now = desk.context.clock.now()
    await database.write(desk.sealed.refill_class, new, actor=principal.subject, now=now)
    return None


async def _read(desk: Desk, kind: ListKind, data: bytes) -> ClassList:
    today = desk.context.clock.now().date()

    def read() -> ClassList:
        return parse_class_list(
            data,
            kind,
            today=today,
            qualifications=desk.catalogue.qualifications,
            courses=desk.catalogue.courses,
        )

    return await anyio.to_thread.run_sync(read)


async def _judge_or_trouble(
    desk: Desk, class_id: str, slug: str, class_list: ClassList, decided: Mapping[int, str | None]
) -> tuple[store.NewClass, Trouble | None]:
    """What a list has come to; without the RLD no row of it, and why."""
    centre = await desk.context.database.read(store.get_centre, slug)
    people: Mapping[int, RldPerson] = {}
    choices: list[dict[str, Any]] = []
    trouble = None
    try:
        linked = await link(desk, class_list, decided)
    except RldUnavailable as error:
        trouble = error.trouble
    else:
        class_list, people = linked.class_list, linked.people
        choices = [
            {"row": row, "candidates": [candidate.to_json() for candidate in candidates]}
            for row, candidates in linked.open_choices.items()
        ]
        trust_list = await published_trust_list(desk.context.peers.client("trust_registry"))
        class_list = class_list.with_problems(_not_accredited(desk, class_list, trust_list, centre.did))
        class_list = class_list.with_problems(await _already_issued(desk, class_list, slug))
    values = {
        "id": class_id,
        "centre_slug": slug,
        "problems": json.dumps([_problem_to_json(problem) for problem in class_list.problems]),
        "not_passed": len(class_list.not_passed),
    }
    rows = [] if trouble else [_row_values(desk, class_id, row, people[row.row]) for row in class_list.rows]
    return store.NewClass(values=values, rows=rows, choices=choices), trouble


async def choose(desk: Desk, principal: Principal, class_id: str, row: int, choice: str) -> None:
    """Say which candidate a row means, by its place from 0, or ``none``; and compare the list anew.

    Raises ``MalformedValue``, ``NotFound``, and ``ConflictError`` where there is nothing to choose.
    """
    slug = slug_of(principal)
    database = desk.context.database
    record = await database.read(store.get_class, class_id, slug)
    if record.state != store.PREVIEW:
        raise ConflictError("This class list is not in a state that allows this.")
    if not _CHOICE.fullmatch(choice):
        raise MalformedValue("Choose who is meant.", pointer="/choice")
    position = None if choice == "none" else int(choice)
    now = desk.context.clock.now()
    await database.write(desk.sealed.decide_choice, class_id, row, position, actor=principal.subject, now=now)
    await compare_again(desk, principal, class_id)


def _not_accredited(
    desk: Desk, class_list: ClassList, trust_list: TrustList, did: str
) -> Sequence[RowProblem]:
    """Rows a verifier would refuse, because the centre may not certify this at present."""
    now = desk.context.clock.now()
    problems = []
    for row in class_list.rows:
        level = None
        if isinstance(row.award, RplAward):
            level = desk.catalogue.qualifications[row.award.qualification_code].cqf_level
        award = Award(
            credential_types=frozenset({credential_type(row)}),
            qualification_code=award_code(row),
            cqf_level=level,
        )
        judged = judge_entitled(trust_list, did, award, now, refuse_demo=False)
        if judged.answer is not Answer.YES:
            problems.append(
                _problem(
                    class_list,
                    row,
                    key="qualification_code" if isinstance(row.award, RplAward) else "course_code",
                    rule="not-accredited",
                    message=gettext_noop("Your centre is not accredited to certify this at present."),
                    fix=gettext_noop("Choose what your centre may certify, or ask the registrar."),
                )
            )
    return problems


async def _already_issued(desk: Desk, class_list: ClassList, slug: str) -> Sequence[RowProblem]:
    keys = {row.row: desk.sealed.award_key(award_name(row)) for row in class_list.rows}
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


def _problem(
    class_list: ClassList, row: ClassRow, *, key: str, rule: str, message: str, fix: str
) -> RowProblem:
    heading = class_list.headings.get(key)
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


def _row_values(desk: Desk, class_id: str, row: ClassRow, record: RldRecord) -> dict[str, Any]:
    dataset = build_dataset(
        row,
        record,
        desk.catalogue,
        subject_id=random_uuid_urn(),
        certificate_number=row.certificate_number or "",
    )
    return {
        "class_id": class_id,
        "row": row.row,
        "title": dataset.name,
        "award_key": desk.sealed.award_key(award_name(row)),
        "certificate_number": row.certificate_number,
        "details": Details(
            rld_number=row.rld_number,
            credential_type=dataset.credential_type,
            name=dataset.name,
            subject=dataset.subject,
        ),
    }


async def discard(desk: Desk, principal: Principal, class_id: str) -> None:
    """Put a preview away. Raises ``ConflictError`` once issuing has begun."""
    await desk.context.database.write(
        store.decide,
        class_id,
        slug_of(principal),
        store.DISCARDED,
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
        class_list = parse_class_list(
            original,
            ListKind(record.kind),
            today=desk.context.clock.now().date(),
            qualifications=desk.catalogue.qualifications,
            courses=desk.catalogue.courses,
        )
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
