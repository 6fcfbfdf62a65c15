"""One publication of one list: reserve a version, fold the log, sign, record, put in place.

Version and snapshot are taken in one locked transaction, so a higher version never holds fewer
facts. Signing happens outside any transaction; what is then recorded has been verified.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from revocation import store
from revocation.published_files import (
    etag_of,
    read_list,
    require_no_bit_lost,
    valid_from_of,
    version_of,
)
from revocation.store import Connection
from revocation.values import LIST_CRYPTOSUITES, NOTES, REPRESENTATIONS, PublishedRepresentation
from vc.crypto.keys import Signer
from vc.encoding.strict_json import JsonValue
from vc.errors import EvidenceUnavailable, NotFound
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof
from vc.status.bitstring_status_list import set_indexes
from vc.status.documents import build_status_list_credential, build_status_notes
from vc.status.entries import StatusPurpose
from vc.status.fold import IndexState, fold

VALIDITY = timedelta(hours=24)
"""How long a published list may be relied on where no newer one can be had."""

NOTES_CRYPTOSUITE = "eddsa-jcs-2022"
_CLOCK_TOLERANCE = timedelta(seconds=1)


class ClockWentBack(EvidenceUnavailable):
    """The clock is behind what was published; publishing now would break the order of lists."""


class NotPublishable(EvidenceUnavailable):
    """What was signed does not verify or does not say what the log says; it is thrown away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A reserved version of a list and the facts it will state."""

    list_id: str
    purpose: StatusPurpose
    length: int
    version: int
    states: Mapping[int, IndexState]
    change_seq: int

    @property
    def valid_from(self) -> datetime:
        """The time that is the version."""
        return valid_from_of(self.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishing:
    """What every publication of this registry has in common."""

    base_url: str
    did: str
    notes_context: str
    ttl: timedelta


def list_url(base_url: str, list_id: str, cryptosuite: str) -> str:
    """The URL, and id, of one representation of a list."""
    return f"{base_url}/status/lists/{list_id}/{cryptosuite}"


def due_lists(connection: Connection, *, now: datetime, resign: timedelta) -> tuple[str, ...]:
    """Lists that lack a representation, have unpublished changes, or were signed too long ago."""
    due = []
    for stored in store.lists(connection):
        published = store.published_of(connection, stored.list_id)
        last = store.last_change_seq(connection, stored.list_id)
        if any(
            representation not in published
            or published[representation].change_seq < last
            or published[representation].valid_from <= now - resign
            for representation in REPRESENTATIONS
        ):
            due.append(stored.list_id)
    return tuple(due)


def reserve(connection: Connection, list_id: str, *, now: datetime) -> Plan:
    """Take the next version of a list for ever, and the state of its log at that moment.

    Raises ``ClockWentBack`` where ``now`` lies before the version last taken.
    """
    store.lock_registry(connection)
    stored = next((item for item in store.lists(connection) if item.list_id == list_id), None)
    if stored is None:
        raise NotFound("There is no such status list.")
    if version_of(now + _CLOCK_TOLERANCE) < stored.version:
        raise ClockWentBack("The clock is behind the last published list.")
    version = max(version_of(now), stored.version + 1)
    store.set_version(connection, list_id, version)
    changes = [change.logged for change in store.changes_of(connection, list_id)]
    return Plan(
        list_id=list_id,
        purpose=stored.purpose,
        length=stored.length,
        version=version,
        states=fold(changes),
        change_seq=changes[-1].seq if changes else 0,
    )


def sign(plan: Plan, publishing: Publishing, signer: Signer) -> tuple[PublishedRepresentation, ...]:
    """Every representation of ``plan``, signed and checked. Raises ``NotPublishable``."""
    valid_until = plan.valid_from + VALIDITY
    representations = []
    for suite in LIST_CRYPTOSUITES:
        document = build_status_list_credential(
            url=list_url(publishing.base_url, plan.list_id, suite),
            issuer=publishing.did,
            purpose=plan.purpose,
            length=plan.length,
            states=plan.states,
            valid_from=plan.valid_from,
            valid_until=valid_until,
            ttl=publishing.ttl,
        )
        representations.append(_secure(plan, suite, document, suite, signer))
    notes = build_status_notes(
        url=f"{publishing.base_url}/status/notes/{plan.list_id}",
        context=publishing.notes_context,
        issuer=publishing.did,
        list_urls=[list_url(publishing.base_url, plan.list_id, suite) for suite in LIST_CRYPTOSUITES],
        states=plan.states,
        valid_from=plan.valid_from,
        valid_until=valid_until,
    )
    representations.append(_secure(plan, NOTES, notes, NOTES_CRYPTOSUITE, signer))
    _require_exact(plan, representations)
    return tuple(representations)


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


def _secure(
    plan: Plan, name: str, document: Mapping[str, JsonValue], cryptosuite: str, signer: Signer
) -> PublishedRepresentation:
    secured = add_proof(document, cryptosuite=cryptosuite, signer=signer, created=plan.valid_from)
    proofs = parse_proofs(secured)
    if len(proofs) != 1 or not verify_proof(secured, proofs[0], signer.public_key).verified:
        raise NotPublishable("A freshly signed document does not verify.")
    body = json.dumps(secured, ensure_ascii=False, separators=(",", ":")).encode()
    return PublishedRepresentation(
        list_id=plan.list_id,
        representation=name,
        version=plan.version,
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        etag=etag_of(body),
        valid_from=plan.valid_from,
        valid_until=plan.valid_from + VALIDITY,
        set_count=len(plan.states),
        change_seq=plan.change_seq,
    )


def _require_exact(plan: Plan, representations: list[PublishedRepresentation]) -> None:
    for representation in representations:
        if representation.representation == NOTES:
            continue
        if set_indexes(read_list(representation.body).bits) != plan.states.keys():
            raise NotPublishable("A freshly signed list does not say what the log says.")
