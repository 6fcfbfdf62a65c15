"""What is read off a credential before anything of it is judged: it hangs on the bytes alone.

So it is remembered by their digest. Who is trusted, what is in force and what time it is are asked every
time, of ``Facts`` that never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from vc.encoding.strict_json import JsonValue, Limits
from vc.errors import Finding, ProtocolError
from vc.jose.secured import UnverifiedJwt
from vc.model.credential import (
    KNOWN_RESOURCE_DIGESTS,
    as_list,
    check_credential_shape,
    check_related_resources,
    issuer_id,
    parse_credential,
    subjects_of,
    types_of,
)
from vc.model.legacy import check_credential_shape_1_1, is_vcdm_1_1, validity_of
from vc.proof.proofs import Proof, parse_proofs
from vc.status.entries import StatusEntry, UncheckableStatus, parse_status_entries
from vc.trust.entitled import Award
from vc.verify.opened import open_token
from vc.verify.round import Round, digest, parsed_size

# Lists are larger; a credential of anybody's with more members than that only costs time.
_LIMITS: Final = Limits(max_members=10_000)
# Levels begin at 1.
_NO_LEVEL: Final = 0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A credential as it was read. ``digest`` is the SHA-256 (hex) of its bytes, ``length`` their number.

    ``url`` is where it is published again and again; None for what is itself.

    With a ``token`` it came in an envelope, whose content is the ``document``. ``issuer`` is None where
    ``faults`` say so, or where nothing says who it is. ``proofs`` are its Data Integrity proofs, or what is
    wrong with them.
    """

    digest: str
    length: int
    document: Mapping[str, JsonValue]
    url: str | None = None
    token: UnverifiedJwt | None = None
    issuer: str | None = None
    faults: tuple[Finding, ...] = ()
    proofs: "tuple[Proof, ...] | UnreadableProofs" = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadableProofs:
    """The proofs do not have the shape that the specification gives them."""

    findings: tuple[Finding, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says that is judged anew each time: award, validity, status entries."""

    award: Award
    valid_from: datetime | None
    valid_until: datetime | None
    entries: tuple[StatusEntry | UncheckableStatus, ...]
    entry_faults: tuple[Finding, ...] = ()


def read_credential(current: Round, raw: bytes) -> Reading:
    """The credential in ``raw``. Raises ``ParseError`` where that is no JSON object."""
    raw_digest = digest(raw)
    return current.memoised(
        f"reading:{raw_digest}", Reading, lambda: _read(raw, raw_digest), size=parsed_size(raw)
    )


def _read(raw: bytes, raw_digest: str) -> Reading:
    received = parse_credential(raw, _LIMITS).document
    try:
        token = open_token(received)
    except ProtocolError as error:
        return Reading(digest=raw_digest, length=len(raw), document=received, faults=error.findings)
    document = received if token is None else token.document
    return Reading(
        digest=raw_digest,
        length=len(raw),
        document=document,
        token=token,
        issuer=issuer_id(document),
        faults=shape_faults(document),
        proofs=() if token is not None else read_proofs(document),
    )


def read_proofs(document: Mapping[str, JsonValue]) -> tuple[Proof, ...] | UnreadableProofs:
    """The Data Integrity proofs of ``document``, or what is wrong with them."""
    try:
        return parse_proofs(document)
    except ProtocolError as error:
        return UnreadableProofs(findings=error.findings)


def shape_faults(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What the data model that ``document`` says it follows forbids of it."""
    if is_vcdm_1_1(document):
        return check_credential_shape_1_1(document)
    resources = check_related_resources(document, KNOWN_RESOURCE_DIGESTS)
    return (*check_credential_shape(document), *resources)


def facts_of(document: Mapping[str, JsonValue]) -> Facts:
    """What ``document`` says of itself."""
    valid_from, valid_until = validity_of(document)
    entries: tuple[StatusEntry | UncheckableStatus, ...] = ()
    entry_faults: tuple[Finding, ...] = ()
    try:
        entries = parse_status_entries(document)
    except ProtocolError as error:
        entry_faults = error.findings
    return Facts(
        award=award_of(document),
        valid_from=valid_from,
        valid_until=valid_until,
        entries=entries,
        entry_faults=entry_faults,
    )


def award_of(document: Mapping[str, JsonValue]) -> Award:
    """What the document claims to certify.

    The qualification code stands in Open Badges' ``humanCode``, the CQF level in our ``cqfLevel``,
    both on the achievement of the first subject. A level that is no whole number is claimed all the
    same, and none that anybody is accredited for.
    """
    subjects = subjects_of(document)
    achievements = [a for s in subjects for a in as_list(s.get("achievement")) if isinstance(a, dict)]
    achievement = achievements[0] if len(achievements) == 1 and len(subjects) == 1 else {}
    code, level = achievement.get("humanCode"), achievement.get("cqfLevel")
    return Award(
        credential_types=types_of(document),
        qualification_code=code if isinstance(code, str) else None,
        cqf_level=None if level is None and "cqfLevel" not in achievement else _whole_or_none_such(level),
    )


def _whole_or_none_such(level: JsonValue) -> int:
    if isinstance(level, (int, float)) and not isinstance(level, bool) and level == int(level):
        return int(level)
    return _NO_LEVEL
