"""The simulator of the RLD through the client that would speak to the RLD."""

import asyncio
import dataclasses
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import httpx2
import pytest

from issuer.class_list import Sex
from issuer.rld.messages import BATCH_SIZE
from issuer.rld.port import Notice, NoticeStatus, Photo, PhotoState, RldPerson, RldUnavailable, Trouble
from issuer.rld.remote import XRoadRld
from issuer.rld.xroad import XRoadClient, XRoadRoute
from passport.demo_world.people import DemoPerson, draw_people
from passport.simulators.rld import (
    CLIENT,
    SERVICE,
    SIMULATOR_HEADER,
    Misbehaviour,
    RldSimulator,
    SimulatorWarning,
    create_rld_simulator,
)

T = TypeVar("T")
PEOPLE = draw_people()
ROUTE = XRoadRoute(client=CLIENT, service=SERVICE, user_id="KHclerk1")
PATH = f"/r1/{SERVICE}/persons"
HEADERS = {"X-Road-Client": CLIENT}


@pytest.fixture
def simulator() -> RldSimulator:
    with pytest.warns(SimulatorWarning, match="not the Returnee Labour Database"):
        return RldSimulator(PEOPLE)


def asking(app: Any, ask: Callable[[XRoadRld], Awaitable[T]], **how: Any) -> T:
    async def run() -> T:
        transport = app if isinstance(app, httpx2.AsyncBaseTransport) else httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://rld") as client:
            return await ask(XRoadRld(XRoadClient(client, ROUTE, **how)))

    return asyncio.run(run())


def get_persons(app: Any, numbers: list[str], **how: Any) -> Mapping[str, RldPerson | None]:
    return asking(app, lambda rld: rld.get_persons(numbers), **how)


def post(app: Any, headers: Mapping[str, str], content: bytes = b"{}", path: str = PATH) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://rld") as client:
            return await client.post(path, content=content, headers=dict(headers))

    return asyncio.run(send())


def record_of(person: DemoPerson) -> RldPerson:
    return RldPerson(
        rld_number=person.rld_number,
        name_km=person.name_km,
        name_latin=person.name_latin,
        birth_date=person.birth_date,
        sex=Sex(person.sex),
        province_code=person.province_code,
    )


def test_people_are_found_in_batches_and_strangers_are_none(simulator: RldSimulator) -> None:
    assert len(PEOPLE) > BATCH_SIZE
    numbers = [*(person.rld_number for person in PEOPLE), "RLD-DEMO-999999"]
    found = get_persons(simulator.app, numbers)
    known = {
        # Of every third person a passport was seen.
        p.rld_number: replace(record_of(p), passport_name_latin=None if number % 3 else p.name_latin)
        for number, p in enumerate(PEOPLE)
    }
    assert found == known | {"RLD-DEMO-999999": None}


def test_the_factory_warns_too() -> None:
    with pytest.warns(SimulatorWarning):
        create_rld_simulator(PEOPLE)


def test_an_answer_says_that_it_is_simulated_and_carries_the_headers_of_x_road(
    simulator: RldSimulator,
) -> None:
    call_id = str(uuid.uuid4())
    answer = post(simulator.app, HEADERS | {"X-Road-Id": call_id}, b'{"rld_numbers": []}')
    assert answer.status_code == 200
    assert answer.headers["X-Simulator"] == SIMULATOR_HEADER
    assert answer.headers["X-Road-Id"] == call_id
    assert answer.headers["X-Road-Client"] == CLIENT
    assert answer.headers["X-Road-Service"] == f"{SERVICE}/persons"
    assert len(answer.headers["X-Road-Request-Hash"]) == 88
    assert "X-Road-Error" not in answer.headers


FAULTS = {
    "no_client": ({}, PATH, 400, "Client.BadRequest"),
    "client_of_one_part": ({"X-Road-Client": "CAMBODIA"}, PATH, 400, "Client.BadRequest"),
    "client_with_empty_part": ({"X-Road-Client": "CAMBODIA//X"}, PATH, 400, "Client.BadRequest"),
    "id_no_uuid": (HEADERS | {"X-Road-Id": "1"}, PATH, 400, "Client.BadRequest"),
    "user_without_country": (HEADERS | {"X-Road-UserId": "clerk"}, PATH, 400, "Client.BadRequest"),
    "unknown_service": (HEADERS, f"/r1/{SERVICE}/poor", 500, "Server.ServerProxy.UnknownService"),
}


