"""What the verifier's API takes and gives, as JSON Schema (draft 2020-12) for its OpenAPI description.

Words that programs branch on come from the enumerations that the answers are made of. Objects are left open:
members may be added, and a program passes over what it does not know.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from runtime.problems import absolute_type
from vc.card.claims import CardKind
from vc.errors import ProblemType
from vc.model.verdict import Answer, Outcome, Question, Reason
from vc.programmes.model import (
    Confidence,
    EvidenceState,
    EvidenceStrength,
    RequesterKind,
    RequirementAnswer,
)
from vc.verify.one_person import OnePerson
from verifier.batch import RowOutcome
from verifier.oid4vp_store import Status
from verifier.oid4vp_wanted import MAX_CLAIMS, MAX_WANTED, askable_types
from verifier.sentences import BASIS_LABELS

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
DAY: Final[Schema] = {"type": "string", "format": "date"}
FILE: Final[Schema] = {"type": "string", "contentMediaType": "application/octet-stream"}


def ref(name: str) -> Schema:
    """A reference to the schema called ``name``."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema) -> Schema:
    """An array of ``items``."""
    return {"type": "array", "items": items}


def words(values: type[Enum] | Iterable[str]) -> Schema:
    """One of these words."""
    if isinstance(values, type):
        return {"type": "string", "enum": [one.value for one in values]}
    return {"type": "string", "enum": list(values)}


def nullable(schema: Schema) -> Schema:
    """``schema``, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def closed(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object of a request: a member that is not known is refused."""
    return record(required, optional) | {"additionalProperties": False}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these members; the ``optional`` ones may be left out."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def schemas(origin: str) -> dict[str, Schema]:
    """Every schema by name; ``origin`` makes our own problem types absolute."""
    return {
        **_about_problems(origin),
        **_about_credentials(),
        **_about_programmes(),
        **_about_batches(),
        **_about_wallets(),
    }


def _about_problems(origin: str) -> dict[str, Schema]:
    kind = {**words([absolute_type(one, origin) for one in ProblemType]), "format": "uri"}
    finding = {"type": kind, "title": TEXT, "detail": TEXT}
    return {
        "Finding": record(finding, {"pointer": TEXT}),
        "Problem": record(
            {**finding, "status": {"type": "integer", "minimum": 400, "maximum": 599}},
            {"errors": array(ref("Finding")), "requestId": TEXT},
        ),
    }


def _about_credentials() -> dict[str, Schema]:
    answer = _credential_answer()
    card = {"card": ref("Card")}
    presentation = {
        "verified": FLAG,
        "holder": nullable(TEXT),
        "onePerson": nullable(ref("OnePerson")),
        "credentialResults": array(ref("CredentialAnswer")),
        "problemDetails": array(ref("Finding")),
        "checkedAt": MOMENT,
        "notice": TEXT,
        "demo": FLAG,
    }
    return {
        "Decision": _decision(),
        "Basis": record(
            {"kind": words(BASIS_LABELS), "label": TEXT, "name": TEXT},
            {"version": TEXT, "asOf": MOMENT, "fetchedAt": MOMENT, "ageSeconds": COUNT},
        ),
        "Verdict": record(
            {
                "answer": words(Answer),
                "reason": words(Reason),
                "sentence": TEXT,
                "checkedAt": MOMENT,
                "against": array(ref("Basis")),
            },
            {"since": nullable(TEXT)},
        ),
        "OnePerson": record({"answer": words(OnePerson), "sentence": TEXT}),
        "Card": _card(),
        "CredentialAnswer": record(answer, card | {"verifiableCredential": {"type": "object"}}),
        "CardAnswer": record(answer, card),
        "PresentationAnswer": record(presentation),
        "CheckedCredential": record({"kind": words(["credential"]), **answer}),
        "CheckedCard": record({"kind": words(["card"]), **answer, **card}),
        "CheckedPresentation": record({"kind": words(["presentation"]), **presentation}),
        "CheckedShare": record({"kind": words(["share"]), **presentation, **_share()}),
    }


def _share() -> dict[str, Schema]:
    return {
        "share": record(
            {
                "pinEnteredAt": MOMENT,
                "expiresAt": MOMENT,
                "viewsLeft": COUNT,
                "licenceNumber": nullable(TEXT),
                "watches": array(TEXT),
            }
        ),
        "disclosed": array(nullable(record({"type": TEXT, "claims": {"type": "object"}}))),
        "programme": ref("CheckedProgramme"),
    }


def _credential_answer() -> dict[str, Schema]:
    return {
        "verified": FLAG,
        "decision": ref("Decision"),
        "verdicts": record({question.value: ref("Verdict") for question in Question}),
        "issuer": record({"id": nullable(TEXT), "name": nullable(TEXT)}),
        "problemDetails": array(ref("Finding")),
        "checkedAt": MOMENT,
        "notice": TEXT,
        "demo": FLAG,
    }


def _decision() -> Schema:
    return record(
        {
            "outcome": words(Outcome),
            "headline": TEXT,
            "reasons": array(record({"reason": words(Reason), "sentence": TEXT})),
            "identityChecked": FLAG,
            "nextSteps": array(TEXT),
        }
    )


