"""A holder appeals: a suspension ends, and what was revoked is given anew and then reads as replaced."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from passport.demo_world.people import DemoPerson
from passport.demo_world.world import returnees_who_sign_in
from tests.demo_copies import demo_client
from tests.journey.conftest import approve, revoke, sign_in
from tests.journey.test_corrections import (
    APPROVER,
    CLERK,
    HTML,
    issued,
    of_person,
    row,
    until_reason,
    until_state,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

THIRD = "fraud-officer-3"


@pytest.fixture
async def client(tmp_path: Path, people: tuple[DemoPerson, ...]) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as running:
        running.headers["Accept-Language"] = "en"
        yield running


def holder(people: tuple[DemoPerson, ...]) -> DemoPerson:
    return returnees_who_sign_in(people)[0]


async def held(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> dict[str, Any]:
    """A certificate of somebody who signs in; their wallet has it."""
    certificate = await issued(client, **of_person(holder(people)))
    await sign_in(client, "returnee-1")
    with anyio.fail_after(30):
        while certificate["credential_id"] not in (await client.get("/wallet", headers=HTML)).text:
            await anyio.sleep(0.2)
    return certificate


async def appeal(client: httpx2.AsyncClient, certificate: dict[str, Any], grounds: str = "earned") -> str:
    """Appeal as the holder who is signed in; the id of the appeal, as an officer finds it."""
    page = f"/wallet/credentials/{certificate['credential_id']}"
    made = await client.post(f"{page}/appeal", data={"grounds": grounds}, headers=HTML)
    assert made.status_code == 303, made.text
    assert "You appealed: " in (await client.get(page, headers=HTML)).text
    await sign_in(client, THIRD)
    (found,) = (await client.get("/revocation/api/appeals")).json()["appeals"]
    assert (found["credential_id"], found["grounds"]) == (certificate["credential_id"], grounds)
    return str(found["appeal_id"])


async def grant(client: httpx2.AsyncClient, appeal_id: str) -> httpx2.Response:
    """One who had no part in it asks, and one who had agrees."""
    path = f"/revocation/api/appeals/{appeal_id}"
    asked = await client.post(f"{path}/grant")
    assert asked.status_code == 200, asked.text
    assert (await client.post(f"{path}/agree")).status_code == 409, "one person alone"
    await sign_in(client, "fraud-officer-2")
    return await client.post(f"{path}/agree")


async def suspend(client: httpx2.AsyncClient, credential_id: str) -> str:
    await sign_in(client, "fraud-officer-1")
    opened = await client.post(
        "/revocation/api/cases", json={"reason": "FRAUD", "credentials": [credential_id]}
    )
    case = str(opened.json()["case_id"])
    assert (await client.post(f"/revocation/api/cases/{case}/suspend")).status_code == 200
    return case


async def test_a_suspension_ends_where_the_holder_was_right(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await held(client, people)
    await suspend(client, certificate["credential_id"])
    await sign_in(client, "returnee-1")
    await until_reason(client, certificate, "suspended")
    page = (await client.get(f"/wallet/credentials/{certificate['credential_id']}", headers=HTML)).text
    assert "nothing is said against you" in page
    assert "It is in force again on" in page
    appeal_id = await appeal(client, certificate)
    answer = await grant(client, appeal_id)
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    await sign_in(client, "returnee-1")
    await until_reason(client, certificate, "notRevoked")
    page = (await client.get(f"/wallet/credentials/{certificate['credential_id']}", headers=HTML)).text
    assert "Your appeal was granted" in page


async def test_what_was_revoked_wrongly_is_given_anew_and_then_reads_as_replaced(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    old = await held(client, people)
    await revoke(client, old["credential_id"])
    unchanged = {"row": row(**of_person(holder(people))), "reason": "The holder won an appeal."}
    await sign_in(client, CLERK)
    await until_reason(client, old, "revoked")
    assert (await client.post(old["correct"], json=unchanged)).status_code == 409, "nobody appealed"
    await sign_in(client, "returnee-1")
    answer = await grant(client, await appeal(client, old, "not-my-fault"))
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    await sign_in(client, CLERK)
    assert (await until_reason(client, old, "revoked"))["verified"] is False, "a revocation is final"
    assert "The holder won an appeal" in (await client.get("/issuer/reports", headers=HTML)).text
    waiting = await client.post(old["correct"], json=unchanged)
    assert waiting.status_code == 202, waiting.text
    await approve(client, waiting.json(), APPROVER)
    new = (await until_state(client, waiting.json()["id"], "issued"))["credentials"][0]
    found = await until_reason(client, old, "replaced")
    assert found["verified"] is False
    assert found["decision"]["headline"] == "Replaced: ask for the corrected one"
    assert (await until_reason(client, new, "notRevoked"))["verified"] is True
    assert "The holder won an appeal" not in (await client.get("/issuer/reports", headers=HTML)).text
    assert (await client.post(old["correct"], json=unchanged)).status_code == 409, "once"


async def test_who_had_a_part_in_it_neither_refuses_nor_asks_to_grant(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await held(client, people)
    await revoke(client, certificate["credential_id"])
    await sign_in(client, "returnee-1")
    path = f"/revocation/api/appeals/{await appeal(client, certificate)}"
    for officer in ("fraud-officer-1", "fraud-officer-2"):
        await sign_in(client, officer)
        refused = await client.post(f"{path}/refuse", json={"answer": "evidence-stands"})
        assert refused.status_code == 403
        assert (await client.post(f"{path}/grant")).status_code == 403
    await sign_in(client, THIRD)
    assert (await client.post(f"{path}/refuse", json={"answer": "no-such"})).status_code == 400
    refused = await client.post(f"{path}/refuse", json={"answer": "evidence-stands"})
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert (await client.post(f"{path}/grant")).status_code == 409, "it is final"
    await sign_in(client, "returnee-1")
    shown = (await client.get(f"/wallet/credentials/{certificate['credential_id']}", headers=HTML)).text
    assert "Your appeal was refused" in shown
    again = await client.post(
        f"/wallet/credentials/{certificate['credential_id']}/appeal", data={"grounds": "earned"}
    )
    assert again.status_code == 409


async def test_nobody_appeals_for_another_or_against_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await held(client, people)
    path = f"/wallet/credentials/{certificate['credential_id']}/appeal"
    assert (await client.post(path, data={"grounds": "earned"})).status_code == 409, "it is in force"
    assert (await client.post(path, data={"grounds": "because"}, headers=HTML)).status_code == 400
    await revoke(client, certificate["credential_id"])
    await sign_in(client, "returnee-2")
    assert (await client.post(path, data={"grounds": "earned"})).status_code == 404


async def test_what_the_holder_asked_for_is_not_appealed(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    certificate = await held(client, people)
    await sign_in(client, "fraud-officer-1")
    body = {"credential_id": certificate["credential_id"], "reason": "HOLDER_REQUEST"}
    assert (await client.post("/revocation/api/revocations", json=body)).status_code == 201
    await sign_in(client, "returnee-1")
    path = f"/wallet/credentials/{certificate['credential_id']}/appeal"
    assert (await client.post(path, data={"grounds": "earned"})).status_code == 409
