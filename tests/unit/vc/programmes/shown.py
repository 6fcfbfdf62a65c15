"""Credentials as a verifier holds them after checking, of every type that a rule asks for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from vc.encoding.strict_json import JsonValue
from vc.model.verdict import Answer, Question, Reason, Verdict, Verification
from vc.programmes.standing import Held
from vc.trust.decide import decide

NOW: Final = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
TODAY: Final = date(2026, 11, 27)
CENTRE: Final = "did:web:centre.example"
BORN: Final = "1996-02-29"
Changes = Mapping[Question, tuple[Answer, Reason]]

REVOKED: Final[Changes] = {Question.IN_FORCE: (Answer.NO, Reason.REVOKED)}
REPLACED: Final[Changes] = {Question.IN_FORCE: (Answer.NO, Reason.REPLACED)}
SUSPENDED: Final[Changes] = {Question.IN_FORCE: (Answer.NO, Reason.SUSPENDED)}
EXPIRED: Final[Changes] = {Question.IN_FORCE: (Answer.NO, Reason.EXPIRED)}
NOT_YET_VALID: Final[Changes] = {Question.IN_FORCE: (Answer.NO, Reason.NOT_YET_VALID)}
CARD_REPLACED: Final[Changes] = {Question.IN_FORCE: (Answer.NO, Reason.CARD_REPLACED)}
STALE: Final[Changes] = {Question.IN_FORCE: (Answer.COULD_NOT_CHECK, Reason.STATUS_STALE)}
NOT_ENTITLED: Final[Changes] = {Question.ENTITLED: (Answer.NO, Reason.TYPE_NOT_ACCREDITED)}
NO_TRUST_LIST: Final[Changes] = {Question.ENTITLED: (Answer.COULD_NOT_CHECK, Reason.TRUST_LIST_UNAVAILABLE)}
ANOTHERS: Final[Changes] = {Question.THIS_PERSONS: (Answer.NO, Reason.HOLDER_MISMATCH)}
FORGED: Final[Changes] = {Question.AUTHENTIC: (Answer.NO, Reason.PROOF_INVALID)}
KEY_BOUND: Final[Changes] = {Question.THIS_PERSONS: (Answer.YES, Reason.KEY_BOUND)}

_GOOD: Final[Changes] = {
    Question.AUTHENTIC: (Answer.YES, Reason.PROOF_VALID),
    Question.ENTITLED: (Answer.YES, Reason.ISSUER_ACCREDITED),
    Question.IN_FORCE: (Answer.YES, Reason.NOT_REVOKED),
    Question.THIS_PERSONS: (Answer.COULD_NOT_CHECK, Reason.IDENTITY_NOT_CHECKED),
}


def held(document: Mapping[str, JsonValue], changes: Changes | None = None) -> Held:
    """The document as verified, all well but for ``changes``."""
    answers = {**_GOOD, **(changes or {})}
    verdicts = {
        question: Verdict(question=question, answer=answer, reason=reason, checked_at=NOW)
        for question, (answer, reason) in answers.items()
    }
    is_authentic = answers[Question.AUTHENTIC][0] is Answer.YES
    verification = Verification(
        verdicts=verdicts,
        findings=(),
        checked_at=NOW,
        document=document if is_authentic else None,
        issuer=CENTRE,
    )
    return Held(verification=verification, decision=decide(verification))


def document(
    credential_type: str,
    subject: Mapping[str, JsonValue],
    *,
    number: str = "1",
    valid_from: str = "2000-01-01T00:00:00Z",
    valid_until: str | None = None,
) -> dict[str, JsonValue]:
    """A credential without its proof; ``number`` tells several of one type apart."""
    end: dict[str, JsonValue] = {} if valid_until is None else {"validUntil": valid_until}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"urn:example:{credential_type}:{number}",
        "type": ["VerifiableCredential", credential_type],
        "issuer": {"id": CENTRE},
        "validFrom": valid_from,
        **end,
        "credentialSubject": {
            "id": f"urn:example:subject:{credential_type}:{number}",
            "nameKhmer": "ឡុង ស្រីនាង",
            "nameLatin": "LONG SREYNEANG",
            "birthDate": BORN,
            "certificateNumber": f"{credential_type}-{number}",
            **subject,
        },
    }


def with_claim(held_one: Held, path: str, value: JsonValue) -> Held:
    """The same with one claim changed; None takes it away."""
    verified = held_one.verification.document
    assert verified is not None
    subject = verified["credentialSubject"]
    assert isinstance(subject, dict)
    changed = {**verified, "credentialSubject": _changed(subject, path.split("/"), value)}
    return replace(held_one, verification=msgspec.structs.replace(held_one.verification, document=changed))


def _changed(node: dict[str, JsonValue], path: list[str], value: JsonValue) -> dict[str, JsonValue]:
    name, *below = path
    if not below:
        return {**{key: old for key, old in node.items() if key != name}, **_member(name, value)}
    inner = node[name]
    assert isinstance(inner, dict)
    return {**node, name: _changed(inner, below, value)}


def _member(name: str, value: JsonValue) -> dict[str, JsonValue]:
    return {} if value is None else {name: value}


def identity(born: str = BORN, *, over_18: bool = True, assurance: str = "original and face seen") -> Held:
    return held(
        document(
            "RLDIdentity",
            {
                "birthDate": born,
                "identifiedOn": "2026-01-05",
                "identityAssurance": assurance,
                "ageOver18": over_18,
                "ageOver21": over_18,
            },
        )
    )


def health(examined: str = "2026-08-15", *, valid_until: str | None = None) -> Held:
    subject: dict[str, JsonValue] = {"examinedOn": examined, "fitForWork": True}
    return held(document("HealthCheckStatus", subject, valid_until=valid_until))


def recorded(level: str, day: str = "2024-11-27", state: str = "document seen") -> Held:
    subject: dict[str, JsonValue] = {"testLevel": level, "testDate": day, "evidenceState": state}
    return held(document("ThirdPartyTestEvidence", subject, number=level))


def rpl(code: str = "DEMO-RPL-BRL", *, partial: bool = False, number: str = "1") -> Held:
    achievement: JsonValue = {"humanCode": code, "name": "A trade", "cqfLevel": 1}
    subject: dict[str, JsonValue] = {
        "achievement": achievement,
        "unitsOfCompetency": [{"unitCode": "U1", "unitTitle": "Unit", "unitResult": "C"}],
        "decisionDate": "2026-05-02",
        "partial": partial,
    }
    return held(document("RPLCertificate", subject, number=number))


def course(code: str = "PLUMBING", *, hours: int = 96, number: str = "1") -> Held:
    subject: dict[str, JsonValue] = {
        "achievement": {"humanCode": code, "name": "A course"},
        "startDate": "2026-04-20",
        "endDate": "2026-05-15",
        "trainingHours": hours,
        "finalResult": "passed",
    }
    return held(document("TrainingCertificate", subject, number=number))


def work(
    sector: str = "construction", months: int = 30, strength: str = "strong", *, number: str = "1"
) -> Held:
    subject: dict[str, JsonValue] = {
        "sector": sector,
        "isco08": "7112",
        "monthsWorked": months,
        "evidenceStrength": strength,
    }
    return held(document("PriorEmployment", subject, number=number))


def work_abroad(first: str, last: str, months: int, *, strength: str = "strong", number: str = "1") -> Held:
    subject: dict[str, JsonValue] = {
        "workCountry": "TH",
        "sector": "construction",
        "isco08": "7112",
        "startDate": first,
        "endDate": last,
        "monthsWorked": months,
        "evidenceStrength": strength,
    }
    return held(document("OverseasWorkRecord", subject, number=number))


def registration(field: str = "construction") -> Held:
    subject: dict[str, JsonValue] = {
        "sswField": field,
        "agencyLicence": "DEMO-PRA-001",
        "acceptingOrganisation": "Mihon Kensetsu K.K. (demo)",
        "registeredOn": "2026-11-02",
    }
    return held(document("SSWRegistrationCertificate", subject))


def social_security(active: str = "2026-11-01") -> Held:
    subject: dict[str, JsonValue] = {"activeOn": active, "socialSecurityActive": True}
    return held(document("NSSFStatus", subject))


def orientation(country: str = "JP", attended: str = "2026-02-28") -> Held:
    subject: dict[str, JsonValue] = {"destinationCountry": country, "attendedOn": attended}
    return held(document("PreDepartureOrientation", subject))


def contract(country: str = "JP") -> Held:
    subject: dict[str, JsonValue] = {"destinationCountry": country, "registeredOn": "2026-11-02"}
    return held(document("StandardContractRegistered", subject))


def finance(attended: str = "2026-02-28") -> Held:
    return held(document("FinancialLiteracy", {"attendedOn": attended}))


def with_verdicts(one: Held, changes: Changes) -> Held:
    """The same credential, verified with another outcome."""
    verified = one.verification.document
    assert verified is not None
    return held(verified, changes)


def everything() -> tuple[Held, ...]:
    """One good credential of each kind that any rule could ask for."""
    return (
        identity(),
        health("2026-11-01"),
        *(recorded(level, "2026-07-05") for level in ("SSW-SKILL", "JLPT-N4", "JFT-A1", "EPS-KLT")),
        rpl(),
        course(),
        course("HACCP", number="2"),
        work(),
        work_abroad("2024-01-01", "2024-12-31", 12),
        registration(),
        social_security(),
        orientation(),
        contract(),
        finance(),
    )
