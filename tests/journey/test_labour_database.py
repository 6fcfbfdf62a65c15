"""The desk and the labour database: what goes wrong is said, nothing is issued, the class goes on."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from sqlalchemy import Connection, select

from issuer import case_store, feed_store, store
from issuer.class_list import example_row
from issuer.clients import revoke_own
from issuer.rld import register
from issuer.rld.port import Trouble
from issuer.rld.register_file import parse_register_file
from issuer.service import cases, delivery, linking
from issuer.service import notices as notices_service
from issuer.service.linking import CHOOSE, NEEDS_DECISION, NOBODY, TROUBLES
from passport.demo_world.class_lists import RPL, demo_class_list
from passport.demo_world.people import DemoPerson
from passport.front import demo_sample_file
from passport.simulators.rld import Misbehaviour, RldSimulator
from runtime.audit_tables import audit_entry
from runtime.clock import FixedClock, SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import approver_of, issue_one, revoke, sign_in
from tests.journey.test_first_journey import CLERK, OTHER_CLERK, desk_of, issue, upload

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

JCS = "eddsa-jcs-2022"
HOWS: dict[str, Trouble] = {
    "Client.BadRequest": Trouble.CONFIGURATION,
    "Client.SslAuthenticationFailed": Trouble.CONFIGURATION,
    "Server.ClientProxy.UnknownMember": Trouble.CONFIGURATION,
    "Server.ClientProxy.OutdatedGlobalConf": Trouble.UNAVAILABLE,
    "Server.ClientProxy.NetworkError": Trouble.UNAVAILABLE,
    "Server.ServerProxy.AccessDenied": Trouble.REFUSED,
    "Server.ServerProxy.ServiceDisabled": Trouble.REFUSED,
    "Server.ServerProxy.UnknownService": Trouble.CONFIGURATION,
    "Server.ServerProxy.ServiceFailed.HttpError": Trouble.UNAVAILABLE,
    "Server.ServerProxy.DatabaseError": Trouble.UNAVAILABLE,
    "Server.ServerProxy.InvalidResponse": Trouble.UNUSABLE,
    Misbehaviour.SLOW: Trouble.UNAVAILABLE,
    Misbehaviour.WRONG_HASH: Trouble.UNUSABLE,
    Misbehaviour.OTHER_CALL: Trouble.UNUSABLE,
    Misbehaviour.REDIRECT: Trouble.CONFIGURATION,
    Misbehaviour.HUGE: Trouble.UNUSABLE,
    Misbehaviour.MALFORMED: Trouble.UNUSABLE,
    Misbehaviour.PROVIDER_ERROR: Trouble.UNAVAILABLE,
    Misbehaviour.PROVIDER_REFUSES: Trouble.REFUSED,
}


def simulator_of(client: httpx2.AsyncClient) -> RldSimulator:
    transport: Any = client._transport
    simulator = transport.app.apps["passport"].state.rld_simulator
    assert isinstance(simulator, RldSimulator)
    return simulator


async def test_whatever_goes_wrong_the_clerk_is_told_nothing_is_issued_and_the_list_goes_on(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    settings: dict[str, Any] = {"default_cryptosuite": JCS, "rld_timeout_seconds": 0.5}
    async with demo_client(tmp_path / "data", people, **settings) as client:
        client.headers["Accept-Language"] = "en"
        simulator = simulator_of(client)
        await sign_in(client, CLERK)
        simulator.misbehaviour = "Client.BadRequest"
        class_id = (await upload(client, people, form="csv"))["id"]
        for how, trouble in HOWS.items():
            simulator.misbehaviour = how
            answer = (await client.post(f"/issuer/api/classes/{class_id}/compare")).json()
            assert (answer["state"], answer["ready_count"]) == ("uncompared", 0), how
            assert answer["trouble"]["kind"] == trouble, how
            page = await client.get(f"/issuer/classes/{class_id}", headers={"Accept": "text/html"})
            assert TROUBLES[trouble].message in page.text, how
            assert TROUBLES[trouble].fix in page.text, how
            assert (await client.post(f"/issuer/api/classes/{class_id}/submit")).status_code == 409, how
        simulator.misbehaviour = None
        compared = await client.post(f"/issuer/classes/{class_id}/compare")
        assert compared.status_code == 303
        assert len(await issue(client, class_id)) == 29


async def test_a_single_certificate_is_refused_while_the_labour_database_is_out_of_reach(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    sample = demo_class_list(RPL, people).rows[0]
    row = {name: str(value) for name, value in sample.items() if value}
    simulator_of(client).misbehaviour = "Server.ServerProxy.NetworkError"
    refused = await client.post("/issuer/api/credentials", json={"kind": "rpl", "row": row})
    assert refused.status_code == 503, refused.text
    simulator_of(client).misbehaviour = None
    assert (await client.post("/issuer/api/credentials", json={"kind": "rpl", "row": row})).status_code == 202


async def test_a_waiting_list_can_be_put_away(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    simulator_of(client).misbehaviour = "Server.ServerProxy.NetworkError"
    class_id = (await upload(client, people))["id"]
    assert (await client.post(f"/issuer/classes/{class_id}/discard")).status_code == 303
    assert (await client.post(f"/issuer/api/classes/{class_id}/compare")).status_code == 409


async def test_children_the_protected_and_the_dead_are_left_to_a_person_and_look_alike(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    """Rows of three people who are flagged: none is linked, and the clerk cannot tell which is why."""
    await sign_in(client, CLERK)
    numbers = [str(row["rld_number"]) for row in demo_class_list(RPL, people).rows[:3]]
    by_number = {person.rld_number: person for person in people}
    register = simulator_of(client).register
    register.put(by_number[numbers[0]], protected=True)
    register.put(by_number[numbers[1]], deceased=True)
    preview = await upload(client, people)
    told = [problem for problem in preview["problems"] if problem["rule"] == NEEDS_DECISION]
    assert len(told) == 2
    assert len({(problem["message"], problem["fix"], problem["column"]) for problem in told}) == 1
    for word in ("protect", "traffick", "child", "dead", "deceased"):
        assert word not in str(told).lower()
    assert preview["ready_count"] == 27
    assert len(await issue(client, preview["id"])) == 27


async def test_who_is_not_eighteen_today_is_left_to_a_person(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    """The class list and the labour database agree on everything; the age alone is why."""
    number = str(demo_class_list(RPL, people).rows[0]["rld_number"])
    young = tuple(
        replace(person, birth_date=date(SystemClock().now().year - 17, 1, 1))
        if person.rld_number == number
        else person
        for person in people
    )
    async with demo_client(tmp_path / "data", young, default_cryptosuite=JCS) as client:
        await sign_in(client, CLERK)
        preview = await upload(client, young)
        rules = [problem["rule"] for problem in preview["problems"]]
        assert rules.count(NEEDS_DECISION) == 1
        assert preview["ready_count"] == 28
        assert len(await issue(client, preview["id"])) == 28


async def told(simulator: RldSimulator, count: int, status: str = "issued") -> list[dict[str, Any]]:
    """The notices of this status, once there are so many."""
    with anyio.fail_after(40):
        while True:
            found = [n for n in simulator.register.notices.values() if n["status"] == status]
            if len(found) >= count:
                return found
            await anyio.sleep(0.1)


async def test_what_is_issued_and_revoked_is_told_and_nothing_more(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    simulator = simulator_of(client)
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    notices = await told(simulator, 29)
    assert len(notices) == 29
    members = {"notice_id", "rld_number", "credential_type", "title", "level", "on", "status"}
    assert all(notice.keys() == members for notice in notices)
    await revoke(client, issued[0]["credential_id"])
    registry = desk_of(client).context.peers.client("revocation")
    await revoke_own(registry, issued[1]["credential_id"], reason="SUPERSEDED")
    await notices_service.read_registry(desk_of(client))
    await notices_service.tell_all(desk_of(client))
    (revoked,), (superseded,) = await told(simulator, 1, "revoked"), await told(simulator, 1, "superseded")
    assert revoked["rld_number"] != superseded["rld_number"]
    assert "FRAUD" not in str(revoked)
    await notices_service.read_registry(desk_of(client))
    await notices_service.tell_all(desk_of(client))
    assert len(simulator.register.notices) == 31


async def test_of_health_the_labour_database_hears_nothing(client: httpx2.AsyncClient) -> None:
    simulator, desk = simulator_of(client), desk_of(client)
    for issuer, kind in (("medical-desk", "health"), ("phka-trakuon", "rpl")):
        await sign_in(client, f"clerk-{issuer}")
        row = example_row(kind, today=SystemClock().now().date())
        texts = {key: str(value) for key, value in row.items() if value is not None}
        await issue_one(client, kind, texts, approver_of(issuer))
    await notices_service.tell_all(desk)
    (notice,) = await told(simulator, 1)
    assert notice["credential_type"] == "RPLCertificate"
    assert await desk.context.database.read(feed_store.waiting_notices, "medical-desk") == (0, [])


async def test_a_notice_that_cannot_be_told_waits_visibly_and_is_told_once_later(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    clock = FixedClock(SystemClock().now())
    settings: dict[str, Any] = {"default_cryptosuite": JCS}
    async with demo_client(tmp_path / "data", people, clock=clock, **settings) as client:
        client.headers["Accept-Language"] = "en"
        simulator, desk = simulator_of(client), desk_of(client)
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        simulator.misbehaviour = "Server.ServerProxy.NetworkError"
        await issue(client, class_id)
        await notices_service.tell_all(desk)
        page = (await client.get("/issuer", headers={"Accept": "text/html"})).text
        assert "29 notices to the labour database wait" in page
        page = (await client.get("/issuer/labour-database", headers={"Accept": "text/html"})).text
        assert TROUBLES[Trouble.UNAVAILABLE].message in page
        simulator.misbehaviour = None
        clock.advance(timedelta(minutes=5))
        await notices_service.tell_all(desk)
        assert len(simulator.register.notices) == 29
        page = (await client.get("/issuer/labour-database", headers={"Accept": "text/html"})).text
        assert "The labour database has been told everything." in page


async def test_what_happens_to_a_record_opens_a_case_at_the_centre_it_touches_and_nowhere_else(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    simulator, desk = simulator_of(client), desk_of(client)
    await sign_in(client, CLERK)
    await issue(client, (await upload(client, people))["id"])
    numbers = [str(row["rld_number"]) for row in demo_class_list(RPL, people).rows[:4]]
    simulator.register.happen("died", numbers[0])
    simulator.register.happen("merged", numbers[1], merged_into=numbers[2])
    simulator.register.happen("name-corrected", numbers[2], name_latin="OTHER NAME")
    simulator.register.happen("protected", numbers[3])
    await cases.read_events(desk)
    await cases.read_events(desk)
    page = (await client.get("/issuer/labour-database", headers={"Accept": "text/html"})).text
    for kind in ("died", "merged", "name-corrected"):
        assert page.count(cases.CASES[kind].happened) == 1, kind
        assert cases.CASES[kind].next_step in page
    assert cases.CASES["protected"].happened not in page
    assert not any(number in page for number in numbers)
    await sign_in(client, OTHER_CLERK)
    page = (await client.get("/issuer/labour-database", headers={"Accept": "text/html"})).text
    assert cases.CASES["died"].happened not in page
    refused = await client.post(
        "/issuer/labour-database/cases/event-1:phka-trakuon", data={"decision": "go-on"}
    )
    assert refused.status_code == 404
    await sign_in(client, CLERK)
    form = {"decision": "reported"}
    decided = await client.post("/issuer/labour-database/cases/event-1:phka-trakuon", data=form)
    assert decided.status_code == 303
    again = await client.post("/issuer/labour-database/cases/event-1:phka-trakuon", data=form)
    assert again.status_code == 409
    hidden = await client.post("/issuer/labour-database/cases/event-4:phka-trakuon", data=form)
    assert hidden.status_code == 404
    page = (await client.get("/issuer/labour-database", headers={"Accept": "text/html"})).text
    assert cases.CASES["died"].happened not in page


async def test_who_comes_under_protection_meanwhile_gets_nothing_until_a_protection_officer_decides(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    async with demo_client(tmp_path / "data", people, default_cryptosuite=JCS) as client:
        client.headers["Accept-Language"] = "en"
        simulator, desk = simulator_of(client), desk_of(client)
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        number = str(demo_class_list(RPL, people).rows[0]["rld_number"])
        simulator.register.happen("protected", number)
        await cases.read_events(desk)
        assert len(await issue(client, class_id)) == 28
        await sign_in(client, "protection-officer")
        page = (await client.get("/issuer/protection", headers={"Accept": "text/html"})).text
        assert cases.CASES["protected"].happened in page
        decided = await client.post("/issuer/protection/event-1:phka-trakuon", data={"decision": "go-on"})
        assert decided.status_code == 303
        people_held = await desk.context.database.read(case_store.held, [desk.sealed.personal.person(number)])
        assert people_held == frozenset()


async def test_what_was_issued_already_is_not_delivered_to_who_came_under_protection(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator, desk = simulator_of(client), desk_of(client)

    async def nowhere(*_: object) -> None:
        """The wallet is not asked while the class is issued."""

    monkeypatch.setattr(delivery, "deliver_all", nowhere)
    await sign_in(client, CLERK)
    await issue(client, (await upload(client, people))["id"])
    simulator.register.happen("protected", str(demo_class_list(RPL, people).rows[0]["rld_number"]))
    await cases.read_events(desk)
    assert len(await desk.context.database.read(store.undelivered)) == 28


async def upload_without_number(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> tuple[dict[str, Any], DemoPerson]:
    """The sample with the number of its first row left out, and whose it was."""
    text = demo_sample_file(people, "rpl", "en", "csv").decode("utf-8-sig")
    number = str(demo_class_list(RPL, people).rows[0]["rld_number"])
    assert text.count(number) == 1
    files = {"file": ("class.csv", text.replace(number, "").encode())}
    made = await client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
    assert made.status_code == 201, made.text
    return dict(made.json()), next(person for person in people if person.rld_number == number)


def rules_of(preview: dict[str, Any]) -> list[str]:
    return [problem["rule"] for problem in preview["problems"]]


async def test_two_people_of_one_name_go_to_a_queue_and_a_clerk_chooses(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    await sign_in(client, CLERK)
    simulator = simulator_of(client)
    twin = replace(people[0], rld_number="RLD-DEMO-900001")
    meant = demo_class_list(RPL, people).rows[0]["rld_number"]
    for person in people:
        if person.rld_number == meant:
            twin = replace(person, rld_number="RLD-DEMO-900001")
    simulator.register.put(twin)
    preview, person = await upload_without_number(client, people)
    assert rules_of(preview).count(CHOOSE) == 1
    assert preview["ready_count"] == 28
    (row,) = [problem["row"] for problem in preview["problems"] if problem["rule"] == CHOOSE]
    address = f"/issuer/classes/{preview['id']}"
    page = (await client.get(address, headers={"Accept": "text/html"})).text
    assert person.rld_number in page
    assert twin.rld_number in page
    form = {"choice": "0"}
    assert (await client.post(f"{address}/rows/{row}/person", data=form)).status_code == 303
    assert (await client.post(f"{address}/rows/{row}/person", data=form)).status_code == 409
    chosen = (await client.get(f"/issuer/api/classes/{preview['id']}")).json()
    assert chosen["ready_count"] == 29
    assert len(await issue(client, preview["id"])) == 29
    notices = await told(simulator, 29)
    assert person.rld_number in {notice["rld_number"] for notice in notices}
    entries = await desk_of(client).context.database.read(_audit_acts)
    assert entries.count("row.link") == 1


async def test_one_person_of_that_name_is_not_linked_by_name_alone_and_none_of_these_is_an_answer(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    preview, _ = await upload_without_number(client, people)
    assert rules_of(preview).count(CHOOSE) == 1
    assert preview["ready_count"] == 28
    row = next(problem["row"] for problem in preview["problems"] if problem["rule"] == CHOOSE)
    address = f"/issuer/classes/{preview['id']}/rows/{row}/person"
    assert (await client.post(address, data={"choice": "7"})).status_code == 404
    assert (await client.post(address, data={"choice": "none"})).status_code == 303
    decided = (await client.get(f"/issuer/api/classes/{preview['id']}")).json()
    assert rules_of(decided).count(NOBODY) == 1
    assert len(await issue(client, preview["id"])) == 28


async def test_who_is_protected_is_never_shown_as_somebody_to_choose(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    number = str(demo_class_list(RPL, people).rows[0]["rld_number"])
    person = next(person for person in people if person.rld_number == number)
    simulator_of(client).register.put(person, protected=True)
    preview, _ = await upload_without_number(client, people)
    assert rules_of(preview).count(NEEDS_DECISION) == 1
    assert CHOOSE not in rules_of(preview)
    page = (await client.get(f"/issuer/classes/{preview['id']}", headers={"Accept": "text/html"})).text
    assert number not in page


async def test_rows_beyond_what_is_looked_up_are_named_and_nobody_is_asked_about_them(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "MAX_LOOKED_UP", 0)
    await sign_in(client, CLERK)
    preview, _ = await upload_without_number(client, people)
    assert rules_of(preview).count(linking.TOO_MANY) == 1
    assert preview["ready_count"] == 28


async def test_a_register_of_ones_own_serves_as_the_labour_database(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    settings: dict[str, Any] = {"default_cryptosuite": JCS, "rld_source": "register"}
    async with demo_client(tmp_path / "data", people, **settings) as client:
        client.headers["Accept-Language"] = "en"
        desk = desk_of(client)
        await sign_in(client, CLERK)
        assert (await upload(client, people, form="csv"))["ready_count"] == 0
        head = "rld_number,name_km,name_latin,birth_date,sex,province_code,deceased"
        lines = [
            f"{p.rld_number},{p.name_km},{p.name_latin},{p.birth_date},{p.sex},{p.province_code}"
            for p in people
        ]

        async def take(*rows: str) -> None:
            parsed = parse_register_file("\n".join((head, *rows)).encode())
            now = SystemClock().now()
            personal = desk.sealed.personal
            await desk.context.database.write(register.put_rows, personal, parsed, actor="operator", now=now)

        await take(*(line + "," for line in lines))
        preview = await upload(client, people)
        assert len(await issue(client, preview["id"])) == 29
        number = str(demo_class_list(RPL, people).rows[0]["rld_number"])
        await take(*(line + ",yes" for line in lines if line.startswith(number)))
        await cases.read_events(desk)
        page = (await client.get("/issuer/labour-database", headers={"Accept": "text/html"})).text
        assert cases.CASES["died"].happened in page


def _audit_acts(connection: Connection) -> list[str]:
    return list(connection.scalars(select(audit_entry.c.act)))
