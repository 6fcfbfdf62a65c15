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
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import anyio
import anyio.to_thread

from issuer import case_store, job_store, store
from issuer.clients import allocate_status, revoke_abandoned
from issuer.crunch import CrunchInterrupted, Draft, RecordedDraft, prepare_draft, resume_draft
from issuer.open_key import KeyEnded
from issuer.service import endings
from issuer.service.approving import approved_page
from issuer.service.classes import corrected_by
from issuer.service.desk import Desk, require_signing_key
from issuer.service.entitlement import require_accredited
from issuer.unsealed import ClassRow, Intent
from runtime.database import StorageUnavailable
from runtime.entropy import random_token, random_uuid_urn
from runtime.keyring import KeyringError
from vc.crypto.keys import KeyType, Signer
from vc.encoding.timestamps import parse_timestamp
from vc.errors import EvidenceUnavailable
from vc.issue import (
    CredentialDataset,
    IssuanceParameters,
    PreparedCredential,
    SecuredCredential,
    UncheckedCredential,
    check_signed,
    sign_prepared,
)
from vc.trust.digests import signed_digest

CHUNK = 500
TOKEN_BITS = 130
CODE_BITS = 60

SIGNING_LEASE: Final = timedelta(minutes=1)
"""How long a chunk may be *signing* before its process counts as dead.

To be wrong costs indexes and time, never a second credential: what was given up can no longer be
recorded as issued.
"""

PAUSE_SECONDS: Final = 0.2


class Progress(StrEnum):
    """What became of one step of issuing a class list."""

    MORE = "more"
    WAIT = "wait"
    STOPPED = "stopped"
    DONE = "done"


_PASSING: Final = (EvidenceUnavailable, StorageUnavailable, KeyringError, KeyEnded, CrunchInterrupted)


def passes_by_itself(error: Exception) -> bool:
    """Whether issuing that met this may simply be tried again: a service or a token is away, say."""
    return isinstance(error, _PASSING)


async def run(desk: Desk, class_id: str, slug: str) -> None:
    """Issue every row of a class list that is being issued; safe to run again after a crash.

    Rows that another run is signing are waited for, up to ``SIGNING_LEASE``.
    """
    last: int | None = -1
    while last is not None:
        last = await reserve(desk, class_id, slug, after=last)
    while (progress := await advance(desk, class_id, slug)) not in (Progress.DONE, Progress.STOPPED):
        if progress is Progress.WAIT:
            await anyio.sleep(PAUSE_SECONDS)


async def reserve(desk: Desk, class_id: str, slug: str, *, after: int) -> int | None:
    """Fix every identifier, number and time of a chunk of rows before anything is asked of anyone.

    Returns the last row reserved, to go on ``after``; None when all are. Raises ``ConflictError`` where a
    row is not what two people agreed to.
    """
    database = desk.context.database
    rows, last = await database.read(approved_page, desk, class_id, slug, after=after, limit=CHUNK)
    if await database.read(job_store.state_of, class_id) != store.ISSUING:
        return None
    key = await require_signing_key(desk, slug)
    wanted = [row.details for row in rows]
    await require_accredited(desk, slug, wanted, multikey=key.public_key_multibase)
    await _require_correctable(desk, class_id, slug)
    people = {row.row: desk.sealed.personal.person(row.details.rld_number) for row in rows}
    held = await database.read(case_store.held, people.values())
    intents = [
        _new_intent(desk, row, key) | {"details": row.details} for row in rows if people[row.row] not in held
    ]
    await database.write(desk.sealed.reserve, intents)
    return last


async def _require_correctable(desk: Desk, class_id: str, slug: str) -> None:
    """What an officer revoked after a correction of it was approved does not come back by that."""
    corrected = await corrected_by(
        desk, await desk.context.database.read(desk.sealed.get_class, class_id, slug)
    )
    if corrected is not None:
        await endings.require_not_revoked(desk, corrected)


async def advance(desk: Desk, class_id: str, slug: str) -> Progress:
    """Take one chunk of a reserved class list as far as it goes now."""
    database = desk.context.database
    state = await database.read(job_store.state_of, class_id)
    if state == store.PAUSED:
        return Progress.STOPPED
    if state == store.CANCELLED:
        await database.write(job_store.close_unsigned, class_id)
    await _abandon(desk, class_id)
    if abandoned := await database.read(store.issuances_in, class_id, store.ABANDONED, CHUNK):
        await _retire(desk, abandoned, slug, reopened=state == store.ISSUING)
    elif intended := await database.read(desk.sealed.intents_in, class_id, store.INTENDED, CHUNK):
        await _sign(desk, intended, await _resumed(desk, intended))
    elif reserved := await database.read(desk.sealed.intents_in, class_id, store.RESERVED, CHUNK):
        await _sign(desk, reserved, await _intend(desk, reserved, slug))
    else:
        await endings.settle(desk, class_id)
        return Progress.DONE if await database.write(store.finish, class_id) else Progress.WAIT
    return Progress.MORE


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
        "created": created_under(desk, key),
        "state": store.RESERVED,
    }


def created_under(desk: Desk, key: store.Record) -> str:
    """The time of what is begun now: a key that follows another signs nothing dated before it."""
    return whole_seconds(max(desk.context.clock.now(), parse_timestamp(key.valid_from)))


async def _abandon(desk: Desk, class_id: str) -> None:
    """Give up what a run that died, or lost its database, may have signed."""
    database = desk.context.database
    before = whole_seconds(desk.context.clock.now() - SIGNING_LEASE)
    if left := await database.read(store.left_signing, class_id, before):
        await database.write(store.abandon, left)


