"""The trust list: every recognised issuer, its keys through time and what it may certify.

The list is a credential of MLVT's root, signed with a key that the newest root document names
(``vc.trust.root``), versioned and with an expiry. Its shape leans on the W3C recognized-entities
work: one entry per issuer, whole list fetched, never one issuer asked about (asking would tell who
is being checked).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vc.encoding.strict_json import JsonValue, Limits
from vc.errors import MalformedValue
from vc.model.credential import issuer_id, require_time
from vc.trust.digests import SignedBefore, parse_signed_before
from vc.trust.licences import Licence, parse_licences
from vc.trust.reading import (
    require_each,
    require_flag,
    require_mapping,
    require_names,
    require_text,
    require_texts,
    require_whole,
    require_wholes,
    text_or_none,
    time_or_none,
)
from vc.trust.windows import Suspension, is_within, parse_suspension

ISSUER_ROLE: Final = "issuer"
STATUS_REGISTRY_ROLE: Final = "status-registry"
AUTHORITY_ROLE: Final = "authority"
# About 600 bytes and 40 members for each issuer: two thousand do not fit into what other documents may hold.
LIST_LIMITS: Final = Limits(max_bytes=20_000_000, max_members=1_000_000)
# From the party through those that recognised one another to the root.
MAX_CHAIN: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuerKey:
    """One key of an issuer with the window in which it may sign.

    ``signed_before`` is what was signed with it before it was stolen, where that is known.
    """

    public_key_multibase: str
    valid_from: datetime
    valid_until: datetime | None = None
    compromised_since: datetime | None = None
    signed_before: SignedBefore | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """The end of an accreditation; ``earlier_stand`` says whether what was issued before stays good."""

    start: datetime
    earlier_stand: bool

    def covers(self, moment: datetime) -> bool:
        """Whether what was issued at ``moment`` is not covered for this."""
        return not self.earlier_stand or moment >= self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Accreditation:
    """What may be certified, and when. None means "any" for codes and levels."""

    credential_types: frozenset[str]
    valid_from: datetime
    valid_until: datetime | None = None
    qualification_codes: frozenset[str] | None = None
    cqf_levels: frozenset[int] | None = None
    suspensions: tuple[Suspension, ...] = ()
    withdrawn: Withdrawal | None = None

    def runs_at(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in the time it was granted for."""
        return is_within(moment, self.valid_from, self.valid_until)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustedIssuer:
    """One recognised party. ``name`` maps language → name and is the only name ever shown.

    ``recognized_by`` is the DID of the party that accredited it; None for the root alone.
    """

    did: str
    name: Mapping[str, str]
    roles: frozenset[str]
    keys: tuple[IssuerKey, ...]
    accreditations: tuple[Accreditation, ...] = ()
    recognized_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustList:
    """A verified list. ``version`` only ever rises; ``valid_until`` bounds a freeze.

    ``issuers`` holds only parties whose recognition leads to the root; ``root_version`` is the root
    document it was made under.
    """

    url: str
    version: int
    root_version: int
    valid_from: datetime
    valid_until: datetime
    issuers: Mapping[str, TrustedIssuer]
    verifiers: Mapping[str, Licence]


def parse_trust_list(document: Mapping[str, JsonValue]) -> TrustList:
    """Read the verified trust-list credential.

    Raises ``MalformedValue`` with the JSON pointer of the first member that is not as it should be.
    A party whose recognition does not lead to the list's issuer, the root, does not stand on the list.
    """
    pointer = "/credentialSubject"
    subject = require_mapping(document.get("credentialSubject"), pointer)
    issuers: dict[str, TrustedIssuer] = {}
    entries = require_each(subject.get("issuers", ""), f"{pointer}/issuers", _parse_issuer)
    for position, issuer in enumerate(entries):
        if issuer.did in issuers:
            place = f"{pointer}/issuers/{position}/id"
            raise MalformedValue("An issuer stands in the list twice.", pointer=place)
        issuers[issuer.did] = issuer
    root = issuer_id(document)
    return TrustList(
        url=require_text(document.get("id"), "/id"),
        version=require_whole(subject.get("version"), f"{pointer}/version", at_least=1),
        root_version=require_whole(subject.get("rootVersion"), f"{pointer}/rootVersion", at_least=1),
        valid_from=require_time(document.get("validFrom"), "/validFrom"),
        valid_until=require_time(document.get("validUntil"), "/validUntil"),
        issuers={did: entry for did, entry in issuers.items() if _leads_to(root, entry, issuers)},
        verifiers=parse_licences(subject.get("verifiers"), f"{pointer}/verifiers"),
    )


