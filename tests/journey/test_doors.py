"""Everybody of the demo world gets in, and lands where their role has its work."""

from pathlib import Path

import pytest

from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import draw_people
from passport.demo_world.world import demo_accounts
from tests.demo_copies import demo_client
from trust_registry.doors import DOORS

pytestmark = pytest.mark.anyio


async def test_every_door_opens_for_its_role(tmp_path: Path) -> None:
    people = draw_people()
    async with demo_client(tmp_path, people, rate_limits={"sign-in": "1000/minute"}) as client:
        for account in demo_accounts(people, PASSWORD):
            form = {"username": account.username, "password": PASSWORD}
            answer = await client.post("/sign-in", data=form)
            assert (answer.status_code, answer.headers["location"]) == (303, DOORS[account.role])
            page = await client.get(DOORS[account.role], headers={"Accept": "text/html"})
            assert page.status_code == 200, account.username
            await client.post("/sign-out")
            client.cookies.clear()
