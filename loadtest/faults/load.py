"""A small load on a house, in a thread of its own: issuing, checking, reading lists, revoking.

Every act is tried whatever happened to the one before; how it went stands in the ledger.
"""

import hashlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random  # noqa: TID251 - the same choices in every run; nothing secret is drawn
from typing import Any, Final

import anyio
import httpx2
import orjson

from loadtest.bodies import JSON_TYPE
from loadtest.faults.ledger import Held, Ledger, Served, held_from
from loadtest.house import PASSWORD, PROXY, House
from passport.demo_world.people import draw_people
from revocation.published_files import read_published
from tests.crash.issuing_life import SLUG, sheet_of

_SEED: Final = 20_261_127
_SUITE: Final = "eddsa-jcs-2022"
_AWARDS: Final = (b"DEMO-RPL-BRL", b"DEMO-RPL-CRP", b"DEMO-RPL-WLD", b"DEMO-RPL-ELW")
_PEOPLE: Final = draw_people()
_JSON: Final = {"Content-Type": JSON_TYPE, "Accept": JSON_TYPE}
OPEN: Final = "undetermined"
_OFFICERS: Final = ("fraud-officer-1", "fraud-officer-2")
_TIMEOUT: Final = 30
_BEGIN_SECONDS: Final = 120
_END_SECONDS: Final = 60
ISSUE, COLLECT, CHECK, READ, REVOKE = "issue", "collect", "check", "list", "revoke"
READ_DIRECTLY: Final = "list, of the service itself"
ACTS: Final = (ISSUE, CHECK, READ, REVOKE)


class Refused(Exception):
    """The house answered, and not as it does when all is well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Seconds between two acts of one kind, rows of a class, and how many check at once.

    There are 480 awards to give in the demo world, so long runs issue slowly.
    """

    issue: float = 2.0
    rows: int = 3
    check: float = 0.02
    checkers: int = 2
    read: float = 0.3
    revoke: float = 2.0


