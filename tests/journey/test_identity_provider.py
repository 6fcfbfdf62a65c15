"""A member of staff links an account with the simulated provider and comes in through it, over HTTP."""

import html
import re
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
CLERK = "clerk-phka-trakuon"


async def at_the_provider(client: httpx2.AsyncClient, leaving: str) -> httpx2.Response:
    """Be the first person there, and come back with the answer."""
    page = await client.get(leaving, headers=PAGE)
    assert page.headers["x-simulator"].startswith("identity provider")
    assert page.text.count("SIMULATOR") >= 2
    link = re.search(r"href='(continue\?[^']+as=sim-0001&amp;acr=)'", page.text)
    assert link is not None
    back = await client.get(httpx2.URL(leaving).join(html.unescape(link[1])))
    return await client.get(back.headers["location"], headers=PAGE)


async def test_staff_come_in_through_the_provider(tmp_path: Path, people: tuple[DemoPerson, ...]) -> None:
    async with demo_client(tmp_path / "data", people, oidc_simulator=True) as client:
        await sign_in(client, "registrar")
        page = await client.post("/account/provider", data={"present": PASSWORD}, headers=PAGE)
        link = re.search(r'href="(http[^"]+/simulators/oidc/authorize[^"]+)"', page.text)
        assert link is not None
        assert "Simulated person one" in (await at_the_provider(client, html.unescape(link[1]))).text
        client.cookies.clear()
        leaving = await client.get("/sign-in/provider?next=/trust/registrar")
        done = await at_the_provider(client, leaving.headers["location"])
        assert done.headers["location"] == "/sign-in/provider/done?next=%2Ftrust%2Fregistrar"
        assert (await client.get("/trust/registrar", headers=PAGE)).status_code == 200
        await sign_in(client, "auditor")
        log = await client.get("/trust/audit", headers=PAGE)
        assert "provider.link" in log.text
        assert "provider.sign-in" in log.text


async def test_the_simulator_stands_only_where_it_is_asked_for(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    async with demo_client(tmp_path / "data", people) as client:
        answer = await client.get("/simulators/oidc/.well-known/openid-configuration")
        assert answer.status_code == 404
