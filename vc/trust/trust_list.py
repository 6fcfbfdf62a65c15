"""The trust list: every recognised issuer, its keys through time and what it may certify.

The list is a credential of MLVT's root, signed with a key the verifier has pinned (the trust
anchor), versioned and with an expiry. Its shape leans on the W3C recognized-entities work: one
entry per issuer, whole list fetched, never one issuer asked about (asking would tell who is
being checked).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import require_time

ISSUER_ROLE = "issuer"
STATUS_REGISTRY_ROLE = "status-registry"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustAnchor:
    """The pinned root: its DID and the multikey its trust lists are signed with."""

    did: str
    public_key_multibase: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuerKey:
    """One key of an issuer with the window in which it may sign."""

    public_key_multibase: str
    valid_from: datetime
    valid_until: datetime | None = None
    compromised_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accreditation:
    """What may be certified, and when. None means "any" for codes and levels."""

    credential_types: frozenset[str]
    valid_from: datetime
    valid_until: datetime | None = None
    qualification_codes: frozenset[str] | None = None
    cqf_levels: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustedIssuer:
    """One recognised party. ``name`` maps language → name and is the only name ever shown."""

    did: str
    name: Mapping[str, str]
    roles: frozenset[str]
    keys: tuple[IssuerKey, ...]
    accreditations: tuple[Accreditation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustList:
    """A verified list. ``version`` only ever rises; ``valid_until`` bounds a freeze."""

    url: str
    version: int
    valid_from: datetime
    valid_until: datetime
    issuers: Mapping[str, TrustedIssuer]


def parse_trust_list(document: Mapping[str, JsonValue]) -> TrustList:
    """Read the verified trust-list credential.

    Raises ``MalformedValue`` with the JSON pointer of the first member that is not as it should be.
    """
    subject = _mapping(document.get("credentialSubject"), "/credentialSubject")
    version = subject.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise MalformedValue("The version must be a positive integer.", pointer="/credentialSubject/version")
    issuers: dict[str, TrustedIssuer] = {}
    for position, entry in enumerate(_sequence(subject.get("issuers"), "/credentialSubject/issuers")):
        pointer = f"/credentialSubject/issuers/{position}"
        issuer = _parse_issuer(_mapping(entry, pointer), pointer)
        if issuer.did in issuers:
            raise MalformedValue("An issuer stands in the list twice.", pointer=f"{pointer}/id")
        issuers[issuer.did] = issuer
    return TrustList(
        url=_text(document.get("id"), "/id"),
        version=version,
        valid_from=require_time(document.get("validFrom"), "/validFrom"),
        valid_until=require_time(document.get("validUntil"), "/validUntil"),
        issuers=issuers,
    )


def _parse_issuer(entry: Mapping[str, JsonValue], pointer: str) -> TrustedIssuer:
    name = _mapping(entry.get("name"), f"{pointer}/name")
    keys = _sequence(entry.get("keys"), f"{pointer}/keys")
    accreditations = _sequence(entry.get("accreditations", []), f"{pointer}/accreditations")
    return TrustedIssuer(
        did=_text(entry.get("id"), f"{pointer}/id"),
        name={language: _text(text, f"{pointer}/name/{language}") for language, text in name.items()},
        roles=_texts(entry.get("roles"), f"{pointer}/roles"),
        keys=tuple(
            _parse_key(_mapping(key, f"{pointer}/keys/{n}"), f"{pointer}/keys/{n}")
            for n, key in enumerate(keys)
        ),
        accreditations=tuple(
            _parse_accreditation(
                _mapping(item, f"{pointer}/accreditations/{n}"), f"{pointer}/accreditations/{n}"
            )
            for n, item in enumerate(accreditations)
        ),
    )


def _parse_key(entry: Mapping[str, JsonValue], pointer: str) -> IssuerKey:
    return IssuerKey(
        public_key_multibase=_text(entry.get("publicKeyMultibase"), f"{pointer}/publicKeyMultibase"),
        valid_from=require_time(entry.get("validFrom"), f"{pointer}/validFrom"),
        valid_until=_time_or_none(entry.get("validUntil"), f"{pointer}/validUntil"),
        compromised_since=_time_or_none(entry.get("compromisedSince"), f"{pointer}/compromisedSince"),
    )


def _parse_accreditation(entry: Mapping[str, JsonValue], pointer: str) -> Accreditation:
    codes, levels = entry.get("qualificationCodes"), entry.get("cqfLevels")
    return Accreditation(
        credential_types=_texts(entry.get("credentialTypes"), f"{pointer}/credentialTypes"),
        valid_from=require_time(entry.get("validFrom"), f"{pointer}/validFrom"),
        valid_until=_time_or_none(entry.get("validUntil"), f"{pointer}/validUntil"),
        qualification_codes=None if codes is None else _texts(codes, f"{pointer}/qualificationCodes"),
        cqf_levels=None if levels is None else _integers(levels, f"{pointer}/cqfLevels"),
    )


def _mapping(value: JsonValue, pointer: str) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict):
        raise MalformedValue("An object is expected here.", pointer=pointer)
    return value


def _sequence(value: JsonValue, pointer: str) -> Sequence[JsonValue]:
    if not isinstance(value, list):
        raise MalformedValue("An array is expected here.", pointer=pointer)
    return value


def _text(value: JsonValue, pointer: str) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedValue("A text is expected here.", pointer=pointer)
    return value


def _texts(value: JsonValue, pointer: str) -> frozenset[str]:
    return frozenset(_text(item, f"{pointer}/{n}") for n, item in enumerate(_sequence(value, pointer)))


def _integers(value: JsonValue, pointer: str) -> frozenset[int]:
    items = _sequence(value, pointer)
    if not all(isinstance(item, int) and not isinstance(item, bool) for item in items):
        raise MalformedValue("Whole numbers are expected here.", pointer=pointer)
    return frozenset(item for item in items if isinstance(item, int))


def _time_or_none(value: JsonValue, pointer: str) -> datetime | None:
    return None if value is None else require_time(value, pointer)
