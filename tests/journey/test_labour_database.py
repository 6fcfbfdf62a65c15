"""The desk and the labour database: what goes wrong is said, nothing is issued, and the class goes on later."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from issuer.class_list import ListKind
from issuer.rld.port import Trouble
from issuer.service.linking import NEEDS_DECISION, TROUBLES
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.in_process import demo_client
from passport.demo_world.people import DemoPerson
from passport.simulators.rld import Misbehaviour, RldSimulator
from runtime.clock import SystemClock
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, issue, upload

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
            assert (answer["state"], answer["ready_count"]) == ("waiting", 0), how
            assert answer["trouble"]["kind"] == trouble, how
            page = await client.get(f"/issuer/classes/{class_id}", headers={"Accept": "text/html"})
            assert TROUBLES[trouble].message in page.text, how
            assert TROUBLES[trouble].fix in page.text, how
            assert (await client.post(f"/issuer/api/classes/{class_id}/issue")).status_code == 409, how
        simulator.misbehaviour = None
        compared = await client.post(f"/issuer/classes/{class_id}/compare")
        assert compared.status_code == 303
        assert len(await issue(client, class_id)) == 29


async def test_a_single_certificate_is_refused_while_the_labour_database_is_out_of_reach(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    sample = demo_class_list(ListKind.RPL, people).rows[0]
    row = {name: str(value) for name, value in sample.items() if value}
    simulator_of(client).misbehaviour = "Server.ServerProxy.NetworkError"
    refused = await client.post("/issuer/api/credentials", json={"kind": "rpl", "row": row})
    assert refused.status_code == 503, refused.text
    simulator_of(client).misbehaviour = None
    assert (await client.post("/issuer/api/credentials", json={"kind": "rpl", "row": row})).status_code == 201


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
    numbers = [str(row["rld_number"]) for row in demo_class_list(ListKind.RPL, people).rows[:3]]
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
    number = str(demo_class_list(ListKind.RPL, people).rows[0]["rld_number"])
    young = tuple(
        replace(person, birth_date=date(SystemClock().now().year - 17, 1, 1))
        if person.rld_number == number
        else person
        for person in people
    )
    async with demo_client(tmp_path / "data", young, default_cryptosuite=JCS) as client:
        await sign_in(client, CLERK)
        preview = await upload(client, young)
        (told,) = [problem for problem in preview["problems"] if problem["rule"] == NEEDS_DECISION]
        assert preview["ready_count"] == 28
        assert len(await issue(client, preview["id"])) == 28
