"""A class list from upload to preview, and what a clerk does about it meanwhile."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import anyio.to_thread

from issuer import link_store, store
from issuer.class_list import ClassList, Message, RowProblem, error_workbook, parse_class_list
from issuer.data_classes import may_read, require_class
from issuer.rld.port import Trouble
from issuer.sealed_choices import SealedChoices
from issuer.service import judging
from issuer.service.desk import Desk
from issuer.unsealed import ClassSheet, Intent
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound, RangeError, Severity
from vc.model.credential_types import types_by_slug

MAX_FILENAME = 120
_CHOICE: Final = re.compile(r"[0-9]{1,2}|none", re.ASCII)


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


def sealed_choices(desk: Desk) -> SealedChoices:
    """Who is meant by rows without number, out of their seals."""
    return SealedChoices(desk.sealed.personal)


async def upload(
    desk: Desk,
    principal: Principal,
    *,
    kind: str,
    filename: str,
    data: bytes,
    corrects: Intent | None = None,
) -> str:
    """Read a class list of the type with the slug ``kind`` and keep it for preview; returns its id.

    ``corrects`` is the certificate that a list of one row is to replace. Nothing is signed. Where the RLD
    gives no answer the list is kept all the same (``store.UNCOMPARED``), and ``compare_again`` goes on.
    Raises ``UnreadableClassList`` when it is no class list, ``EvidenceUnavailable`` when the trust list is
    not to be had.
    """
    if len(filename) > MAX_FILENAME:
        raise RangeError("The name of the file is too long.")
    kind, slug = known_kind(kind), slug_of(principal)
    data_class = require_class(principal, types_by_slug()[kind].name)
    class_list = await judging.read(desk, kind, data)
    judged = await judging.judge(desk, slug, class_list, corrects=corrects)
    new = _new_class(desk, random_token(60), kind, judged, corrects)
    new.values.update(
        centre_slug=slug,
        kind=kind,
        data_class=data_class,
        filename=filename,
        original=data,
        uploaded_by=principal.subject,
        uploaded_at=desk.context.clock.now().isoformat(),
        state=store.PREVIEW if judged.trouble is None else store.UNCOMPARED,
        row_count=class_list.row_count,
        trouble=judged.trouble,
        corrects=None if corrects is None else corrects.intent_id,
    )
    await desk.context.database.write(desk.sealed.add_class, new)
    return str(new.values["id"])


async def compare_again(desk: Desk, principal: Principal, class_id: str) -> Trouble | None:
    """Compare a list that could not be, or a preview, with the RLD as it is now; why it waits still, or None.

    Raises ``NotFound`` once the sheet was destroyed, ``ConflictError`` once it was submitted or put away.
    """
    record = await readable_class(desk, principal, class_id)
    if record.original is None:
        raise NotFound("The uploaded list is not kept any more.")
    if record.state not in (store.UNCOMPARED, store.PREVIEW):
        raise ConflictError("This class list is not in a state that allows this.")
    slug, database = slug_of(principal), desk.context.database
    chosen = {
        choice.row: choice.chosen
        for choice in await database.read(sealed_choices(desk).of_class, record)
        if choice.is_decided
    }
    class_list = await judging.read(desk, record.kind, record.original)
    corrects = await corrected_by(desk, record)
    judged = await judging.judge(desk, slug, class_list, chosen, corrects=corrects)
    if judged.trouble is not None:
        await database.write(link_store.record_trouble, class_id, judged.trouble)
        return judged.trouble
    new = _new_class(desk, class_id, record.kind, judged, corrects)
    new.values.update(centre_slug=slug, data_class=record.data_class)
    now = desk.context.clock.now()
    await database.write(sealed_choices(desk).refill, new, actor=principal.subject, now=now)
    return None


async def choose(desk: Desk, principal: Principal, class_id: str, row: int, choice: str) -> None:
    """Say which candidate a row means, by its place from 0, or ``none``; and compare the list anew.

    Raises ``MalformedValue``, ``NotFound``, and ``ConflictError`` where there is nothing to choose.
    """
    record = await readable_class(desk, principal, class_id)
    if record.state != store.PREVIEW:
        raise ConflictError("This class list is not in a state that allows this.")
    if not _CHOICE.fullmatch(choice):
        raise MalformedValue("Choose who is meant.", pointer="/choice")
    position = None if choice == "none" else int(choice)
    now = desk.context.clock.now()
    await desk.context.database.write(
        sealed_choices(desk).decide, record, row, position, actor=principal.subject, now=now
    )
    await compare_again(desk, principal, class_id)


async def corrected_by(desk: Desk, record: ClassSheet) -> Intent | None:
    """The certificate that a list of one row corrects; None for any other. ``NotFound`` once erased."""
    if record.corrects is None:
        return None
    issued = desk.sealed.issued
    found: Intent = await desk.context.database.read(issued, store.issued_by_intent, record.corrects)
    return found


def _new_class(
    desk: Desk, class_id: str, kind: str, judged: judging.Judged, corrects: Intent | None
) -> store.NewClass:
    class_list = judged.class_list
    rows = () if judged.trouble else class_list.rows
    values = [judging.row_values(desk, class_id, kind, row, judged.people[row.row]) for row in rows]
    if corrects is not None:
        # A number names an award of a person, and this is that award still.
        values = [
            one | {"certificate_number": one["certificate_number"] or corrects.certificate_number}
            for one in values
        ]
    return store.NewClass(
        values={
            "id": class_id,
            "problems": json.dumps([_problem_to_json(problem) for problem in class_list.problems]),
            "not_passed": len(class_list.not_passed),
        },
        rows=values,
        choices=[
            {"row": row, "candidates": [candidate.to_json() for candidate in candidates]}
            for row, candidates in judged.open_choices.items()
        ],
    )


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
        class_list: ClassList = parse_class_list(original, record.kind, today=desk.context.clock.now().date())
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
