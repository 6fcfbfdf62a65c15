"""Class list → certificates → verdicts → revocation, over HTTP, nothing mocked."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from issuer import job_store, store
from issuer.sealed import Sealed
from issuer.service import approving, delivery, issuing
from issuer.service.approving import Decision
from issuer.service.desk import Desk
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import returnees_who_sign_in
from passport.front import demo_sample_file
from runtime.auth import SESSION_COOKIE, Principal, Role
from runtime.entropy import format_code
from runtime.personal_data import Place
from tests.demo_copies import demo_client
from tests.journey.conftest import revoke, sign_in, submit_and_approve
from vc.errors import EvidenceUnavailable

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
CLERK, OTHER_CLERK, OFFICER = "clerk-phka-trakuon", "clerk-tonsay-sar", "fraud-officer-1"
APPROVER = "approver-phka-trakuon"
APPROVING = Principal(
    subject=APPROVER, name="A", role=Role.CENTRE_APPROVER, organisation_id="phka-trakuon", identity="other"
)


async def upload(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], kind: str = "rpl", form: str = "xlsx"
) -> dict[str, Any]:
    files = {"file": (f"class.{form}", demo_sample_file(people, kind, "en", form))}
    response = await client.post("/issuer/api/classes", data={"kind": kind}, files=files)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def issue(client: httpx2.AsyncClient, class_id: str, approver: str = APPROVER) -> list[dict[str, Any]]:
    """Whoever is signed in submits, ``approver`` approves."""
    await submit_and_approve(client, class_id, approver)
    return list((await wait_until_issued(client, class_id))["credentials"])


async def let_issue(client: httpx2.AsyncClient, class_id: str) -> None:
    """Submitted by whoever is signed in and approved at the desk itself, so that nothing begins to issue."""
    submitted = (await client.post(f"/issuer/api/classes/{class_id}/submit")).json()
    decision = Decision(proposal=submitted["approval"]["proposal"])
    await approving.approve(desk_of(client), APPROVING, class_id, decision)


async def wait_until_issued(client: httpx2.AsyncClient, class_id: str) -> dict[str, Any]:
    with anyio.fail_after(120):
        while True:
            state: dict[str, Any] = (await client.get(f"/issuer/api/classes/{class_id}")).json()
            if state["state"] == "issued":
                return state
            await anyio.sleep(0.1)


async def check(client: httpx2.AsyncClient, credential: bytes) -> dict[str, Any]:
    body = {"verifiableCredential": json.loads(credential)}
    response = await client.post("/credentials/verify", json=body)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("kind", "form", "clerk", "wrong_row", "suite"),
    [
        ("rpl", "xlsx", CLERK, 18, "eddsa-rdfc-2022"),
        ("training", "csv", "clerk-trei-chhlonh", 9, "eddsa-jcs-2022"),
    ],
)
async def test_a_class_of_thirty(
    tmp_path: Path,
    people: tuple[DemoPerson, ...],
    kind: str,
    form: str,
    clerk: str,
    wrong_row: int,
    suite: str,
) -> None:
    async with demo_client(tmp_path / "data", people, default_cryptosuite=suite) as client:
        await sign_in(client, clerk)
        preview = await upload(client, people, kind, form)
        assert (preview["row_count"], preview["ready_count"], preview["state"]) == (30, 29, "preview")
        (problem,) = [p for p in preview["problems"] if p["severity"] == "error"]
        assert problem["row"] == wrong_row
        assert problem["column"]
        assert problem["rule"]
        assert problem["fix"]
        issued = await issue(client, preview["id"], clerk.replace("clerk", "approver"))
        assert len(issued) == 29
        credentials = {item["row"]: (await client.get(item["credential"])).content for item in issued}
        assert (await client.get(issued[0]["certificate"])).content.startswith(b"%PDF")
        again = await upload(client, people, kind, form)
        assert again["ready_count"] == 0
        assert {p["rule"] for p in again["problems"] if p["severity"] == "error"} >= {"already-issued"}
        first = issued[0]
        client.cookies.clear()
        results = {row: await check(client, raw) for row, raw in credentials.items()}
        assert all(result["verified"] for result in results.values())
        assert results[first["row"]]["decision"]["outcome"] == "accepted"
        await revoke(client, first["credential_id"])
        client.cookies.clear()
        with anyio.fail_after(10):
            while (result := await check(client, credentials[first["row"]]))["verified"]:
                await anyio.sleep(0.2)
        assert result["decision"]["outcome"] == "rejected"
        assert result["verdicts"]["inForce"]["reason"] == "revoked"
        assert result["verdicts"]["authentic"]["answer"] == "yes"
        others = [await check(client, raw) for row, raw in credentials.items() if row != first["row"]]
        assert [other["verified"] for other in others] == [True] * 28


async def test_names_and_birth_dates_are_signed_from_the_rld(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    known = {(p.name_km, p.name_latin, p.birth_date.isoformat()) for p in people}
    for item in issued:
        raw = (await client.get(item["credential"])).content
        subject = json.loads(raw)["credentialSubject"]
        assert (subject["nameKhmer"], subject["nameLatin"], subject["birthDate"]) in known
        assert b"RLD-DEMO" not in raw


async def test_another_centre_sees_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    issued = await issue(client, class_id)
    await sign_in(client, OTHER_CLERK)
    for path in (
        f"/issuer/api/classes/{class_id}",
        f"/issuer/classes/{class_id}",
        f"/issuer/classes/{class_id}/certificates.zip",
        f"/issuer/classes/{class_id}/errors.xlsx",
        issued[0]["credential"],
        issued[0]["certificate"],
    ):
        assert (await client.get(path)).status_code == 404, path
    assert (await client.post(f"/issuer/api/classes/{class_id}/submit")).status_code == 404


async def test_files_of_a_class_come_as_one_zip(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    issued = await issue(client, class_id)
    packed = (await client.get(f"/issuer/classes/{class_id}/certificates.zip")).content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert len(archive.namelist()) == 2 * 29
        name = f"{issued[0]['certificate_number']}.json"
        assert archive.read(name) == (await client.get(issued[0]["credential"])).content


async def test_issuing_twice_or_discarding_late_is_a_conflict(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    assert (await client.post(f"/issuer/api/classes/{class_id}/submit")).status_code == 409
    assert (await client.post(f"/issuer/classes/{class_id}/discard")).status_code == 409


async def test_the_short_code_and_the_link_open_the_same_restricted_page(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], tmp_path: Path
) -> None:
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    subject = json.loads((await client.get(issued[0]["credential"])).content)["credentialSubject"]
    desk = desk_of(client)
    record = await desk.context.database.read(store.issued_by_id, issued[0]["credential_id"])
    client.cookies.clear()
    by_link = await client.get(issued[0]["verify_url"], params={"lang": "en"})
    by_code = await client.post("/verify?lang=en", data={"code": format_code(record.code).lower()})
    for page in (by_link, by_code):
        assert page.status_code == 200
        assert "Genuine and in force" in page.text
        assert subject["nameLatin"] in page.text
        for hidden in (subject["birthDate"], subject["birthDate"][:4], "RLD-DEMO", "A-0101"):
            assert hidden not in page.text
    assert "noindex" in by_link.headers["x-robots-tag"]
    url = issued[0]["verify_url"]
    assert (await client.get(url[:-1] + ("0" if url[-1] != "0" else "1"))).status_code == 404


async def test_a_returnee_finds_the_certificate_in_the_wallet(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    await sign_in(client, "returnee-1")
    with anyio.fail_after(30):
        while (wallet := await client.get("/wallet?lang=en")).text.count("/wallet/credentials/") == 0:
            await anyio.sleep(0.2)
    names = [person.name_latin for person in returnees_who_sign_in(people)]
    own, other = await _intent_of(client, names[0]), await _intent_of(client, names[1])
    assert "Carpentry" in wallet.text or "Bricklaying" in wallet.text
    assert (await client.get(f"/issuer/credentials/{own}/certificate.pdf")).content.startswith(b"%PDF")
    assert (await client.get(f"/issuer/credentials/{other}/certificate.pdf")).status_code == 404
    assert len(issued) == 29


async def test_a_refused_delivery_holds_up_no_other(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, CLERK)
    await issue(client, (await upload(client, people))["id"])
    desk = desk_of(client)
    with anyio.fail_after(30):
        while await desk.context.database.read(store.undelivered):
            await anyio.sleep(0.1)
    refused = await desk.context.database.write(_undeliver_with_one_unusable_holder, desk.sealed)
    monkeypatch.setattr(delivery, "CHUNK", 1)
    await delivery.deliver_all(desk)
    assert await desk.context.database.read(store.undelivered) == [refused]


async def _intent_of(client: httpx2.AsyncClient, name: str) -> str:
    desk = desk_of(client)
    return str(await desk.context.database.read(_intent_by_name, desk.sealed, name))


async def test_200_parallel_issues_finish(tmp_path: Path, people: tuple[DemoPerson, ...]) -> None:
    """No thread or transaction is held across a call to another service (DESIGN section 2)."""
    suite = "eddsa-jcs-2022"
    async with demo_client(tmp_path / "data", people, default_cryptosuite=suite) as client:
        await sign_in(client, CLERK)
        clerk = _taken_cookies(client)
        await sign_in(client, APPROVER)
        approver = _taken_cookies(client)
        statuses: list[int] = []

        async def one(number: int) -> None:
            person = people[number % len(people)]
            row = {
                "rld_number": person.rld_number,
                "name_km": person.name_km,
                "name_latin": person.name_latin,
                "birth_date": person.birth_date.isoformat(),
                "qualification_code": "DEMO-RPL-BRL" if number < len(people) else "DEMO-RPL-CRP",
                "assessment_date": "2026-05-18",
                "decision_date": "2026-06-05",
                "assessor_1": "A-1",
                "assessor_2": "A-2",
                "assessment_method": "Observation",
            }
            response = await client.post(
                "/issuer/api/credentials", json={"kind": "rpl", "row": row}, headers=clerk, timeout=200
            )
            waiting = response.json()
            body = {"proposal": waiting["approval"]["proposal"]}
            path = f"/issuer/api/classes/{waiting['id']}/approve"
            response = await client.post(path, json=body, headers=approver, timeout=200)
            statuses.append(response.status_code)

        with anyio.fail_after(200):
            async with anyio.create_task_group() as group:
                for number in range(200):
                    group.start_soon(one, number)
        assert statuses == [202] * 200
        desk = desk_of(client)
        with anyio.fail_after(100):
            while await desk.context.database.read(job_store.waiting):
                await anyio.sleep(0.2)
        numbers = await desk.context.database.read(_certificate_numbers)
        assert len(set(numbers)) == 200


@pytest.mark.parametrize("stage", ["reserve", "_intend", "_sign"])
async def test_issuing_goes_on_where_it_stopped(
    client: httpx2.AsyncClient,
    people: tuple[DemoPerson, ...],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    """Whatever step breaks off, running again gives 29 certificates and no second of any."""
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    desk = desk_of(client)
    slug = "phka-trakuon"
    await let_issue(client, class_id)
    real = getattr(issuing, stage)

    async def breaks_after(*arguments: Any, **options: Any) -> None:
        await real(*arguments, **options)
        raise EvidenceUnavailable("the power went")

    monkeypatch.setattr(issuing, stage, breaks_after)
    with pytest.raises(EvidenceUnavailable):
        await issuing.run(desk, class_id, slug)
    before = await desk.context.database.read(_rows)
    monkeypatch.setattr(issuing, stage, real)
    await issuing.run(desk, class_id, slug)
    after = await desk.context.database.read(_rows)
    assert len(after) == 29
    assert {row[0] for row in before} <= {row[0] for row in after}
    kept = {row[0]: row[1] for row in before if row[1] is not None}
    assert kept.items() <= {row[0]: row[1] for row in after}.items()


def desk_of(client: httpx2.AsyncClient) -> Desk:
    """The issuing desk behind a client of the whole application."""
    transport = client._transport
    assert isinstance(transport, httpx2.ASGITransport)
    app: Any = transport.app
    desk = app.app_for("/issuer").state.desk
    assert isinstance(desk, Desk)
    return desk


def _taken_cookies(client: httpx2.AsyncClient) -> dict[str, str]:
    """The session of whoever is signed in, as headers; the client itself is nobody's any more."""
    headers = {"Cookie": f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"}
    client.cookies.clear()
    return headers


def _rows(connection: Any) -> list[tuple[str, bytes | None]]:
    from sqlalchemy import select

    query = select(store.issuance.c.credential_id, store.issuance.c.secured)
    return [(row[0], row[1]) for row in connection.execute(query)]


def _certificate_numbers(connection: Any) -> list[str]:
    from sqlalchemy import select

    return list(connection.scalars(select(store.issuance.c.certificate_number)))


def _undeliver_with_one_unusable_holder(connection: Any, sealed: Sealed) -> str:
    from sqlalchemy import select, update

    connection.execute(update(store.issuance).values(delivered_at=None))
    (first,) = sealed.open(
        connection, connection.execute(select(store.issuance).order_by(store.issuance.c.row).limit(1))
    )
    keys = sealed.personal.keys(connection, [first.person])
    place = Place(table="issuance", row=first.intent_id, column="dataset")
    unusable = keys.seal(first.person, replace(first.details, rld_number="!").to_bytes(), place)
    changed = update(store.issuance).where(store.issuance.c.intent_id == first.intent_id)
    connection.execute(changed.values(dataset=unusable, issued_at="2026-01-01"))
    return first.intent_id


def _intent_by_name(connection: Any, sealed: Sealed, name: str) -> str:
    from sqlalchemy import select

    opened = sealed.open(connection, connection.execute(select(store.issuance)))
    return next(item.intent_id for item in opened if item.details.subject["nameLatin"] == name)
