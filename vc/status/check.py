"""Is the bit set: a status entry judged against a list whose proof was already verified.

Bitstring Status List 1.0 section 3.2, plus the rollback and freeze rules of this product. Two
things are checked by the caller, who holds the evidence for them: that the list's proof is
valid, and that its issuer is the credential's issuer or a recognised status registry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import parse_timestamp
from vc.errors import Finding, MalformedValue, ProblemType
from vc.status.bitstring_status_list import bit_at, decode_list
from vc.status.entries import StatusEntry, StatusPurpose

LIST_CREDENTIAL_TYPE = "BitstringStatusListCredential"
LIST_TYPE = "BitstringStatusList"
LIST_CREDENTIAL_TYPE_2021 = "StatusList2021Credential"
LIST_TYPE_2021 = "StatusList2021"
_BASE64URL = "u"

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far a list's ``validFrom`` may lie ahead of the verifier's clock."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedStatusList:
    """A status list whose proof is valid. ``digest`` is the SHA-256 (hex) of its bytes.

    ``bits`` are MSB-first; ``ttl`` is how long a copy may be used without asking again.
    """

    url: str
    issuer: str
    purposes: frozenset[str]
    bits: bytes
    valid_from: datetime
    valid_until: datetime | None
    ttl: timedelta | None
    digest: str
    is_2021: bool = False


class StatusState(StrEnum):
    """``clear`` and ``set`` are answers; ``stale`` and ``invalid`` mean: could not check."""

    CLEAR = "clear"
    SET = "set"
    STALE = "stale"
    INVALID = "invalid"


class StatusResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one list says about one entry, and how old that word is (``as_of`` = validFrom)."""

    entry: StatusEntry
    state: StatusState
    findings: tuple[Finding, ...]
    as_of: datetime
    valid_until: datetime | None
    digest: str


def parse_status_list(
    verified_document: Mapping[str, JsonValue], *, url: str, digest: str
) -> VerifiedStatusList:
    """Read a status list credential out of the document its *valid* proof covers.

    ``url`` is where it was fetched, ``digest`` the SHA-256 (hex) of the fetched bytes. Raises
    ``MalformedValue`` or ``StatusListLengthError``; depends on nothing but its arguments.
    """
    is_2021 = _has_type(verified_document.get("type"), LIST_CREDENTIAL_TYPE_2021)
    if not is_2021 and not _has_type(verified_document.get("type"), LIST_CREDENTIAL_TYPE):
        raise MalformedValue("The document is not a status list credential.", pointer="/type")
    if verified_document.get("id") != url:
        raise MalformedValue("The status list does not carry the URL it was got from.", pointer="/id")
    subject = verified_document.get("credentialSubject")
    list_type = LIST_TYPE_2021 if is_2021 else LIST_TYPE
    if not isinstance(subject, dict) or not _has_type(subject.get("type"), list_type):
        raise MalformedValue("The subject is not a status list.", pointer="/credentialSubject")
    size = subject.get("statusSize", 1)
    if isinstance(size, bool) or size != 1:
        # A list that counts in other units than its entries would be read at the wrong place.
        raise MalformedValue(
            "Only lists of one bit an entry can be read.", pointer="/credentialSubject/statusSize"
        )
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise MalformedValue("The encoded list is missing.", pointer="/credentialSubject/encodedList")
    return VerifiedStatusList(
        url=url,
        issuer=issuer_of(verified_document),
        purposes=_purposes(subject.get("statusPurpose")),
        # StatusList2021 has no multibase prefix before the same encoding.
        bits=decode_list(_BASE64URL + encoded if is_2021 else encoded),
        valid_from=_require_time(verified_document, "issuanceDate" if is_2021 else "validFrom"),
        valid_until=time_or_none(verified_document, "expirationDate" if is_2021 else "validUntil"),
        ttl=_ttl(subject.get("ttl")),
        digest=digest,
        is_2021=is_2021,
    )


