"""A centre mends its own errors: a corrected certificate takes the place of a wrong one, or is taken back."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from issuer import store, submission_store
from issuer.class_list import example_row
from issuer.clients import revoke_own
from issuer.service import issuing
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import returnees_who_sign_in
from runtime.clock import FixedClock, SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import approve, approver_of, class_of, issue_one, revoke, sign_in
from tests.journey.test_first_journey import desk_of
from vc.errors import ConflictError, EvidenceUnavailable

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

CENTRE, CLERK, APPROVER = "trei-chhlonh", "clerk-trei-chhlonh", approver_of("trei-chhlonh")
REASON = "The hours were mistyped."
HTML = {"Accept": "text/html"}


def row(**changes: str) -> dict[str, str]:
    example = example_row("training", today=SystemClock().now().date())
    return {key: str(value) for key, value in example.items() if value is not None} | changes


async def issued(client: httpx2.AsyncClient, **changes: str) -> dict[str, Any]:
    """A training certificate, of the example's person unless changed; the clerk stays signed in."""
    await sign_in(client, CLERK)
    return await issue_one(client, "training", row(**changes), APPROVER)


def of_person(person: DemoPerson) -> dict[str, str]:
    """The columns that say whose a row is."""
    return {
        "rld_number": person.rld_number,
        "name_km": person.name_km,
        "name_latin": person.name_latin,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
    }


def intent_of(certificate: dict[str, Any]) -> str:
    return str(certificate["credential"].split("/")[3])


async def submit_correction(
    client: httpx2.AsyncClient, certificate: dict[str, Any], **changes: str
) -> httpx2.Response:
    return await client.post(certificate["correct"], json={"row": row(**changes), "reason": REASON})


async def until_state(client: httpx2.AsyncClient, class_id: str, state: str) -> dict[str, Any]:
    with anyio.fail_after(60):
        while (found := await class_of(client, class_id))["state"] != state:
            await anyio.sleep(0.05)
    return found


async def verdict(client: httpx2.AsyncClient, certificate: dict[str, Any]) -> dict[str, Any]:
    raw = (await client.get(certificate["credential"])).json()
    return dict((await client.post("/credentials/verify", json={"verifiableCredential": raw})).json())


async def until_reason(
    client: httpx2.AsyncClient, certificate: dict[str, Any], reason: str
) -> dict[str, Any]:
    """The verifier's answer, once it gives this reason for *in force*."""
    with anyio.fail_after(30):
        while (found := await verdict(client, certificate))["verdicts"]["inForce"]["reason"] != reason:
            await anyio.sleep(0.2)
    return found


async def test_a_corrected_certificate_takes_the_place_of_the_wrong_one(client: httpx2.AsyncClient) -> None:
    client.headers["Accept-Language"] = "en"
    old = await issued(client)
    waiting = await submit_correction(client, old, hours="120")
    assert waiting.status_code == 202, waiting.text
    correction = waiting.json()
    assert correction["changes"] == [{"column": "Hours", "before": "96", "after": "120"}]
    assert (await verdict(client, old))["verdicts"]["inForce"]["reason"] == "notRevoked"
    page = (await client.get(f"/issuer/classes/{correction['id']}", headers=HTML)).text
    assert REASON in page
    await approve(client, correction, APPROVER)
    new = (await until_state(client, correction["id"], "issued"))["credentials"][0]
    assert new["certificate_number"] == old["certificate_number"]
    assert (await client.get(new["credential"])).json()["credentialSubject"]["trainingHours"] == 120
    found = await until_reason(client, old, "replaced")
    assert found["decision"]["headline"] == "Replaced: ask for the corrected one"
    assert (await until_reason(client, new, "notRevoked"))["verified"] is True
    scanned = (await client.get(old["verify_url"], headers=HTML)).text
    assert "It was replaced by a corrected certificate. Ask for that one." in scanned
    assert (await client.get(f"{old['credential'].rsplit('/', 1)[0]}/certificate.pdf")).status_code == 409
    page = (await client.get(f"/issuer/credentials/{intent_of(old)}", headers=HTML)).text
    assert "Replaced by a corrected one" in page
    assert (await submit_correction(client, old, hours="130")).status_code == 409
    again = await submit_correction(client, new, hours="130")
    assert again.status_code == 202, "a corrected certificate can be corrected"


