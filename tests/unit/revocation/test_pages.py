"""The fraud officer's pages, as a browser without JavaScript meets them, in both languages."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from runtime.auth import Principal, Role
from tests.unit.revocation.registry_world import World
from tests.unit.revocation.service_world import Service, intents, running

pytestmark = pytest.mark.anyio

CLERK = Principal(subject="clerk-1", name="Clerk", role=Role.CLERK)
REVOKE = {"credential_id": "urn:uuid:a", "reason": "HOLDER_REQUEST", "note": "case 12 <b>"}


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    async with running(world.settings, world.database, world.clock) as started:
        async with started.as_service() as issuer:
            await issuer.post("/revocation/api/entries", json=intents("a"))
        yield started


async def test_from_the_code_on_the_paper_to_revoked(service: Service) -> None:
    async with service.in_browser() as browser:
        found = await browser.get("/revocation", params={"query": " 7K3M-9QXA "})
        assert "SOK Dara" in found.text
        assert "PPT-2026-000123" in found.text
        assert 'value="FRAUD"' in found.text
        asked = await browser.post("/revocation/confirm", data={**REVOKE, "query": "7K3M-9QXA"})
        assert asked.status_code == 200
        assert "This cannot be undone" in asked.text
        assert "case 12 &lt;b&gt;" in asked.text
        before = await browser.get("/revocation/api/credentials/urn:uuid:a")
        assert before.json()["state"] == "inForce"
        sent = await browser.post("/revocation/revoke", data=REVOKE)
        assert sent.status_code == 303
        done = await browser.get(sent.headers["location"])
        assert re.search(r"Verifiers see it within \d+ seconds", done.text)
        again = await browser.get("/revocation", params={"query": "7K3M-9QXA"})
        assert "This certificate was revoked already." in again.text
        assert "/revocation/confirm" not in again.text
        assert "officer-1" in again.text


async def test_pages_speak_khmer(service: Service) -> None:
    async with service.in_browser(language="km") as browser:
        found = await browser.get("/revocation", params={"query": "7K3M-9QXA"})
        asked = await browser.post("/revocation/confirm", data={**REVOKE, "query": "7K3M-9QXA"})
        sent = await browser.post("/revocation/revoke", data=REVOKE)
        done = await browser.get(sent.headers["location"])
    assert "ហេតុអ្វីបានជាដកហូត?" in found.text
    assert "សកម្មភាពនេះមិនអាចត្រឡប់វិញបានទេ" in asked.text
    assert "វិញ្ញាបនបត្រត្រូវបានដកហូត" in done.text
    for page in (found, asked, done):
        assert "Revoke" not in unescape(page.text)


async def test_a_search_that_means_something_else_by_now_is_not_confirmed(service: Service) -> None:
    async with service.in_browser() as browser:
        answer = await browser.post("/revocation/confirm", data={**REVOKE, "query": "UNREGISTERED"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("nothing", "Nothing was found"),
        ("UNREGISTERED", "no entry in the registry"),
        ("DOWN", "The issuer cannot be asked now"),
        ("BROKEN", "The issuer cannot be asked now"),
    ],
)
async def test_not_found_and_not_asked_are_different_answers(
    service: Service, query: str, words: str
) -> None:
    async with service.in_browser() as browser:
        page = await browser.get("/revocation", params={"query": query})
    assert page.status_code == 200
    assert words in page.text
    assert "/revocation/confirm" not in page.text


async def test_a_stranger_is_sent_to_the_sign_in_and_a_clerk_away(service: Service) -> None:
    async with service.client(accept="text/html") as stranger:
        answer = await stranger.get("/revocation")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Frevocation")
    async with service.in_browser(CLERK) as clerk:
        assert (await clerk.get("/revocation")).status_code == 403
        assert (await clerk.post("/revocation/revoke", data=REVOKE)).status_code == 403


async def test_another_site_cannot_revoke_in_the_officers_name(service: Service) -> None:
    async with service.in_browser() as browser:
        answer = await browser.post(
            "/revocation/revoke", data=REVOKE, headers={"origin": "https://evil.example"}
        )
        state = await browser.get("/revocation/api/credentials/urn:uuid:a")
    assert answer.status_code == 403
    assert state.json()["state"] == "inForce"


@pytest.mark.parametrize(
    "change", [{"reason": "BECAUSE"}, {"note": "x" * 1001}, {"credential_id": "x" * 600}]
)
async def test_a_form_that_was_tampered_with_is_refused(service: Service, change: dict[str, str]) -> None:
    async with service.in_browser() as browser:
        assert 400 <= (await browser.post("/revocation/revoke", data={**REVOKE, **change})).status_code < 500


async def test_the_done_page_of_a_credential_in_force_is_not_found(service: Service) -> None:
    async with service.in_browser() as browser:
        assert (await browser.get("/revocation/done/urn:uuid:a")).status_code == 404


@pytest.mark.parametrize("reason", ["ABANDONED", "SUPERSEDED"])
async def test_a_reason_that_is_no_officers_gets_around_no_second_officer(
    service: Service, reason: str
) -> None:
    async with service.in_browser() as browser:
        answer = await browser.post("/revocation/revoke", data={**REVOKE, "reason": reason})
        assert answer.status_code == 400
        body = {"reason": reason, "credentials": ["urn:uuid:a"]}
        assert (await browser.post("/revocation/api/cases", json=body)).status_code == 400
        state = await browser.get("/revocation/api/credentials/urn:uuid:a")
    assert state.json()["state"] == "inForce"
