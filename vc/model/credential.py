"""A credential as received: the exact bytes, the parsed document and typed access to it.

Nothing here trusts anything. ``check_credential_shape`` says what VCDM 2.0 demands of the members
an issuer or verifier must understand; extension members are left alone and kept.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import Finding, MalformedValue, ProblemType, ProtocolError

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.ASCII)
_TYPED_MEMBERS = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_LANGUAGE_MEMBERS = {"@value", "@language", "@direction"}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedCredential:
    """A credential nobody has checked yet: ``raw`` as received, ``document`` as parsed."""

    raw: bytes
    document: Mapping[str, JsonValue]


def parse_credential(raw: bytes) -> UnverifiedCredential:
    """Read bytes as a JSON object. Raises ``ParseError``; shape is another question."""
    return UnverifiedCredential(raw=raw, document=parse_json_object(raw))


def as_list(value: JsonValue) -> list[JsonValue]:
    """JSON-LD's "one or many": None → [], a value → [value], an array → itself."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


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


def time_or_none(document: Mapping[str, JsonValue], member: str) -> datetime | None:
    """A top-level time, or None when absent. Raises ``MalformedValue``."""
    value = document.get(member)
    return None if value is None else require_time(value, f"/{member}")


def require_time(value: JsonValue, pointer: str) -> datetime:
    """A date-time stamp as an aware time. Raises ``MalformedValue`` naming ``pointer``."""
    if not isinstance(value, str):
        raise MalformedValue("A date and time is expected here.", pointer=pointer)
    try:
        return parse_timestamp(value)
    except MalformedValue as error:
        raise MalformedValue(str(error), pointer=pointer) from error


def is_url(value: JsonValue) -> bool:
    """Whether this is one absolute URL (any scheme)."""
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def check_credential_shape(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """Everything VCDM 2.0 section 4 forbids in ``document``, each with its JSON pointer."""
    return tuple(_shape_faults(document))


def _shape_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    yield from _context_faults(document.get("@context"))
    yield from _type_faults(document.get("type"))
    if "id" in document and not is_url(document["id"]):
        yield _fault("The identifier must be one URL.", "/id")
    yield from _issuer_faults(document.get("issuer"))
    yield from _subject_faults(document.get("credentialSubject"))
    for member in ("name", "description"):
        if member in document and not _is_language_value(document[member]):
            yield _fault("A text, or texts with a language, are expected here.", f"/{member}")
    yield from _validity_faults(document)
    for member in _TYPED_MEMBERS:
        if member in document:
            yield from _typed_faults(document[member], member)
    if "relatedResource" in document:
        yield from _related_resource_faults(document["relatedResource"])


def _fault(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.MALFORMED_VALUE_ERROR, detail=detail, pointer=pointer)


def _context_faults(context: JsonValue) -> Iterator[Finding]:
    if not isinstance(context, list) or not context:
        yield _fault("The contexts must be a non-empty array.", "/@context")
        return
    if context[0] != CREDENTIALS_V2:
        yield _fault("The first context must be that of VC Data Model 2.0.", "/@context/0")
    for position, item in enumerate(context):
        if not isinstance(item, dict) and not is_url(item):
            yield _fault("A context is a URL or an object.", f"/@context/{position}")


def _type_faults(types: JsonValue) -> Iterator[Finding]:
    items = as_list(types)
    if not items or not all(isinstance(item, str) and item for item in items):
        yield _fault("The types must be texts, at least one.", "/type")
    elif "VerifiableCredential" not in items:
        yield _fault("VerifiableCredential must be among the types.", "/type")


def _issuer_faults(issuer: JsonValue) -> Iterator[Finding]:
    if isinstance(issuer, dict):
        if not is_url(issuer.get("id")):
            yield _fault("The issuer must be named by one URL.", "/issuer/id")
        for member in ("name", "description"):
            if member in issuer and not _is_language_value(issuer[member]):
                yield _fault("A text, or texts with a language, are expected here.", f"/issuer/{member}")
    elif not is_url(issuer):
        yield _fault("The issuer must be a URL, or an object with one.", "/issuer")


def _subject_faults(subject: JsonValue) -> Iterator[Finding]:
    items = as_list(subject)
    if not items:
        yield _fault("There must be a credential subject.", "/credentialSubject")
    for position, item in enumerate(items):
        pointer = f"/credentialSubject/{position}" if isinstance(subject, list) else "/credentialSubject"
        if not isinstance(item, dict) or not item:
            yield _fault("A credential subject must be an object with members.", pointer)
        elif "id" in item and not is_url(item["id"]):
            yield _fault("The subject's identifier must be one URL.", f"{pointer}/id")


def _is_language_value(value: JsonValue) -> bool:
    items = as_list(value)
    return bool(items) and all(
        isinstance(item, str)
        or (isinstance(item, dict) and isinstance(item.get("@value"), str) and set(item) <= _LANGUAGE_MEMBERS)
        for item in items
    )


def _validity_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    try:
        valid_from = time_or_none(document, "validFrom")
        valid_until = time_or_none(document, "validUntil")
    except ProtocolError as error:
        yield from error.findings
        return
    if valid_from and valid_until and valid_until < valid_from:
        yield _fault("The end of validity lies before its start.", "/validUntil")


def _typed_faults(value: JsonValue, member: str) -> Iterator[Finding]:
    items = as_list(value)
    if not items:
        yield _fault("At least one object is expected here.", f"/{member}")
    for position, item in enumerate(items):
        pointer = f"/{member}/{position}" if isinstance(value, list) else f"/{member}"
        if not isinstance(item, dict):
            yield _fault("An object is expected here.", pointer)
            continue
        if not as_list(item.get("type")) or not all(isinstance(t, str) for t in as_list(item.get("type"))):
            yield _fault("A type is missing here.", f"{pointer}/type")
        if ("id" in item or member == "credentialSchema") and not is_url(item.get("id")):
            yield _fault("The identifier must be one URL.", f"{pointer}/id")


def _related_resource_faults(value: JsonValue) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, item in enumerate(as_list(value)):
        pointer = f"/relatedResource/{position}"
        if not isinstance(item, dict):
            yield _fault("A related resource must be an object.", pointer)
            continue
        identifier = item.get("id")
        if not isinstance(identifier, str) or not is_url(identifier) or identifier in seen:
            yield _fault("A related resource needs a URL of its own.", f"{pointer}/id")
            continue
        seen.add(identifier)
        if not any(isinstance(item.get(m), str) for m in ("digestSRI", "digestMultibase")):
            yield _fault("A related resource needs a digest.", pointer)
