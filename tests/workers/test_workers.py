"""Workers killed while they issue: every row exactly once, every index once, on both databases."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from issuer import job_store, store
from issuer.service.desk import Desk
from loadtest.faults import load
from runtime.clock import SystemClock
from runtime.entropy import random_below
from tests.crash.issuing_life import SLUG
from tests.served_demo import CHEAP, serve_demo
from tests.stores.postgresql import apply_roles, make_database, role_urls, url_settings
from tests.workers.bulk import (
    WorkerProcess,
    add_class,
    check_exactly_once,
    children_of,
    intents_of,
    issued_count,
    open_desk,
    settings_of,
    wait_until,
    wait_until_done,
)

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, kw_only=True, slots=True)
class Works:
    """A served demo that issues nothing itself, its desk, and workers beside it."""

    url: str
    desk: Desk
    workers: tuple[WorkerProcess, ...]
    logs: Path

    def log(self) -> str:
        """What the workers said."""
        return "".join(path.read_text() for path in sorted(self.logs.glob("worker-*.log")))


@contextmanager
def works(folder: Path, *, workers: int = 1, suite: str = "eddsa-jcs-2022", **urls: str) -> Iterator[Works]:
    """Everything running; all of it ended after."""
    environment = {"PASSPORT_DEFAULT_CRYPTOSUITE": suite, "PASSPORT_WORKERS": "0"}
    environment |= {f"PASSPORT_{name.upper()}": url for name, url in urls.items()}
    with serve_demo(folder, program=CHEAP, **environment) as demo, ExitStack() as stack:
        settings = settings_of(demo.url, demo.data_dir, default_cryptosuite=suite, **urls)
        desk = stack.enter_context(open_desk(settings))
        environment |= {"PASSPORT_DATA_DIR": str(demo.data_dir), "PASSPORT_BASE_URL": demo.url}
        processes = []
        for number in range(workers):
            process = WorkerProcess(environment, folder / f"worker-{number}.log")
            stack.callback(process.kill)
            processes.append(process)
        yield Works(url=demo.url, desk=desk, workers=tuple(processes), logs=folder)


@pytest.fixture
def database_urls(postgresql_url: str) -> Iterator[dict[str, str]]:
    """Every service's own role in a database of its own."""
    name = f"workers-{uuid4().hex[:8]}"
    url = make_database(postgresql_url, name)
    apply_roles(url)
    yield url_settings(role_urls(url))
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def test_a_worker_killed_while_it_issues_is_followed_by_another(tmp_path: Path) -> None:
    with works(tmp_path) as running:
        (worker,) = running.workers
        class_id = add_class(running.url, running.desk, 700)
        before = 0
        for _ in range(2):
            _wait_until_at_work(running.desk, class_id, before)
            worker.kill()
            # Counted while no worker lives: what the next one does is then always more than this.
            before = issued_count(running.desk, class_id)
            worker.start()
        wait_until_done(running.desk, class_id, seconds=120)
        check_exactly_once(running.desk, class_id, 700)
        _check_engine_holds_no_person(tmp_path / "data" / "issuer_jobs.sqlite3", running.desk, class_id)
        worker.stop()


def test_what_a_dead_worker_had_in_hand_is_taken_over_by_another(
    tmp_path: Path, database_urls: dict[str, str]
) -> None:
    with works(tmp_path, workers=2, suite="ecdsa-rdfc-2019", **database_urls) as running:
        class_id = add_class(running.url, running.desk, 700)
        _wait_until_at_work(running.desk, class_id, 0)
        first, second = running.workers
        first.kill()
        second.kill()
        # A new process, under a name of its own: nothing says that it is to go on with this list.
        first.start()
        wait_until_done(running.desk, class_id, seconds=200)
        check_exactly_once(running.desk, class_id, 700)
        assert "work_taken_over" in running.log()


# The engine's tables, out of reach with an error that it does not know to pass by itself.
_AWAY = """
CREATE FUNCTION issuer_jobs.away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'away'; END $$;
CREATE TRIGGER away BEFORE INSERT ON issuer_jobs.operation_outputs
    FOR EACH ROW EXECUTE FUNCTION issuer_jobs.away();
CREATE TRIGGER away BEFORE UPDATE ON issuer_jobs.workflow_status
    FOR EACH ROW WHEN (NEW.status = 'ERROR') EXECUTE FUNCTION issuer_jobs.away();
"""
_BACK = "DROP FUNCTION issuer_jobs.away() CASCADE"


def test_what_the_engine_gave_up_without_a_note_is_taken_up_by_the_same_worker(
    tmp_path: Path, database_urls: dict[str, str]
) -> None:
    with (
        works(tmp_path, workers=1, suite="eddsa-jcs-2022", **database_urls) as running,
        psycopg.connect(database_urls["issuer_database_url"], autocommit=True) as connection,
    ):
        load.wait_until(partial(_has_engine_tables, connection), 120, "the engine has no tables")
        connection.execute(_AWAY)
        class_id = add_class(running.url, running.desk, 3)
        given_up = "Exception encountered in asynchronous workflow"
        load.wait_until(lambda: given_up in running.log(), 120, "the engine gave nothing up")
        connection.execute(_BACK)
        wait_until_done(running.desk, class_id, seconds=100)
        check_exactly_once(running.desk, class_id, 3)
        assert "work_taken_over" in running.log()


