"""Telling the registry, and then the wallet, what a centre ended. Both may be away; both are asked again."""

from issuer import ending_store
from issuer.clients import revoke_own, status_of, tell_taken_back
from issuer.ending_store import Ending
from issuer.service.desk import Desk
from issuer.store import REPLACED
from issuer.unsealed import Intent
from runtime.i18n import gettext_noop
from runtime.logging import get_logger
from vc.errors import ConflictError, EvidenceUnavailable

_IN_FORCE = "inForce"
_log = get_logger("issuer")


async def require_replaceable(desk: Desk, record: Intent) -> bool:
    """Whether it is to be given anew: it was revoked, and an appeal against that was granted.

    Raises ``ConflictError`` for what its centre or an officer ended otherwise, ``EvidenceUnavailable``.
    """
    if record.ended is not None:
        raise ConflictError(gettext_noop("This certificate was corrected or taken back already."))
    return await require_not_revoked(desk, record)


async def require_not_revoked(desk: Desk, record: Intent) -> bool:
    """As ``require_replaceable``, where another list is to take its place already."""
    status = await status_of(desk.context.peers.client("revocation"), record.credential_id)
    if status["state"] != _IN_FORCE and not status["appeal_granted"]:
        raise ConflictError(gettext_noop("This certificate was revoked, and cannot be corrected."))
    return status["state"] != _IN_FORCE


async def settle(desk: Desk, class_id: str | None = None) -> None:
    """Have the registry end what its centre ended; with ``class_id`` only what that list replaces.

    Raises ``EvidenceUnavailable``. Asking again changes nothing.
    """
    database = desk.context.database
    while due := await database.read(ending_store.unsettled, class_id):
        for ending in due:
            await _revoke(desk, ending)
            await database.write(ending_store.settle, [ending.intent_id], desk.context.clock.now())


async def settle_soon(desk: Desk) -> None:
    """``settle`` and ``tell``; where somebody is away it is done later, by the background work."""
    try:
        await settle(desk)
        await tell(desk)
    except EvidenceUnavailable as error:
        _log.warning("ending_postponed", error=type(error).__name__)


async def tell(desk: Desk) -> None:
    """Tell the wallet of what was taken back, so that its holder reads it. Raises ``EvidenceUnavailable``."""
    database = desk.context.database
    client = desk.context.peers.client("wallet_api")
    while due := await database.read(ending_store.untold):
        for record in await database.read(desk.sealed.issued_by_intents, due):
            await tell_taken_back(client, record.credential_id)
        await database.write(ending_store.record_told, due, desk.context.clock.now())


async def _revoke(desk: Desk, ending: Ending) -> None:
    is_replaced = ending.ended == REPLACED
    await revoke_own(
        desk.context.peers.client("revocation"),
        ending.credential_id,
        reason="SUPERSEDED" if is_replaced else "CENTRE_VOIDED",
        successor=ending.successor,
    )
