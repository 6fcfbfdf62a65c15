"""Every route × nobody, every role and every service: let in or refused as the table says.

Also every id of one house in another's hands, and every body a program may send.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import unquote

import anyio
import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from passport.assembly import assemble, open_contexts
from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import demo_accounts
from passport.dispatch import PREFIXES, Dispatcher
from runtime.auth import SESSION_COOKIE, Role, service_token
from runtime.clock import SystemClock
from runtime.settings import Settings
from tests.architecture.access_table import SERVICES, TABLE, TENANTS, Rule
from tests.cheap_costs import cheap_key_stretching
from tests.demo_copies import demo_client

pytestmark = pytest.mark.anyio

ORIGIN = "http://localhost:8000"
STRANGERS = {
    "clerk-trei-chhlonh": Role.CLERK,
    "verifier-admin-2": Role.VERIFIER_ADMIN,
    "admin-phka-trakuon": Role.CENTRE_ADMIN,
    "returnee-2": Role.RETURNEE,
}
# These end the session that asks, so each walker comes to them last.
ENDING = ("POST /sign-out", "POST /account/sign-out-everywhere", "POST /wallet/kiosk/end")
# Nobody is refused, but an empty name and password are wrong ones.
# Without the password, or the PIN, whoever may use them is refused too.
WRONG_PASSWORD = ("POST /sign-in", "POST /wallet/receive/finish")
MADE_UP = {"kind": "rpl", "lang": "km", "extension": "csv", "cryptosuite": "eddsa-rdfc-2022"}
NO_LIMITS = dict.fromkeys(
    (
        *("agency-check", "application-answer", "apply", "invitation", "provider"),
        *("phone-code", "phone-pin", "phone-sign-in"),
        *("second-step", "share-link", "share-open", "sign-in", "token", "verify-page"),
        *("openid-authorize", "openid-credential", "openid-metadata", "openid-nonce"),
        *("openid-offer", "openid-par", "openid-token"),
        *("wallet-ask", "wallet-poll", "wallet-request", "wallet-response"),
        *("wallet-agency", "wallet-present", "wallet-receive"),
    ),
    "100000/minute",
)


def api_routes(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from api_routes(included.routes, prefix + (route.include_context.prefix or ""))
        elif isinstance(route, APIRoute):
            yield prefix + route.path, route


def routes_of(apps: Iterable[FastAPI]) -> dict[str, APIRoute]:
    return {
        f"{method} {path}": route
        for app in apps
        for path, route in api_routes(app.routes)
        for method in (route.methods or set()) - {"HEAD"}
    }


@pytest.fixture
def house(tmp_path: Path, people: tuple[DemoPerson, ...]) -> Iterator[Dispatcher]:
    """The applications alone, to look at their routes."""
    anchor = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    contexts = open_contexts(Settings(data_dir=tmp_path / "routes", trust_anchor=anchor), SystemClock())
    yield assemble(contexts, people)
    contexts.close()


def test_every_route_has_a_row_and_every_row_a_route(house: Dispatcher) -> None:
    assert set(routes_of(house.apps.values())) == set(TABLE)


# A route with GET and HEAD has one operation id for both.
@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_the_openapi_documents_name_no_route_beyond_the_table(house: Dispatcher) -> None:
    plain = {row.replace(":path}", "}") for row in TABLE}
    for app in house.apps.values():
        for path, methods in app.openapi()["paths"].items():
            named = {f"{method.upper()} {path}" for method in methods} - {f"HEAD {path}"}
            assert named <= plain


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for argument in get_args(annotation):
        yield from models_in(argument)


def test_every_body_a_program_sends_refuses_members_it_does_not_know(house: Dispatcher) -> None:
    """Row 3: nobody sets issuer, status, validity or owner by adding a member."""
    found = set()
    for name, route in routes_of(house.apps.values()).items():
        for annotation in get_type_hints(route.endpoint).values():
            for model in models_in(annotation):
                assert model.model_config.get("extra") == "forbid", (name, model.__name__)
                found.add(name)
    assert "POST /issuer/api/credentials" in found
    assert "POST /revocation/api/entries" in found


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    client: httpx2.AsyncClient
    settings: Settings
    usernames: dict[Role, str]

    async def sign_in(self, username: str) -> dict[str, str]:
        self.client.cookies.clear()
        form = {"username": username, "password": PASSWORD}
        answer = await self.client.post("/sign-in", data=form)
        assert answer.status_code == 303
        token = self.client.cookies[SESSION_COOKIE]
        self.client.cookies.clear()
        return {"Cookie": f"{SESSION_COOKIE}={token}"}

    def as_service(self, caller: str, path: str) -> dict[str, str]:
        audience = PREFIXES.get("/" + path.lstrip("/").split("/", 1)[0], "passport")
        now = SystemClock().now()
        token = service_token(caller=caller, audience=audience, settings=self.settings, now=now)
        return {"Authorization": f"Bearer {token}"}

    async def is_refused(self, row: str, headers: dict[str, str], **ids: str) -> bool:
        method, path = row.split(" ")
        ids = {**MADE_UP, **ids}
        path = re.sub(r"\{(\w+)(?::path)?\}", lambda match: ids.get(match[1], "no-such-thing"), path)
        answer = await self.client.request(method, path, headers={"Accept": "application/json", **headers})
        assert answer.status_code < 500 or answer.status_code == 503, (row, answer.status_code)
        self.client.cookies.clear()
        to_sign_in = answer.headers.get("location", "").startswith("/sign-in?next=")
        return answer.status_code in (401, 403) or (answer.status_code == 303 and to_sign_in)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One for all: whoever is refused changes nothing, and whoever is let in sends nothing to act on."""
    people = draw_people()
    usernames: dict[Role, str] = {}
    for account in demo_accounts(people, PASSWORD):
        usernames.setdefault(account.role, account.username)
    folder = tmp_path_factory.mktemp("house") / "data"
    with cheap_key_stretching():
        async with demo_client(folder, people, base_url=ORIGIN, rate_limits=NO_LIMITS) as client:
            settings = Settings(data_dir=folder, base_url=ORIGIN)
            yield World(client=client, settings=settings, usernames=usernames)


