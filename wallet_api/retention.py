"""What the wallet keeps of codes, helps and looks no longer than it must: see ``runtime.retention``."""

from datetime import datetime

from runtime.retention import CODE, HELP, LOOKED, MENU, before
from runtime.service import ServiceContext
from wallet_api import access_store, phone_store, protection_store, recovery_store
from wallet_api.menus import talk_store
from wallet_api.store import Connection


async def sweep(context: ServiceContext) -> None:
    """Delete what is over its limit, by the service's clock."""
    now = context.clock.now()
    await context.database.write(
        _sweep,
        codes_before=before(context.settings, CODE, now),
        helps_before=before(context.settings, HELP, now),
        looks_before=before(context.settings, LOOKED, now),
    )
    await context.database.write(talk_store.forget_older, before(context.settings, MENU, now))


def _sweep(
    connection: Connection, *, codes_before: datetime, helps_before: datetime, looks_before: datetime
) -> None:
    phone_store.forget_codes(connection, codes_before)
    recovery_store.forget_older(connection, helps_before)
    protection_store.forget_seen(connection, helps_before)
    access_store.forget_older(connection, looks_before)
