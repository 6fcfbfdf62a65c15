from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher

from passport.demo_world.in_process import PASSWORD, demo_client
from passport.demo_world.people import DemoPerson, draw_people


@pytest.fixture(autouse=True)
def _cheap_key_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lowest costs that are accepted: a world opens six keyrings and makes a dozen accounts."""
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})
    monkeypatch.setattr(
        "trust_registry.accounts._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )


@pytest.fixture
def people() -> tuple[DemoPerson, ...]:
    return draw_people()


@pytest.fixture
async def client(tmp_path: Path, people: tuple[DemoPerson, ...]) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as running:
        yield running


async def sign_in(client: httpx2.AsyncClient, username: str) -> None:
    client.cookies.clear()
    form = {"username": username, "password": PASSWORD, "next": "/"}
    assert (await client.post("/sign-in", data=form)).status_code == 303


async def submit_and_approve(client: httpx2.AsyncClient, class_id: str, approver: str) -> None:
    """Submit a class list as whoever is signed in, and stays so; approve it as ``approver``."""
    submitted = await client.post(f"/issuer/api/classes/{class_id}/submit")
    assert submitted.status_code == 202, submitted.text
    await approve(client, submitted.json(), approver)


async def approve(client: httpx2.AsyncClient, waiting: dict[str, Any], approver: str) -> None:
    """Approve what waits (a class list as the API shows it); whoever was signed in stays so."""
    clerk = dict(client.cookies)
    await sign_in(client, approver)
    body = {"proposal": waiting["approval"]["proposal"]}
    approved = await client.post(f"/issuer/api/classes/{waiting['id']}/approve", json=body)
    assert approved.status_code == 202, approved.text
    client.cookies.clear()
    client.cookies.update(clerk)