@pytest.mark.parametrize(("headers", "path", "status_code", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_call_x_road_would_not_pass_is_a_fault(
    simulator: RldSimulator, headers: Mapping[str, str], path: str, status_code: int, fault: str
) -> None:
    answer = post(simulator.app, headers, path=path)
    assert answer.status_code == status_code
    assert answer.headers["X-Road-Error"] == fault
    assert answer.headers["X-Simulator"] == SIMULATOR_HEADER
    assert answer.json().keys() == {"type", "message", "detail"}


BODIES = {
    "no_json": b"{",
    "no_object": b"[]",
    "no_numbers": b"{}",
    "number_no_text": b'{"rld_numbers": [1]}',
    "too_many": json.dumps({"rld_numbers": ["x"] * 101}).encode(),
    "too_long": b" " * 100_001,
    "too_deep": b"[" * 50_000,
    "no_utf8": b'{"rld_numbers": ["\xff"]}',
}


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
def test_a_body_the_rld_cannot_read_is_no_fault_of_x_road(simulator: RldSimulator, content: bytes) -> None:
    answer = post(simulator.app, HEADERS, content)
    assert answer.status_code == 400
    assert "X-Road-Error" not in answer.headers


# What the control makes of it, and whose turn it is then.
MISBEHAVIOURS = {
    Misbehaviour.WRONG_HASH: Trouble.UNUSABLE,
    Misbehaviour.NO_HASH: Trouble.UNUSABLE,
    Misbehaviour.OTHER_CALL: Trouble.UNUSABLE,
    Misbehaviour.REDIRECT: Trouble.CONFIGURATION,
    Misbehaviour.HUGE: Trouble.UNUSABLE,
    Misbehaviour.MALFORMED: Trouble.UNUSABLE,
    Misbehaviour.ENCODED: Trouble.UNUSABLE,
    Misbehaviour.SLOW: Trouble.UNAVAILABLE,
    Misbehaviour.PROVIDER_ERROR: Trouble.UNAVAILABLE,
    Misbehaviour.PROVIDER_REFUSES: Trouble.REFUSED,
    "Client.BadRequest": Trouble.CONFIGURATION,
    "Server.ClientProxy.OutdatedGlobalConf": Trouble.UNAVAILABLE,
    "Server.ServerProxy.AccessDenied": Trouble.REFUSED,
}


def test_every_misbehaviour_is_tried() -> None:
    assert set(Misbehaviour) <= set(MISBEHAVIOURS)


@pytest.mark.parametrize(("how", "trouble"), MISBEHAVIOURS.items(), ids=MISBEHAVIOURS)
def test_a_misbehaving_rld_is_not_read_as_nobody(simulator: RldSimulator, how: str, trouble: Trouble) -> None:
    simulator.misbehaviour = how
    with pytest.raises(RldUnavailable) as caught:
        get_persons(simulator.app, ["RLD-DEMO-000001"], timeout_seconds=0.2)
    assert caught.value.trouble is trouble
    simulator.misbehaviour = None
    assert get_persons(simulator.app, ["RLD-DEMO-000001"])["RLD-DEMO-000001"] is not None


def test_a_redirect_is_not_followed(simulator: RldSimulator) -> None:
    simulator.misbehaviour = Misbehaviour.REDIRECT
    with pytest.raises(RldUnavailable):
        get_persons(simulator.app, ["RLD-DEMO-000001"])
    assert simulator.calls == 1


def test_a_hash_that_is_only_there_will_do_where_the_settings_say_so(simulator: RldSimulator) -> None:
    simulator.misbehaviour = Misbehaviour.WRONG_HASH
    assert get_persons(simulator.app, ["RLD-DEMO-000001"], recompute_hash=False) == {"RLD-DEMO-000001": None}
    simulator.misbehaviour = Misbehaviour.NO_HASH
    with pytest.raises(RldUnavailable):
        get_persons(simulator.app, ["RLD-DEMO-000001"], recompute_hash=False)


def test_the_control_is_there_for_a_process_of_its_own_only(simulator: RldSimulator) -> None:
    assert post(simulator.app, {}, b'{"misbehave": "slow"}', "/control").status_code == 404
    with pytest.warns(SimulatorWarning):
        controlled = RldSimulator(PEOPLE, has_control=True)
    assert post(controlled.app, {}, b'{"misbehave": "slow"}', "/control").status_code == 200
    assert controlled.misbehaviour == "slow"
    happened = post(controlled.app, {}, b'{"happen": "died", "rld_number": "RLD-DEMO-000001"}', "/control")
    assert happened.json() == {"event_id": "event-1"}
    assert post(controlled.app, {}, b'{"happen": "died", "rld_number": "X"}', "/control").status_code == 400


def test_a_caller_that_cannot_be_reached_is_an_outage() -> None:
    for error in (httpx2.ReadTimeout("slow"), httpx2.ConnectError("no")):

        def handler(_: httpx2.Request, error: Exception = error) -> httpx2.Response:
            raise error

        with pytest.raises(RldUnavailable) as caught:
            get_persons(httpx2.MockTransport(handler), ["RLD-1"])
        assert caught.value.trouble is Trouble.UNAVAILABLE


def test_what_happens_is_told_in_order_and_once(simulator: RldSimulator) -> None:
    numbers = [person.rld_number for person in PEOPLE[:4]]
    simulator.register.happen("died", numbers[0])
    simulator.register.happen("merged", numbers[1], merged_into=numbers[2])
    simulator.register.happen("name-corrected", numbers[3], name_latin="NEW NAME")

    async def ask(rld: XRoadRld) -> None:
        page = await rld.get_events("")
        assert [event.kind.value for event in page.events] == ["died", "merged", "name-corrected"]
        assert page.events[1].merged_into == numbers[2]
        assert (await rld.get_events(page.cursor)).events == ()
        found = await rld.get_persons(numbers)
        assert found[numbers[1]] is None
        dead = found[numbers[0]]
        assert dead is not None
        assert dead.deceased

    asking(simulator.app, ask)


def test_a_notice_told_twice_counts_once(simulator: RldSimulator) -> None:
    notice = Notice(
        notice_id="n-1",
        rld_number="RLD-DEMO-000001",
        credential_type="RPLCertificate",
        title="Bricklaying",
        level=2,
        on=date(2026, 11, 22),
        status=NoticeStatus.ISSUED,
    )

    async def tell(rld: XRoadRld) -> None:
        await rld.notify(notice)
        await rld.notify(notice)

    asking(simulator.app, tell)
    assert len(simulator.register.notices) == 1
    assert simulator.register.notices["n-1"]["level"] == 2


def test_a_photo_is_there_or_a_state_says_why_not(simulator: RldSimulator) -> None:
    for number, state in (("RLD-1", "held"), ("RLD-2", "withheld"), ("RLD-3", "none")):
        simulator.register.put(dataclasses.replace(PEOPLE[0], rld_number=number), photo=state)

    async def ask(rld: XRoadRld) -> None:
        photo = await rld.get_photo("photo-RLD-1")
        assert photo.state is PhotoState.HELD
        assert photo.image is not None
        assert photo.image.startswith(b"\x89PNG")
        for number, state in (("RLD-2", PhotoState.WITHHELD), ("RLD-3", PhotoState.NONE)):
            assert await rld.get_photo(f"photo-{number}") == Photo(state=state)

    asking(simulator.app, ask)


def test_whoever_has_that_name_and_birth_date_is_found_and_none_chosen(simulator: RldSimulator) -> None:
    twin = dataclasses.replace(PEOPLE[0], rld_number="RLD-DEMO-900001")
    simulator.register.put(twin)

    async def ask(rld: XRoadRld) -> None:
        found = await rld.find_persons(
            name_km=twin.name_km, name_latin=twin.name_latin, birth_date=twin.birth_date
        )
        assert {person.rld_number for person in found} == {PEOPLE[0].rld_number, twin.rld_number}

    asking(simulator.app, ask)
