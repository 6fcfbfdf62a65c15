"""Findings and failures of the pure core.

Two axes are kept apart (docs/architecture.md, "Errors"):

* a *finding* is a value: something that was checked and is said about a document;
* a *failure to process* is an exception: the core could not even form an opinion.

HTTP is a third axis, known only to ``runtime.problems``. The tree of exceptions::

    PassportError
    ├─ ProtocolError            the request or document cannot be processed; carries findings
    │  ├─ ParseError            not JSON as RFC 8259 + I-JSON want it, or too big or deep
    │  ├─ MalformedValue        a member has the wrong shape
    │  ├─ RangeError            a value is outside its permitted range
    │  ├─ UnknownOption         an option we do not know was given
    │  └─ TransformationError   a document cannot be canonicalized without loss
    ├─ EvidenceUnavailable      something needed for the check could not be had
    ├─ ConflictError            the act contradicts what is already recorded
    ├─ NotFound                 there is no such thing, or not for this caller
    ├─ NotAuthorized            the caller may not do this
    └─ RateLimited              too many tries; carries ``retry_after`` in seconds
"""

from dataclasses import dataclass
from enum import StrEnum

_VCDM = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"
_VCALM = "https://www.w3.org/TR/vcalm#"
# Relative on purpose: resolved against the public origin of the service that answers.
_OWN = "/problems#"


class ProblemType(StrEnum):
    """Problem types, by the URL each specification prints for them.

    Sources: VCDM 2.0 section 7.2, Data Integrity 1.0 section 4.7, Bitstring Status List 1.0
    section 3.5, VCALM; names under ``/problems#`` are this product's own.
    """

    PARSING_ERROR = _VCDM + "PARSING_ERROR"
    CRYPTOGRAPHIC_SECURITY_ERROR = _VCDM + "CRYPTOGRAPHIC_SECURITY_ERROR"
    MALFORMED_VALUE_ERROR = _VCDM + "MALFORMED_VALUE_ERROR"
    RANGE_ERROR = _VCDM + "RANGE_ERROR"
    PROOF_GENERATION_ERROR = _SECURITY + "PROOF_GENERATION_ERROR"
    PROOF_VERIFICATION_ERROR = _SECURITY + "PROOF_VERIFICATION_ERROR"
    PROOF_TRANSFORMATION_ERROR = _SECURITY + "PROOF_TRANSFORMATION_ERROR"
    INVALID_DOMAIN_ERROR = _SECURITY + "INVALID_DOMAIN_ERROR"
    INVALID_CHALLENGE_ERROR = _SECURITY + "INVALID_CHALLENGE_ERROR"
    STATUS_RETRIEVAL_ERROR = _STATUS + "STATUS_RETRIEVAL_ERROR"
    STATUS_VERIFICATION_ERROR = _STATUS + "STATUS_VERIFICATION_ERROR"
    STATUS_LIST_LENGTH_ERROR = _STATUS + "STATUS_LIST_LENGTH_ERROR"
    UNKNOWN_OPTION_PROVIDED = _VCALM + "UNKNOWN_OPTION_PROVIDED"
    KEY_UNAVAILABLE = _OWN + "KEY_UNAVAILABLE"
    TRUST_LIST_UNAVAILABLE = _OWN + "TRUST_LIST_UNAVAILABLE"
    ISSUER_NOT_ENTITLED = _OWN + "ISSUER_NOT_ENTITLED"
    REVOKED = _OWN + "REVOKED"
    NOT_YET_VALID = _OWN + "NOT_YET_VALID"
    EXPIRED = _OWN + "EXPIRED"
    SCHEMA_ERROR = _OWN + "SCHEMA_ERROR"
    ROW_ERROR = _OWN + "ROW_ERROR"
    CONFLICT = _OWN + "CONFLICT"
    NOT_FOUND = _OWN + "NOT_FOUND"
    NOT_AUTHORIZED = _OWN + "NOT_AUTHORIZED"
    RATE_LIMITED = _OWN + "RATE_LIMITED"
    UNAVAILABLE = _OWN + "UNAVAILABLE"
    INTERNAL = _OWN + "INTERNAL"


class Severity(StrEnum):
    """How a finding weighs: an error decides, a warning is only said."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing found about a document.

    ``pointer`` is an RFC 6901 JSON pointer into the document, or None where no place can be
    named. ``detail`` is an English sentence that never repeats input.
    """

    type: ProblemType
    detail: str
    pointer: str | None = None
    severity: Severity = Severity.ERROR


class PassportError(Exception):
    """Root of every exception this product raises on purpose."""


class ProtocolError(PassportError):
    """The request or document cannot be processed; ``findings`` say why, at least one."""

    default_type = ProblemType.MALFORMED_VALUE_ERROR

    def __init__(
        self, detail: str, *, pointer: str | None = None, findings: tuple[Finding, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.findings = findings or (Finding(type=self.default_type, detail=detail, pointer=pointer),)


class ParseError(ProtocolError):
    """The bytes are not JSON as this product reads it."""

    default_type = ProblemType.PARSING_ERROR


class MalformedValue(ProtocolError):
    """A member is missing or has the wrong shape."""


class RangeError(ProtocolError):
    """A value lies outside the range its specification permits."""

    default_type = ProblemType.RANGE_ERROR


class UnknownOption(ProtocolError):
    """The caller gave an option this product does not know."""

    default_type = ProblemType.UNKNOWN_OPTION_PROVIDED


class TransformationError(ProtocolError):
    """The document cannot be canonicalized, or only by losing or guessing something."""

    default_type = ProblemType.PROOF_TRANSFORMATION_ERROR


class EvidenceUnavailable(PassportError):
    """Something needed for a check could not be had; never to be read as "invalid"."""


class ConflictError(PassportError):
    """The act contradicts what is already recorded."""


class NotFound(PassportError):
    """There is no such thing, or not for this caller."""


class NotAuthorized(PassportError):
    """The caller may not do this."""


class RateLimited(PassportError):
    """Too many tries. ``retry_after`` is in whole seconds."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
