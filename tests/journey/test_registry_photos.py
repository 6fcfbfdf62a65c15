"""From the labour database to the page of an agency: the whole house, and no byte of the photo left in it."""

import base64
import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest

from passport.demo_world.centres import AGENCY
from passport.demo_world.class_lists import RPL, demo_class_list
from passport.demo_world.licences import LICENSED
from passport.demo_world.people import DemoPerson
from passport.simulators.rld import RldSimulator
from runtime.auth import service_token
from runtime.clock import SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, desk_of, issue, upload
from tests.journey.test_labour_database import simulator_of
from tests.journey.test_wallet_service import find_holder, page
from vc.model.verdict import Reason
from verifier.sentences import SENTENCES

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

PIN = "739184"
HTML = {"Accept": "text/html"}


def photo_on(text: str) -> bytes | None:
    found = re.search(r'src="data:image/jpeg;base64,([^"]+)"', text)
    return None if found is None else base64.b64decode(unescape(found[1]))


def set_photos(simulator: RldSimulator, people: tuple[DemoPerson, ...], state: str) -> None:
    """Say of everybody in the class list how it stands with their photo."""
    listed = {str(row["rld_number"]) for row in demo_class_list(RPL, people).rows}
    for person in people:
        if person.rld_number in listed:
            simulator.register.put(person, photo=state)


async def share_with_agency(client: httpx2.AsyncClient, credential_id: str, **fields: str) -> str:
    """As the holder who is signed in; the link."""
    form: dict[str, Any] = {
        "to": LICENSED,
        "purpose": "ae-work",
        "certificate": credential_id,
        "claim": [f"{credential_id} {claim}" for claim in ("nameLatin", "achievement")],
        "hours": "24",
        "views": "3",
        "pin": PIN,
        **fields,
    }
    made = await client.post("/wallet/share", data=form)
    found = re.search(r'href="(http[^"]+/s/[0-9A-Z]+)"', made.text)
    assert found is not None, made.text
    return found[1]


async def test_from_the_register_to_the_agency(
    tmp_path: Path, people: tuple[DemoPerson, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    async with demo_client(folder, people, default_cryptosuite="eddsa-jcs-2022") as client:
        client.headers["Accept-Language"] = "en"
        simulator = simulator_of(client)
        set_photos(simulator, people, "held")
        await sign_in(client, CLERK)
        await issue(client, (await upload(client, people))["id"])
        holder, credential_id = await find_holder(client)
        set_pin = await client.post("/wallet/pin", data={"new_pin": PIN, "again": PIN})
        assert set_pin.status_code == 303
        with_photo = await share_with_agency(client, credential_id, photo="yes")
        without = await share_with_agency(client, credential_id)

        await sign_in(client, "verifier-member")
        assert (await client.post(with_photo, headers=HTML)).status_code == 404
        await sign_in(client, "agency-admin")
        assert photo_on((await client.post(without, headers=HTML)).text) is None
        shown = photo_on((await client.post(with_photo, headers=HTML)).text)
        assert shown is not None
        assert shown.startswith(b"\xff\xd8\xff")
        after = await client.post(f"{with_photo}/photo", data={"answer": "thisPerson"}, headers=HTML)
        assert (after.status_code, photo_on(after.text)) == (200, None)
        assert SENTENCES[Reason.REGISTRY_PHOTO_CONFIRMED] in unescape(after.text)
        assert AGENCY.name_local in after.text
        told = (await client.post(with_photo, headers={"Accept": "application/json"})).json()
        (result,) = told["credentialResults"]
        assert result["decision"]["identityChecked"] is True
        assert result["verdicts"]["thisPersons"]["reason"] == "registryPhotoConfirmed"

        await sign_in(client, holder)
        assert "Saw your photo from the labour database" in await page(client, "/wallet/log")
        found = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found[path.name] = any(form in path.read_bytes() for form in (shown, base64.b64encode(shown)))
    logs = capfd.readouterr()
    assert base64.b64encode(shown).decode() not in logs.out + logs.err
    assert any(name.endswith("-wal") for name in found)
    assert [name for name, is_there in found.items() if is_there] == []


async def test_a_register_without_a_photo_and_one_that_is_away(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    simulator = simulator_of(client)
    await sign_in(client, CLERK)
    issued = [one["credential_id"] for one in await issue(client, (await upload(client, people))["id"])]
    _, credential_id = await find_holder(client)
    await client.post("/wallet/pin", data={"new_pin": PIN, "again": PIN})
    link = await share_with_agency(client, credential_id, photo="yes")
    await sign_in(client, "agency-admin")
    for state, trouble, reason in (
        ("none", None, Reason.REGISTRY_HAS_NO_PHOTO),
        ("withheld", None, Reason.REGISTRY_HAS_NO_PHOTO),
        ("held", "Server.ServerProxy.NetworkError", Reason.REGISTRY_NOT_REACHED),
    ):
        set_photos(simulator, people, state)
        simulator.misbehaviour = trouble
        opened = await client.post(link, headers=HTML)
        assert (opened.status_code, photo_on(opened.text)) == (200, None)
        assert SENTENCES[reason] in unescape(opened.text)
        said = await client.post(f"{link}/photo", data={"answer": "thisPerson"}, headers=HTML)
        assert said.status_code == 404
    simulator.misbehaviour = None
    for credentials, state in (
        (issued[:1], "held"),
        (issued[:2], "none"),
        ([*issued[:1], "urn:uuid:00000000-0000-4000-8000-000000000000"], "none"),
    ):
        assert await state_of(client, credentials) == state, "never a photo where it is not one person's"


async def state_of(client: httpx2.AsyncClient, credentials: list[str]) -> str:
    """What the issuer tells the wallet of a photo."""
    settings = desk_of(client).context.settings
    token = service_token(caller="wallet_api", audience="issuer", settings=settings, now=SystemClock().now())
    answer = await client.post(
        "/issuer/api/people/photo",
        json={"credentials": credentials},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])