async def _retire(desk: Desk, abandoned: Sequence[store.Record], slug: str, *, reopened: bool) -> None:
    """Have abandoned credentials revoked, then open new intents for their rows, if they are wanted still."""
    client = desk.context.peers.client("revocation")
    # One given up because its key was stolen may have no index yet, which the registry could not revoke.
    await _entries(desk, abandoned, slug)
    for record in abandoned:
        await revoke_abandoned(client, record.credential_id)
    key = await require_signing_key(desk, slug)
    successors = {
        record.intent_id: _new_intent(desk, record, key) if reopened else None for record in abandoned
    }
    await desk.context.database.write(desk.sealed.retire, successors)


async def _intend(desk: Desk, reserved: Sequence[Intent], slug: str) -> dict[str, PreparedCredential]:
    """Get status entries, prepare and lint, and record what we intend to sign.

    Returns the permissions of the intents recorded here; what another run recorded is resumed later.
    """
    entries = await _entries(desk, reserved, slug)
    centre = await desk.context.database.read(store.get_centre, slug)
    drafts = [_draft(desk, record, centre, entries[record.intent_id]) for record in reserved]
    prepared = await desk.crunch(prepare_draft, drafts)
    intents = [_intent(permission, record) for permission, record in zip(prepared, reserved, strict=True)]
    mine = await desk.context.database.write(desk.sealed.record_intents, intents)
    return {
        record.intent_id: permission
        for permission, record in zip(prepared, reserved, strict=True)
        if record.intent_id in mine
    }


async def _entries(desk: Desk, intents: Sequence[Intent] | Sequence[store.Record], slug: str) -> Any:
    """The status entry of each intent, by its id; asking again gives the same."""
    issuer = desk.did_of(slug)
    return await allocate_status(
        desk.context.peers.client("revocation"),
        [
            {
                "intent_id": record.intent_id,
                "credential_id": record.credential_id,
                "issuer": issuer,
                "cryptosuite": record.cryptosuite,
                "pool": record.data_class,
            }
            for record in intents
        ],
    )


def _draft(desk: Desk, record: Intent, centre: store.Record, status: Any) -> Draft:
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
    return Draft(dataset=dataset, parameters=parameters, key_type=_key_type(desk, record))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)


def _key_type(desk: Desk, record: Intent) -> KeyType:
    return desk.context.keyring.public_key(record.key_id).key_type


def _intent(prepared: PreparedCredential, record: Intent) -> dict[str, Any]:
    return {
        "intent_id": record.intent_id,
        "person": record.person,
        "data_class": record.data_class,
        "document": prepared.document_bytes,
        "proof_config": prepared.proof_config_bytes,
    }


async def _resumed(desk: Desk, intended: Sequence[Intent]) -> dict[str, PreparedCredential]:
    """The permissions of intents that another run, or an earlier life, recorded."""
    drafts = [
        RecordedDraft(
            document=record.document, proof_config=record.proof_config, key_type=_key_type(desk, record)
        )
        for record in intended
    ]
    permissions = await desk.crunch(resume_draft, drafts)
    return {record.intent_id: item for record, item in zip(intended, permissions, strict=True)}


async def _sign(desk: Desk, intended: Sequence[Intent], permissions: dict[str, PreparedCredential]) -> None:
    """Sign recorded intents that there is a permission for, and keep the bytes."""
    database = desk.context.database
    chosen = [record for record in intended if record.intent_id in permissions]

    def take_keys() -> list[Signer]:
        return [desk.signer(record.key_id, record.centre_slug) for record in chosen]

    signers = await anyio.to_thread.run_sync(take_keys)
    # Committed before a key is used, and after everything that may fail for another reason.
    mine = await _begin_signing(desk, chosen)
    work = [(record, key) for record, key in zip(chosen, signers, strict=True) if record.intent_id in mine]

    def sign_all() -> list[UncheckedCredential]:
        return [sign_prepared(permissions[record.intent_id], key) for record, key in work]

    checked = await desk.crunch(check_signed, await anyio.to_thread.run_sync(sign_all))
    issued_at = desk.context.clock.now().isoformat()
    done = [_done(record, secured, issued_at) for (record, _), secured in zip(work, checked, strict=True)]
    await database.write(desk.sealed.record_issued, done)


async def _begin_signing(desk: Desk, chosen: Sequence[Intent]) -> frozenset[str]:
    """Which of these are ours to sign: all whose keys repeat their signatures, and those we marked."""
    repeats = desk.context.keyring.repeats_signatures
    only_once = [record.intent_id for record in chosen if not repeats(record.key_id)]
    others = frozenset(record.intent_id for record in chosen) - {*only_once}
    if not only_once:
        return others
    at = whole_seconds(desk.context.clock.now())
    return others | await desk.context.database.write(store.begin_signing, only_once, at)


def _done(record: Intent, secured: SecuredCredential, issued_at: str) -> dict[str, Any]:
    return {
        "intent_id": record.intent_id,
        "person": record.person,
        "data_class": record.data_class,
        "secured": secured.raw,
        "digest": signed_digest(secured.signed),
        "sha256": hashlib.sha256(secured.raw).hexdigest(),
        "issued_at": issued_at,
    }


def whole_seconds(moment: datetime) -> str:
    """An instant as ``created`` is kept."""
    return moment.replace(microsecond=0).isoformat()