class Load:
    """What comes to the house until it is told to stop."""

    def __init__(self, house: House, ledger: Ledger, pace: Pace) -> None:
        """Nothing comes yet."""
        self._house, self._ledger, self._pace = house, ledger, pace
        self._draw = Random(_SEED)
        self._clients = AsyncExitStack()
        self._over = threading.Event()
        self._thread = threading.Thread(target=anyio.run, args=(self._run,), daemon=True)
        self.error: BaseException | None = None

    def start(self) -> None:
        """Let it come."""
        self._thread.start()

    def stop(self) -> None:
        """Let what is under way end. Raises what broke the load itself."""
        self._over.set()
        self._thread.join(_TIMEOUT + _END_SECONDS)
        if self.error is not None:
            raise RuntimeError("the load broke") from self.error

    async def _run(self) -> None:
        try:
            async with self._clients, anyio.create_task_group() as group:
                group.start_soon(self._keep, ISSUE, self._pace.issue, Desk(self))
                group.start_soon(self._keep, COLLECT, 0.5, self._collector())
                group.start_soon(self._keep, READ, self._pace.read, self._reader(PROXY))
                group.start_soon(self._keep, READ_DIRECTLY, self._pace.read, self._reader("revocation"))
                group.start_soon(self._keep, REVOKE, self._pace.revoke, Officers(self))
                for _ in range(self._pace.checkers):
                    group.start_soon(self._keep, CHECK, self._pace.check, self._checker())
        except BaseException as error:  # noqa: BLE001 - told to whoever ends the load
            self.error = error

    async def _keep(self, act: str, pause: float, step: Callable[[], Awaitable[bool | None]]) -> None:
        """``step`` says whether it was good, or None where there was nothing to do."""
        while not self._over.is_set():
            began = time.monotonic()
            try:
                done = await step()
            except (httpx2.HTTPError, Refused):
                self._ledger.answered(act, began, is_good=False)
            else:
                if done is not None:
                    self._ledger.answered(act, began, is_good=done, is_open=not done)
            await anyio.sleep(pause)

    def client(self) -> httpx2.AsyncClient:
        """A client of the whole house, closed with the load."""
        url = self._house.url
        client = httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=_TIMEOUT, trust_env=False)
        self._clients.push_async_callback(client.aclose)
        return client

    @property
    def ledger(self) -> Ledger:
        """Where it is written how everything went."""
        return self._ledger

    def next_class(self) -> tuple[int, bytes] | None:
        """How many rows the next class has, and its sheet; None where every award was given."""
        first, self._ledger.given = self._ledger.given, self._ledger.given + self._pace.rows
        award, person = divmod(first, len(_PEOPLE))
        if award >= len(_AWARDS):
            return None
        people = _PEOPLE[person : person + self._pace.rows]
        return len(people), sheet_of(people).replace(_AWARDS[0], _AWARDS[award])

    def some_held(self, *, unasked: bool = False) -> Held | None:
        """One credential that was handed out, by chance; one in three is never taken back."""
        known = list(self._ledger.held.values())
        if unasked:
            known = [one for one in known[::3] + known[1::3] if one.credential_id not in self._ledger.asked]
        return self._draw.choice(known) if known else None

    def _checker(self) -> Callable[[], Awaitable[bool | None]]:
        client = self.client()

        async def check() -> bool | None:
            held = self.some_held()
            if held is None:
                return None
            asked_at, outcome = time.monotonic(), await outcome_of(client, held.raw)
            self._ledger.saw_verdict(held, outcome, asked_at)
            return outcome != OPEN

        return check

    def _reader(self, door: str) -> Callable[[], Awaitable[bool | None]]:
        client, url = self.client(), self._house.urls[door]

        async def read() -> bool | None:
            held = self.some_held()
            if held is None:
                return None
            answer = await client.get(url + held.list_path)
            if answer.status_code != 200:
                raise Refused
            said = read_published(answer.content, _SUITE)
            served = Served(version=said.version, ended=said.ended or frozenset())
            digest = hashlib.sha256(answer.content).hexdigest()
            self._ledger.saw_list(door, held.list_path, served, digest)
            return True

        return read

    def _collector(self) -> Callable[[], Awaitable[bool | None]]:
        clerk = Member(self.client(), f"clerk-{SLUG}")
        collected: set[str] = set()

        async def collect() -> bool | None:
            left = [one for one in self._ledger.approved if one not in collected]
            if not left:
                return None
            for class_id in left[:3]:
                found = await handed_out(clerk, class_id)
                if found is not None:
                    self._ledger.held.update({one.credential_id: one for one in found})
                    collected.add(class_id)
            return True

        return collect


class Member:
    """Somebody who signs in, again where the session is gone."""

    def __init__(self, client: httpx2.AsyncClient, username: str) -> None:
        """Nobody signs in before the first request."""
        self._client, self._username, self._is_signed_in = client, username, False

    async def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The answer as JSON. Raises ``Refused``."""
        answer = await self.ask_raw(method, path, **more)
        told: dict[str, Any] = orjson.loads(answer.content)
        return told

    async def ask_raw(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer. Raises ``Refused``."""
        if not self._is_signed_in:
            form = {"username": self._username, "password": PASSWORD, "next": "/"}
            self._client.cookies.clear()
            if (await self._client.post("/sign-in", data=form)).status_code != 303:
                raise Refused
            self._is_signed_in = True
        answer = await self._client.request(method, path, **more)
        if answer.status_code in (401, 403):
            self._is_signed_in = False
        if not answer.is_success:
            raise Refused
        return answer