def _has_engine_tables(connection: psycopg.Connection) -> bool:
    found = connection.execute("SELECT to_regclass('issuer_jobs.operation_outputs')").fetchone()
    return found is not None and found[0] is not None


def test_paused_it_rests_and_resumed_it_goes_on_and_cancelled_it_ends(tmp_path: Path) -> None:
    # Eight chunks: whoever looks late, on a machine at work, still finds some that have not begun.
    rows = 4_000
    with works(tmp_path) as running:
        database, now = running.desk.context.database, SystemClock().now()
        class_id = add_class(running.url, running.desk, rows)
        _wait_until_at_work(running.desk, class_id, 0)
        database.write_now(job_store.pause, class_id, SLUG, actor="clerk", now=now)
        rested = _settled(running.desk, class_id)
        assert 0 < rested < rows
        database.write_now(job_store.resume, class_id, SLUG, actor="clerk", now=now)
        wait_until(running.desk, class_id, issued=rested + 1, seconds=60)
        database.write_now(job_store.cancel, class_id, SLUG, actor="clerk", now=now)
        issued = _settled(running.desk, class_id)
        assert issued < rows
        assert database.read_now(job_store.waiting) == []
        states = {intent.state for intent in intents_of(running.desk, class_id)}
        assert states == {store.ISSUED, store.RETIRED}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_starts_its_own_worker_and_takes_it_along(tmp_path: Path, scheme: str) -> None:
    with serve_demo(tmp_path, scheme, program=CHEAP) as demo:
        certificate = str(demo.data_dir / "tls" / "certificate.pem")
        trusted = {"peer_ca_file": certificate} if scheme == "https" else {}
        with open_desk(settings_of(demo.url, demo.data_dir, **trusted)) as desk:
            class_id = add_class(demo.url, desk, 3)
            wait_until_done(desk, class_id, seconds=90)
            check_exactly_once(desk, class_id, 3)
        at_work = children_of(demo.pid)
        assert at_work
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in at_work):
        assert time.monotonic() < deadline, "a worker outlived its server"
        time.sleep(0.1)


def test_on_sqlite_a_second_worker_is_refused_and_says_why(tmp_path: Path) -> None:
    with works(tmp_path) as running:
        (worker,) = running.workers
        class_id = add_class(running.url, running.desk, 1)
        wait_until_done(running.desk, class_id, seconds=60)
        second = worker.beside(tmp_path / "second.log")
        assert second.ended(within=60) == 69
        assert "Another worker has this data folder" in (tmp_path / "second.log").read_text()


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_ten_times_twenty_thousand_rows_are_issued_once(tmp_path: Path) -> None:
    with works(tmp_path) as running:
        _kill_ten_times(running, rows=20_000)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_two_workers_killed_ten_times_issue_twenty_thousand_rows_once(
    tmp_path: Path, database_urls: dict[str, str]
) -> None:
    with works(tmp_path, workers=2, suite="ecdsa-jcs-2019", **database_urls) as running:
        _kill_ten_times(running, rows=20_000)


def _kill_ten_times(running: Works, *, rows: int) -> None:
    class_id = add_class(running.url, running.desk, rows)
    for death in range(10):
        wait_until(running.desk, class_id, issued=death * rows // 12 + 1, seconds=600)
        time.sleep(random_below(1000) / 1000)
        worker = running.workers[death % len(running.workers)]
        worker.kill()
        worker.start()
    wait_until_done(running.desk, class_id, seconds=900)
    check_exactly_once(running.desk, class_id, rows)


def _wait_until_at_work(desk: Desk, class_id: str, issued: int) -> None:
    """Until more than before is reserved or signed: in the middle of a chunk."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        states = [intent.state for intent in intents_of(desk, class_id)]
        if states.count(store.INTENDED) or states.count(store.SIGNING) or states.count(store.ISSUED) > issued:
            return
        time.sleep(0.02)
    raise AssertionError("no worker took it up")


def _settled(desk: Desk, class_id: str) -> int:
    """How many are issued once nothing more is."""
    last, since = issued_count(desk, class_id), time.monotonic()
    while time.monotonic() - since < 6:
        time.sleep(0.2)
        if (count := issued_count(desk, class_id)) != last:
            last, since = count, time.monotonic()
    return last


def _check_engine_holds_no_person(path: Path, desk: Desk, class_id: str) -> None:
    """Every text the engine kept is an id of ours or a word of its own; no name, no number, no claim."""
    with sqlite3.connect(path) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = "\n".join(
            str(value)
            for name in names
            for row in connection.execute(f'SELECT * FROM "{name}"')
            for value in row
        )
    assert class_id in kept
    for intent in intents_of(desk, class_id)[:50]:
        named = intent.details.named
        for text in (intent.details.rld_number, named.name_km, named.name_latin, intent.certificate_number):
            assert text not in kept
