"""The parts that every service needs: its database and its keyring."""

from typing import Final

import anyio.to_thread
from sqlalchemy import Connection, text

from runtime.readiness import Need, Part, State
from runtime.service import ServiceContext

# Without their database these two do nothing; the others go on serving what is published.
_NOTHING_WITHOUT_DATABASE: Final = frozenset({"issuer", "wallet_api"})


def watch_parts(context: ServiceContext) -> None:
    """Have them looked at whenever somebody asks whether the service is ready."""
    need = Need.ALWAYS if context.service in _NOTHING_WITHOUT_DATABASE else Need.FOR_SOME

    async def database() -> State:
        await context.database.read(_touch)
        return State.OK

    async def keyring() -> State:
        await anyio.to_thread.run_sync(context.keyring.key_ids)
        return State.OK

    context.readiness.add(context.service, Part.DATABASE, database, need)
    context.readiness.add(context.service, Part.KEYRING, keyring, need)


def _touch(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))
