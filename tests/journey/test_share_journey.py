"""The whole house: a class is issued, its holder shares, an agency signed in looks, the holder stops it."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.centres import AGENCY
from passport.demo_world.licences import LICENSED, SUSPENDED
from passport.demo_world.people import draw_people
from tests.demo_copies import demo_client
from tests.journey.test_wallet_service import find_holder, issue_class, page, sign_in
from wallet_api.share_terms import NOT_LICENSED

pytestmark = [pytest.mark.anyio, pytest.mark.full]

PIN = "739184"
MEMBER = "agency-admin"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path, draw_people()) as client:
        client.headers["Accept-Language"] = "en"
        yield client


async def test_from_the_class_to_the_agency_and_back(house: httpx2.AsyncClient) -> None:
    await issue_class(house)
    holder, credential_id = await find_holder(house)
    set_pin = await house.post("/wallet/pin", data={"new_pin": PIN, "again": PIN})
    assert set_pin.status_code == 303, set_pin.text
    refused = await house.get(f"/wallet/share/purpose?to={SUSPENDED}", headers={"Accept": "text/html"})
    assert (refused.status_code, NOT_LICENSED in unescape(refused.text)) == (403, True)
    assert "/wallet/share/purpose?to=" in await page(house, f"/trust/agencies/{LICENSED}")
    assert "/wallet/share/purpose?to=" not in await page(house, f"/trust/agencies/{SUSPENDED}")

    form = {
        "to": LICENSED,
        "purpose": "ae-work",
        "certificate": credential_id,
        "claim": [f"{credential_id} {claim}" for claim in ("nameLatin", "achievement", "unitsOfCompetency")],
        "hours": "24",
        "views": "1",
        "watch": "yes",
        "pin": PIN,
    }
    made = await house.post("/wallet/share", data=form)
    assert made.status_code == 200, made.text
    found = re.search(r'href="(http[^"]+/s/[0-9A-Z]+)"', made.text)
    assert found is not None
    link = found[1]

    house.cookies.clear()
    assert (await house.post(link, headers={"Accept": "application/json"})).status_code == 404
    await sign_in(house, MEMBER)
    opened = await house.post(link, headers={"Accept": "application/json"})
    assert opened.status_code == 200, opened.text
    (result,) = opened.json()["credentialResults"]
    assert {verdict["answer"] for verdict in result["verdicts"].values()} == {"yes"}
    (disclosed,) = opened.json()["disclosed"]
    assert set(disclosed["claims"]) == {"nameLatin", "achievement", "unitsOfCompetency"}
    assert len(opened.json()["share"]["watches"]) == 1

    await sign_in(house, holder)
    assert AGENCY.name_local in await page(house, "/wallet/log")
    stopped = await house.post("/wallet/shares/stop", data={})
    assert stopped.status_code == 303
    await sign_in(house, MEMBER)
    assert (await house.post(link, headers={"Accept": "application/json"})).status_code == 404
