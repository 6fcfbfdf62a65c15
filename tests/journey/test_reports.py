"""A holder says what is wrong on a certificate; the centre corrects it, or says why not."""

import anyio
import httpx2
import pytest

from issuer.service import reports
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import returnees_who_sign_in
from tests.journey.conftest import approve, sign_in
from tests.journey.test_corrections import (
    APPROVER,
    CLERK,
    HTML,
    intent_of,
    issued,
    of_person,
    row,
    submit_correction,
    until_state,
)
from wallet_api import pages as wallet_pages

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

NOTE = "I was taught for 120 hours."


@pytest.fixture
def holder() -> DemoPerson:
    return returnees_who_sign_in(draw_people())[0]


async def reported(client: httpx2.AsyncClient, holder: DemoPerson) -> dict[str, str]:
    """A certificate whose holder, who stays signed in, has reported that a detail is wrong."""
    client.headers["Accept-Language"] = "en"
    certificate = await issued(client, **of_person(holder))
    await sign_in(client, "returnee-1")
    address = f"/wallet/credentials/{certificate['credential_id']}"
    with anyio.fail_after(30):
        while (page := await client.get(address, headers=HTML)).status_code == 404:
            await anyio.sleep(0.1)
    assert "Something on it is wrong" in page.text
    assert (await client.post(f"{address}/report", data={"note": NOTE})).status_code == 400
    form = {"wrong": "other", "note": NOTE}
    assert (await client.post(f"{address}/report", data=form)).status_code == 303
    assert (await client.post(f"{address}/report", data=form)).status_code == 409
    return certificate | {"wallet": address}


async def test_what_a_holder_reports_is_corrected_and_closed(
    client: httpx2.AsyncClient, holder: DemoPerson
) -> None:
    certificate = await reported(client, holder)
    page = (await client.get(certificate["wallet"], headers=HTML)).text
    assert "Your centre looks into it." in page
    await sign_in(client, CLERK)
    assert "1 holder reports that something is wrong" in (await client.get("/issuer", headers=HTML)).text
    page = (await client.get("/issuer/reports", headers=HTML)).text
    assert NOTE in page
    assert f"/issuer/credentials/{intent_of(certificate)}" in page
    changed = row(**of_person(holder), hours="120")
    correction = (await submit_correction(client, certificate, **changed)).json()
    await approve(client, correction, APPROVER)
    await until_state(client, correction["id"], "issued")
    assert NOTE not in (await client.get("/issuer/reports", headers=HTML)).text


async def test_a_centre_that_changes_nothing_says_why_and_the_holder_reads_it(
    client: httpx2.AsyncClient, holder: DemoPerson
) -> None:
    certificate = await reported(client, holder)
    await sign_in(client, "clerk-phka-trakuon")
    assert NOTE not in (await client.get("/issuer/reports", headers=HTML)).text, "another centre's"
    await sign_in(client, CLERK)
    page = (await client.get("/issuer/reports", headers=HTML)).text
    address = "/issuer/reports/" + page.split('action="/issuer/reports/')[1].split('"')[0]
    assert (await client.post(address, data={"answer": " "})).status_code == 400
    assert (await client.post(address, data={"answer": "The attendance sheet says 96."})).status_code == 303
    assert (await client.post(address, data={"answer": "Again."})).status_code == 409
    await sign_in(client, "clerk-phka-trakuon")
    assert (await client.post(address, data={"answer": "Not ours."})).status_code == 404
    await sign_in(client, "returnee-1")
    page = (await client.get(certificate["wallet"], headers=HTML)).text
    assert "The attendance sheet says 96." in page
    assert "Something on it is wrong" in page, "it can be reported again"


async def test_nobody_reports_about_somebody_elses_certificate(
    client: httpx2.AsyncClient, holder: DemoPerson
) -> None:
    certificate = await issued(client, **of_person(holder))
    await sign_in(client, "returnee-2")
    address = f"/wallet/credentials/{certificate['credential_id']}/report"
    assert (await client.post(address, data={"wrong": "other"})).status_code == 404


def test_wallet_and_issuer_know_the_same_words() -> None:
    assert dict(wallet_pages.WRONG) == dict(reports.WRONG)
