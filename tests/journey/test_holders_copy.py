"""From the class list to the holder's copy of everything, which others check without us; and to its end."""

import json
import re
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import anyio
import httpx2
import pytest

from passport.demo_world.people import draw_people
from tests.demo_copies import demo_client
from tests.journey.test_wallet_service import RETURNEES, find_holder, issue_class, page, sign_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path, draw_people()) as client:
        client.headers["Accept-Language"] = "en"
        yield client


async def outcome(house: httpx2.AsyncClient, raw: bytes) -> str:
    """What a stranger is told of these bytes."""
    house.cookies.clear()
    body = b'{"verifiableCredential":' + raw + b"}"
    answer = await house.post(
        "/credentials/verify", content=body, headers={"Content-Type": "application/json"}
    )
    return str(answer.json()["decision"]["outcome"])


async def test_a_holder_sees_what_is_needed_takes_everything_along_and_deletes_it(
    house: httpx2.AsyncClient,
) -> None:
    issued = {item["credential_id"]: item for item in await issue_class(house)}
    holder, credential_id = await find_holder(house)
    needed = await page(house, "/wallet/programmes/kh-work?variant=construction")
    have = dict(re.findall(r'data-requirement="([\w-]+)" data-have="(\w+)"', needed))
    assert have["social-security"] == "need"
    assert "Having these does not mean that you are selected." in needed

    answer = await house.post("/wallet/me/export")
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    raw = next(body for name, body in files.items() if name.startswith("credentials/"))
    assert json.loads(raw)["id"] == credential_id
    assert issued[credential_id]["verify_url"] in files["passport.json"].decode()
    assert await outcome(house, raw) == "accepted"

    await sign_in(house, holder)
    assert (await house.post("/wallet/me/erase", data={"sure": "yes"})).status_code == 200
    assert "Nothing is here yet." in await page(house, "/wallet")
    assert (await house.get(f"/wallet/credentials/{credential_id}/file")).status_code == 404
    # The centre's own, and everybody else's, stand as they did.
    assert await outcome(house, raw) == "accepted"
    assert (await house.get(issued[credential_id]["verify_url"])).status_code == 200
    for other in set(RETURNEES) - {holder}:
        await sign_in(house, other)
        assert "cover" in await page(house, "/wallet")
    # What was deleted does not come back by the issuer's delivering again.
    await anyio.sleep(1)
    await sign_in(house, holder)
    assert "Nothing is here yet." in await page(house, "/wallet")
