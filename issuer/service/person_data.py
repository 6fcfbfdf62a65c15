"""Everything the issuer holds of one person: handed out to them, or destroyed."""

from dataclasses import asdict
from functools import partial
from typing import Any

import anyio.to_thread

from issuer import copy_store, handover_store, store, visit_store
from issuer.clients import status_of
from issuer.openid4vci import grant_store
from issuer.service import reports
from issuer.service.desk import Desk
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.person_requests import PersonRequest, account_for_person
from vc.encoding.timestamps import format_timestamp


async def export_person(desk: Desk, request: PersonRequest) -> dict[str, Any]:
    """All that is kept of this person, as JSON, with how each certificate stands in the status registry.

    Raises ``EvidenceUnavailable`` where the registry cannot be asked: half an answer would look whole.
    """
    rows, intents, reported, copies = await desk.context.database.write(_held, desk, request)
    offers = await desk.context.database.read(_offers, desk.sealed.personal.person(request.rld_number))
    kiosk = await desk.context.database.read(_at_kiosks, desk.sealed.personal.person(request.rld_number))
    client = desk.context.peers.client("revocation")
    return {
        "class_lists": rows,
        "certificates": [
            _certificate(intent)
            | {"status": await status_of(client, intent.credential_id) if intent.secured else None}
            for intent in intents
        ],
        "reports": reported,
        "copies": copies,
        "wallet_offers": offers,
        "kiosk": kiosk,
    }


async def erase_person(desk: Desk, request: PersonRequest) -> bool:
    """Destroy this person's data keys, and with them all of it; False where there is nothing.

    What was revoked stays revoked, and a certificate on paper can still be checked.
    """
    personal, now = desk.sealed.personal, desk.context.clock.now()

    def forget(connection: Connection, owner: str) -> None:
        desk.sealed.forget(connection, owner)
        account_for_person(connection, "person.erase", owner, request, now=now)

    owner = personal.person(request.rld_number)
    return await anyio.to_thread.run_sync(
        partial(personal.erase, desk.context.database, owner, forget, at=format_timestamp(now))
    )


def _held(
    connection: Connection, desk: Desk, request: PersonRequest
) -> tuple[list[dict[str, Any]], tuple[Intent, ...], list[dict[str, Any]], list[dict[str, Any]]]:
    owner = desk.sealed.personal.person(request.rld_number)
    rows = desk.sealed.rows_of_person(connection, owner)
    intents = desk.sealed.open(connection, store.issuances_of_person(connection, owner))
    reported = reports.of_person(connection, desk, owner)
    account_for_person(connection, "person.export", owner, request, now=desk.context.clock.now())
    held = [
        {"class_list": row.class_id, "row": row.row, "title": row.title, "claims": dict(row.details.subject)}
        for row in rows
    ]
    names = {intent.intent_id: intent.credential_id for intent in intents}
    copies = [
        {
            "certificate": names.get(one.intent_id),
            "format": one.format,
            "begun_at": one.begun_at,
            "state": one.state,
        }
        for one in copy_store.copies_of_person(connection, owner)
    ]
    return held, intents, [asdict(one) for one in reported], copies


def _offers(connection: Connection, owner: str) -> list[dict[str, Any]]:
    return [
        {
            "certificates": [one.credential_id for one in grant.certificates],
            "wallet": grant.client_id,
            "since": format_timestamp(grant.created),
        }
        for grant in grant_store.grants_of_person(connection, owner)
    ]


def _at_kiosks(connection: Connection, owner: str) -> list[dict[str, Any]]:
    visits = [
        {"act": "found", "by": one.officer, "reason": one.reason, "at": one.opened_at}
        for one in visit_store.of_person(connection, owner)
    ]
    papers = [
        {"act": one.state, "by": one.changed_by, "reason": None, "at": one.changed_at}
        for one in handover_store.of_person(connection, owner)
    ]
    return visits + papers


def _certificate(intent: Intent) -> dict[str, Any]:
    return {
        "credential_id": intent.credential_id,
        "certificate_number": intent.certificate_number,
        "centre": intent.centre_slug,
        "title": intent.details.name,
        "type": intent.details.credential_type,
        "rld_number": intent.details.rld_number,
        "state": intent.state,
        "created": intent.created,
        "claims": dict(intent.details.subject),
        "credential": intent.secured.decode() or None,
    }
