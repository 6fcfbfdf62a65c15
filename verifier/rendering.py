"""One verification, said once: the page and the JSON answer are drawn from the same value.

Nothing is decided here. ``render_verification`` puts verdicts and decision into the reader's
language; ``to_json`` and the templates only arrange what it returns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runtime.i18n import name_in
from runtime.problems import finding_json
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import Finding, Severity
from vc.model.verdict import (
    Answer,
    CheckedAgainst,
    Decision,
    Outcome,
    Question,
    Reason,
    Verdict,
    Verification,
)
from vc.trust.decide import decide
from vc.verify import PresentationVerification
from verifier.award import AwardDetails, AwardSummary, details_of, summary_of
from verifier.cards import CardShown, card_json, card_or_none
from verifier.sentences import BASIS_LABELS, IDENTITY_NOT_CHECKED, NEXT_STEPS, NOTICE, ONE_PERSON, SENTENCES

Translate = Callable[[str], str]


class Audience(StrEnum):
    """Who is told: the bringer of the document itself, or a stranger with a link or a code."""

    BEARER = "bearer"
    STRANGER = "stranger"


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedBasis:
    """One thing a verdict rests on. ``age_seconds`` is how long before the verdict we got it."""

    kind: str
    label: str
    name: str
    version: str | None
    as_of: datetime | None
    fetched_at: datetime | None
    age_seconds: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedVerdict:
    """One verdict in words. ``since`` is an ISO date, only ever set for revoked, replaced and suspended."""

    question: Question
    answer: Answer
    reason: Reason
    sentence: str
    checked_at: datetime
    against: tuple[RenderedBasis, ...]
    since: str | None

    @property
    def has_since(self) -> bool:
        """Whether "since when" is a question at all, even where the answer is not known."""
        return self.reason in (Reason.REVOKED, Reason.REPLACED, Reason.SUSPENDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedResult:
    """Everything a page or a JSON answer says about one credential.

    ``beside`` stands in the headline's own line. ``issuer_name`` is the trust list's, None where
    the list does not know the issuer. ``summary`` and ``details`` come from the verified document
    and are None unless it is authentic; ``details`` is None for strangers, too. ``card`` is set
    for a passport card.
    """

    outcome: Outcome
    headline: str
    beside: str | None
    reasons: tuple[Reason, ...]
    reason_sentences: tuple[str, ...]
    identity_checked: bool
    verdicts: tuple[RenderedVerdict, ...]
    issuer_id: str | None
    issuer_name: str | None
    findings: tuple[Finding, ...]
    next_steps: tuple[str, ...]
    checked_at: datetime
    notice: str
    is_demo: bool
    summary: AwardSummary | None
    details: AwardDetails | None
    card: CardShown | None

    @property
    def is_accepted(self) -> bool:
        """The only boolean ever drawn from a verification."""
        return self.outcome is Outcome.ACCEPTED


def render_verification(
    verification: Verification,
    decision: Decision,
    language: str,
    translate: Translate,
    *,
    audience: Audience = Audience.BEARER,
) -> RenderedResult:
    """Say ``verification`` and ``decision`` in ``language``; ``translate`` is its catalogue."""
    verdicts = tuple(_verdict(verification.verdicts[question], translate) for question in Question)
    document = verification.document
    shown = document if audience is Audience.BEARER else None
    reasons = _told_reasons(decision)
    return RenderedResult(
        outcome=decision.outcome,
        headline=translate(decision.headline),
        beside=_beside(decision, translate),
        reasons=reasons,
        reason_sentences=tuple(translate(SENTENCES[reason]) for reason in reasons),
        identity_checked=decision.identity_checked,
        verdicts=verdicts,
        issuer_id=named_issuer(verification),
        issuer_name=name_in(verification.issuer_name, language),
        findings=verification.findings,
        next_steps=_next_steps(reasons, translate),
        checked_at=verification.checked_at,
        notice=translate(NOTICE),
        is_demo=verification.is_demo,
        summary=None if document is None else summary_of(document, language),
        details=None if shown is None else details_of(shown),
        card=card_or_none(shown),
    )


def named_issuer(verification: Verification) -> str | None:
    """Who issued it.

    A stranger's identifier is nobody's name: it is repeated only once something vouches for it.
    """
    return verification.issuer if verification.document or verification.issuer_name else None


def decision_json(decision: Decision, translate: Translate) -> dict[str, JsonValue]:
    """The members of ``to_json`` that say what it comes to, which are its first ones."""
    reasons = _told_reasons(decision)
    return _decided_json(
        decision.outcome,
        _one_line(translate(decision.headline), _beside(decision, translate)),
        zip(reasons, (translate(SENTENCES[reason]) for reason in reasons), strict=True),
        decision.identity_checked,
        _next_steps(reasons, translate),
    )


def _told_reasons(decision: Decision) -> tuple[Reason, ...]:
    """What only follows from another verdict is no reason of its own."""
    return tuple(r for r in decision.reasons if r is not Reason.NOT_REACHED) or decision.reasons


def _beside(decision: Decision, translate: Translate) -> str | None:
    """What an acceptance must not be read without; beside a refusal it would only distract."""
    unsaid = decision.outcome is not Outcome.ACCEPTED or decision.identity_checked
    return None if unsaid else translate(IDENTITY_NOT_CHECKED)


def _verdict(verdict: Verdict, translate: Translate) -> RenderedVerdict:
    return RenderedVerdict(
        question=verdict.question,
        answer=verdict.answer,
        reason=verdict.reason,
        sentence=translate(SENTENCES[verdict.reason]),
        checked_at=verdict.checked_at,
        against=tuple(_basis(item, verdict.checked_at, translate) for item in verdict.against),
        since=verdict.since,
    )


def _basis(item: CheckedAgainst, checked_at: datetime, translate: Translate) -> RenderedBasis:
    age = None if item.fetched_at is None else max(0, int((checked_at - item.fetched_at).total_seconds()))
    return RenderedBasis(
        kind=item.kind,
        label=translate(BASIS_LABELS[item.kind]),
        name=item.name,
        version=item.version,
        as_of=item.as_of,
        fetched_at=item.fetched_at,
        age_seconds=age,
    )


def _next_steps(reasons: Iterable[Reason], translate: Translate) -> tuple[str, ...]:
    """What to do, most urgent first, each thing once."""
    steps = dict.fromkeys(step for reason in reasons for step in NEXT_STEPS.get(reason, ()))
    return tuple(translate(step) for step in steps)


def to_json(result: RenderedResult, *, origin: str) -> dict[str, JsonValue]:
    """The answer of ``POST /credentials/verify`` and ``POST /cards/verify``.

    ``origin`` makes our own problem types absolute.
    """
    card: dict[str, JsonValue] = {} if result.card is None else {"card": card_json(result.card)}
    decided = _decided_json(
        result.outcome,
        _one_line(result.headline, result.beside),
        zip(result.reasons, result.reason_sentences, strict=True),
        result.identity_checked,
        result.next_steps,
    )
    return {
        **card,
        **decided,
        "verdicts": {verdict.question.value: _verdict_json(verdict) for verdict in result.verdicts},
        "issuer": {"id": result.issuer_id, "name": result.issuer_name},
        "problemDetails": [finding_json(finding, origin=origin) for finding in result.findings],
        "checkedAt": format_timestamp(result.checked_at),
        "notice": result.notice,
        "demo": result.is_demo,
    }


def presentation_json(
    presentation: PresentationVerification, language: str, translate: Translate, *, origin: str
) -> dict[str, JsonValue]:
    """The answer of ``POST /presentations/verify``: verified only when every credential is accepted."""
    results = [
        render_verification(verification, decide(verification), language, translate)
        for verification in presentation.verifications
    ]
    sound = not any(finding.severity is Severity.ERROR for finding in presentation.findings)
    accepted = bool(results) and all(result.is_accepted for result in results)
    one_person = presentation.one_person
    return {
        "verified": sound and accepted,
        "holder": presentation.holder,
        "onePerson": None
        if one_person is None
        else {"answer": one_person.value, "sentence": translate(ONE_PERSON[one_person])},
        "credentialResults": [to_json(result, origin=origin) for result in results],
        "problemDetails": [finding_json(finding, origin=origin) for finding in presentation.findings],
        "checkedAt": format_timestamp(presentation.checked_at),
        "notice": translate(NOTICE),
        "demo": any(result.is_demo for result in results),
    }


def _decided_json(
    outcome: Outcome,
    headline: str,
    reasons: Iterable[tuple[Reason, str]],
    identity_checked: bool,
    next_steps: tuple[str, ...],
) -> dict[str, JsonValue]:
    return {
        "verified": outcome is Outcome.ACCEPTED,
        "decision": {
            "outcome": outcome.value,
            "headline": headline,
            "reasons": [{"reason": reason.value, "sentence": sentence} for reason, sentence in reasons],
            "identityChecked": identity_checked,
            "nextSteps": list[JsonValue](next_steps),
        },
    }


def _one_line(headline: str, beside: str | None) -> str:
    return headline if beside is None else f"{headline} ({beside})"


def _verdict_json(verdict: RenderedVerdict) -> dict[str, JsonValue]:
    answer: dict[str, JsonValue] = {
        "answer": verdict.answer.value,
        "reason": verdict.reason.value,
        "sentence": verdict.sentence,
        "checkedAt": format_timestamp(verdict.checked_at),
        "against": [_basis_json(basis) for basis in verdict.against],
    }
    if verdict.has_since:
        answer["since"] = verdict.since
    return answer


def _basis_json(basis: RenderedBasis) -> dict[str, JsonValue]:
    answer: dict[str, JsonValue] = {"kind": basis.kind, "label": basis.label, "name": basis.name}
    if basis.version is not None:
        answer["version"] = basis.version
    if basis.as_of is not None:
        answer["asOf"] = format_timestamp(basis.as_of)
    if basis.fetched_at is not None:
        answer["fetchedAt"] = format_timestamp(basis.fetched_at)
        answer["ageSeconds"] = basis.age_seconds
    return answer
