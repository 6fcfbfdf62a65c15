"""What is on record of experience, training and certificates, for round two of Korea's point system.

The sheet lists; it weighs nothing. What counts and for how much is for HRD Korea to decide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final

from schemas import read_json
from vc.model.credential import issuer_id
from vc.programmes.claims import choice_of, claim_of, day_of, text_of, whole_of
from vc.programmes.conditions import Candidate, fixed_answer, judge
from vc.programmes.model import EvidenceState, EvidenceStrength, RequirementAnswer
from vc.programmes.reading import read_programme, rules_in_force
from vc.programmes.sentences import EPS_STATEMENT
from vc.programmes.standing import Held, Standing, standings
from vc.programmes.windows import months_of, stretches
from vc.verify.one_person import OnePerson

_EPS, _KLT_RULE, _KLT = "kr-eps", "eps-klt", "EPS-KLT"
_WORK, _OVERSEAS = "PriorEmployment", "OverseasWorkRecord"
_TRAINING, _CERTIFICATE, _TEST = "TrainingCertificate", "RPLCertificate", "ThirdPartyTestEvidence"
_LISTED: Final = frozenset({_WORK, _OVERSEAS, _TRAINING, _CERTIFICATE, _TEST})
_SATISFIED: Final = RequirementAnswer.SATISFIED


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperienceRow:
    """One record of work. ``industry`` is the EPS industry its sector falls into, None where into none.

    ``period`` is its first and last day, None where the record has no dates.
    """

    position: int
    answer: RequirementAnswer
    industry: str | None
    sector: str | None
    isco08: str | None
    months: int | None
    strength: EvidenceStrength | None
    period: tuple[date, date] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperienceTotal:
    """Months of one industry with evidence of one strength. Sums of several strengths may overlap.

    ``may_overlap`` says that records without dates are in it beside others, and nobody can tell.
    """

    industry: str
    strength: EvidenceStrength
    months: int
    may_overlap: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRow:
    """One course: its code and title as certified, hours, last day."""

    position: int
    answer: RequirementAnswer
    code: str | None
    title: str | None
    hours: int | None
    ended_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateRow:
    """One national certificate. ``is_partial`` is None where that was not shown."""

    position: int
    answer: RequirementAnswer
    code: str | None
    title: str | None
    cqf_level: int | None
    is_partial: bool | None
    decided_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageTestRow:
    """One record of an EPS-KLT. ``good_until`` is computed from the day it was passed; no proof of it."""

    position: int
    answer: RequirementAnswer
    passed_on: date | None
    good_until: date | None
    state: EvidenceState | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EpsSheet:
    """Everything on record on the day ``on``, each row with its own answer; ``statement`` is a message id.

    ``totals`` and ``training_hours`` are over the rows that are satisfied, the same certificate once.
    ``unread`` is that of a check.
    """

    on: date
    experience: tuple[ExperienceRow, ...]
    totals: tuple[ExperienceTotal, ...]
    training: tuple[TrainingRow, ...]
    training_hours: int
    certificates: tuple[CertificateRow, ...]
    language_tests: tuple[LanguageTestRow, ...]
    unread: tuple[int, ...]
    statement: str = EPS_STATEMENT


def evidence_sheet(
    credentials: Sequence[Held],
    on: date,
    *,
    one_person: OnePerson | None = None,
    rules_of: date | None = None,
) -> EpsSheet:
    """List what was shown, for the day ``on``. ``one_person`` and ``rules_of`` are those of a check.

    Raises ``NotFound`` where no rules of EPS were on file at the end of ``rules_of``.
    """
    read = standings(credentials, on)
    shown = _joined([one for one in read if _is_listed(one)], one_person)
    counted = _counted(shown)
    experience = tuple(_experience(one) for one in shown if one.types & {_WORK, _OVERSEAS})
    training = tuple(_training(one) for one in shown if _TRAINING in one.types)
    positions = {one.position for one in read}
    return EpsSheet(
        on=on,
        experience=experience,
        totals=_totals([row for row in experience if row.position in counted]),
        training=training,
        training_hours=sum(
            row.hours or 0 for row in training if row.position in counted and row.answer is _SATISFIED
        ),
        certificates=tuple(_certificate(one) for one in shown if _CERTIFICATE in one.types),
        language_tests=_language_tests([one for one in shown if _TEST in one.types], on, rules_of),
        unread=tuple(position for position in range(len(credentials)) if position not in positions),
    )


def _is_listed(standing: Standing) -> bool:
    # TOPIK is another test than EPS-TOPIK, and not asked for here.
    is_other_test = _TEST in standing.types and text_of(standing.document, "testLevel") != _KLT
    return bool(standing.types & _LISTED) and not is_other_test


def _joined(shown: Sequence[Standing], one_person: OnePerson | None) -> tuple[Standing, ...]:
    """As shown, where they are one person's or one certificate only; else none of them counts."""
    good = {one.identity for one in shown if one.answer is _SATISFIED}
    if one_person is OnePerson.PROVEN or len(good) < 2:
        return tuple(shown)
    return tuple(
        replace(one, answer=RequirementAnswer.NOT_SHOWN_ONE_PERSONS, good_until=None)
        if one.answer is _SATISFIED
        else one
        for one in shown
    )