async def test_the_form_of_a_certificate_brings_what_was_signed_and_corrects_it(
    client: httpx2.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "en"
    old = await issued(client)
    address = f"/issuer/credentials/{intent_of(old)}"
    page = (await client.get(address, headers=HTML)).text
    for value in ("96", "LONG SREYNEANG"):
        assert f'value="{value}"' in page
    assert '<option value="HACCP" selected>' in page
    form = {f"row-{key}": value for key, value in row(hours="many").items()} | {"reason": REASON}
    refused = await client.post(f"{address}/correct", data=form)
    assert refused.status_code == 400
    assert 'value="many"' in refused.text
    assert 'href="#field-row-hours"' in refused.text
    taken = await client.post(f"{address}/correct", data=form | {"row-hours": "120"})
    assert taken.status_code == 303
    waiting = await class_of(client, taken.headers["location"].rsplit("/", 1)[1])
    assert (waiting["state"], waiting["corrects"]) == ("waiting", intent_of(old))


async def test_what_is_no_correction_is_refused(client: httpx2.AsyncClient) -> None:
    old = await issued(client)
    for what, changes, status, told in (
        ("nothing is different", {}, 409, "Nothing is different"),
        ("another number", {"rld_number": "RLD-DEMO-000002"}, 400, "RLD"),
        ("a faulty cell", {"hours": "0"}, 400, "/row/hours"),
        ("another person", of_person(draw_people()[1]), 400, "another person"),
    ):
        answer = await submit_correction(client, old, **changes)
        assert answer.status_code == status, what
        assert told in answer.text, what


async def test_whoever_corrects_does_not_approve_and_what_was_revoked_is_not_corrected(
    client: httpx2.AsyncClient,
) -> None:
    old = await issued(client)
    first = (await submit_correction(client, old, hours="120")).json()
    second = (await submit_correction(client, old, hours="130")).json()
    api = f"/issuer/api/classes/{first['id']}/approve"
    body = {"proposal": first["approval"]["proposal"]}
    assert (await client.post(api, json=body)).status_code == 403
    await revoke(client, old["credential_id"])
    await sign_in(client, APPROVER)
    assert (await client.post(api, json=body)).status_code == 409
    await sign_in(client, CLERK)
    assert (await submit_correction(client, old, hours="140")).status_code == 409
    for correction in (first, second):
        assert (await class_of(client, correction["id"]))["state"] == "waiting"


async def test_of_two_corrections_of_one_certificate_one_is_issued(client: httpx2.AsyncClient) -> None:
    old = await issued(client)
    corrections = [(await submit_correction(client, old, hours=hours)).json() for hours in ("120", "130")]
    await sign_in(client, APPROVER)
    answers = []
    for correction in corrections:
        api = f"/issuer/api/classes/{correction['id']}/approve"
        answers.append(await client.post(api, json={"proposal": correction["approval"]["proposal"]}))
    assert [answer.status_code for answer in answers] == [202, 409]


async def test_a_correction_put_off_and_stopped_leaves_the_certificate_as_it_was(
    client: httpx2.AsyncClient,
) -> None:
    old = await issued(client)
    correction = (await submit_correction(client, old, hours="120")).json()
    await sign_in(client, APPROVER)
    later = (SystemClock().now() + timedelta(days=1)).isoformat(timespec="seconds")
    body = {"proposal": correction["approval"]["proposal"], "issue_at": later}
    api = f"/issuer/api/classes/{correction['id']}"
    assert (await client.post(f"{api}/approve", json=body)).status_code == 202
    assert (await client.post(f"{api}/unschedule")).status_code == 200
    await sign_in(client, CLERK)
    assert (await client.get(f"{old['credential'].rsplit('/', 1)[0]}/certificate.pdf")).status_code == 200
    assert (await submit_correction(client, old, hours="130")).status_code == 202
    assert (await verdict(client, old))["verdicts"]["inForce"]["reason"] == "notRevoked"


async def test_what_is_revoked_after_its_correction_was_approved_does_not_come_back(
    client: httpx2.AsyncClient,
) -> None:
    old = await issued(client)
    correction = (await submit_correction(client, old, hours="120")).json()
    await sign_in(client, APPROVER)
    later = (SystemClock().now() + timedelta(days=1)).isoformat(timespec="seconds")
    body = {"proposal": correction["approval"]["proposal"], "issue_at": later}
    api = f"/issuer/api/classes/{correction['id']}/approve"
    assert (await client.post(api, json=body)).status_code == 202
    await revoke(client, old["credential_id"])
    desk = desk_of(client)
    await desk.context.database.write(submission_store.release_due, SystemClock().now() + timedelta(days=2))
    with pytest.raises(ConflictError, match="revoked"):
        await issuing.run(desk, correction["id"], CENTRE)
    assert await desk.context.database.read(store.progress, correction["id"]) == (0, 1)


async def test_a_correction_is_not_done_before_the_registry_ended_the_wrong_one(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await issued(client)
    told: list[str] = []

    async def away_at_first(registry: httpx2.AsyncClient, credential_id: str, **how: Any) -> None:
        told.append(credential_id)
        if len(told) == 1:
            raise EvidenceUnavailable("The registry is away.")
        await revoke_own(registry, credential_id, **how)

    monkeypatch.setattr("issuer.service.endings.revoke_own", away_at_first)
    monkeypatch.setattr("issuer.background._RETRY_SECONDS", 1.0)
    correction = (await submit_correction(client, old, hours="120")).json()
    await approve(client, correction, APPROVER)
    with anyio.fail_after(30):
        while not told:
            await anyio.sleep(0.05)
    assert (await class_of(client, correction["id"]))["state"] == "issuing"
    await until_state(client, correction["id"], "issued")
    assert told == [old["credential_id"], old["credential_id"]]
    await until_reason(client, old, "replaced")


async def ask_back(client: httpx2.AsyncClient, class_id: str, rows: list[int] | None) -> httpx2.Response:
    body = {"rows": rows, "reason": "A wrong list was uploaded."}
    return await client.post(f"/issuer/api/classes/{class_id}/take-back", json=body)


def class_with(folder: Path, certificate: dict[str, Any]) -> str:
    query = "SELECT class_id FROM issuance WHERE credential_id = ?"
    with sqlite3.connect(folder / "data" / "issuer.sqlite3") as database:
        return str(database.execute(query, [certificate["credential_id"]]).fetchone()[0])


async def test_two_people_take_back_within_a_day_and_the_holder_is_told(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    client.headers["Accept-Language"] = "en"
    holder = of_person(returnees_who_sign_in(draw_people())[0])
    old = await issued(client, **holder)
    class_id = class_with(tmp_path, old)
    await sign_in(client, "returnee-1")
    with anyio.fail_after(30):
        while "/wallet/credentials/" not in (await client.get("/wallet", headers=HTML)).text:
            await anyio.sleep(0.2)
    await sign_in(client, CLERK)
    asked = await ask_back(client, class_id, [2])
    assert asked.status_code == 202, asked.text
    assert asked.json()["take_back"]["rows"] == [2]
    assert (await ask_back(client, class_id, [2])).status_code == 409
    body = {"proposal": asked.json()["take_back"]["proposal"]}
    decision = f"/issuer/api/classes/{class_id}/take-back"
    assert (await client.post(f"{decision}/approve", json=body)).status_code == 403
    assert (await verdict(client, old))["verified"] is True
    await sign_in(client, APPROVER)
    page = (await client.get(f"/issuer/classes/{class_id}", headers=HTML)).text
    assert "A wrong list was uploaded." in page
    ended = await client.post(f"{decision}/approve", json=body)
    assert ended.status_code == 200, ended.text
    assert ended.json()["credentials"][0]["ended"] == "taken-back"
    assert (await client.post(f"{decision}/approve", json=body)).status_code == 409
    await sign_in(client, CLERK)
    await until_reason(client, old, "revoked")
    await sign_in(client, "returnee-1")
    assert "Your centre took this certificate back" in (await client.get("/wallet", headers=HTML)).text
    await sign_in(client, CLERK)
    right = await issue_one(client, "training", row(**holder), APPROVER)
    assert right["certificate_number"] != old["certificate_number"], "a number that was taken back stays used"


async def test_a_second_person_lets_it_stand(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    old = await issued(client)
    class_id = class_with(tmp_path, old)
    asked = (await ask_back(client, class_id, None)).json()
    await sign_in(client, APPROVER)
    decision = f"/issuer/api/classes/{class_id}/take-back"
    body = {"proposal": asked["take_back"]["proposal"]}
    refused = await client.post(f"{decision}/refuse", json=body)
    assert (refused.status_code, refused.json()["take_back"]) == (200, None)
    assert (await client.post(f"{decision}/approve", json=body)).status_code == 409
    await sign_in(client, CLERK)
    assert (await verdict(client, old))["verified"] is True
    assert (await ask_back(client, class_id, [7])).status_code == 409


async def test_after_a_day_nothing_is_taken_back_here(tmp_path: Path) -> None:
    clock = FixedClock(SystemClock().now())
    world = demo_client(tmp_path / "data", draw_people(), clock=clock, default_cryptosuite="eddsa-jcs-2022")
    async with world as client:
        client.headers["Accept-Language"] = "en"
        class_id = class_with(tmp_path, await issued(client))
        clock.advance(timedelta(hours=23))
        await sign_in(client, CLERK)
        asked = (await ask_back(client, class_id, None)).json()
        clock.advance(timedelta(hours=2))
        await sign_in(client, APPROVER)
        body = {"proposal": asked["take_back"]["proposal"]}
        late = await client.post(f"/issuer/api/classes/{class_id}/take-back/approve", json=body)
        assert late.status_code == 409
        assert "24 hours" in late.text
        await sign_in(client, CLERK)
        page = (await client.get(f"/issuer/classes/{class_id}", headers=HTML)).text
        assert "Something was wrong with the whole list" not in page
