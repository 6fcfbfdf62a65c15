"""The pages of a case, as two officers meet them in a browser without JavaScript."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from runtime.auth import Principal, Role
from tests.unit.revocation.registry_world import World
from tests.unit.revocation.service_world import Service, intents, running

pytestmark = pytest.mark.anyio

FIRST = Principal(
    subject="officer-1", name="Officer One", role=Role.FRAUD_OFFICER, organisation_id="mlvt", identity="i-1"
)
SECOND = Principal(
    subject="officer-2", name="Officer Two", role=Role.FRAUD_OFFICER, organisation_id="mlvt", identity="i-2"
)
CASE = {"reason": "FRAUD", "note": "two of one face <b>", "certificates": "7K3M-9QXA\n"}


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    async with running(world.settings, world.database, world.clock) as started:
        async with started.as_service() as issuer:
            await issuer.post("/revocation/api/entries", json=intents("a"))
        yield started


async def opened(service: Service) -> str:
    async with service.in_browser(FIRST) as browser:
        files = {"evidence": ("photo.jpg", b"a photo", "image/jpeg")}
        answer = await browser.post("/revocation/cases", data=CASE, files=files)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_from_a_suspicion_to_two_officers_who_revoke(service: Service) -> None:
    case = await opened(service)
    async with service.in_browser(FIRST) as first, service.in_browser(SECOND) as second:
        page = (await first.get(case)).text
        assert "two of one face &lt;b&gt;" in page
        assert hashlib.sha256(b"a photo").hexdigest() in page
        assert (await first.post(f"{case}/suspend")).status_code == 303
        page = (await first.get(case)).text
        assert "not a finding against this person" in page
        assert f"{case}/renew" not in page
        assert f"{case}/renew" in (await second.get(case)).text
        assert (await first.post(f"{case}/revoke")).status_code == 303
        assert f"{case}/agree" not in (await first.get(case)).text
        assert (await first.post(f"{case}/agree")).status_code == 409
        page = (await second.get(case)).text
        assert "Officer One has asked." in page
        assert (await second.post(f"{case}/agree")).status_code == 303
        state = await second.get("/revocation/api/credentials/urn:uuid:a")
        assert state.json()["state"] == "revoked"
        listed = (await second.get("/revocation/cases")).text
        assert case in listed
        assert (await second.post(f"{case}/close")).status_code == 303
        assert "This case is closed." in (await second.get(case)).text


async def test_what_waits_is_stopped_and_a_suspension_lifted(service: Service) -> None:
    case = await opened(service)
    async with service.in_browser(FIRST) as first:
        await first.post(f"{case}/suspend")
        await first.post(f"{case}/revoke")
        assert (await first.post(f"{case}/stop")).status_code == 303
        assert (await first.post(f"{case}/reinstate")).status_code == 303
        state = await first.get("/revocation/api/credentials/urn:uuid:a")
    assert state.json()["state"] == "inForce"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"certificates": ""}, "one of the two"),
        ({"centre": "poipet"}, "one of the two"),
        ({"certificates": "", "issued_from": "26/11/2026"}, "Write the day as in 2026-11-26."),
        ({"certificates": "", "assessor": "A"}, "Write more of the name."),
    ],
    ids=["nothing", "both", "another kind of day", "one letter"],
)
async def test_what_is_wrong_with_a_case_is_said_and_nothing_is_lost(
    service: Service, change: dict[str, str], words: str
) -> None:
    async with service.in_browser(FIRST) as browser:
        answer = await browser.post("/revocation/cases", data=CASE | change)
    assert answer.status_code == 400
    assert words in answer.text
    assert "two of one face &lt;b&gt;" in answer.text


async def test_a_case_about_nothing_is_not_opened(service: Service) -> None:
    async with service.in_browser(FIRST) as browser:
        answer = await browser.post("/revocation/cases", data=CASE | {"certificates": "NEVER"})
        assert answer.status_code == 404
        assert (await browser.get("/revocation/cases/never")).status_code == 404
        assert (await browser.post("/revocation/cases/never/burn")).status_code in (400, 404, 422)


async def test_the_pages_of_a_case_speak_khmer(service: Service) -> None:
    case = await opened(service)
    async with service.in_browser(FIRST, language="km") as browser:
        await browser.post(f"{case}/suspend")
        page = (await browser.get(case)).text
        form = (await browser.get("/revocation/cases/new?centre=poipet&assessor=Sok")).text
    assert "អ្វីដែលវាប៉ះពាល់" in page
    assert "Suspended" not in page
    assert 'value="poipet"' in form
    assert "Evidence" not in form
