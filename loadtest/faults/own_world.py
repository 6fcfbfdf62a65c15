"""A demo world in this process on a PostgreSQL of its own, for faults that need its clock or its keyrings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2
import orjson

from loadtest.postgres import OwnPostgres
from passport.demo_world.in_process import PASSWORD, demo_client
from passport.demo_world.people import DemoPerson
from runtime.clock import Clock
from tests.crash.issuing_life import SLUG, sheet_of
from tests.stores.postgresql import url_settings

CLERK, APPROVER = f"clerk-{SLUG}", f"approver-{SLUG}"
_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnWorld:
    """The running application as an HTTP client sees it, its database, and whose it is."""

    client: httpx2.AsyncClient
    postgres: OwnPostgres
    people: Sequence[DemoPerson]

    async def sign_in(self, username: str) -> None:
        """Be somebody from now on. Raises ``RuntimeError``."""
        self.client.cookies.clear()
        form = {"username": username, "password": PASSWORD, "next": "/"}
        if (await self.client.post("/sign-in", data=form)).status_code != httpx2.codes.SEE_OTHER:
            raise RuntimeError("the sign-in of a demo account did not work")

    async def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The answer as JSON. Raises ``RuntimeError`` where it is no success."""
        answer = await self.client.request(method, path, **more)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path.partition('?')[0]} answered {answer.status_code}")
        told: dict[str, Any] = orjson.loads(answer.content)
        return told

    async def issue(self, people: Sequence[DemoPerson], *, seconds: float) -> tuple[str, list[bytes]]:
        """A class of these people, approved by two, once it is issued: its id, and every certificate."""
        await self.sign_in(CLERK)
        files = {"file": ("class.csv", sheet_of(people))}
        made = await self.ask("POST", "/issuer/api/classes", data={"kind": "rpl"}, files=files)
        if made["ready_count"] != len(people):
            raise RuntimeError(f"{made['ready_count']} of {len(people)} rows are ready")
        path = f"/issuer/api/classes/{made['id']}"
        waiting = await self.ask("POST", f"{path}/submit")
        await self.sign_in(APPROVER)
        proposal = {"proposal": waiting["approval"]["proposal"]}
        await self.ask("POST", f"{path}/approve", json=proposal)
        await self.sign_in(CLERK)
        with anyio.fail_after(seconds):
            while (state := await self.ask("GET", path))["state"] != "issued":  # noqa: ASYNC110 - by HTTP
                await anyio.sleep(_LOOK_SECONDS)
        raws = [(await self.client.get(one["credential"])).content for one in state["credentials"]]
        return str(made["id"]), raws

    async def outcome(self, raw: bytes) -> tuple[str, str]:
        """The decision about a credential, and why it is authentic or not."""
        body = b'{"verifiableCredential":' + raw + b"}"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = await self.client.post("/credentials/verify", content=body, headers=headers)
        if answer.status_code != httpx2.codes.OK:
            return "failed", str(answer.status_code)
        told = orjson.loads(answer.content)
        return str(told["decision"]["outcome"]), str(told["verdicts"]["authentic"]["reason"])


@asynccontextmanager
async def own_world(
    folder: Path, people: tuple[DemoPerson, ...], *, clock: Clock | None = None, **overrides: Any
) -> AsyncIterator[OwnWorld]:
    """A world in ``folder``, which PostgreSQL's own user must be able to enter."""
    postgres = OwnPostgres(folder / "postgresql")
    try:
        settings: dict[str, Any] = url_settings(postgres.urls) | overrides
        async with demo_client(
            folder / "data", people, clock=clock, default_cryptosuite="eddsa-jcs-2022", **settings
        ) as client:
            yield OwnWorld(client=client, postgres=postgres, people=people)
    finally:
        postgres.stop()
