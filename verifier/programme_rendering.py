"""A check against a programme, said once: page, JSON and command line are drawn from the same value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from runtime.i18n import gettext_noop
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.programmes.eps_sheet import EpsSheet
from vc.programmes.model import (
    EvidenceStrength,
    Programme,
    ProgrammeCheck,
    RequirementAnswer,
    RequirementCheck,
)
from vc.programmes.sentences import CHECK_STATEMENT, LABELS, SENTENCES
from verifier.rendering import Translate

_FALLBACK = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedRequirement:
    """One requirement in words. ``rests_on`` is the number, from 1, of what was shown; None for nothing."""

    id: str
    title: str
    answer: RequirementAnswer
    label: str
    sentence: str
    held_by: str | None
    rests_on: int | None
    good_until: date | None
    source: str
    confidence: str
    rule_since: date


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedProgramme:
    """Everything a page or a JSON answer says of one check. There is no answer over all, on purpose."""

    id: str
    version: str
    title: str
    variant: str | None
    variant_title: str | None
    on: date
    requirements: tuple[RenderedRequirement, ...]
    not_checked_here: tuple[str, ...]
    notices: tuple[str, ...]
    statement: str
    sheet: EpsSheet | None
    sheet_statement: str | None
    sheet_totals: tuple[tuple[str, int, str], ...]
    """Industry, months and strength of evidence, in words."""


STRENGTHS: Final[Mapping[EvidenceStrength, str]] = {
    EvidenceStrength.STRONG: gettext_noop("well evidenced"),
    EvidenceStrength.SUPPORTED: gettext_noop("supported by what others say"),
    EvidenceStrength.SELF_DECLARED: gettext_noop("the person's own word"),
}


def render_programme(
    programme: Programme,
    check: ProgrammeCheck,
    language: str,
    translate: Translate,
    *,
    sheet: EpsSheet | None = None,
) -> RenderedProgramme:
    """Say ``check`` in ``language``; ``translate`` is its catalogue."""
    variant = None if check.variant is None else programme.variants[check.variant]
    return RenderedProgramme(
        id=check.programme,
        version=check.version,
        title=in_language(programme.title, language),
        variant=check.variant,
        variant_title=None if variant is None else in_language(variant.title, language),
        on=check.on,
        requirements=tuple(_requirement(one, language, translate) for one in check.requirements),
        not_checked_here=tuple(in_language(item.title, language) for item in check.not_checked_here),
        # The sheet says it already.
        notices=tuple(translate(one) for one in check.notices if sheet is None or one != sheet.statement),
        statement=translate(CHECK_STATEMENT),
        sheet=sheet,
        sheet_statement=None if sheet is None else translate(sheet.statement),
        sheet_totals=() if sheet is None else tuple(_totals(programme, sheet, language, translate)),
    )


def _totals(
    programme: Programme, sheet: EpsSheet, language: str, translate: Translate
) -> Iterator[tuple[str, int, str]]:
    for total in sheet.totals:
        variant = programme.variants.get(total.industry)
        industry = total.industry if variant is None else in_language(variant.title, language)
        yield industry, total.months, translate(STRENGTHS[total.strength])


def in_language(titles: Mapping[str, str], language: str) -> str:
    """A title of a data file in ``language``, else in English."""
    return titles.get(language) or titles[_FALLBACK]


def _requirement(check: RequirementCheck, language: str, translate: Translate) -> RenderedRequirement:
    rule = check.requirement
    return RenderedRequirement(
        id=rule.id,
        title=in_language(rule.title, language),
        answer=check.answer,
        label=translate(LABELS[check.answer]),
        sentence=translate(SENTENCES[check.answer]),
        held_by=rule.held_by,
        rests_on=None if check.rests_on is None else check.rests_on + 1,
        good_until=check.good_until,
        source=rule.source,
        confidence=rule.confidence.value,
        rule_since=rule.effective_from,
    )


def programme_json(rendered: RenderedProgramme) -> JsonObject:
    """The answer of ``POST /verify/programmes/{programme}`` about the programme."""
    answer: JsonObject = {
        "programme": rendered.id,
        "version": rendered.version,
        "title": rendered.title,
        "variant": rendered.variant,
        "variantTitle": rendered.variant_title,
        "on": rendered.on.isoformat(),
        "requirements": [_requirement_json(one) for one in rendered.requirements],
        "notCheckedHere": list[JsonValue](rendered.not_checked_here),
        "notices": list[JsonValue](rendered.notices),
        "statement": rendered.statement,
    }
    if rendered.sheet is not None:
        answer["evidenceSheet"] = _sheet_json(rendered.sheet, rendered.sheet_statement)
    return answer


def _requirement_json(one: RenderedRequirement) -> JsonObject:
    return {
        "id": one.id,
        "title": one.title,
        "answer": one.answer.value,
        "label": one.label,
        "sentence": one.sentence,
        "heldBy": one.held_by,
        "restsOn": one.rests_on,
        "goodUntil": _day(one.good_until),
        "rule": {"source": one.source, "confidence": one.confidence, "since": one.rule_since.isoformat()},
    }


def _sheet_json(sheet: EpsSheet, statement: str | None) -> JsonObject:
    return {
        "statement": statement,
        "experience": [
            {
                "certificate": row.position + 1,
                "answer": row.answer.value,
                "industry": row.industry,
                "sector": row.sector,
                "isco08": row.isco08,
                "months": row.months,
                "evidenceStrength": _word(row.strength),
            }
            for row in sheet.experience
        ],
        "experienceTotals": [
            {
                "industry": total.industry,
                "evidenceStrength": total.strength.value,
                "months": total.months,
                "mayOverlap": total.may_overlap,
            }
            for total in sheet.totals
        ],
        "training": [
            {
                "certificate": row.position + 1,
                "answer": row.answer.value,
                "title": row.title,
                "hours": row.hours,
                "endedOn": _day(row.ended_on),
            }
            for row in sheet.training
        ],
        "trainingHours": sheet.training_hours,
        "nationalCertificates": [
            {
                "certificate": row.position + 1,
                "answer": row.answer.value,
                "title": row.title,
                "cqfLevel": row.cqf_level,
                "partial": row.is_partial,
                "decidedOn": _day(row.decided_on),
            }
            for row in sheet.certificates
        ],
        "languageTests": [
            {
                "certificate": row.position + 1,
                "answer": row.answer.value,
                "passedOn": _day(row.passed_on),
                "goodUntil": _day(row.good_until),
                "evidenceState": _word(row.state),
            }
            for row in sheet.language_tests
        ],
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _word(value: object) -> str | None:
    return None if value is None else str(value)
