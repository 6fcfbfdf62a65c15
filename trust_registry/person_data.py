"""One person's data in every service: handed out to them, or destroyed once two officers agreed.

The registry keeps the officers and the decision; the other services are asked over HTTP. An erasure is
committed as approved before anybody is asked, and each service destroys at most once: after a failure the
same approval is carried out again until all have done it, and only then is it closed.
"""

from dataclasses import asdict
from functools import partial
from typing import Any, Final

import anyio.to_thread
import httpx2
from pydantic import ValidationError

from runtime import approvals
from runtime.approvals import Approver, Proposal, State
from runtime.person_requests import PersonRequest, account_for_person
from runtime.service import ServiceContext
from trust_registry import people_store
from trust_registry.account_details import with_details
from trust_registry.store import Connection
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound

ERASE: Final = "person.erase"
PEERS: Final = {"issuer": "/issuer/api/people", "wallet_api": "/wallet/api/people"}
"""Who else keeps data of people, and where they are asked. The others keep none."""


def person_request(rld_number: str, *, actor: str, reason: str, approver: str | None = None) -> PersonRequest:
    """What the other services are asked. Raises ``MalformedValue``, which does not repeat the number."""
    try:
        return PersonRequest(rld_number=rld_number.strip(), actor=actor, reason=reason, approver=approver)
    except ValidationError:
        raise MalformedValue("This needs an RLD number, and a reason of at most 2000 characters.") from None


async def export_person(context: ServiceContext, request: PersonRequest) -> dict[str, Any]:
    """Everything that is held of a person, by service.

    Raises ``EvidenceUnavailable`` where one of them cannot be asked: half an answer would look whole.
    """
    answers = {
        service: await _ask(context.peers.client(service), f"{path}/export", request)
        for service, path in PEERS.items()
    }
    accounts = await context.database.write(_own_export, context, request)
    return {"trust_registry": {"accounts": accounts}, **answers}


def _own_export(
    connection: Connection, context: ServiceContext, request: PersonRequest
) -> list[dict[str, Any]]:
    owner = context.personal.person(request.rld_number)
    accounts = people_store.accounts_of_owner(connection, owner)
    found = [
        {
            "username": account.username,
            "role": account.role,
            "active": account.active,
            **asdict(details),
            "sessions": people_store.session_times(connection, account.username),
        }
        for account, details in with_details(connection, context.personal, accounts)
    ]
    account_for_person(connection, "person.export", owner, request, now=context.clock.now())
    return found


def propose_erasure(
    connection: Connection, context: ServiceContext, request: PersonRequest, *, maker: Approver
) -> Proposal:
    """Lay an erasure before a second officer. The number itself is kept nowhere; the second one brings it."""
    approvals.require_verified(maker)
    owner, now = context.personal.person(request.rld_number), context.clock.now()
    proposal = approvals.propose(
        connection, act=ERASE, object_id=owner, payload={}, reason=request.reason, maker=maker, now=now
    )
    account_for_person(connection, "erasure.propose", owner, request, now=now)
    return proposal


async def approve_erasure(
    context: ServiceContext, proposal_id: int, rld_number: str, *, approver: Approver
) -> dict[str, bool]:
    """Agree, and have every service destroy what it holds; by service, whether there was anything.

    May be called again where a service could not be asked. Raises ``NotFound`` for another person's
    number, ``SamePerson``, ``AlreadyClosed``, ``EvidenceUnavailable``.
    """
    agreed = await context.database.write(_agree, context, proposal_id, rld_number, approver)
    request = person_request(
        rld_number,
        actor=agreed.maker.subject,
        reason=agreed.reason,
        approver=agreed.approvers[-1].subject,
    )
    erased = {}
    # The issuer first: what is on its way to the wallet goes there before the wallet is asked.
    for service, path in PEERS.items():
        answer = await _ask(context.peers.client(service), f"{path}/erase", request)
        erased[service] = answer["erased"] is True
    now = context.clock.now()
    erased["trust_registry"] = await anyio.to_thread.run_sync(
        partial(
            context.personal.erase,
            context.database,
            context.personal.person(request.rld_number),
            people_store.forget_owner,
            at=format_timestamp(now),
        )
    )
    await context.database.write(_close, context, proposal_id, request)
    return erased


def _agree(
    connection: Connection, context: ServiceContext, proposal_id: int, rld_number: str, approver: Approver
) -> Proposal:
    found = approvals.proposal_or_none(connection, proposal_id)
    if found is None or found.act != ERASE or found.object_id != context.personal.person(rld_number.strip()):
        raise NotFound("There is no such proposal for this person.")
    if found.state is State.APPROVED:
        if approver.subject not in {one.subject for one in found.approvers}:
            raise ConflictError("Whoever approved this carries it out.")
        return found
    approvals.require_verified(found.maker, approver)
    return approvals.approve(connection, proposal_id, approver=approver, now=context.clock.now())


def _close(connection: Connection, context: ServiceContext, proposal_id: int, request: PersonRequest) -> None:
    now = context.clock.now()
    taken = approvals.take(connection, proposal_id, now=now)
    account_for_person(connection, ERASE, taken.object_id, request, now=now)


async def _ask(client: httpx2.AsyncClient, path: str, request: PersonRequest) -> dict[str, Any]:
    try:
        response = await client.post(path, json=request.to_json())
    except httpx2.HTTPError as error:
        raise EvidenceUnavailable("A service cannot be asked now. Run this again.") from error
    if response.status_code != 200:
        raise EvidenceUnavailable("A service cannot answer now. Run this again.")
    answer: dict[str, Any] = response.json()
    return answer
