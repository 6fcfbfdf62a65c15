"""The trust registry's job of deleting: nothing older than its limit is left in any table."""

from datetime import timedelta

import pytest

from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import PASSWORD, clock_of
from trust_registry import people_store, store
from trust_registry.accounts import sign_in
from trust_registry.people_tables import invitation, session
from trust_registry.retention import sweep
from trust_registry.sessions import begin, end
from trust_registry.tables import sign_in_attempt

pytestmark = pytest.mark.anyio


def counts(connection: store.Connection) -> tuple[int, ...]:
    tables = (session, invitation, sign_in_attempt)
    return tuple(len(connection.execute(table.select()).all()) for table in tables)


async def test_what_has_ended_is_deleted_at_its_limit_and_what_goes_on_is_not(
    context: ServiceContext,
) -> None:
    account = context.database.read_now(store.account_or_none, "demo-clerk")
    assert account is not None
    await end(context, await begin(context, account))
    expires = context.clock.now()
    context.database.write_now(people_store.put_invitation, "0" * 64, "demo-clerk", expires)
    assert await sign_in(context, username="demo-clerk", password="x" + PASSWORD, address="192.0.2.1") is None
    assert context.database.read_now(counts) == (1, 1, 2)
    await sweep(context)
    assert context.database.read_now(counts) == (1, 1, 2)
    clock_of(context).advance(timedelta(days=1, minutes=16))
    await sweep(context)
    assert context.database.read_now(counts) == (1, 1, 0)
    clock_of(context).advance(timedelta(days=29))
    await sweep(context)
    assert context.database.read_now(counts) == (0, 0, 0)
