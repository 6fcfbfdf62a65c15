"""Copies of a standing certificate, each bound to a key of its holder: reserve → record intent → sign.

The laws are those of ``issuer.service.issuing``, and no transaction is open while another service is asked.
Nobody goes on with a copy but who was asked for it: one that does not come to be handed out is given up, its
status index is ended, and its holder asks for another. So every key is used once for a copy at most,
whether it repeats its signatures or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread

from issuer import case_store, copy_store, store
from issuer.clients import allocate_copies, revoke_abandoned
from issuer.copy_format import CopyFormat as CopyFormat  # noqa: PLC0414 - who asks for copies names it from here
from issuer.copy_store import Connection
from issuer.service.copying import NOT_IN_FORCE, Wanted, allocate, entry_of, prepare, reserve, sign
from issuer.service.delivery import require_standing
from issuer.service.desk import Desk
from issuer.service.issuing import SIGNING_LEASE, whole_seconds
from issuer.unsealed import Intent
from runtime.entropy import random_uuid_urn
from runtime.i18n import gettext_noop
from vc.crypto.keys import KeyType, PublicKey
from vc.did import did_jwk
from vc.did.documents import ControlledIdentifierDocument
from vc.did.resolve import resolve_locally_or_url
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, MalformedValue, NotFound

MAX_COPIES: Final = 20
"""How many copies are made in one call."""

_HOLDER_KEYS: Final = frozenset({KeyType.P256, KeyType.ED25519})
_HELD: Final = gettext_noop("The centre must decide about this certificate first.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Copyable:
    """A certificate that its holder may have copies of."""

    credential_id: str
    type_name: str
    centre_slug: str


async def issue_copies(
    desk: Desk,
    credential_id: str,
    *,
    rld_number: str,
    copy_format: CopyFormat,
    holder_keys: Sequence[PublicKey],
    holder_ids: Sequence[str] = (),
) -> tuple[str, ...]:
    """One copy for each key, in their order.

    ``holder_ids`` are DIDs of these keys (``did:jwk``, ``did:key``), by which a copy that names its subject
    names it; without them that is the ``did:jwk``. Raises ``NotFound`` where this person has no such
    certificate, ``ConflictError`` where it has ended, is suspended or may not be copied, ``MalformedValue``
    for keys that cannot be bound to, and ``EvidenceUnavailable``; then nothing is handed out.
    """
    wanted = _wanted(holder_keys, holder_ids)
    certificate = await _certificate(desk, credential_id, rld_number)
    order = await reserve(desk, certificate, copy_format, wanted)
    try:
        statuses = await allocate(desk, order)
        return await sign(desk, order, await anyio.to_thread.run_sync(prepare, desk, order, statuses))
    except BaseException:
        # Also where the caller went away; what cannot be noted now is found by ``retire_left``.
        with anyio.CancelScope(shield=True):
            await desk.context.database.write(copy_store.give_up, [one.copy_id for one in wanted])
        raise


async def copyable(desk: Desk, rld_number: str) -> tuple[Copyable, ...]:
    """What a person may get copies of, as far as this service knows; oldest first.

    The registry has the last word: what is suspended there is among these, and is refused when asked for.
    """
    intents = await desk.context.database.read(_standing, desk, rld_number)
    return tuple(
        Copyable(
            credential_id=intent.credential_id,
            type_name=intent.details.credential_type,
            centre_slug=intent.centre_slug,
        )
        for intent in intents
        if not _is_over(desk, intent)
    )


async def retire_left(desk: Desk) -> None:
    """End the status indexes of copies that were never handed out. Raises ``EvidenceUnavailable``."""
    database = desk.context.database
    before = whole_seconds(desk.context.clock.now() - SIGNING_LEASE)
    await database.write(copy_store.give_up_left, before)
    while left := await database.read(copy_store.abandoned):
        for record in left:
            await _retire(desk, record)


async def _retire(desk: Desk, record: store.Record) -> None:
    registry = desk.context.peers.client("revocation")
    entry = entry_of(desk, record, record.securing, copy_id=record.copy_id, copy_of=record.credential_id)
    try:
        # Whoever died may not have got so far as to have an index, which the registry could not end.
        await allocate_copies(registry, [entry])
    except ConflictError:
        # It has none, and gets none any more: its certificate is not in force now.
        pass
    else:
        await revoke_abandoned(registry, record.copy_id)
    await desk.context.database.write(copy_store.retire, record.copy_id)


def _standing(connection: Connection, desk: Desk, rld_number: str) -> tuple[Intent, ...]:
    person = desk.sealed.personal.person(rld_number)
    if case_store.held(connection, [person]):
        return ()
    records = [
        record
        for record in store.issuances_of_person(connection, person)
        if record.state == store.ISSUED and record.ended is None and record.revoked_at is None
    ]
    return desk.sealed.open_details(connection, records)


def _wanted(keys: Sequence[PublicKey], ids: Sequence[str]) -> tuple[Wanted, ...]:
    if not 0 < len(keys) <= MAX_COPIES:
        raise MalformedValue("From 1 to 20 copies are made at a time.", pointer="/keys")
    if len(set(keys)) != len(keys):
        raise MalformedValue("Two copies cannot be bound to one key.", pointer="/keys")
    if any(key.key_type not in _HOLDER_KEYS for key in keys):
        raise MalformedValue("A copy is bound to a P-256 or Ed25519 key.", pointer="/keys")
    if ids and len(ids) != len(keys):
        raise MalformedValue("A name is missing for a key.", pointer="/keys")
    holders = [_own_did(did, key) for did, key in zip(ids, keys, strict=True)] if ids else []
    return tuple(
        Wanted(copy_id=random_uuid_urn(), holder=holder, holder_key=key)
        for holder, key in zip(holders or map(did_jwk.did_for, keys), keys, strict=True)
    )


def _own_did(did: str, key: PublicKey) -> str:
    document = resolve_locally_or_url(did)
    is_own = isinstance(document, ControlledIdentifierDocument) and any(
        method.public_key == key for method in document.verification_methods
    )
    if not is_own:
        raise MalformedValue("A holder is not named by their key.", pointer="/keys")
    return did


async def _certificate(desk: Desk, credential_id: str, rld_number: str) -> Intent:
    database = desk.context.database
    record = await database.read(desk.sealed.issued, store.issued_by_id, credential_id)
    if record.details.rld_number != rld_number:
        raise NotFound("There is no such credential.")
    require_standing(record)
    if await database.read(case_store.held, [record.person]):
        raise ConflictError(_HELD)
    if _is_over(desk, record):
        raise ConflictError(NOT_IN_FORCE)
    return record


def _is_over(desk: Desk, record: Intent) -> bool:
    until = record.details.valid_until
    return until is not None and parse_timestamp(until) <= desk.context.clock.now()
