"""Counts of nobody: how often certificates are presented, where the operator wants that, and wrong codes."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in
from tests.journey.test_corrections import CLERK, HTML, issued, verdict
from tests.journey.test_notices import app_of
from verifier import store
from verifier.counting import GUESS, Counting

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.fixture(params=[True, False], ids=["counted", "not-counted"])
async def client(
    request: pytest.FixtureRequest, tmp_path: Path, people: tuple[DemoPerson, ...]
) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(
        tmp_path / "data",
        people,
        default_cryptosuite="eddsa-jcs-2022",
        count_presentations=request.param,
        rate_limits={"typed-code": "100000/minute", "verify-page": "100000/minute"},
    ) as running:
        running.headers["Accept-Language"] = "en"
        yield running


def counting_of(client: httpx2.AsyncClient) -> Counting:
    found = app_of(client).app_for("/verify").state.counting
    assert isinstance(found, Counting)
    return found


async def case_page(client: httpx2.AsyncClient, credential_id: str) -> str:
    await sign_in(client, "fraud-officer-1")
    body = {"reason": "FRAUD", "credentials": [credential_id]}
    case = (await client.post("/revocation/api/cases", json=body)).json()["case_id"]
    return (await client.get(f"/revocation/cases/{case}", headers=HTML)).text


async def test_a_case_says_how_often_such_certificates_were_presented(client: httpx2.AsyncClient) -> None:
    counting = counting_of(client)
    certificate = await issued(client)
    for _ in range(9):
        await verdict(client, certificate)
    page = await case_page(client, certificate["credential_id"])
    assert ("too few to be told" in page) == counting.counts_presentations
    await sign_in(client, CLERK)
    await verdict(client, certificate)
    page = await case_page(client, certificate["credential_id"])
    assert ("in the last 30 days: 10" in page) == counting.counts_presentations
    kept = await counting._counts()
    assert bool(kept) == counting.counts_presentations
    assert certificate["credential_id"] not in repr(kept)


async def test_many_wrong_codes_on_a_day_are_unusual(client: httpx2.AsyncClient) -> None:
    counting = counting_of(client)
    answer = await client.post("/verify", data={"text": "0000-0000-0000"}, headers=HTML)
    assert answer.status_code < 500
    await counting.flush()
    assert sum(count for (_, _, kind), count in (await counting._counts()).items() if kind == GUESS) <= 1
    for _ in range(200):
        counting.guessed()
    await sign_in(client, "fraud-officer-1")
    page = (await client.get("/revocation/cases", headers=HTML)).text
    assert "Very many wrong codes were typed on one day." in page
    assert [one.rule for one in await counting.unusual()] == ["guessing"]


async def test_a_burst_is_a_day_that_is_unlike_the_others(client: httpx2.AsyncClient) -> None:
    counting = counting_of(client)
    context = counting._context

    day = context.clock.now().date().isoformat()
    usual = {(f"2099-01-{number:02}", "did:web:x:usual", "rpl"): 300 for number in range(1, 29)}
    await context.database.write(store.count_presented, usual)
    await context.database.write(store.count_presented, {(day, "did:web:x:burst", "rpl"): 150})
    assert [(one.rule, one.issuer) for one in await counting.unusual()] == [("burst", "did:web:x:burst")]
