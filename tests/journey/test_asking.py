"""Asking the NSSF and the medical department instead of typing: the same port, whoever is asked."""

from pathlib import Path

import httpx2
import pytest

from issuer.asking_pages import TROUBLE_TEXTS
from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import approver_of, class_of, sign_in, submit_and_approve
from tests.journey.test_corrections import until_state
from tests.journey.test_labour_database import HOWS, simulator_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

HTML = {"Accept": "text/html"}


async def asked(client: httpx2.AsyncClient, kind: str, numbers: str) -> str:
    answer = await client.post(f"/issuer/ask/{kind}", data={"numbers": numbers})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rsplit("/", 1)[1]


@pytest.mark.parametrize(
    ("kind", "issuer", "unknown"), [("nssf", "security-fund", "active_on"), ("health", "medical-desk", "fit")]
)
async def test_who_holds_it_is_issued_who_does_not_and_who_is_unknown_is_said(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], kind: str, issuer: str, unknown: str
) -> None:
    client.headers["Accept-Language"] = "en"
    await sign_in(client, f"clerk-{issuer}")
    assert f'href="/issuer/ask/{kind}"' in (await client.get("/issuer/classes/new", headers=HTML)).text
    # Of numbers ending in 0 nothing is known, of those in 1 it does not hold.
    wanted = [person.rld_number for person in people[:11]]
    class_id = await asked(client, kind, "\n".join([*wanted, wanted[0]]))
    preview = await class_of(client, class_id)
    assert (preview["row_count"], preview["ready_count"]) == (11, 8)
    errors = {(p["row"], p["key"]) for p in preview["problems"] if p["severity"] == "error"}
    assert (11, unknown) in errors
    assert {row for row, _ in errors} == {11}
    assert preview["not_passed_count"] == 2
    await submit_and_approve(client, class_id, approver_of(issuer))
    issued = (await until_state(client, class_id, "issued"))["credentials"]
    texts = [(await client.get(item["credential"])).text for item in issued]
    assert len(texts) == 8
    assert not any("SIMULATED-FINDING" in text for text in texts)


async def test_whatever_goes_wrong_the_clerk_is_told_and_no_list_is_made(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    suite = "eddsa-jcs-2022"
    world = demo_client(tmp_path / "data", people, default_cryptosuite=suite, rld_timeout_seconds=0.5)
    async with world as client:
        client.headers["Accept-Language"] = "en"
        await sign_in(client, "clerk-security-fund")
        for how, trouble in HOWS.items():
            simulator_of(client).misbehaviour = how
            answer = await client.post("/issuer/ask/nssf", data={"numbers": people[0].rld_number})
            assert answer.status_code == 503, how
            assert TROUBLE_TEXTS[trouble] in answer.text, how
        assert "No class lists yet" in (await client.get("/issuer", headers=HTML)).text


async def test_numbers_that_are_none_and_bodies_that_are_none_are_refused(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, "clerk-security-fund")
    for numbers in ("", "?", " ".join(f"RLD-{number:07d}" for number in range(1_001))):
        answer = await client.post("/issuer/ask/nssf", data={"numbers": numbers})
        assert answer.status_code == 400
    assert (await client.get("/issuer/ask/rpl")).status_code == 404
    # Health is for another role at all.
    form = {"numbers": people[0].rld_number}
    assert (await client.post("/issuer/ask/health", data=form)).status_code == 403
