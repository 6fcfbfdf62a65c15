"""What a second person is shown before agreeing: unusual rows. A flag forbids nothing by itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from issuer.class_list import code_list, match_key_khmer
from issuer.class_list.columns import CellKind, columns_of
from issuer.unsealed import ClassRow
from runtime.i18n import gettext_noop
from runtime.settings import Settings
from vc.model.credential_types import CredentialType, credential_types

OF_AGE: Final = 18
_A_WEEK: Final = timedelta(weeks=1)

FLAG_TEXTS: Final[Mapping[str, str]] = {
    "many-assessments": gettext_noop("One assessor assessed very many people on one day."),
    "sooner-than-course": gettext_noop("The course was shorter than this course lasts."),
    "under-age": gettext_noop("The person was under 18 on the day of the award."),
    "shared-contact": gettext_noop("Many people have one telephone or address."),
    "back-dated": gettext_noop("The award is dated long ago: it needs a reason."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """Rows of one class list (by the number in the sheet) that are unusual; ``rule`` is a key above."""

    rule: str
    rows: tuple[int, ...]


def flags_of(rows: Sequence[ClassRow], settings: Settings, today: date) -> tuple[Flag, ...]:
    """Every flag that any of ``rows`` raises on ``today``, in the order of ``FLAG_TEXTS``."""
    crowded = _crowded(rows, settings.assessments_per_day)
    contacts = Counter(row.details.contact for row in rows if row.details.contact)
    tests: Mapping[str, Callable[[ClassRow], bool]] = {
        "many-assessments": lambda row: not crowded.isdisjoint(_assessments(row)),
        "sooner-than-course": _is_sooner_than_course,
        "under-age": _is_under_age,
        "shared-contact": lambda row: contacts[row.details.contact] > settings.people_per_contact,
        "back-dated": lambda row: is_back_dated(row, settings.backdating_days, today),
    }
    found = (Flag(rule=rule, rows=tuple(row.row for row in rows if tests[rule](row))) for rule in FLAG_TEXTS)
    return tuple(flag for flag in found if flag.rows)


def is_back_dated(row: ClassRow, days: int, today: date) -> bool:
    """Whether an award lies more than ``days`` before ``today``; what is no award never does."""
    day = award_day(row)
    return _type_of(row).is_achievement and day is not None and day < today - timedelta(days=days)


def is_assessor(name: str, row: ClassRow) -> bool:
    """Whether ``name`` is an assessor of this row: written alike, or beside a number or title."""
    words = set(_folded(name).split())
    return bool(words) and any(words <= set(assessor.split()) for assessor in _assessors(row))


def award_day(row: ClassRow) -> date | None:
    """The last day that the row names, which is that of the award; None where it names none."""
    claims = (column.claim for column in columns_of(_type_of(row).slug) if column.kind is CellKind.DATE)
    days = [day for claim in claims if claim is not None and (day := _day(row, claim)) is not None]
    return max(days, default=None)


def _crowded(rows: Sequence[ClassRow], limit: int) -> frozenset[tuple[str, date]]:
    counts = Counter(assessment for row in rows for assessment in _assessments(row))
    return frozenset(assessment for assessment, count in counts.items() if count > limit)


def _assessments(row: ClassRow) -> frozenset[tuple[str, date]]:
    """Who assessed, and on which day."""
    day = _day(row, "assessmentDate")
    return frozenset() if day is None else frozenset((assessor, day) for assessor in _assessors(row))


def _assessors(row: ClassRow) -> Iterator[str]:
    named = row.details.subject.get("assessors")
    return (_folded(str(name)) for name in named) if isinstance(named, list) else iter(())


def _folded(name: str) -> str:
    return match_key_khmer(name).casefold()


def _is_sooner_than_course(row: ClassRow) -> bool:
    achievement = row.details.subject.get("achievement")
    code = achievement.get("humanCode") if isinstance(achievement, dict) else None
    course = code_list("courses").get(str(code))
    start, end = _day(row, "startDate"), award_day(row)
    if course is None or course.weeks_min is None or start is None or end is None:
        return False
    # A course that ends on a Friday is some days short of its weeks, as a class list is judged too.
    return end + timedelta(days=1) - start <= timedelta(weeks=course.weeks_min) - _A_WEEK


def _is_under_age(row: ClassRow) -> bool:
    born, day = _day(row, "birthDate"), award_day(row)
    if born is None or day is None:
        return False
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < OF_AGE


def _day(row: ClassRow, claim: str) -> date | None:
    value = row.details.subject.get(claim)
    return date.fromisoformat(value) if isinstance(value, str) else None


def _type_of(row: ClassRow) -> CredentialType:
    return credential_types()[row.details.credential_type]
