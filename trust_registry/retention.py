"""What the trust registry keeps no longer than it must: see ``runtime.retention``."""

from datetime import datetime

from runtime.retention import SESSION, SIGN_IN, before
from runtime.service import ServiceContext
from trust_registry import people_store, store
from trust_registry.store import Connection


async def sweep(context: ServiceContext) -> None:
    """Delete what is over its limit, by the service's clock."""
    now = context.clock.now()
    await context.database.write(
        _sweep,
        sessions_before=before(context.settings, SESSION, now),
        tries_before=before(context.settings, SIGN_IN, now),
    )


def _sweep(connection: Connection, *, sessions_before: datetime, tries_before: datetime) -> None:
    people_store.forget_ended(connection, sessions_before)
    store.forget_attempts(connection, (), now=tries_before)