@pytest.fixture(scope="module")
async def ids(world: World) -> dict[str, str]:
    """One class, credential, key and held certificate of somebody of the demo world."""
    return await _real_ids(world)


def in_order() -> list[tuple[str, Rule]]:
    return sorted(TABLE.items(), key=lambda item: item[0] in ENDING)


async def test_nobody_is_let_in_where_the_table_does_not_say_anyone(world: World) -> None:
    for row, rule in TABLE.items():
        if row not in WRONG_PASSWORD:
            assert await world.is_refused(row, {}) is not rule.open, row


@pytest.mark.parametrize("role", sorted(frozenset(Role) - {Role.SERVICE}))
async def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(world: World, role: Role) -> None:
    session = await world.sign_in(world.usernames[role])
    for row, rule in in_order():
        if row in WRONG_PASSWORD:
            continue
        if row in ENDING:
            session = await world.sign_in(world.usernames[role])
        allowed = rule.open or role in rule.roles
        assert await world.is_refused(row, session) is not allowed, row


@pytest.mark.parametrize("caller", sorted(SERVICES))
async def test_each_service_is_let_in_where_the_table_says_and_nowhere_else(
    world: World, caller: str
) -> None:
    for row, rule in TABLE.items():
        if not rule.open:
            refused = await world.is_refused(row, world.as_service(caller, row.split(" ")[1]))
            assert refused is (caller not in rule.services), row


async def _real_ids(world: World) -> dict[str, str]:
    clerk = await world.sign_in("clerk-phka-trakuon")
    sample = (await world.client.get("/demo/samples/rpl-en.csv")).content
    files = {"file": ("class.csv", sample, "text/csv")}
    made = await world.client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files, headers=clerk)
    class_id = made.json()["id"]
    address = f"/issuer/api/classes/{class_id}"
    waiting = (await world.client.post(f"{address}/submit", headers=clerk)).json()
    approver = await world.sign_in("approver-phka-trakuon")
    body = {"proposal": waiting["approval"]["proposal"]}
    await world.client.post(f"{address}/approve", json=body, headers=approver)
    for _ in range(300):
        record = (await world.client.get(f"/issuer/api/classes/{class_id}", headers=clerk)).json()
        if record["state"] == "issued":
            break
        await anyio.sleep(0.1)
    made = await world.client.post(f"/issuer/api/classes/{class_id}/cards", headers=clerk)
    admin = await world.sign_in("verifier-admin")
    form = {"name": "Desk", "days": "9", "scope": "verify:credentials"}
    key = (await world.client.post("/verify/keys", data=form, headers=admin)).text
    returnee = await world.sign_in("returnee-1")
    held: list[str] = []
    for _ in range(100):
        wallet = (await world.client.get("/wallet", headers=returnee | {"Accept": "text/html"})).text
        held = re.findall(r"/wallet/credentials/([^\"/?]+)", wallet)
        if held:
            break
        await anyio.sleep(0.1)
    found = re.search(r"spk_([0-9A-Z]{10})_[0-9A-Z]{52}", key)
    assert found is not None
    return {
        "class_id": class_id,
        "card_id": made.json()["cards"][0]["card_id"],
        "intent_id": record["credentials"][0]["credential"].split("/")[3],
        "key_id": found[1],
        "username": "clerk-trei-chhlonh",
        "credential_id": unquote(held[0]),
    }


# What is read before whose the list is.
_BODIES: Mapping[str, Mapping[str, Any]] = {
    "POST /issuer/api/classes/{class_id}/work": {"json": {"act": "pause"}},
    "POST /issuer/classes/{class_id}/work": {"data": {"act": "pause"}},
    "POST /issuer/classes/{class_id}/take-back": {"data": {"reason": "An error."}},
    "POST /issuer/api/classes/{class_id}/take-back": {"json": {"reason": "An error."}},
    "POST /issuer/api/credentials/{intent_id}/correct": {"json": {"row": {}, "reason": "An error."}},
    "POST /issuer/api/credentials/{intent_id}/offers": {"json": {}},
}


async def test_another_houses_ids_are_not_found(world: World, ids: dict[str, str]) -> None:
    """Row 2: whose it is comes from the sign-in, for every route that names an id."""
    walked = set()
    for name, (_, stranger) in TENANTS.items():
        session, role = await world.sign_in(stranger), STRANGERS[stranger]
        for row, rule in TABLE.items():
            if f"{{{name}" not in row or role not in rule.roles:
                continue
            method, path = row.split(" ")
            path = path.replace("{row}", "2").replace("{part}", "1")
            path = re.sub(r"\{\w+(?::path)?\}", ids[name], path)
            headers = {"Accept": "application/json", **session}
            answer = await world.client.request(method, path, headers=headers, **_BODIES.get(row, {}))
            assert answer.status_code == 404, row
            walked.add(row)
    assert len(walked) == 50


async def test_the_owner_finds_what_the_stranger_does_not(world: World, ids: dict[str, str]) -> None:
    for name, row in (
        ("class_id", "/issuer/api/classes/{}"),
        ("intent_id", "/issuer/credentials/{}/credential.json"),
        ("credential_id", "/wallet/credentials/{}/file"),
    ):
        session = await world.sign_in(TENANTS[name][0])
        assert (await world.client.get(row.format(ids[name]), headers=session)).status_code == 200, row
