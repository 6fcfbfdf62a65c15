"""From preview to signed certificates: reserve → prepare → record intent → sign → record done.

Every step can be run again: whoever resumes a class list takes each row up where it stands. Work
goes in chunks, one transaction per step and chunk, and no transaction is open while another
service is asked.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import anyio.to_thread

from issuer import store
from issuer.clients import allocate_status
from issuer.service.classes import slug_of
from issuer.service.desk import Desk
from runtime.auth import Principal
from runtime.entropy import random_token, random_uuid_urn, throwaway_signer
from vc.encoding.timestamps import parse_timestamp
from vc.issue import CredentialDataset, IssuanceParameters, PreparedCredential, complete, prepare, resume

CHUNK = 100
TOKEN_BITS = 130
CODE_BITS = 60


async def start(desk: Desk, principal: Principal, class_id: str) -> None:
    """Take the decision to issue; ``run`` does the work. Raises ``ConflictError`` when repeated."""
    await desk.context.database.write(
        store.change_state, class_id, slug_of(principal), store.PREVIEW, store.ISSUING
    )


async def run(desk: Desk, class_id: str, slug: str) -> None:
    """Issue every row of a class list that is being issued; safe to run again after a crash."""
    database = desk.context.database
    await _reserve(desk, class_id, slug)
    while reserved := await database.read(store.issuances_in, class_id, store.RESERVED, CHUNK):
        await _intend(desk, reserved, slug)
    while intended := await database.read(store.issuances_in, class_id, store.INTENDED, CHUNK):
        await _sign(desk, intended, slug)
    await database.write(store.finish, class_id)


async def _reserve(desk: Desk, class_id: str, slug: str) -> None:
    """Fix every identifier, number and time before anything is asked of anyone."""
    database = desk.context.database
    key = await database.read(store.current_key, slug)
    rows = await database.read(store.rows_of, class_id)
    created = desk.context.clock.now().replace(microsecond=0).isoformat()
    intents = [
        {
            "intent_id": random_token(128),
            "class_id": class_id,
            "row": row.row,
            "centre_slug": slug,
            "credential_id": random_uuid_urn(),
            "award_key": row.award_key,
            "certificate_number": row.certificate_number,
            "token": random_token(TOKEN_BITS),
            "code": random_token(CODE_BITS),
            "rld_number": row.rld_number,
            "dataset": row.dataset,
            "cryptosuite": desk.context.settings.default_cryptosuite,
            "key_id": key.key_id,
            "created": created,
            "state": store.RESERVED,
        }
        for row in rows
    ]
    for start_at in range(0, len(intents), CHUNK):
        await database.write(store.reserve, intents[start_at : start_at + CHUNK])


async def _intend(desk: Desk, reserved: Sequence[store.Record], slug: str) -> None:
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
        return [_intent(_prepared(record, centre, entries[record.intent_id]), record) for record in reserved]

    await desk.context.database.write(store.record_intents, await anyio.to_thread.run_sync(prepare_all))


def _prepared(record: store.Record, centre: store.Record, status: Any) -> PreparedCredential:
    fixed = json.loads(record.dataset)
    dataset = CredentialDataset(
        credential_type=fixed["credential_type"],
        name=fixed["name"],
        subject={**fixed["subject"], "certificateNumber": record.certificate_number},
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
    return prepare(dataset, parameters, throwaway=throwaway_signer())


def _intent(prepared: PreparedCredential, record: store.Record) -> dict[str, Any]:
    return {
        "intent_id": record.intent_id,
        "document": prepared.document_bytes,
        "proof_config": prepared.proof_config_bytes,
    }


async def _sign(desk: Desk, intended: Sequence[store.Record], slug: str) -> None:
    """Sign recorded intents and keep the bytes; Ed25519 makes a repetition give the same bytes."""
    now = desk.context.clock.now()

    def sign_all() -> list[dict[str, Any]]:
        return [_signed(desk, record, slug, now) for record in intended]

    await desk.context.database.write(store.record_issued, await anyio.to_thread.run_sync(sign_all))


def _signed(desk: Desk, record: store.Record, slug: str, now: datetime) -> dict[str, Any]:
    permission = resume(record.document, record.proof_config, throwaway=throwaway_signer())
    secured = complete(permission, desk.signer(record.key_id, slug))
    return {"intent_id": record.intent_id, "secured": secured.raw, "issued_at": now.isoformat()}
