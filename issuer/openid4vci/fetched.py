"""A holder reads in their own log what wallets fetched: told to the wallet service until it has it.

What is to be told was written in the transaction that handed the copies over. Telling it twice is telling it
once: the wallet service knows each by its id.
"""

from typing import Final

from issuer import store
from issuer.clients import note_fetched
from issuer.openid4vci import fetched_store
from issuer.openid4vci.fetched_store import Fetched
from issuer.service.desk import Desk
from issuer.service.notices import pause_after
from runtime.logging import get_logger
from vc.errors import EvidenceUnavailable, NotFound

_AT_ONCE: Final = 100
_log = get_logger("issuer")


async def tell_due(desk: Desk) -> None:
    """Tell the wallet service everything that is due; the first failure ends the round."""
    context = desk.context
    for one in await context.database.read(fetched_store.due, context.clock.now(), limit=_AT_ONCE):
        if not await _tell(desk, one):
            return


async def _tell(desk: Desk, one: Fetched) -> bool:
    context = desk.context
    try:
        record = await context.database.read(desk.sealed.issued, store.issued_by_id, one.credential_id)
    except NotFound:
        # Its person was erased.
        await context.database.write(fetched_store.drop, one.fetch_id)
        return True
    try:
        await note_fetched(
            context.peers.client("wallet_api"),
            one.fetch_id,
            rld_number=record.details.rld_number,
            credential_id=one.credential_id,
            client_name=one.client_id,
            at=one.fetched_at,
        )
    except EvidenceUnavailable:
        until = context.clock.now() + pause_after(one.attempts)
        await context.database.write(fetched_store.put_off, one.fetch_id, until)
        _log.warning("fetch_not_told", count=one.attempts + 1)
        return False
    await context.database.write(fetched_store.drop, one.fetch_id)
    return True
