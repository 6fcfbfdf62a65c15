"""Two processes of one registry: what falls due is published by one, and by the other once that is gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from revocation.service import Registry
from revocation.tables import published
from revocation.values import Act, Reason, Revocation
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.settings import Settings
from tests.unit.revocation.registry_world import BASE_URL, intent
from tests.unit.revocation.service_world import make_context

pytestmark = pytest.mark.anyio

AFTER_ITS_TIME = timedelta(hours=1)


class Pair:
    """Two processes' registries over one database and one folder."""

    def __init__(self, settings: Settings) -> None:
        self.clock = FixedClock(datetime(2026, 11, 27, tzinfo=UTC))
        self.databases = [Database.open(settings, "revocation") for _ in range(2)]
        self.databases[0].upgrade()
        self.first, self.second = (
            Registry(make_context(settings, database, self.clock)) for database in self.databases
        )

    async def start(self) -> None:
        """Both have started, one list is published, and the first holds the lease."""
        assert await self.first.start()
        assert await self.second.start()
        await self.first.allocate([intent("a"), intent("b")], actor="issuer")
        assert await self.first.publisher.lease.is_ours()

    async def turns(self) -> tuple[int, int]:
        """How many lists the second and then the first publishes when their time comes."""
        self.clock.advance(AFTER_ITS_TIME)
        return (
            await self.second.publisher.take_turn(is_urgent=False),
            await self.first.publisher.take_turn(is_urgent=False),
        )

    def versions(self) -> dict[str, int]:
        """The version of every list, whose documents are all of that one."""
        rows = self.databases[0].read_now(
            lambda c: c.execute(select(published.c.list_id, published.c.version).distinct()).all()
        )
        assert len({row.list_id for row in rows}) == len(rows), "one publication has one version"
        return {row.list_id: row.version for row in rows}

    async def end(self) -> None:
        """Nobody holds the lease."""
        for registry in (self.first, self.second):
            await registry.publisher.lease.release()


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    made = Pair(Settings(data_dir=tmp_path, base_url=BASE_URL, database_url=url))
    yield made
    if url is not None:
        made.databases[0].write_now(lambda c: c.execute(text("DROP SCHEMA revocation CASCADE")))
    for database in made.databases:
        database.close()


async def test_what_falls_due_with_time_is_published_by_one_and_once(pair: Pair) -> None:
    await pair.start()
    before = pair.versions()
    assert await pair.turns() == (0, len(before))
    after = pair.versions()
    assert all(after[list_id] > before[list_id] for list_id in before)
    assert await pair.second.publisher.take_turn(is_urgent=True) == 0, "nothing is due any more"
    await pair.end()


async def test_the_other_goes_on_when_the_holder_is_gone(pair: Pair) -> None:
    await pair.start()
    await pair.first.publisher.lease.release()
    before = pair.versions()
    assert await pair.turns() == (len(before), 0)
    await pair.end()


async def test_who_acknowledged_something_urgent_waits_for_nobody(pair: Pair) -> None:
    await pair.start()
    act = Act(reason=Reason.FRAUD.value, actor="officer", request_id="r")
    await pair.second.revoke([Revocation(credential_id="urn:uuid:a", act=act)])
    assert await pair.second.publisher.take_turn(is_urgent=True) == 1
    assert await pair.first.publisher.take_turn(is_urgent=False) == 0, "it is published already"
    await pair.end()