class Desk:
    """A clerk uploads a class and submits it, another person approves it."""

    def __init__(self, load: Load) -> None:
        """Nobody has signed in."""
        self._load = load
        self._clerk = Member(load.client(), f"clerk-{SLUG}")
        self._approver = Member(load.client(), f"approver-{SLUG}")

    async def __call__(self) -> bool | None:
        """One class, up to the acknowledgement that it will be issued."""
        found = self._load.next_class()
        if found is None:
            return None
        rows, sheet = found
        class_id = (
            await self._clerk.ask(
                "POST", "/issuer/api/classes", data={"kind": "rpl"}, files={"file": ("class.csv", sheet)}
            )
        )["id"]
        path = f"/issuer/api/classes/{class_id}"
        waiting = await self._clerk.ask("POST", f"{path}/submit")
        proposal = waiting["approval"]["proposal"]
        self._load.ledger.asked_classes[class_id] = rows
        await self._approver.ask("POST", f"{path}/approve", json={"proposal": proposal})
        self._load.ledger.approved[class_id] = rows
        return True


class Officers:
    """One opens a case and asks for its revocation, the other agrees."""

    def __init__(self, load: Load) -> None:
        """Nobody has signed in."""
        self._load = load
        self._members = [Member(load.client(), name) for name in _OFFICERS]

    async def __call__(self) -> bool | None:
        """One case, up to the acknowledgement that it is revoked."""
        held = self._load.some_held(unasked=True)
        if held is None:
            return None
        first, second = self._members
        body = {"credentials": [held.credential_id], "reason": "FRAUD"}
        case = (await first.ask("POST", "/revocation/api/cases", json=body))["case_id"]
        path = f"/revocation/api/cases/{case}"
        await first.ask("POST", f"{path}/revoke", json={})
        self._load.ledger.asked.add(held.credential_id)
        agreed = await second.ask("POST", f"{path}/agree", json={})
        if agreed["revoked"] != 1:
            raise Refused
        self._load.ledger.revoked[held.credential_id] = time.monotonic()
        return True


async def outcome_of(client: httpx2.AsyncClient, raw: bytes, url: str = "") -> str:
    """The decision of a verifier about one credential. Raises ``Refused``."""
    answer = await client.post(
        f"{url}/credentials/verify",
        content=b'{"verifiableCredential":' + raw + b"}",
        headers=_JSON,
    )
    if answer.status_code != 200:
        raise Refused
    return str(orjson.loads(answer.content)["decision"]["outcome"])


async def handed_out(clerk: Member, class_id: str) -> tuple[Held, ...] | None:
    """Every credential of an issued class; None while it is not issued. Raises ``Refused``."""
    state = await clerk.ask("GET", f"/issuer/api/classes/{class_id}")
    if state["state"] != "issued":
        return None
    raws = [(await clerk.ask_raw("GET", shown["credential"])).content for shown in state["credentials"]]
    return tuple(held_from(raw) for raw in raws)


@contextmanager
def loaded(house: House, ledger: Ledger, pace: Pace | None = None) -> Iterator[Load]:
    """The house under load, once credentials were handed out and every verifier has its documents."""
    load = Load(house, ledger, pace or Pace())
    load.start()
    try:
        wait_until(lambda: load.error is not None or bool(ledger.held), _BEGIN_SECONDS, "no class was issued")
        for name, url in house.urls.items():
            if name.startswith("verifier"):
                wait_until(partial(_checks, ledger, url), _BEGIN_SECONDS, f"{name} checks nothing")
        yield load
    finally:
        load.stop()


def _checks(ledger: Ledger, url: str) -> bool:
    """Whether the verifier at ``url`` can check what was handed out."""
    held = next(iter(ledger.held.values()))
    body = b'{"verifiableCredential":' + held.raw + b"}"
    answer = httpx2.post(
        f"{url}/credentials/verify", content=body, headers=_JSON, trust_env=False, timeout=_TIMEOUT
    )
    return answer.status_code == 200 and answer.json()["decision"]["outcome"] != OPEN


def wait_until(has_come: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Return when it has. Raises ``RuntimeError`` if that takes longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while not has_come():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.05)
