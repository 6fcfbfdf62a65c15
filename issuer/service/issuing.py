"""From an approved class list to signed certificates: reserve → prepare → record intent → sign → record done.

Every step can be run again: whoever resumes a class list takes each row up where it stands. Work
goes in chunks, one transaction per step and chunk, and no transaction is open while another
service is asked.

At most one secured credential per intent ever leaves the process. A key that repeats its signatures
gives the same bytes again after a crash. Any other key is used once per intent at most: the intent is
marked *signing* first, and one that stays so is given up, since a signed copy may exist somewhere. The
registry revokes its status index, so that such a copy is refused, and only then is another intent
opened for the row, with an id, index, QR token, typed code and time of its own. The certificate number
goes on to it: a number names an award of a person (the clerk may have written it down already), the
lost copy says nothing else than its successor, and no more than one of the two is in force.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import anyio
import anyio.to_thread

from issuer import store
from issuer.clients import allocate_status, revoke_abandoned
from issuer.sealed import ClassRow, Intent
from issuer.service.approving import approved_rows
from issuer.service.desk import Desk, require_signing_key
from runtime.entropy import random_token, random_uuid_urn, throwaway_signer
from vc.crypto.keys import Signer
from vc.encoding.timestamps import parse_timestamp
from vc.issue import CredentialDataset, IssuanceParameters, PreparedCredential, complete, prepare, resume
from vc.trust.digests import signed_digest

CHUNK = 100
TOKEN_BITS = 130
CODE_BITS = 60

SIGNING_LEASE: Final = timedelta(minutes=1)
"""How long a chunk may be *signing* before its process counts as dead.

