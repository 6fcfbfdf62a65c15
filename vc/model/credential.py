"""A credential as received: the exact bytes, the parsed document and typed access to it.

Nothing here trusts anything. ``check_credential_shape`` says what VCDM 2.0 demands of the members
an issuer or verifier must understand; extension members are left alone and kept.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from vc.encoding.strict_json import DEFAULT_LIMITS, JsonValue, Limits, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import Finding, MalformedValue, ProtocolError
from vc.model.known_resources import KNOWN_RESOURCE_DIGESTS
from vc.model.language import text_faults, value_object_faults
from vc.model.plain_shape import is_plainly_well_formed
from vc.model.related_resources import check_related_resources, related_resource_faults
from vc.model.shape import (
    as_list,
    context_faults,
    fault,
    identifier_faults,
    is_url,
    keyword_faults,
    nodes_of,
    party_faults,
    proof_faults,
    reported,
    required_type_faults,
    subject_faults,
    type_faults,
    typed_faults,
)

__all__ = [
    "CREDENTIALS_V2",
    "KNOWN_RESOURCE_DIGESTS",
    "NODE_RULES",
    "UNDEFINED_TERMS_V2",
    "UnverifiedCredential",
    "as_list",
    "check_credential_shape",
    "check_related_resources",
    "is_url",
    "issuer_id",
    "parse_credential",
    "require_time",
    "subjects_of",
    "time_or_none",
    "types_of",
    "undefined_terms_faults",
]

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
UNDEFINED_TERMS_V2 = "https://www.w3.org/ns/credentials/undefined-terms/v2"
# Sections 4.10, 4.11, 5.4 to 5.6, and the reserved ones of 5.10.
_TYPED_MEMBERS = (
    "credentialStatus",
    "credentialSchema",
    "refreshService",
    "termsOfUse",
    "evidence",
    "confidenceMethod",
    "renderMethod",
)
NODE_RULES = (identifier_faults, type_faults, keyword_faults, value_object_faults)
"""What section 4 and 6 demand of every object, wherever it stands."""


class UnverifiedCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential nobody has checked yet: ``raw`` as received, ``document`` as parsed."""

    raw: bytes
    document: Mapping[str, JsonValue]


def parse_credential(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> UnverifiedCredential:
    """Read bytes as a JSON object. Raises ``ParseError``; shape is another question."""
    return UnverifiedCredential(raw=raw, document=parse_json_object(raw, limits))


def types_of(document: Mapping[str, JsonValue]) -> frozenset[str]:
    """The document's types, whichever way they are written."""
    return frozenset(item for item in as_list(document.get("type")) if isinstance(item, str))


def issuer_id(document: Mapping[str, JsonValue]) -> str | None:
    """The issuer's identifier, or None where there is none to be had."""
    issuer = document.get("issuer")
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    return issuer if isinstance(issuer, str) else None


def subjects_of(document: Mapping[str, JsonValue]) -> tuple[Mapping[str, JsonValue], ...]:
    """The credential subjects that are objects."""
    return tuple(s for s in as_list(document.get("credentialSubject")) if isinstance(s, dict))


def time_or_none(
    document: Mapping[str, JsonValue], member: str, *, require_offset: bool = True
) -> datetime | None:
    """A top-level time, or None when absent. Raises ``MalformedValue``."""
    value = document.get(member)
    return None if value is None else require_time(value, f"/{member}", require_offset=require_offset)


def require_time(value: JsonValue, pointer: str, *, require_offset: bool = True) -> datetime:
    """A date-time stamp as an aware time. Raises ``MalformedValue`` naming ``pointer``."""
    if not isinstance(value, str):
        raise MalformedValue("A date and time is expected here.", pointer=pointer)
    try:
        return parse_timestamp(value, require_offset=require_offset)
    except MalformedValue as error:
        raise MalformedValue(str(error), pointer=pointer) from error


def check_credential_shape(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """Everything in ``document`` that VCDM 2.0 forbids, each with its JSON pointer.

    Whether terms are defined and contexts known is for ``vc.encoding.rdfc``; whether digests are right
    is for ``check_related_resources``.
    """
    if is_plainly_well_formed(document):
        return reported(_validity_faults(document))
    return check_credential_shape_reference(document)


def check_credential_shape_reference(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """As ``check_credential_shape``, by the rules one after another."""
    return reported(_shape_faults(document))


def undefined_terms_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """The context that stands for undefined terms must be the last (section 5.2.1)."""
    contexts = as_list(document.get("@context"))
    if UNDEFINED_TERMS_V2 in contexts[:-1]:
        yield fault("The context for undefined terms must be the last.", "/@context")


def _shape_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    yield from context_faults(document, CREDENTIALS_V2)
    yield from undefined_terms_faults(document)
    yield from required_type_faults(document, "VerifiableCredential")
    yield from party_faults(document, "issuer")
    yield from subject_faults(document)
    yield from _named_faults(document, "")
    issuer = document.get("issuer")
    if isinstance(issuer, dict):
        yield from _named_faults(issuer, "/issuer")
    yield from _validity_faults(document)
    yield from typed_faults(document, _TYPED_MEMBERS, with_id=["credentialSchema"])
    yield from related_resource_faults(document)
    yield from proof_faults(document)
    for node in nodes_of(document):
        for rule in NODE_RULES:
            yield from rule(node.members, node.pointer)


def _named_faults(named: Mapping[str, JsonValue], pointer: str) -> Iterator[Finding]:
    for member in ("name", "description"):
        if member in named:
            yield from text_faults(named[member], f"{pointer}/{member}")


def _validity_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    times: dict[str, datetime] = {}
    for member in ("validFrom", "validUntil"):
        if member in document:
            try:
                times[member] = require_time(document[member], f"/{member}")
            except ProtocolError as error:
                yield from error.findings
    if len(times) == 2 and times["validUntil"] < times["validFrom"]:
        yield fault("The end of validity lies before its start.", "/validUntil")
