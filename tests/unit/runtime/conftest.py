from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from runtime.clients import Peers
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.unit.runtime.small_service import client_of


@pytest.fixture(autouse=True)
def _cheap_key_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lowest cost that is accepted: nearly every test opens a keyring."""
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 22, 8, 0, tzinfo=UTC))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database.open(settings, "issuer")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def pages() -> Pages:
    """Templates and catalogues, read once: they hold no state."""
    return Pages(Settings())


@pytest.fixture
def context(settings: Settings, clock: FixedClock, database: Database, pages: Pages) -> ServiceContext:
    """A service's surroundings with every part real."""
    return ServiceContext(
        service="issuer",
        settings=settings,
        clock=clock,
        database=database,
        keyring=Keyring.open(settings, "issuer"),
        peers=Peers(settings, clock, "issuer"),
        fetcher=Fetcher(settings, clock),
        pages=pages,
    )


@pytest.fixture
async def client(context: ServiceContext) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(context) as opened:
        yield opened
