"""Issuing can be paused, gone on with and cancelled by the centre that does it, and by nobody else."""

import httpx2
import pytest

from issuer import job_store, store
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, desk_of, let_issue, upload, wait_until_issued

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
SLUG = "phka-trakuon"


async def _change(client: httpx2.AsyncClient, class_id: str, act: str) -> httpx2.Response:
    return await client.post(f"/issuer/api/classes/{class_id}/work", json={"act": act})


@pytest.fixture
async def paused(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> str:
    """A list that was to be issued, and was paused before anything was."""
    await sign_in(client, CLERK)
    class_id: str = (await upload(client, people))["id"]
    await let_issue(client, class_id)
    await desk_of(client).context.database.write(
        store.change_state, class_id, SLUG, store.ISSUING, store.PAUSED
    )
    return class_id


async def test_what_was_paused_is_shown_so_and_goes_on(client: httpx2.AsyncClient, paused: str) -> None:
    page = await client.get(f"/issuer/classes/{paused}", headers={"Accept-Language": "en"})
    assert "Paused. Nothing more is signed until you go on." in page.text
    answer = await client.post(f"/issuer/classes/{paused}/work", data={"act": "resume"})
    assert answer.status_code == 303
    issued = await wait_until_issued(client, paused)
    assert len(issued["credentials"]) == issued["ready_count"]


async def test_what_was_cancelled_is_issued_no_more_and_may_come_again(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], paused: str
) -> None:
    assert (await _change(client, paused, "cancel")).json()["state"] == "cancelled"
    page = await client.get(f"/issuer/classes/{paused}", headers={"Accept-Language": "en"})
    assert "Cancelled: 0 certificates were issued before and stay good." in page.text
    assert (await _change(client, paused, "resume")).status_code == 409
    again = await upload(client, people)
    assert again["ready_count"] > 0


async def test_a_fault_is_shown_with_the_way_to_try_again(client: httpx2.AsyncClient, paused: str) -> None:
    database = desk_of(client).context.database
    await database.write(store.change_state, paused, SLUG, store.PAUSED, store.ISSUING)
    await database.write(job_store.fail, paused)
    page = await client.get(f"/issuer/classes/{paused}", headers={"Accept-Language": "en"})
    assert "Issuing stopped at a fault. Nothing is lost." in page.text
    assert (await _change(client, paused, "resume")).status_code == 200
    await wait_until_issued(client, paused)


@pytest.mark.parametrize("act", ["pause", "resume", "cancel"])
async def test_what_is_issued_can_no_longer_be_stopped(
    client: httpx2.AsyncClient, paused: str, act: str
) -> None:
    await _change(client, paused, "resume")
    await wait_until_issued(client, paused)
    assert (await _change(client, paused, act)).status_code == 409


@pytest.mark.parametrize("act", ["pause", "resume", "cancel"])
async def test_another_centre_finds_no_such_list(client: httpx2.AsyncClient, paused: str, act: str) -> None:
    await sign_in(client, "clerk-trei-chhlonh")
    assert (await _change(client, paused, act)).status_code == 404


async def test_an_unknown_act_is_named_as_malformed(client: httpx2.AsyncClient, paused: str) -> None:
    answer = await _change(client, paused, "undo")
    assert answer.status_code == 400
    assert "/act" in answer.text
    assert "undo" not in answer.text
