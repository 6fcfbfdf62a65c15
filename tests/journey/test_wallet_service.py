"""A class is issued, and the certificate appears in its holder's wallet by itself."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import draw_people
from passport.front import demo_sample_file
from tests.demo_copies import demo_client
from tests.journey.conftest import revoke, submit_and_approve

pytestmark = pytest.mark.anyio

CLERK, APPROVER = "clerk-phka-trakuon", "approver-phka-trakuon"
RETURNEES = ("returnee-1", "returnee-2", "returnee-3")
VISIBLE_WITHIN_SECONDS = 10


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path, draw_people()) as client:
        client.headers["Accept-Language"] = "en"
        yield client


async def sign_in(client: httpx2.AsyncClient, username: str) -> None:
    client.cookies.clear()
    response = await client.post("/sign-in", data={"username": username, "password": PASSWORD})
    assert response.status_code == 303


async def issue_class(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    await sign_in(client, CLERK)
    files = {"file": ("class-list.xlsx", demo_sample_file(draw_people(), "rpl", "km", "xlsx"))}
    uploaded = await client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
    address = f"/issuer/api/classes/{uploaded.json()['id']}"
    await submit_and_approve(client, uploaded.json()["id"], APPROVER)
    with anyio.fail_after(60):
        while (state := (await client.get(address)).json())["state"] != "issued":
            await anyio.sleep(0.1)
    return list(state["credentials"])


async def page(client: httpx2.AsyncClient, path: str) -> str:
    response = await client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    return response.text


async def find_holder(client: httpx2.AsyncClient) -> tuple[str, str]:
    """A demo returnee with a certificate, and its credential's id; delivery takes a moment."""
    with anyio.fail_after(20):
        while True:
            for username in RETURNEES:
                await sign_in(client, username)
                found = re.search(r"/wallet/credentials/(urn:uuid:[0-9a-f-]+)", await page(client, "/wallet"))
                if found is not None:
                    return username, found[1]
            await anyio.sleep(0.2)


async def test_from_the_class_list_to_the_holders_phone_and_back(house: httpx2.AsyncClient) -> None:
    issued = {item["credential_id"]: item for item in await issue_class(house)}
    holder, credential_id = await find_holder(house)
    own = issued[credential_id]

    detail = await page(house, f"/wallet/credentials/{credential_id}")
    assert 'data-state="in_force"' in detail
    assert own["certificate_number"] in detail
    assert (await house.get(own["certificate"])).headers["content-type"] == "application/pdf"
    assert f'href="{own["certificate"]}"' in detail
    code_page = await page(house, f"/wallet/credentials/{credential_id}/qr")
    assert f'href="{own["verify_url"]}"' in code_page

    file = await house.get(f"/wallet/credentials/{credential_id}/file")
    house.cookies.clear()
    body = b'{"verifiableCredential":' + file.content + b"}"
    answer = await house.post(
        "/credentials/verify", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.json()["decision"]["outcome"] == "accepted"
    assert (await house.get(own["verify_url"], headers={"Accept": "text/html"})).status_code == 200

    for other in set(RETURNEES) - {holder}:
        await sign_in(house, other)
        for tail in ("", "/qr", "/file"):
            assert (await house.get(f"/wallet/credentials/{credential_id}{tail}")).status_code == 404

    await revoke(house, credential_id)
    await sign_in(house, holder)
    with anyio.fail_after(VISIBLE_WITHIN_SECONDS):
        while 'data-state="revoked"' not in await page(house, "/wallet"):
            await anyio.sleep(0.5)