def _counted(shown: Iterable[Standing]) -> frozenset[int]:
    """The positions of those that count, the same certificate once, in whatever format it was shown."""
    seen: set[object] = set()
    counted: list[int] = []
    for one in shown:
        number = text_of(one.document, "certificateNumber")
        names: set[object] = {one.identity}
        if number is not None:
            names.add((issuer_id(one.document), one.types & _LISTED, number))
        if one.answer is _SATISFIED and not names & seen:
            counted.append(one.position)
            seen |= names
    return frozenset(counted)


def _experience(standing: Standing) -> ExperienceRow:
    document = standing.document
    sector, months = text_of(document, "sector"), whole_of(document, "monthsWorked")
    strength = choice_of(document, "evidenceStrength", EvidenceStrength)
    first, last = day_of(document, "startDate"), day_of(document, "endDate")
    return ExperienceRow(
        position=standing.position,
        answer=_answer(standing, sector, months, strength),
        industry=None if sector is None else _industries().get(sector),
        sector=sector,
        isco08=text_of(document, "isco08"),
        months=months,
        strength=strength,
        period=(first, last) if first is not None and last is not None and first <= last else None,
    )


def _training(standing: Standing) -> TrainingRow:
    document = standing.document
    hours = whole_of(document, "trainingHours")
    return TrainingRow(
        position=standing.position,
        answer=_answer(standing, hours),
        code=text_of(document, "achievement/humanCode"),
        title=text_of(document, "achievement/name"),
        hours=hours,
        ended_on=day_of(document, "endDate"),
    )


def _certificate(standing: Standing) -> CertificateRow:
    document = standing.document
    code, is_partial = text_of(document, "achievement/humanCode"), claim_of(document, "partial")
    return CertificateRow(
        position=standing.position,
        answer=_answer(standing, code),
        code=code,
        title=text_of(document, "achievement/name"),
        cqf_level=whole_of(document, "achievement/cqfLevel"),
        is_partial=is_partial if isinstance(is_partial, bool) else None,
        decided_on=day_of(document, "decisionDate"),
    )


def _answer(standing: Standing, *needed: object) -> RequirementAnswer:
    """What was kept back cannot be told."""
    if standing.answer is _SATISFIED and any(claim is None for claim in needed):
        return RequirementAnswer.COULD_NOT_CHECK
    return standing.answer


def _language_tests(
    shown: Sequence[Standing], on: date, rules_of: date | None
) -> tuple[LanguageTestRow, ...]:
    programme = read_programme(_EPS, rules_of=rules_of)
    rules = rules_in_force(programme, on=on, variant=None)
    rule, is_in_effect = next(found for found in rules if found[0].id == _KLT_RULE)
    fixed = fixed_answer(rule, is_in_effect=is_in_effect)
    return tuple(
        _language_test(candidate)
        for one in shown
        for candidate in (
            judge(rule, one, on=on, variant=None)
            if fixed is None
            else [Candidate(standing=one, answer=fixed)]
        )
    )


def _language_test(candidate: Candidate) -> LanguageTestRow:
    document = candidate.standing.document
    return LanguageTestRow(
        position=candidate.standing.position,
        answer=candidate.answer,
        passed_on=day_of(document, "testDate"),
        good_until=candidate.good_until,
        state=choice_of(document, "evidenceState", EvidenceState),
    )


def _totals(rows: Sequence[ExperienceRow]) -> tuple[ExperienceTotal, ...]:
    """One sum for each industry and strength, in the order of the rows."""
    groups: dict[tuple[str, EvidenceStrength], list[ExperienceRow]] = {}
    for row in rows:
        if row.answer is _SATISFIED and row.industry is not None and row.strength is not None:
            groups.setdefault((row.industry, row.strength), []).append(row)
    return tuple(
        ExperienceTotal(
            industry=industry,
            strength=strength,
            months=_months(members),
            may_overlap=len(members) > 1 and any(row.period is None for row in members),
        )
        for (industry, strength), members in groups.items()
    )


def _months(rows: Sequence[ExperienceRow]) -> int:
    """Months of all rows, those with dates never more than the days they cover together allow."""
    undated = sum(row.months or 0 for row in rows if row.period is None)
    dated = [(row.period, row.months or 0) for row in rows if row.period is not None]
    return undated + sum(
        min(
            months_of(first, last),
            sum(months for (begins, _), months in dated if first <= begins <= last),
        )
        for first, last in stretches(period for period, _ in dated)
    )


@cache
def _industries() -> Mapping[str, str | None]:
    """The EPS industry of each sector; None where it falls into none."""
    return {entry["code"]: entry["eps_industry"] for entry in read_json("data/sectors.json")["sectors"]}
