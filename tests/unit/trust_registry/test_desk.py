"""The registrar's desk: suspending with the blast radius first, lifting, and licences."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from runtime.auth import Principal, Role
from runtime.clients import Peers
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import NOW, browsing, clock_of
from tests.unit.trust_registry.test_life import act, facts
from trust_registry import register_store, store
from trust_registry.app import create_app
from trust_registry.licences import grant_licence
from trust_registry.life import AccreditationState, LicenceState

pytestmark = pytest.mark.anyio

REGISTRAR = Principal(subject="demo-registrar", name="Demo registrar", role=Role.REGISTRAR)
ONE = "/trust/registrar/accreditations/1"
COUNTS = [
    {
        "credential_type": "RPLCertificate",
        "qualification_code": "DEMO-RPL-BRL",
        "title": "Bricklaying and masonry",
        "issued": 41,
        "issued_since": 7,
        "in_force": 38,
        "in_force_since": 5,
    },
    {
        "credential_type": "RPLCertificate",
        "qualification_code": "DEMO-RPL-WLD",
        "title": "Welding",
        "issued": 1000,
        "issued_since": 1000,
        "in_force": 1000,
        "in_force_since": 1000,
    },
]


class FakeIssuer:
    """An issuer that answers one thing and remembers what it was asked."""

    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.asked: list[str] = []
        self._status, self._body = status, {"counts": COUNTS} if body is None else body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(f"{scope['path']}?{scope['query_string'].decode()}")
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(self._body).encode()})


def with_issuer(context: ServiceContext, issuer: FakeIssuer) -> ServiceContext:
    peers = Peers(context.settings, context.clock, "trust_registry", {"issuer": issuer})
    return replace(context, peers=peers)


async def test_the_blast_radius_is_shown_before_anything_is_suspended(context: ServiceContext) -> None:
    issuer = FakeIssuer()
    async with browsing(create_app(with_issuer(context, issuer)), REGISTRAR) as client:
        page = (await client.get(f"{ONE}/suspend", params={"from": "2026-11-01"})).text
    assert ">41<" in page
    assert ">38<" in page
    assert ">3<" in page
    assert ">5<" in page
    # Welding is not under this accreditation.
    assert "1000" not in page
    # The day begins in Cambodia.
    asked = [path for path in issuer.asked if "/audit/" not in path]
    assert asked == ["/issuer/api/centres/poipet/counts?since=2026-10-31T17%3A00%3A00Z"]
    found = context.database.read_now(store.standing_accreditation_or_none, 1)
    assert found is not None
    assert found.suspensions == ()


@pytest.mark.parametrize(
    "issuer",
    [
        FakeIssuer(503),
        FakeIssuer(200, {"counts": [{}]}),
        FakeIssuer(200, []),
    ],
    ids=["unavailable", "unreadable", "another-shape"],
)
async def test_an_unanswered_question_is_said_and_does_not_stop_a_suspension(
    context: ServiceContext, issuer: FakeIssuer
) -> None:
    async with browsing(create_app(with_issuer(context, issuer)), REGISTRAR) as client:
        assert "not known how many" in (await client.get(f"{ONE}/suspend")).text
        response = await client.post(f"{ONE}/suspend", data={"reason": "Found forged papers."})
    assert response.status_code == 303


async def test_suspending_and_lifting_are_published_at_once(context: ServiceContext) -> None:
    app = create_app(with_issuer(context, FakeIssuer()))
    async with browsing(app, REGISTRAR) as client:
        first = app.state.publication.require_published().version
        await client.post(f"{ONE}/suspend", data={"reason": "Found forged papers."})
        page = (await client.get(f"{ONE}?done=1")).text
        assert "Found forged papers." in page
        assert "demo-registrar" in page
        clock_of(context).advance(timedelta(hours=1))
        await client.post(f"{ONE}/lift", data={"reason": "They were ours."})
        assert app.state.publication.require_published().version == first + 2
        (entry,) = [
            item
            for item in (await client.get("/trust/list")).json()["credentialSubject"]["issuers"]
            if "accreditations" in item
        ]
    assert entry["accreditations"][0]["suspensions"] == [
        {"from": "2026-11-22T03:00:00Z", "until": "2026-11-22T04:00:00Z"}
    ]


async def test_a_suspension_may_begin_on_an_earlier_day(context: ServiceContext) -> None:
    async with browsing(create_app(with_issuer(context, FakeIssuer())), REGISTRAR) as client:
        await client.post(f"{ONE}/suspend", data={"reason": "Forged.", "from": "2026-11-01"})
    found = context.database.read_now(store.standing_accreditation_or_none, 1)
    assert found is not None
    assert found.suspensions[0].begins == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert found.state_at(NOW) is AccreditationState.SUSPENDED


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (f"{ONE}/suspend", {"reason": ""}),
        (f"{ONE}/suspend", {"reason": "Forged.", "from": "yesterday"}),
        (f"{ONE}/lift", {"reason": ""}),
        ("/trust/registrar/licences/OK-1/suspend", {"reason": ""}),
        ("/trust/registrar/licences/OK-1/suspend", {"reason": "Late.", "from": "yesterday"}),
        ("/trust/registrar/licences/OK-1/amend", {"reason": "Moved.", "office": "", "phone": "1"}),
    ],
)
async def test_a_decision_with_one_fault_changes_nothing(
    context: ServiceContext, path: str, form: dict[str, str]
) -> None:
    context.database.write_now(grant_licence, "OK-1", facts(), act())
    async with browsing(create_app(with_issuer(context, FakeIssuer())), REGISTRAR) as client:
        response = await client.post(path, data=form)
    assert response.status_code == 400
    found = context.database.read_now(store.read_register)
    assert [len(item.events) for item in found.accreditations] == [1]
    assert [len(item.events) for item in found.licences] == [1]


DESK: list[tuple[str, str]] = [
    ("GET", ONE),
    ("GET", f"{ONE}/suspend"),
    ("POST", f"{ONE}/suspend"),
    ("POST", f"{ONE}/lift"),
    ("GET", "/trust/registrar/licences"),
    ("POST", "/trust/registrar/licences"),
    ("GET", "/trust/registrar/licences/OK-1"),
    ("POST", "/trust/registrar/licences/OK-1/suspend"),
    ("GET", "/trust/registrar/applications"),
    ("GET", "/trust/registrar/applications/1"),
    ("POST", "/trust/registrar/applications/1/answer"),
]


@pytest.mark.parametrize(("method", "path"), DESK)
async def test_the_desk_is_for_nobody_else(context: ServiceContext, method: str, path: str) -> None:
    app = create_app(context)
    async with browsing(app) as client:
        assert (await client.request(method, path)).status_code == 303
    for role in set(Role) - {Role.SERVICE, Role.REGISTRAR}:
        async with browsing(app, Principal(subject="x", name="X", role=role)) as client:
            assert (await client.request(method, path)).status_code == 403


LICENCE: dict[str, Any] = {
    "class": "agency",
    "number": "new/1",
    "name_km": "ភ្នាក់ងារ",
    "name_en": "Agency",
    "office": "1 Road",
    "phone": "023 000 000",
    "country": ["JP"],
    "programme": ["jp-ssw"],
    "valid_from": "2026-11-22",
    "valid_until": "2027-11-21",
    "reason": "Paid and inspected.",
}


async def test_a_licence_is_granted_changed_suspended_lifted_and_ended(context: ServiceContext) -> None:
    one = "/trust/registrar/licences/NEW-1"
    states: list[LicenceState] = []

    def look() -> None:
        found = context.database.read_now(register_store.licence_or_none, "NEW-1")
        assert found is not None
        states.append(found.state_at(clock_of(context).now()))

    async with browsing(create_app(context), REGISTRAR) as client:
        response = await client.post("/trust/registrar/licences", data=LICENCE)
        assert (response.status_code, response.headers["location"]) == (303, f"{one}?done=1")
        look()
        moved = {"office": "2 Road", "phone": "023 000 001", "valid_until": "", "reason": "Moved."}
        for decision, form in (
            ("amend", moved),
            ("suspend", {"reason": "Complaint."}),
            ("lift", {"reason": "Settled."}),
            ("end", {"reason": "Closed."}),
        ):
            assert (await client.post(f"{one}/{decision}", data=form)).status_code == 303
            look()
        page = (await client.get(one)).text
    assert [state.value for state in states] == ["licensed", "licensed", "suspended", "licensed", "expired"]
    for reason in ("Paid and inspected.", "Moved.", "Complaint.", "Settled.", "Closed."):
        assert reason in page


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "?"},
        {"class": "broker"},
        {"name_km": ""},
        {"phone": "x"},
        {"country": []},
        {"valid_from": ""},
        {"valid_until": "x"},
        {"reason": ""},
        {"class": "foreign-organisation"},
        {"class": "foreign-organisation", "vouched_by": "NOBODY"},
        {"class": "employer"},
    ],
)
async def test_a_licence_form_with_one_fault_grants_nothing(
    context: ServiceContext, changes: dict[str, Any]
) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        response = await client.post("/trust/registrar/licences", data=LICENCE | changes)
    assert response.status_code == 400
    assert 'class="notice tone-error"' in response.text
    assert context.database.read_now(register_store.licences) == ()


async def test_centres_are_found_by_name_place_and_trade(context: ServiceContext) -> None:
    searches: list[tuple[dict[str, str], Callable[[str], bool]]] = [
        ({"q": "poipet"}, lambda page: "Poipet Training" in page and "Battambang Training" not in page),
        ({"q": "បាត់ដំបង"}, lambda page: "Battambang Training" in page and "Poipet Training" not in page),
        ({"trade": "DEMO-RPL-BRL"}, lambda page: "Poipet Training" in page and "Battambang" not in page),
        ({"trade": "DEMO-RPL-WLD"}, lambda page: "No centre was found" in page),
        ({"q": "<script>"}, lambda page: "No centre was found" in page and 'value="<script>' not in page),
    ]
    async with browsing(create_app(context)) as client:
        for parameters, holds in searches:
            response: httpx2.Response = await client.get("/trust", params=parameters)
            assert holds(response.text), parameters