def _card() -> Schema:
    fact = record(
        {
            "type": TEXT,
            "code": TEXT,
            "title": record({}, {"en": TEXT, "km": TEXT}),
            "day": DAY,
            "partial": FLAG,
        },
        {"cqfLevel": {"type": "integer"}},
    )
    return record(
        {
            "kind": words([kind.name.lower() for kind in CardKind]),
            "nameKhmer": TEXT,
            "nameLatin": TEXT,
            "birthYear": {"type": "integer"},
            "validUntil": DAY,
            "facts": array(fact),
        }
    )


def _about_programmes() -> dict[str, Schema]:
    programme = {
        "id": TEXT,
        "version": TEXT,
        "title": TEXT,
        "variantsAre": nullable(TEXT),
        "variants": {"type": "object", "additionalProperties": TEXT},
        "requesters": array(words(RequesterKind)),
    }
    requirement = {
        "id": TEXT,
        "title": TEXT,
        "answer": words(RequirementAnswer),
        "label": TEXT,
        "sentence": TEXT,
        "heldBy": nullable(TEXT),
        "restsOn": nullable({"type": "integer", "minimum": 1}),
        "goodUntil": nullable(DAY),
        "rule": record({"source": TEXT, "confidence": words(Confidence), "since": DAY}),
    }
    checked = {
        "programme": TEXT,
        "version": TEXT,
        "title": TEXT,
        "variant": nullable(TEXT),
        "variantTitle": nullable(TEXT),
        "on": DAY,
        "requirements": array(record(requirement)),
        "notCheckedHere": array(TEXT),
        "notices": array(TEXT),
        "statement": TEXT,
    }
    results = array({"oneOf": [ref("CheckedCredential"), ref("CheckedCard")]})
    sheet = {"evidenceSheet": ref("EvidenceSheet")}
    return {
        "ProgrammeList": record({"programmes": array(record(programme))}),
        "CheckedProgramme": record(checked, sheet),
        "ProgrammeAnswer": record({**checked, "credentialResults": results}, sheet),
        "EvidenceSheet": _evidence_sheet(),
    }


def _evidence_sheet() -> Schema:
    of_one = {"certificate": {"type": "integer", "minimum": 1}, "answer": words(RequirementAnswer)}
    work = {"industry": nullable(TEXT), "sector": nullable(TEXT), "isco08": nullable(TEXT)}
    months = {"months": nullable(COUNT), "evidenceStrength": nullable(words(EvidenceStrength))}
    total = {"industry": TEXT, "evidenceStrength": words(EvidenceStrength), "months": COUNT}
    course = {"title": nullable(TEXT), "hours": nullable(COUNT), "endedOn": nullable(DAY)}
    certificate = {
        "title": nullable(TEXT),
        "cqfLevel": nullable({"type": "integer"}),
        "partial": nullable(FLAG),
        "decidedOn": nullable(DAY),
    }
    test = {
        "passedOn": nullable(DAY),
        "goodUntil": nullable(DAY),
        "evidenceState": nullable(words(EvidenceState)),
    }
    return record(
        {
            "statement": TEXT,
            "experience": array(record({**of_one, **work, **months})),
            "experienceTotals": array(record({**total, "mayOverlap": FLAG})),
            "training": array(record({**of_one, **course})),
            "trainingHours": COUNT,
            "nationalCertificates": array(record({**of_one, **certificate})),
            "languageTests": array(record({**of_one, **test})),
        }
    )


def _about_batches() -> dict[str, Schema]:
    position = {"type": "integer", "minimum": 1}
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    row = {
        "number": position,
        "name": TEXT,
        "line": nullable(position),
        "brought": words(["text", "file", "share"]),
        "part": nullable({**array(position), "minItems": 2, "maxItems": 2}),
        "sha256": digest,
        "openedSha256": nullable(digest),
        "outcome": words(RowOutcome),
        "headline": TEXT,
        "problem": nullable(TEXT),
        "duplicateOf": nullable(position),
        "title": nullable(TEXT),
        "names": array(TEXT),
        "issuedOn": nullable(DAY),
        "answer": nullable(ref("CredentialAnswer")),
    }
    return {
        "BatchRow": record(row),
        "BatchAnswer": record(
            {
                "checkedAt": MOMENT,
                "counts": record({outcome.value: COUNT for outcome in RowOutcome}),
                "rows": array(ref("BatchRow")),
                "notice": TEXT,
            }
        ),
    }


def _about_wallets() -> dict[str, Schema]:
    wanted = closed(
        {"type": words(name for entry in askable_types() for name in (entry.name, entry.slug))},
        {"claims": {**array(TEXT), "minItems": 1, "maxItems": MAX_CLAIMS}, "required": FLAG},
    )
    decided = {
        "verified": FLAG,
        "onePerson": nullable(ref("OnePerson")),
        "credentialResults": array(ref("PresentedCredential")),
        "problemDetails": array(ref("Finding")),
        "notice": TEXT,
    }
    status = {"id": TEXT, "status": words(Status)}
    subject = nullable({"type": "object", "additionalProperties": True})
    return {
        "WantedCredentials": {**array(wanted), "minItems": 1, "maxItems": MAX_WANTED},
        "WalletRequestMade": record({**status, "link": {"type": "string", "format": "uri"}}),
        # What was decided comes as a whole or not at all.
        "WalletRequest": record(status, decided)
        | {"dependentRequired": {name: list(decided) for name in decided}},
        "PresentedCredential": record({**_credential_answer(), "credentialSubject": subject}),
    }