def check_status(
    entry: StatusEntry,
    status_list: VerifiedStatusList,
    *,
    now: datetime,
    last_seen_valid_from: datetime | None = None,
) -> StatusResult:
    """Judge ``entry`` at ``now`` (aware); ``last_seen_valid_from`` guards against rollback.

    A set *revocation* bit counts even on a list too old to clear anybody: revocation is final.
    """
    mismatch = _check_match(entry, status_list)
    if mismatch is not None:
        return _result(entry, status_list, StatusState.INVALID, mismatch)
    is_set = bit_at(status_list.bits, entry.index)
    outdated = _check_age(entry, status_list, now, last_seen_valid_from)
    if is_set and (outdated is None or entry.purpose is StatusPurpose.REVOCATION):
        detail = (
            "The credential is revoked."
            if entry.purpose is StatusPurpose.REVOCATION
            else "The credential is suspended."
        )
        return _result(
            entry,
            status_list,
            StatusState.SET,
            Finding(type=ProblemType.REVOKED, detail=detail, pointer=entry.pointer),
        )
    if outdated is not None:
        return _result(entry, status_list, StatusState.STALE, outdated)
    return _result(entry, status_list, StatusState.CLEAR)


def _check_match(entry: StatusEntry, status_list: VerifiedStatusList) -> Finding | None:
    if entry.list_url != status_list.url:
        return _failed("The list is not the one the entry names.", f"{entry.pointer}/statusListCredential")
    if entry.is_2021 is not status_list.is_2021:
        return _failed("The list is of another kind than the entry.", f"{entry.pointer}/type")
    if entry.purpose not in status_list.purposes:
        return _failed("The list has another purpose than the entry.", f"{entry.pointer}/statusPurpose")
    if entry.index >= len(status_list.bits) * 8:
        return Finding(
            type=ProblemType.RANGE_ERROR,
            detail="The index lies outside the list.",
            pointer=f"{entry.pointer}/statusListIndex",
        )
    return None


def _check_age(
    entry: StatusEntry,
    status_list: VerifiedStatusList,
    now: datetime,
    last_seen_valid_from: datetime | None,
) -> Finding | None:
    if status_list.valid_until is not None and now >= status_list.valid_until:
        return _failed("The status list has expired.", entry.pointer)
    if status_list.valid_from > now + MAX_CLOCK_SKEW:
        return _failed("The status list is not yet valid.", entry.pointer)
    if last_seen_valid_from is not None and status_list.valid_from < last_seen_valid_from:
        return _failed("The status list is older than one already seen (rollback).", entry.pointer)
    return None


def _failed(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.STATUS_VERIFICATION_ERROR, detail=detail, pointer=pointer)


def _result(
    entry: StatusEntry, status_list: VerifiedStatusList, state: StatusState, *findings: Finding
) -> StatusResult:
    return StatusResult(
        entry=entry,
        state=state,
        findings=findings,
        as_of=status_list.valid_from,
        valid_until=status_list.valid_until,
        digest=status_list.digest,
    )


def _has_type(value: JsonValue, wanted: str) -> bool:
    return value == wanted or (isinstance(value, list) and wanted in value)


def issuer_of(document: Mapping[str, JsonValue]) -> str:
    """The issuer's identifier, given as a text or as an object with an ``id``."""
    issuer = document.get("issuer")
    identifier = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(identifier, str) or not identifier:
        raise MalformedValue("The issuer must be named.", pointer="/issuer")
    return identifier


def _require_time(document: Mapping[str, JsonValue], member: str) -> datetime:
    time = time_or_none(document, member)
    if time is None:
        raise MalformedValue("A status list must say since when it holds.", pointer=f"/{member}")
    return time


def time_or_none(document: Mapping[str, JsonValue], member: str) -> datetime | None:
    """A timestamp member, aware, or None where it is absent; ``MalformedValue`` otherwise."""
    if member not in document:
        return None
    value = document[member]
    if not isinstance(value, str):
        raise MalformedValue("A timestamp is expected here.", pointer=f"/{member}")
    try:
        return parse_timestamp(value)
    except MalformedValue as error:
        raise MalformedValue(str(error), pointer=f"/{member}") from error


def _purposes(value: JsonValue) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    purposes = frozenset(item for item in values if isinstance(item, str) and item)
    if not purposes or len(purposes) != len(values):
        raise MalformedValue("The list must state its purpose.", pointer="/credentialSubject/statusPurpose")
    return purposes


def _ttl(value: JsonValue) -> timedelta | None:
    # Milliseconds (section 3.2), unlike the seconds of a Token Status List.
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedValue("The time to live must be whole milliseconds.", pointer="/credentialSubject/ttl")
    return timedelta(milliseconds=min(value, 10**12))
