"""The simulator of the RLD through the client that would speak to the RLD."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from issuer.class_list import Sex
from issuer.identity_link.matching import RldRecord
from issuer.identity_link.rld_client import BATCH_SIZE, RldClient, XRoadRoute
from passport.demo_world.people import DemoPerson, draw_people
from passport.simulators.rld import (
    CLIENT,
    SERVICE,
    SIMULATOR_HEADER,
    RldSimulator,
    SimulatorWarning,
    create_rld_simulator,
)
from vc.errors import EvidenceUnavailable

PEOPLE = draw_people()
ROUTE = XRoadRoute(client=CLIENT, service=SERVICE, user_id="KHclerk1")
PATH = f"/r1/{SERVICE}/persons"
HEADERS = {"X-Road-Client": CLIENT}


@pytest.fixture
def simulator() -> RldSimulator:
    with pytest.warns(SimulatorWarning, match="not the Returnee Labour Database"):
        return RldSimulator(PEOPLE)


def get_persons(app: Any, numbers: list[str], route: XRoadRoute = ROUTE) -> Mapping[str, RldRecord | None]:
    async def ask() -> Mapping[str, RldRecord | None]:
        transport = app if isinstance(app, httpx2.AsyncBaseTransport) else httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://rld") as client:
            return await RldClient(client, route).get_persons(numbers)

    return asyncio.run(ask())


def post(app: Any, headers: Mapping[str, str], content: bytes = b"{}", path: str = PATH) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://rld") as client:
            return await client.post(path, content=content, headers=dict(headers))

    return asyncio.run(send())


def record_of(person: DemoPerson) -> RldRecord:
    return RldRecord(
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
    assert found == {p.rld_number: record_of(p) for p in PEOPLE} | {"RLD-DEMO-999999": None}


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


def test_an_rld_that_is_offline_is_not_read_as_nobody(simulator: RldSimulator) -> None:
    simulator.offline = True
    with pytest.raises(EvidenceUnavailable, match="data exchange"):
        get_persons(simulator.app, ["RLD-DEMO-000001"])
    simulator.offline = False
    assert get_persons(simulator.app, ["RLD-DEMO-000001"])["RLD-DEMO-000001"] is not None


def answering(content: bytes | Exception, status_code: int = 200) -> httpx2.MockTransport:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if isinstance(content, Exception):
            raise content
        return httpx2.Response(status_code, content=content)

    return httpx2.MockTransport(handler)


def person_json(**changes: str) -> bytes:
    person = {
        "rld_number": "RLD-1",
        "name_km": "ក",
        "name_latin": "K",
        "birth_date": "1990-01-01",
        "sex": "F",
        "province_code": "01",
    }
    return json.dumps({"persons": [person | changes]}).encode()


UNUSABLE: dict[str, tuple[bytes | Exception, int]] = {
    "timeout": (httpx2.ReadTimeout("slow"), 200),
    "refused": (httpx2.ConnectError("no"), 200),
    "redirect": (person_json(), 302),
    "provider_error": (person_json(), 500),
    "no_json": (b"<html>", 200),
    "no_persons": (b"{}", 200),
    "person_without_name": (person_json(name_km=""), 200),
    "bad_birth_date": (person_json(birth_date="1990"), 200),
    "unknown_sex": (person_json(sex="?"), 200),
    "someone_else": (person_json(rld_number="RLD-2"), 200),
    "too_long": (b" " * 1_000_001 + person_json(), 200),
}


@pytest.mark.parametrize(("content", "status_code"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_answer_is_not_read_as_nobody(content: bytes | Exception, status_code: int) -> None:
    with pytest.raises(EvidenceUnavailable):
        get_persons(answering(content, status_code), ["RLD-1"])


def test_a_usable_answer_is_read() -> None:
    record = get_persons(answering(person_json()), ["RLD-1"])["RLD-1"]
    assert record is not None
    assert record.sex is Sex.FEMALE


def test_the_call_carries_the_headers_and_the_encoded_path() -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, content=b'{"persons": []}')

    route = XRoadRoute(client="KH/GOV/M é/S", service="KH/GOV/M é/RLD")
    get_persons(httpx2.MockTransport(handler), ["RLD-1"], route)
    assert seen[0].url.raw_path == b"/r1/KH/GOV/M%20%C3%A9/RLD/persons"
    assert seen[0].headers["X-Road-Client"] == "KH/GOV/M%20%C3%A9/S"
    assert uuid.UUID(seen[0].headers["X-Road-Id"]).version == 4
    assert "X-Road-UserId" not in seen[0].headers


def test_no_number_no_call() -> None:
    def never(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("called")

    assert get_persons(httpx2.MockTransport(never), []) == {}
