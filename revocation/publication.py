"""One publication of one list: reserve a version, fold the log, sign, record, put in place.

Version and snapshot are taken in one locked transaction, so a higher version never holds fewer
facts. Signing happens outside any transaction; what is then recorded has been verified.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from revocation import change_store, store
from revocation.published_files import (
    etag_of,
    read_published,
    require_no_bit_lost,
    valid_from_of,
    version_of,
)
from revocation.representations import (
    BITSTRING_LISTS,
    NOTES,
    REPRESENTATIONS,
    TOKEN_LISTS,
    VC_JWT,
    Encoding,
    Representation,
)
from revocation.store import Connection
from revocation.values import PublishedRepresentation, StoredList
from vc.cose.sign1 import parse_sign1, verify_sign1
from vc.crypto.keys import Signer
from vc.encoding.strict_json import JsonObject
from vc.errors import EvidenceUnavailable, NotFound
from vc.jose.jws import parse_jws, verify_jws
from vc.jose.secured import sign_credential_jwt
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof
from vc.status.documents import build_status_list_credential, build_status_notes
from vc.status.fold import ChangeKind, Folded, fold
from vc.status.token_documents import ListToSign, sign_list_cwt, sign_list_jwt
from vc.status.token_status_list import StatusType, compress_values

VALIDITY = timedelta(hours=24)
"""How long a published list may be relied on where no newer one can be had."""

NOTES_CRYPTOSUITE = "eddsa-jcs-2022"
TOKEN_BITS = 2
"""Valid, invalid and suspended: three values (``StatusType``)."""

_UNVERIFIABLE = "A freshly signed document does not verify."
_INEXACT = "A freshly signed list does not say what the log says."
_CLOCK_TOLERANCE = timedelta(seconds=1)


class ClockWentBack(EvidenceUnavailable):
    """The clock is behind what was published; publishing now would break the order of lists."""


class NotPublishable(EvidenceUnavailable):
    """What was signed does not verify or does not say what the log says; it is thrown away."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A reserved version of a list and the facts it will state."""

    list_id: str
    length: int
    version: int
    states: Folded
    change_seq: int

    @property
    def valid_from(self) -> datetime:
        """The time that is the version."""
        return valid_from_of(self.version)

    @property
    def valid_until(self) -> datetime:
        """When the last copy ends to count."""
        return self.valid_from + VALIDITY

    @cached_property
    def compressed_values(self) -> bytes:
        """What both token lists hold: one value for each index, whatever it is in the two lists."""
        values = {
            index: StatusType.SUSPENDED if state.kind is ChangeKind.SUSPENDED else StatusType.INVALID
            for index, state in self.states.combined().items()
        }
        return compress_values(self.length, values, bits=TOKEN_BITS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishing:
    """What every publication of this registry has in common."""

    base_url: str
    did: str
    notes_context: str
    ttl: timedelta


def due_lists(
    connection: Connection, *, now: datetime, signed_after: datetime, period: timedelta
) -> tuple[str, ...]:
    """Lists that lack a representation, were not signed after a moment, or have changes to publish.

    Urgent changes are due at once; others when the period they happened in is over, so that the time
    of a list does not tell when somebody's certificate was ended. A publication that was begun before
    this period and never recorded is made again: what it left on the disk may be newer than the record.
    """
    period_began = now - timedelta(seconds=now.timestamp() % period.total_seconds())
    waiting = change_store.lists_to_publish(connection, before=period_began)
    since = store.published_since(connection)
    return tuple(
        stored.list_id
        for stored in store.lists(connection)
        if stored.list_id in waiting
        or not _is_fresh(since.get(stored.list_id, {}), signed_after)
        or _was_cut_short(stored, since[stored.list_id], before=period_began)
    )


def _is_fresh(since: Mapping[str, datetime], signed_after: datetime) -> bool:
    return since.keys() >= REPRESENTATIONS.keys() and min(since.values()) > signed_after


def _was_cut_short(stored: StoredList, since: Mapping[str, datetime], *, before: datetime) -> bool:
    return version_of(min(since.values())) < stored.version < version_of(before)


def reserve(connection: Connection, list_id: str, *, now: datetime) -> Plan:
    """Take the next version of a list for ever, and the state of its log at that moment.

    Raises ``ClockWentBack`` where ``now`` lies before the version last taken.
    """
    store.lock_registry(connection)
    stored = store.list_of(connection, list_id)
    if stored is None:
        raise NotFound("There is no such status list.")
    if version_of(now + _CLOCK_TOLERANCE) < stored.version:
        raise ClockWentBack("The clock is behind the last published list.")
    version = max(version_of(now), stored.version + 1)
    store.set_version(connection, list_id, version)
    changes = [change.logged for change in change_store.changes_of(connection, list_id)]
    return Plan(
        list_id=list_id,
        length=stored.length,
        version=version,
        states=fold(changes),
        change_seq=changes[-1].seq if changes else 0,
    )


def sign(plan: Plan, publishing: Publishing, signer: Signer) -> tuple[PublishedRepresentation, ...]:
    """Every representation of ``plan``, signed and checked. Raises ``NotPublishable``."""
    signed = [
        _published(plan, item, _sign_bitstring(plan, item, publishing, signer)) for item in BITSTRING_LISTS
    ]
    signed += [_published(plan, item, _sign_token(plan, item, publishing, signer)) for item in TOKEN_LISTS]
    signed.append(_published(plan, NOTES, _sign_notes(plan, publishing, signer)))
    _require_exact(plan, signed)
    return tuple(signed)


def _sign_bitstring(plan: Plan, item: Representation, publishing: Publishing, signer: Signer) -> bytes:
    if item.purpose is None:
        raise TypeError("a Bitstring list has a purpose")
    document = build_status_list_credential(
        url=item.url(publishing.base_url, plan.list_id),
        issuer=publishing.did,
        purpose=item.purpose,
        length=plan.length,
        states=plan.states.indexes(item.purpose),
        valid_from=plan.valid_from,
        valid_until=plan.valid_until,
        ttl=publishing.ttl,
    )
    if item.part != VC_JWT:
        return _with_proof(document, item.part, plan, signer)
    token = sign_credential_jwt(document, signer, issued_at=plan.valid_from)
    return _checked_jwt(token, signer)


def _sign_token(plan: Plan, item: Representation, publishing: Publishing, signer: Signer) -> bytes:
    to_sign = ListToSign(
        url=item.url(publishing.base_url, plan.list_id),
        compressed=plan.compressed_values,
        bits=TOKEN_BITS,
        version=plan.version,
        issued_at=plan.valid_from,
        expires=plan.valid_until,
        ttl=publishing.ttl,
    )
    if item.encoding is Encoding.JWT:
        return _checked_jwt(sign_list_jwt(to_sign, signer), signer)
    message = sign_list_cwt(to_sign, signer)
    if not verify_sign1(parse_sign1(message), signer.public_key):
        raise NotPublishable(_UNVERIFIABLE)
    return message


def _sign_notes(plan: Plan, publishing: Publishing, signer: Signer) -> bytes:
    notes = build_status_notes(
        url=NOTES.url(publishing.base_url, plan.list_id),
        context=publishing.notes_context,
        issuer=publishing.did,
        list_urls=[item.url(publishing.base_url, plan.list_id) for item in BITSTRING_LISTS],
        states=plan.states.combined(),
        valid_from=plan.valid_from,
        valid_until=plan.valid_until,
    )
    return _with_proof(notes, NOTES_CRYPTOSUITE, plan, signer)


def record(connection: Connection, representations: tuple[PublishedRepresentation, ...]) -> bool:
    """Make these the published documents of their list; False where a newer one stands already.

    Raises ``BitsLost`` where a standing document has a bit that these lack.
    """
    store.lock_registry(connection)
    standing = store.published_of(connection, representations[0].list_id)
    newest = max((before.version for before in standing.values()), default=0)
    if newest >= representations[0].version:
        return False
    for representation in representations:
        before = standing.get(representation.representation)
        if before is not None:
            require_no_bit_lost(before.body, representation)
        store.put_published(connection, representation)
    return True


def published(connection: Connection) -> tuple[PublishedRepresentation, ...]:
    """Everything recorded as published, to put in place what a crash kept from the disk."""
    return tuple(
        representation
        for stored in store.lists(connection)
        for representation in store.published_of(connection, stored.list_id).values()
    )


def _with_proof(document: JsonObject, cryptosuite: str, plan: Plan, signer: Signer) -> bytes:
    secured = add_proof(document, cryptosuite=cryptosuite, signer=signer, created=plan.valid_from)
    proofs = parse_proofs(secured)
    if len(proofs) != 1 or not verify_proof(secured, proofs[0], signer.public_key).verified:
        raise NotPublishable(_UNVERIFIABLE)
    return json.dumps(secured, ensure_ascii=False, separators=(",", ":")).encode()


def _checked_jwt(token: str, signer: Signer) -> bytes:
    if not verify_jws(parse_jws(token), signer.public_key):
        raise NotPublishable(_UNVERIFIABLE)
    return token.encode("ascii")


def _published(plan: Plan, item: Representation, body: bytes) -> PublishedRepresentation:
    return PublishedRepresentation(
        list_id=plan.list_id,
        representation=item.name,
        version=plan.version,
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        etag=etag_of(body),
        valid_from=plan.valid_from,
        valid_until=plan.valid_until,
        set_count=len(plan.states.ended),
        change_seq=plan.change_seq,
    )


def _require_exact(plan: Plan, signed: Sequence[PublishedRepresentation]) -> None:
    """What was signed is read again, and every encoding must say what the log says."""
    ended, suspended = frozenset(plan.states.ended), frozenset(plan.states.suspended)
    for document in signed:
        said = read_published(document.body, document.representation)
        # Where an index has one word, its end hides that it is suspended too.
        hidden = ended if said.ended is not None else frozenset()
        if said.ended not in (None, ended) or said.suspended not in (None, suspended - hidden):
            raise NotPublishable(_INEXACT)