def _leads_to(root: str | None, entry: TrustedIssuer, issuers: Mapping[str, TrustedIssuer]) -> bool:
    """Whether the root recognised ``entry``, or recognised an authority that did, and so on."""
    if entry.did == root:
        return True
    for _ in range(MAX_CHAIN):
        if entry.recognized_by is None:
            return False
        if entry.recognized_by == root:
            return True
        above = issuers.get(entry.recognized_by)
        if above is None or AUTHORITY_ROLE not in above.roles:
            return False
        entry = above
    return False


def _parse_issuer(entry: Mapping[str, JsonValue], pointer: str) -> TrustedIssuer:
    return TrustedIssuer(
        did=require_text(entry.get("id"), f"{pointer}/id"),
        name=require_names(entry.get("name"), f"{pointer}/name"),
        roles=require_texts(entry.get("roles"), f"{pointer}/roles"),
        keys=require_each(entry.get("keys", ""), f"{pointer}/keys", _parse_key),
        accreditations=require_each(
            entry.get("accreditations"), f"{pointer}/accreditations", _parse_accreditation
        ),
        recognized_by=text_or_none(entry.get("recognizedBy"), f"{pointer}/recognizedBy"),
    )


def _parse_key(entry: Mapping[str, JsonValue], pointer: str) -> IssuerKey:
    compromised_since = time_or_none(entry.get("compromisedSince"), f"{pointer}/compromisedSince")
    signed_before = parse_signed_before(entry.get("signedBefore"), f"{pointer}/signedBefore")
    if signed_before is not None and compromised_since is None:
        detail = "Only a compromised key has a set of what it signed before."
        raise MalformedValue(detail, pointer=f"{pointer}/signedBefore")
    return IssuerKey(
        public_key_multibase=require_text(entry.get("publicKeyMultibase"), f"{pointer}/publicKeyMultibase"),
        valid_from=require_time(entry.get("validFrom"), f"{pointer}/validFrom"),
        valid_until=time_or_none(entry.get("validUntil"), f"{pointer}/validUntil"),
        compromised_since=compromised_since,
        signed_before=signed_before,
    )


def _parse_accreditation(entry: Mapping[str, JsonValue], pointer: str) -> Accreditation:
    codes, levels, withdrawn = (entry.get(name) for name in ("qualificationCodes", "cqfLevels", "withdrawn"))
    return Accreditation(
        credential_types=require_texts(entry.get("credentialTypes"), f"{pointer}/credentialTypes"),
        valid_from=require_time(entry.get("validFrom"), f"{pointer}/validFrom"),
        valid_until=time_or_none(entry.get("validUntil"), f"{pointer}/validUntil"),
        qualification_codes=None if codes is None else require_texts(codes, f"{pointer}/qualificationCodes"),
        cqf_levels=None if levels is None else require_wholes(levels, f"{pointer}/cqfLevels"),
        suspensions=require_each(entry.get("suspensions"), f"{pointer}/suspensions", parse_suspension),
        withdrawn=None if withdrawn is None else _parse_withdrawal(withdrawn, f"{pointer}/withdrawn"),
    )


def _parse_withdrawal(value: JsonValue, pointer: str) -> Withdrawal:
    entry = require_mapping(value, pointer)
    return Withdrawal(
        start=require_time(entry.get("from"), f"{pointer}/from"),
        earlier_stand=require_flag(entry.get("earlierStand"), f"{pointer}/earlierStand"),
    )
