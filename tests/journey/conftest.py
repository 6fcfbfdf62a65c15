from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import DemoPerson, draw_people
from tests.cheap_costs import cheap_key_stretching
from tests.demo_copies import demo_client


@pytest.fixture(autouse=True)
def _cheap_key_stretching() -> Iterator[None]:
    with cheap_key_stretching():
        yield


OFFICERS = ("fraud-officer-1", "fraud-officer-2")


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


def approver_of(issuer: str) -> str:
    """Who approves what the clerk ``clerk-<issuer>`` of the demo submits."""
    # The department has no approvers: each of its clerks approves what the other submitted.
    return "health-clerk" if issuer == "medical-desk" else f"approver-{issuer}"


async def issue_one(
    client: httpx2.AsyncClient, kind: str, row: dict[str, str], approver: str
) -> dict[str, Any]:
    """One certificate, submitted by whoever is signed in: as the class list shows it once it is issued."""
    answer = await client.post("/issuer/api/credentials", json={"kind": kind, "row": row})
    assert answer.status_code == 202, answer.text
    await approve(client, answer.json(), approver)
    with anyio.fail_after(60):
        while True:
            state = (await client.get(f"/issuer/api/classes/{answer.json()['id']}")).json()
            if state["state"] == "issued":
                return dict(state["credentials"][0])
            await anyio.sleep(0.05)


async def class_of(client: httpx2.AsyncClient, class_id: str) -> dict[str, Any]:
    """A class list as whoever is signed in sees it."""
    answer = await client.get(f"/issuer/api/classes/{class_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def revoke(client: httpx2.AsyncClient, credential_id: str, reason: str = "FRAUD") -> None:
    """One officer opens a case and asks, another agrees; the second stays signed in."""
    await sign_in(client, OFFICERS[0])
    body = {"reason": reason, "credentials": [credential_id]}
    opened = await client.post("/revocation/api/cases", json=body)
    assert opened.status_code == 201, opened.text
    case = f"/revocation/api/cases/{opened.json()['case_id']}"
    assert (await client.post(f"{case}/revoke")).status_code == 200
    await sign_in(client, OFFICERS[1])
    agreed = await client.post(f"{case}/agree")
    assert (agreed.status_code, agreed.json()["revoked"]) == (200, 1)
