"""What a verified document certifies, read for showing.

Read only from the document a valid proof covers. ``summary_of`` is all that a stranger who holds a
link or a typed code may see; ``details_of`` is for whoever brought the document itself and so has
it all already. Members that are missing or of another shape are left out, never guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from vc.encoding.strict_json import JsonValue
from vc.model.credential import as_list, subjects_of

Document = Mapping[str, JsonValue]
_MAX_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardSummary:
    """Names, title, level and date of issue: what a stranger sees, and no more.

    ``names`` are the same person's name in one or two scripts. ``passport_name`` is the name as the
    passport had it that the labour database was shown; None where none was. Dates are ISO 8601 days.
    """

    title: str | None
    names: tuple[str, ...]
    passport_name: str | None
    cqf_level: int | None
    issued_on: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitShown:
    """One unit of competency as awarded."""

    code: str
    title: str
    result: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardDetails:
    """What the document itself says beyond the summary."""

    certificate_number: str | None
    units: tuple[UnitShown, ...]
    dates: tuple[tuple[str, str], ...]
    valid_until: str | None


def summary_of(document: Document, language: str) -> AwardSummary:
    """What a stranger may see of a *verified* ``document``, its title in ``language`` where it has one."""
    subject, achievement = _subject_and_achievement(document)
    localized = subject.get("localized")
    titles = localized.get("title") if isinstance(localized, dict) else None
    own = titles.get(language) if isinstance(titles, dict) else None
    level = achievement.get("cqfLevel")
    names = (subject.get("nameKhmer"), subject.get("nameLatin"))
    return AwardSummary(
        title=_text(own) or _text(achievement.get("name")) or _text(document.get("name")),
        names=tuple(name for name in names if isinstance(name, str) and name),
        passport_name=_text(subject.get("passportNameLatin")),
        cqf_level=level if isinstance(level, int) and not isinstance(level, bool) else None,
        issued_on=_day(document.get("validFrom")),
    )


def details_of(document: Document) -> AwardDetails:
    """The rest of what a *verified* ``document`` certifies."""
    subject, _ = _subject_and_achievement(document)
    dates = ((name, _day(subject.get(name))) for name in DATED_MEMBERS)
    return AwardDetails(
        certificate_number=_text(subject.get("certificateNumber")),
        units=tuple(_units(subject))[:_MAX_SHOWN],
        dates=tuple((name, day) for name, day in dates if day is not None),
        valid_until=_day(document.get("validUntil")),
    )


DATED_MEMBERS = ("assessmentDate", "decisionDate", "startDate", "endDate")


def _subject_and_achievement(document: Document) -> tuple[Document, Document]:
    """The one subject and its one achievement; with several of either, nothing is attributed."""
    subjects = subjects_of(document)
    subject: Document = subjects[0] if len(subjects) == 1 else {}
    achievements = as_list(subject.get("achievement"))
    achievement = achievements[0] if len(achievements) == 1 else None
    return subject, achievement if isinstance(achievement, dict) else {}


def _units(subject: Document) -> Iterator[UnitShown]:
    for item in as_list(subject.get("unitsOfCompetency")):
        if isinstance(item, dict):
            code, title = _text(item.get("unitCode")), _text(item.get("unitTitle"))
            if code and title:
                yield UnitShown(code=code, title=title, result=_text(item.get("unitResult")))


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value else None


def _day(value: JsonValue) -> str | None:
    """The day of an ISO 8601 date or time; None for anything else, which is then not shown."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return None
