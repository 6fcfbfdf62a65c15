"""What came of a response, as bytes: only what the page says, and nothing that proves it to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from vc.errors import Finding
from vc.model.verdict import Verdict, Verification
from vc.verify.one_person import OnePerson


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The verdicts on what was presented. ``findings`` are about the response as a whole."""

    verifications: tuple[Verification, ...]
    findings: tuple[Finding, ...]
    one_person: OnePerson | None
    is_good: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A ``Verification`` without its evidence."""

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    checked_at: datetime
    document: dict[str, Any] | None
    issuer: str | None
    issuer_name: dict[str, str]
    is_demo: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _KeptOutcome:
    verifications: tuple[_Kept, ...]
    findings: tuple[Finding, ...]
    one_person: OnePerson | None
    is_good: bool


def outcome_bytes(outcome: Outcome) -> bytes:
    """The outcome as JSON, to be sealed."""
    return msgspec.json.encode(
        _KeptOutcome(
            verifications=_kept(outcome.verifications),
            findings=outcome.findings,
            one_person=outcome.one_person,
            is_good=outcome.is_good,
        )
    )


def outcome_of(data: bytes) -> Outcome:
    """The outcome that ``outcome_bytes`` wrote. Raises ``msgspec.MsgspecError`` for anything else."""
    kept = msgspec.json.decode(data, type=_KeptOutcome)
    return Outcome(
        verifications=tuple(_verification(one) for one in kept.verifications),
        findings=kept.findings,
        one_person=kept.one_person,
        is_good=kept.is_good,
    )


def _kept(verifications: Sequence[Verification]) -> tuple[_Kept, ...]:
    return tuple(
        _Kept(
            verdicts=tuple(one.verdicts.values()),
            findings=one.findings,
            checked_at=one.checked_at,
            document=None if one.document is None else dict(one.document),
            issuer=one.issuer,
            issuer_name=dict(one.issuer_name),
            is_demo=one.is_demo,
        )
        for one in verifications
    )


def _verification(kept: _Kept) -> Verification:
    return Verification(
        verdicts={verdict.question: verdict for verdict in kept.verdicts},
        findings=kept.findings,
        checked_at=kept.checked_at,
        document=kept.document,
        issuer=kept.issuer,
        issuer_name=kept.issuer_name,
        is_demo=kept.is_demo,
    )
