"""Applications and their answers as kept. Every function takes one open transaction."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, insert, select

from trust_registry.tables import application, application_event
from vc.encoding.timestamps import format_timestamp, parse_timestamp


class Answer(StrEnum):
    """What happened to an application; the last one says how it stands."""

    SUBMITTED = "submitted"
    MORE_WANTED = "more-wanted"
    SUPPLIED = "supplied"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerEvent:
    """One step; ``actor`` is None where the applicant took it."""

    answer: Answer
    text: str
    actor: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """What an organisation asked for, and every step since, oldest first. ``facts`` by field name."""

    id: int
    kind: str
    language: str
    facts: Mapping[str, str]
    at: datetime
    events: tuple[AnswerEvent, ...]

    @property
    def answer(self) -> Answer:
        """How it stands."""
        return self.events[-1].answer


def insert_application(
    connection: Connection,
    *,
    kind: str,
    language: str,
    facts: Mapping[str, str],
    receipt_digest: str,
    now: datetime,
) -> int:
    """Add an application; returns its id. An event must follow in the same transaction."""
    result = connection.execute(
        insert(application)
        .values(
            kind=kind,
            language=language,
            facts=dict(facts),
            receipt_digest=receipt_digest,
            recorded_at=format_timestamp(now),
        )
        .returning(application.c.id)
    )
    return int(result.scalar_one())


def append_answer(connection: Connection, number: int, event: AnswerEvent) -> None:
    """Add a step; there is no way to change or remove one."""
    connection.execute(
        insert(application_event).values(
            application_id=number,
            answer=event.answer.value,
            text=event.text,
            actor=event.actor,
            recorded_at=format_timestamp(event.at),
        )
    )


def application_or_none(connection: Connection, number: int) -> Application | None:
    """The application with this id."""
    return next(iter(_found(connection, application.c.id == number)), None)


def application_by_digest_or_none(connection: Connection, digest: str) -> Application | None:
    """The application whose receipt code has this digest."""
    return next(iter(_found(connection, application.c.receipt_digest == digest)), None)


def applications(connection: Connection) -> tuple[Application, ...]:
    """Every application, oldest first."""
    return _found(connection, application.c.id > 0)


def count_open(connection: Connection) -> int:
    """How many applications have no final answer."""
    final = select(application_event.c.application_id).where(
        application_event.c.answer.in_((Answer.GRANTED.value, Answer.REFUSED.value))
    )
    query = select(func.count()).select_from(application).where(application.c.id.not_in(final))
    return int(connection.execute(query).scalar_one())


def _found(connection: Connection, condition: ColumnElement[bool]) -> tuple[Application, ...]:
    rows = connection.execute(select(application).where(condition).order_by(application.c.id)).mappings()
    shown = list(rows)
    events = defaultdict[int, list[AnswerEvent]](list)
    query = (
        select(application_event)
        .join(application, application.c.id == application_event.c.application_id)
        .where(condition)
        .order_by(application_event.c.id)
    )
    for row in connection.execute(query).mappings():
        events[row["application_id"]].append(
            AnswerEvent(
                answer=Answer(row["answer"]),
                text=row["text"],
                actor=row["actor"],
                at=parse_timestamp(row["recorded_at"]),
            )
        )
    return tuple(
        Application(
            id=row["id"],
            kind=row["kind"],
            language=row["language"],
            facts=dict(row["facts"]),
            at=parse_timestamp(row["recorded_at"]),
            events=tuple(events[row["id"]]),
        )
        for row in shown
    )
