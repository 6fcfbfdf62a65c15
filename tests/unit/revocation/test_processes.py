"""Several processes and one registry, on both databases: the union is exact, and versions only rise."""

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from revocation import cases, publication
from revocation.case_store import Case, Member
from revocation.cases import Delay
from revocation.published_files import read_published
from revocation.values import Reason
from runtime.database import Database
from runtime.settings import Settings
from tests.unit.revocation.registry_world import BASE_URL, World, open_world
from tests.unit.revocation.test_cases import FIRST, NO_DELAY, SECOND

PROCESSES, REVOCATIONS = 4, 50
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    settings = Settings(data_dir=tmp_path, base_url=BASE_URL, database_url=url)
    database = Database.open(settings, "revocation")
    database.upgrade()
    database.close()
    world = open_world(tmp_path, database_url=url)
    world.start()
    yield world
    if url is not None:
        world.database.write_now(
            lambda connection: connection.execute(text("DROP SCHEMA revocation CASCADE"))
        )
    world.database.close()


def _revoke_and_publish(folder: Path, url: str | None, names: list[str], list_id: str) -> list[int]:
    """What one process does: revoke its share on several threads, publishing all the while."""
    world = open_world(folder, database_url=url)

    def revoke(name: str) -> int:
        change, _ = world.revoke(name)
        world.publish(list_id)
        return change.logged.index

    with ThreadPoolExecutor(4) as pool:
        indexes = list(pool.map(revoke, names))
    world.database.close()
    return indexes


def test_fifty_revocations_of_one_list_from_four_processes(registry: World) -> None:
    names = [f"n{number}" for number in range(REVOCATIONS)]
    entries = registry.allocate(*names)
    list_id = entries[0].list_id
    url = registry.settings.database_url
    work = [
        (registry.settings.data_dir, url, names[number::PROCESSES], list_id) for number in range(PROCESSES)
    ]
    seen: list[tuple[int, frozenset[int]]] = []
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pending = pool.starmap_async(_revoke_and_publish, work)
        while not pending.ready():
            file = registry.files.read_or_none(list_id, "eddsa-jcs-2022")
            if file is not None:
                said = read_published(file.body, "eddsa-jcs-2022")
                seen.append((said.version, said.ended or frozenset()))
            time.sleep(0.004)
        acknowledged = {index for indexes in pending.get() for index in indexes}
    assert acknowledged == {entry.index for entry in entries}
    assert len({version for version, _ in seen}) > 1, "nothing was seen in between"
    for (version, bits), (later, more) in pairwise(seen):
        assert version <= later, "an older list was put over a newer one"
        assert bits <= more, "a published bit went away"
    registry.publish(list_id)
    file = registry.files.read_or_none(list_id, "token-cwt")
    assert file is not None
    assert read_published(file.body, "token-cwt").ended == frozenset(acknowledged)


def test_ten_thousand_in_one_case_are_one_published_version(registry: World) -> None:
    names = [f"m{number}" for number in range(10_000)]
    for start in range(0, len(names), 1_000):
        registry.allocate(*names[start : start + 1_000])
    members = [
        Member(credential_id=f"urn:uuid:{name}", centre="poipet", kind="rpl", issued_on="2026-11-01")
        for name in names
    ]
    case = Case(
        case_id="storm",
        reason=Reason.KEY_COMPROMISE,
        note="",
        evidence=None,
        criteria=None,
        opened_by=FIRST.subject,
        opened_at=registry.clock.now(),
    )
    registry.publish_all()
    before = _versions(registry)
    registry.database.write_now(cases.open_case, case, members)
    no_wait = Delay(above=100_000, wait=NO_DELAY.wait)
    now = registry.clock.now()
    registry.database.write_now(cases.ask_to_revoke, "storm", officer=FIRST, delay=no_wait, now=now)
    began = time.monotonic()
    assert registry.database.write_now(cases.agree, registry.journal, "storm", officer=SECOND, now=now)
    due = registry.database.read_now(
        publication.due_lists, now=now, signed_after=now - NO_DELAY.wait, period=NO_DELAY.wait
    )
    for list_id in due:
        registry.publish(list_id)
    took = time.monotonic() - began
    after = _versions(registry)
    (changed,) = [list_id for list_id in after if after[list_id] != before[list_id]]
    file = registry.files.read_or_none(changed, "eddsa-rdfc-2022")
    assert file is not None
    assert len(read_published(file.body, "eddsa-rdfc-2022").ended or ()) == 10_000
    assert took < 60, f"it took {took:.0f} s"


def _versions(registry: World) -> dict[str, int]:
    found = {}
    for list_id in registry.files.list_ids():
        file = registry.files.read_or_none(list_id, "eddsa-rdfc-2022")
        assert file is not None
        found[list_id] = read_published(file.body, "eddsa-rdfc-2022").version
    return found
