"""API keys: shown once, good only as long and as far as they say, refused rather than taken for nobody."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.auth import VERIFIERS, Principal, Role
from runtime.clients import Peers
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.signed_in import access_token, session_cookie
from tests.simulator import ORIGIN, TRUST_LIST_URL, IssuerWorld
from vc.crypto.keys import InMemorySigner
from vc.encoding.strict_json import JsonObject
from verifier import store
from verifier.app import create_app
from verifier.keys import WantedKey, create_key
from verifier.licence_watch import look_once
from verifier.store import ApiKey

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ADMIN = Principal(
    subject="admin",
    name="Admin",
    role=Role.VERIFIER_ADMIN,
    organisation_id="agency-a",
    licence_number="L-1",
)
MEMBER = replace(ADMIN, subject="member", name="Member", role=Role.VERIFIER_MEMBER)
OTHER = replace(ADMIN, subject="other", name="Other", organisation_id="agency-b", licence_number="L-2")
FORM = {
    "name": "Desk",
    "days": "90",
    "scope": ["verify:credentials", "verify:presentations"],
}
KEY = re.compile(r"spk_[0-9A-Z]{10}_[0-9A-Z]{52}")
BODY = {"verifiableCredential": {"type": "nothing that can be checked"}}
LICENCE: JsonObject = {
    "licenceNumber": "L-1",
    "class": "agency",
    "name": {"en": "Agency", "km": "ភ្នាក់ងារ"},
    "office": "Street 1",
    "phone": "023 000 001",
    "countries": ["JP"],
    "programmes": [],
    "validFrom": "2026-01-01T00:00:00Z",
}
SECOND = LICENCE | {"licenceNumber": "L-2"}


@pytest.fixture
def world() -> IssuerWorld:
    return IssuerWorld()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: IssuerWorld) -> Iterator[ServiceContext]:
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})
    settings = Settings(
        data_dir=tmp_path, trust_anchor=world.trust_anchor.text, trust_list_url=TRUST_LIST_URL
    )
    clock = world.clock
    database = Database.open(settings, "verifier")
    database.upgrade()
    yield ServiceContext(
        service="verifier",
        settings=settings,
        clock=clock,
        database=database,
        keyring=Keyring.open(settings, "verifier"),
        peers=Peers(settings, clock, "verifier"),
        fetcher=Fetcher(settings, clock, apps={settings.base_url: _publisher(world)}),
        pages=Pages(settings),
    )
    database.close()


def _publisher(world: IssuerWorld) -> Starlette:
    async def serve(request: Request) -> Response:
        answer = await world.fetcher.get(f"{ORIGIN}{request.url.path}")
        body = getattr(answer, "body", None)
        return Response(body) if isinstance(body, bytes) else Response(status_code=503)

    return Starlette(routes=[Route("/{path:path}", serve)])


class House:
    def __init__(self, context: ServiceContext, world: IssuerWorld) -> None:
        self.context = context
        self.world = world
        self.app = create_app(context)
        self.publish(LICENCE, SECOND)

    def publish(self, *licences: JsonObject, signer: InMemorySigner | None = None) -> None:
        self.world.publish_trust_list(verifiers=list(licences), signer=signer)

    async def status_after_refresh(self, key: str) -> int:
        """The status of a call of the API once every held list has been asked for again."""
        self.clock.advance(timedelta(seconds=self.context.settings.list_refresh_seconds))
        return await self.check(f"Bearer {key}")

    async def kept(self) -> list[ApiKey]:
        keys = await self.context.database.read(store.keys_of, "agency-a")
        return sorted(keys, key=lambda item: item.licence_number)

    def client(self, principal: Principal | None = None, address: str = "192.0.2.7") -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=(address, 1)),
            base_url=self.context.settings.base_url,
            headers={
                "Origin": self.context.settings.base_url,
                "Accept": "text/html",
                "Accept-Language": "en",
            },
            cookies=None if principal is None else session_cookie(self.app, principal),
        )

    async def check(
        self, authorization: str | None, address: str = "192.0.2.7", kind: str = "credentials"
    ) -> int:
        """The status of a call of the API; 401 and 403 say that the key was not good for it."""
        headers = {"Accept": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        async with self.client(address=address) as client:
            response = await client.post(f"/{kind}/verify", json=BODY, headers=headers)
        assert response.status_code != 500
        return response.status_code

    async def make(self, *, licence_number: str = "L-1", **changes: Any) -> str:
        values: dict[str, Any] = {
            "name": "Desk",
            "scopes": frozenset({"verify:credentials", "verify:presentations"}),
            "networks": (),
            "daily_quota": None,
            "days": 90,
        }
        wanted = WantedKey(**values | changes)
        return await create_key(
            self.context,
            wanted,
            source=self.app.state.licences,
            organisation_id="agency-a",
            licence_number=licence_number,
            created_by="admin",
        )

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.context.clock, FixedClock)
        return self.context.clock


@pytest.fixture
def house(context: ServiceContext, world: IssuerWorld) -> House:
    return House(context, world)


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(house: House) -> None:
    async with house.client(ADMIN) as client:
        made = await client.post("/verify/keys", data=FORM)
        assert made.status_code == 201
        (key,) = set(KEY.findall(made.text))
        listed = await client.get("/verify/keys")
    assert key not in listed.text
    assert key[:14] in listed.text
    folder = house.context.settings.data_dir
    assert key[15:].encode() not in b"".join(p.read_bytes() for p in folder.glob("verifier.sqlite3*"))
    open_status = await house.check(None)
    assert open_status not in (401, 403)
    assert await house.check(f"Bearer {key}") == open_status


async def test_a_bad_key_is_never_taken_for_nobody(house: House) -> None:
    key = await house.make()
    last = "0" if key[-1] != "0" else "1"
    for bad in (
        f"Bearer {key[:-1]}{last}",
        f"Bearer {key}0",
        f"Bearer {key.lower()}",
        f"Bearer spk_{'0' * 10}_{'0' * 52}",
        "Bearer spk_",
        "Bearer something-else",
        f"Basic {key}",
        "Bearer",
        "",
    ):
        assert await house.check(bad) == 401, bad
    assert await house.check(f"Bearer {key}") not in (401, 403)


async def test_an_access_token_serves_as_well(house: House) -> None:
    token = access_token(house.app, MEMBER)
    assert await house.check(f"Bearer {token}") not in (401, 403)


async def test_a_revoked_key_is_refused_by_the_next_call(house: House) -> None:
    key = await house.make()
    async with house.client(ADMIN) as client:
        assert (await client.post(f"/verify/keys/{key[4:14]}/revoke")).status_code == 303
    assert await house.check(f"Bearer {key}") == 401


async def test_another_offices_key_is_not_found_and_stays_good(house: House) -> None:
    key = await house.make()
    async with house.client(OTHER) as client:
        assert (await client.post(f"/verify/keys/{key[4:14]}/revoke")).status_code == 404
        assert key[4:14] not in (await client.get("/verify/keys")).text
    assert await house.check(f"Bearer {key}") not in (401, 403)


async def test_a_member_sees_keys_and_cannot_make_or_revoke_them(house: House) -> None:
    key = await house.make()
    async with house.client(MEMBER) as client:
        page = await client.get("/verify/keys")
        assert key[4:14] in page.text
        assert "/revoke" not in page.text
        assert (await client.post("/verify/keys", data=FORM)).status_code == 403
        assert (await client.post(f"/verify/keys/{key[4:14]}/revoke")).status_code == 403
    assert await house.check(f"Bearer {key}") not in (401, 403)


async def test_a_key_ends_by_itself(house: House) -> None:
    key = await house.make(days=1)
    house.clock.advance(timedelta(days=1) - timedelta(seconds=1))
    assert await house.check(f"Bearer {key}") != 401
    house.clock.advance(timedelta(seconds=1))
    assert await house.check(f"Bearer {key}") == 401


async def test_a_key_does_what_it_is_for(house: House) -> None:
    key = await house.make(scopes=frozenset({"verify:credentials"}))
    assert await house.check(f"Bearer {key}") not in (401, 403)
    assert await house.check(f"Bearer {key}", kind="presentations") == 403


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("203.0.113.9", True),
        ("203.0.113.8", False),
        ("198.51.101.1", False),
        ("2001:db8:1::5", True),
        ("2001:db8:2::5", False),
        ("unknown", False),
    ],
)
async def test_a_key_works_only_from_its_addresses(house: House, address: str, allowed: bool) -> None:
    key = await house.make(networks=("198.51.100.0/24", "203.0.113.9", "2001:db8:1::/48"))
    status = await house.check(f"Bearer {key}", address)
    assert (status not in (401, 403)) is allowed
    assert allowed or status == 403


async def test_the_quota_of_a_day_ends_with_the_day(house: House) -> None:
    key = await house.make(daily_quota=3)
    statuses = [await house.check(f"Bearer {key}") for _ in range(5)]
    assert [status == 429 for status in statuses] == [False] * 3 + [True] * 2
    house.clock.advance(timedelta(hours=21) - timedelta(seconds=1))
    assert await house.check(f"Bearer {key}") == 429
    house.clock.advance(timedelta(seconds=1))
    assert await house.check(f"Bearer {key}") != 429


PAST = "2026-11-01T00:00:00Z"


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"validUntil": "2026-11-22T03:00:06Z"}, True),
        ({"validUntil": "2026-11-22T03:00:05Z"}, False),
        ({"validFrom": "2026-11-22T03:00:06Z"}, False),
        ({"suspensions": [{"from": "2026-11-22T03:00:05Z"}]}, False),
        ({"suspensions": [{"from": "2026-11-22T03:00:06Z"}]}, True),
        ({"suspensions": [{"from": PAST, "until": "2026-11-22T03:00:05Z"}]}, True),
        ({"suspensions": [{"from": PAST, "until": "2026-11-23T00:00:00Z"}]}, False),
        ({"licenceNumber": "L-9"}, False),
        ({"vouchedBy": "L-2"}, True),
        ({"vouchedBy": "L-3"}, False),
        ({"vouchedBy": "did:web:skills-passport.example:trust"}, True),
    ],
)
async def test_the_next_trust_list_decides_which_keys_live(
    house: House, changes: dict[str, Any], good: bool
) -> None:
    key, other = await house.make(), await house.make(licence_number="L-2")
    house.publish(LICENCE | changes, SECOND)
    assert await house.status_after_refresh(key) == (200 if good else 401)
    assert await house.check(f"Bearer {other}") == 200
    await look_once(house.context, house.app.state.licences)
    assert [item.suspended is None for item in await house.kept()] == [good, True]
    house.publish(LICENCE, SECOND)
    assert await house.status_after_refresh(key) == 200, "a licence in force again brings its keys back"
    await look_once(house.context, house.app.state.licences)
    assert [item.suspended for item in await house.kept()] == [None, None]


async def test_a_licence_ends_without_a_new_list(house: House) -> None:
    house.publish(LICENCE | {"validUntil": "2026-11-22T03:00:03Z"})
    key = await house.make()
    house.clock.advance(timedelta(seconds=2))
    assert await house.check(f"Bearer {key}") == 200
    house.clock.advance(timedelta(seconds=1))
    assert await house.check(f"Bearer {key}") == 401


@pytest.mark.parametrize("fault", ["offline", "expired", "forged", "rolled back"])
async def test_without_a_list_in_force_a_key_cannot_be_checked(house: House, fault: str) -> None:
    key, old = await house.make(), house.world.documents[TRUST_LIST_URL]
    match fault:
        case "offline":
            house.world.go_offline(TRUST_LIST_URL)
            house.clock.advance(timedelta(days=2))
        case "expired":
            house.clock.advance(timedelta(days=2))
        case "forged":
            house.publish(LICENCE, signer=house.world.centre)
        case "rolled back":
            house.publish(LICENCE, SECOND)
            assert await house.status_after_refresh(key) == 200
            house.app = create_app(house.context)
            house.world.documents[TRUST_LIST_URL] = old
    assert await house.status_after_refresh(key) == 503
    assert await house.check(f"Bearer {key[:-1]}{'0' if key[-1] != '0' else '1'}") == 401
    async with house.client(ADMIN) as client:
        refused = await client.post("/verify/keys", data=FORM)
    assert refused.status_code == 503
    assert "could not be checked" in refused.text


async def test_the_application_looks_at_licences_by_itself(house: House) -> None:
    await house.make()
    house.publish(LICENCE | {"suspensions": [{"from": PAST}]})
    house.clock.advance(timedelta(minutes=5))
    async with house.app.router.lifespan_context(house.app):
        for _ in range(200):
            if (await house.kept())[0].suspended is not None:
                return
            await anyio.sleep(0.02)
    pytest.fail("the key of a suspended licence was not suspended")


async def test_nobody_is_asked_for_a_list_while_there_is_no_key(house: House) -> None:
    await look_once(house.context, house.app.state.licences)
    assert house.world.fetcher.urls == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"scope": []},
        {"scope": ["admin"]},
        {"days": "0"},
        {"days": "367"},
        {"days": "-1"},
        {"days": "៩"},
        {"networks": "not-an-address"},
        {"networks": " ".join(["192.0.2.1"] * 21)},
        {"daily_quota": "0"},
    ],
)
async def test_a_form_with_one_fault_makes_no_key(house: House, changes: dict[str, Any]) -> None:
    async with house.client(ADMIN) as client:
        response = await client.post("/verify/keys", data=FORM | changes)
        assert response.status_code == 400
        assert "No key yet" in (await client.get("/verify/keys")).text


@pytest.mark.parametrize("number", ["L-2", "l-2", "L-9", "", "'; DROP TABLE api_key; --"])
async def test_nobody_chooses_another_organisations_licence(house: House, number: str) -> None:
    """Row 3: the licence is the one the registry has on file, whatever a form says."""
    house.publish(LICENCE | {"suspensions": [{"from": PAST}]}, SECOND)
    async with house.client(ADMIN) as client:
        refused = await client.post("/verify/keys", data=FORM | {"licence_number": number})
        assert refused.status_code == 403
        assert "not in force" in refused.text
        assert "licence_number" not in refused.text
        house.publish(LICENCE, SECOND)
        house.clock.advance(timedelta(seconds=house.context.settings.list_refresh_seconds))
        made = await client.post("/verify/keys", data=FORM | {"licence_number": number})
    assert made.status_code == 201
    assert [key.licence_number for key in await house.kept()] == ["L-1"]


async def test_without_a_licence_on_file_no_key_is_made(house: House) -> None:
    unknown = replace(ADMIN, licence_number=None)
    async with house.client(unknown) as client:
        page = await client.get("/verify/keys")
        assert "Ask the registrar" in page.text
        assert '<form class="form" method="post" action="/verify/keys"' not in page.text
        refused = await client.post("/verify/keys", data=FORM | {"licence_number": "L-1"})
    assert refused.status_code == 403
    assert "Ask the registrar" in refused.text
    assert await house.kept() == []


async def test_an_organisation_that_lost_its_licence_still_sees_and_revokes_its_keys(house: House) -> None:
    key = await house.make()
    async with house.client(replace(ADMIN, licence_number=None)) as client:
        assert key[4:14] in (await client.get("/verify/keys")).text
        assert (await client.post(f"/verify/keys/{key[4:14]}/revoke")).status_code == 303
    assert await house.check(f"Bearer {key}") == 401


async def test_a_key_stays_under_the_licence_it_was_made_under(house: House) -> None:
    async with house.client(ADMIN) as client:
        await client.post("/verify/keys", data=FORM)
    async with house.client(replace(ADMIN, licence_number="L-2")) as client:
        await client.post("/verify/keys", data=FORM)
        page = (await client.get("/verify/keys")).text
    assert [key.licence_number for key in await house.kept()] == ["L-1", "L-2"]
    assert page.count("spk_") == 2


async def test_an_access_token_dies_with_the_licence_of_its_organisation(house: House) -> None:
    token, other = access_token(house.app, MEMBER), access_token(house.app, OTHER)
    house.publish(LICENCE | {"suspensions": [{"from": PAST}]}, SECOND)
    assert await house.status_after_refresh(token) == 401
    assert await house.check(f"Bearer {other}") == 200
    house.publish(LICENCE, SECOND)
    assert await house.status_after_refresh(token) == 200


@pytest.mark.parametrize("role", sorted(VERIFIERS))
async def test_a_verifiers_access_token_without_a_licence_is_refused(house: House, role: Role) -> None:
    token = access_token(house.app, replace(MEMBER, role=role, licence_number=None))
    assert await house.check(f"Bearer {token}") == 403


async def test_a_centres_access_token_needs_no_licence(house: House) -> None:
    token = access_token(house.app, replace(MEMBER, role=Role.CLERK, licence_number=None))
    house.world.go_offline(TRUST_LIST_URL)
    assert await house.check(f"Bearer {token}") not in (401, 403, 503)


async def test_the_office_comes_from_the_sign_in(house: House) -> None:
    """Row 3: what a form says about its owner is not heard."""
    async with house.client(ADMIN) as client:
        forged = FORM | {"organisation_id": "agency-b", "created_by": "somebody", "revoked": ""}
        assert (await client.post("/verify/keys", data=forged)).status_code == 201
    async with house.client(OTHER) as client:
        assert "No key yet" in (await client.get("/verify/keys")).text
