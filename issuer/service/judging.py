"""What a class list comes to: read, matched to people of the RLD, checked against what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio.to_thread

from issuer import store
from issuer.award import award_code, award_name, build_dataset, stated_level
from issuer.class_list import ClassList, ClassRow, Message, RowProblem, parse_class_list
from issuer.clients import published_trust_list
from issuer.identity_link.matching import RldRecord
from issuer.rld.candidates import Candidate
from issuer.rld.port import RldPerson, RldUnavailable, Trouble
from issuer.service.desk import Desk
from issuer.service.linking import link
from issuer.unsealed import Details, Intent
from runtime.entropy import random_uuid_urn
from runtime.i18n import gettext_noop
from schemas import read_type
from vc.encoding.timestamps import format_timestamp
from vc.errors import Severity
from vc.model.credential_types import types_by_slug
from vc.model.verdict import Answer
from vc.trust.entitled import Award, judge_entitled
from vc.trust.trust_list import TrustList


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A class list with everything that is to be said of it; both mappings are by row number.

    ``trouble`` says why the RLD gave no answer; then no row can be issued, and nothing else was checked.
    """

    class_list: ClassList
    people: Mapping[int, RldPerson]
    open_choices: Mapping[int, tuple[Candidate, ...]]
    trouble: Trouble | None = None


async def read(desk: Desk, kind: str, data: bytes) -> ClassList:
    """The rows of a file. Raises ``UnreadableClassList`` when it is no class list."""
    today = desk.context.clock.now().date()

    def parse() -> ClassList:
        return parse_class_list(data, kind, today=today)

    return await anyio.to_thread.run_sync(parse)


async def judge(
    desk: Desk,
    slug: str,
    class_list: ClassList,
    choices: Mapping[int, str | None] | None = None,
    *,
    corrects: Intent | None = None,
) -> Judged:
    """What a centre's list comes to; nothing is kept. ``choices`` are as in ``linking.link``.

    ``corrects`` is the certificate in whose place the one row is to come, which is not counted as given.

    Raises ``NotFound`` for an unknown centre, ``EvidenceUnavailable`` when the trust list is not to be had.
    """
    centre = await desk.context.database.read(store.get_centre, slug)
    try:
        linked = await link(desk, class_list, choices or {})
    except RldUnavailable as error:
        return Judged(class_list=class_list, people={}, open_choices={}, trouble=error.trouble)
    trust_list = await published_trust_list(desk.context.peers.client("trust_registry"))
    compared = linked.class_list
    compared = compared.with_problems(_not_accredited(desk, compared, trust_list, centre.did))
    if corrects is not None:
        compared = compared.with_problems(_of_another(desk, compared, linked.people, corrects))
    compared = compared.with_problems(await _already_issued(desk, compared, slug, corrects))
    return Judged(class_list=compared, people=linked.people, open_choices=linked.open_choices)


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


def _of_another(
    desk: Desk, class_list: ClassList, people: Mapping[int, RldPerson], corrects: Intent
) -> Sequence[RowProblem]:
    """Rows about somebody else than the certificate they are to correct."""
    return [
        _problem(
            class_list,
            row,
            key="rld_number",
            rule="another-person",
            message=gettext_noop("This is another person than the certificate names."),
            fix=gettext_noop("Take the certificate back, and issue one to the right person."),
        )
        for row in class_list.rows
        if desk.sealed.personal.person(people[row.row].rld_number) != corrects.person
    ]


async def _already_issued(
    desk: Desk, class_list: ClassList, slug: str, corrects: Intent | None
) -> Sequence[RowProblem]:
    keys = {row.row: desk.sealed.award_key(award_name(row, class_list.kind)) for row in class_list.rows}
    numbers = [row.certificate_number for row in class_list.rows if row.certificate_number]
    issued = await desk.context.database.read(store.known_awards, list(keys.values()))
    used = await desk.context.database.read(store.known_numbers, slug, numbers)
    if corrects is not None:
        issued, used = issued - {corrects.award_key}, used - {corrects.certificate_number}
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


def row_values(desk: Desk, class_id: str, kind: str, row: ClassRow, record: RldRecord) -> dict[str, Any]:
    """A row as ``store.NewClass`` takes it, signed in the end from the RLD's ``record``."""
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
            sex=record.sex.value,
            province_code=record.province_code,
            contact=desk.sealed.contact(record.contact_reference),
        ),
    }