To be wrong costs indexes and time, never a second credential: what was given up can no longer be
recorded as issued.
"""

_PAUSE_SECONDS: Final = 0.2


async def run(desk: Desk, class_id: str, slug: str) -> None:
    """Issue every row of a class list that is being issued; safe to run again after a crash.

    Rows that another run is signing are waited for, up to ``SIGNING_LEASE``.
    """
    database = desk.context.database
    await _reserve(desk, class_id, slug)
    while True:
        await _abandon(desk, class_id)
        while abandoned := await database.read(store.issuances_in, class_id, store.ABANDONED, CHUNK):
            await _retire(desk, abandoned, slug)
        while reserved := await database.read(desk.sealed.intents_in, class_id, store.RESERVED, CHUNK):
            await _intend(desk, reserved, slug)
        while intended := await database.read(desk.sealed.intents_in, class_id, store.INTENDED, CHUNK):
            await _sign(desk, intended)
        if await database.write(store.finish, class_id):
            return
        await anyio.sleep(_PAUSE_SECONDS)


async def _reserve(desk: Desk, class_id: str, slug: str) -> None:
    """Fix every identifier, number and time before anything is asked of anyone.

    Raises ``ConflictError`` where a row is not what two people agreed to.
    """
    database = desk.context.database
    key = await require_signing_key(desk, slug)
    intents = [
        _new_intent(desk, row, key) | {"details": row.details}
        for row in await database.read(approved_rows, desk, class_id, slug)
    ]
    for start_at in range(0, len(intents), CHUNK):
        await database.write(desk.sealed.reserve, intents[start_at : start_at + CHUNK])


def _new_intent(desk: Desk, row: ClassRow | store.Record, key: store.Record) -> dict[str, Any]:
    """A fresh intent for ``row``, a row of a class list or an intent that is being retired.

    Its details are added by who has them out of the seal.
    """
    return {
        "intent_id": random_token(128),
        "class_id": row.class_id,
        "row": row.row,
        "data_class": row.data_class,
        "centre_slug": key.centre_slug,
        "credential_id": random_uuid_urn(),
        "award_key": row.award_key,
        "certificate_number": row.certificate_number,
        "token": random_token(TOKEN_BITS),
        "code": random_token(CODE_BITS),
        "cryptosuite": desk.context.settings.default_cryptosuite,
        "key_id": key.key_id,
        "created": whole_seconds(desk.context.clock.now()),
        "state": store.RESERVED,
    }


async def _abandon(desk: Desk, class_id: str) -> None:
    """Give up what a run that died, or lost its database, may have signed."""
    database = desk.context.database
    before = whole_seconds(desk.context.clock.now() - SIGNING_LEASE)
    if left := await database.read(store.left_signing, class_id, before):
        await database.write(store.abandon, left)


async def _retire(desk: Desk, abandoned: Sequence[store.Record], slug: str) -> None:
    """Have abandoned credentials revoked, then open new intents for their rows."""
    client = desk.context.peers.client("revocation")
    for record in abandoned:
        await revoke_abandoned(client, record.credential_id)
    key = await require_signing_key(desk, slug)
    successors = {record.intent_id: _new_intent(desk, record, key) for record in abandoned}
    await desk.context.database.write(desk.sealed.retire, successors)


async def _intend(desk: Desk, reserved: Sequence[Intent], slug: str) -> None:
    """Get status entries, prepare and lint, and record what we intend to sign."""
    issuer = desk.did_of(slug)
    entries = await allocate_status(
        desk.context.peers.client("revocation"),
        [
            {
                "intent_id": record.intent_id,
                "credential_id": record.credential_id,
                "issuer": issuer,
                "cryptosuite": record.cryptosuite,
            }
            for record in reserved
        ],
    )
    centre = await desk.context.database.read(store.get_centre, slug)

    def prepare_all() -> list[dict[str, Any]]:
        return [
            _intent(_prepared(desk, record, centre, entries[record.intent_id]), record) for record in reserved
        ]

    await desk.context.database.write(desk.sealed.record_intents, await anyio.to_thread.run_sync(prepare_all))


def _prepared(desk: Desk, record: Intent, centre: store.Record, status: Any) -> PreparedCredential:
    dataset = CredentialDataset(
        credential_type=record.details.credential_type,
        name=record.details.name,
        subject={**record.details.subject, "certificateNumber": record.certificate_number},
        valid_until=_moment(record.details.valid_until),
    )
    parameters = IssuanceParameters(
        credential_id=record.credential_id,
        issuer=centre.did,
        issuer_name=centre.name_en,
        verification_method=f"{centre.did}#{record.key_id}",
        cryptosuite=record.cryptosuite,
        created=parse_timestamp(record.created),
        credential_status=status,
    )
    return prepare(dataset, parameters, throwaway=_throwaway(desk, record))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)


def _throwaway(desk: Desk, record: Intent) -> Signer:
    """A key that nobody keeps, of the kind that will sign."""
    return throwaway_signer(desk.context.keyring.public_key(record.key_id).key_type)


def _intent(prepared: PreparedCredential, record: Intent) -> dict[str, Any]:
    return {
        "intent_id": record.intent_id,
        "person": record.person,
        "data_class": record.data_class,
        "document": prepared.document_bytes,
        "proof_config": prepared.proof_config_bytes,
    }


async def _sign(desk: Desk, intended: Sequence[Intent]) -> None:
    """Sign recorded intents and keep the bytes."""
    database = desk.context.database

    def permit_all() -> list[_Permission]:
        return [_permission(desk, record) for record in intended]

    permissions = await anyio.to_thread.run_sync(permit_all)
    # Committed before the key is used, and after everything that may fail for another reason.
    only_once = [item.intent_id for item in permissions if not item.repeatable]
    if only_once:
        at = whole_seconds(desk.context.clock.now())
        mine = await database.write(store.begin_signing, only_once, at)
        permissions = [item for item in permissions if item.repeatable or item.intent_id in mine]

    def sign_all() -> list[dict[str, Any]]:
        issued_at = desk.context.clock.now().isoformat()
        return [_signed(item, issued_at) for item in permissions]

    await database.write(desk.sealed.record_issued, await anyio.to_thread.run_sync(sign_all))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Permission:
    """An intent ready to be signed; ``repeatable`` where doing it again would give the same bytes."""

    intent_id: str
    person: str
    data_class: str
    prepared: PreparedCredential
    signer: Signer
    repeatable: bool


def _permission(desk: Desk, record: Intent) -> _Permission:
    throwaway = _throwaway(desk, record)
    return _Permission(
        intent_id=record.intent_id,
        person=record.person,
        data_class=record.data_class,
        prepared=resume(record.document, record.proof_config, throwaway=throwaway),
        signer=desk.signer(record.key_id, record.centre_slug),
        repeatable=desk.context.keyring.repeats_signatures(record.key_id),
    )


def _signed(item: _Permission, issued_at: str) -> dict[str, Any]:
    secured = complete(item.prepared, item.signer)
    return {
        "intent_id": item.intent_id,
        "person": item.person,
        "data_class": item.data_class,
        "secured": secured.raw,
        "digest": signed_digest(secured.signed),
        "sha256": hashlib.sha256(secured.raw).hexdigest(),
        "issued_at": issued_at,
    }


def whole_seconds(moment: datetime) -> str:
    """An instant as ``created`` is kept."""
    return moment.replace(microsecond=0).isoformat()
