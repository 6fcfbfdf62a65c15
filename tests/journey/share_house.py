"""Wallet and verifier together, real but for the issuer, whose copies come from the simulated world."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx2
import orjson
from fastapi import FastAPI
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

import verifier.app
import wallet_api.app
from passport.dispatch import Dispatcher
from runtime import keyring
from runtime.auth import SESSION_COOKIE, Principal, Role
from runtime.clients import AsgiApp, Peers
from runtime.database import Database
from runtime.entropy import format_code
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.rate_limit import RateLimiter
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.sd_jwt_world import issue_sd_jwt, publish_tokens
from tests.signed_in import session_cookie
from tests.simulator import TRUST_LIST_URL, IssuerWorld
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.sd_jwt.disclosures import Path as ClaimPath
from wallet_api import access_log
from wallet_api.service import Delivery
from wallet_api.tables import metadata

CLAIMS = ("nameLatin", "achievement")
BASE_URL = "http://127.0.0.1:8000"
HOLDER, PIN, DURESS = "RLD-0000001", "739184", "206517"
AGENCY, EMPLOYER, EXPIRED = "L-1", "E-1", "L-9"
LICENCE: JsonObject = {
    "licenceNumber": AGENCY,
    "class": "agency",
    "name": {"en": "Lotus Agency", "km": "ភ្នាក់ងារឈូក"},
    "office": "Street 1",
    "phone": "023 000 001",
    "countries": ["JP"],
    "programmes": [],
    "validFrom": "2026-01-01T00:00:00Z",
}
LICENCES: list[JsonValue] = [
    LICENCE,
    LICENCE | {"licenceNumber": "L-2", "name": {"en": "Other Agency", "km": "ភ្នាក់ងារផ្សេង"}},
    LICENCE | {"licenceNumber": EMPLOYER, "class": "employer", "name": {"en": "Rice Mill", "km": "រោងម៉ាស៊ីន"}},
    LICENCE | {"licenceNumber": EXPIRED, "validUntil": "2026-02-01T00:00:00Z"},
]
MEMBER = Principal(
    subject="member", name="Member", role=Role.VERIFIER_MEMBER, organisation_id="o-1", licence_number=AGENCY
)
RETURNEE = Principal(subject="returnee", name="Sok Dara", role=Role.RETURNEE, rld_number=HOLDER)
_KEYRINGS: dict[str, Keyring] = {}


@dataclass(kw_only=True, slots=True)
class ShareHouse:
    """A client of both services, and the world they look at."""

    client: TestClient
    world: IssuerWorld
    wallet: FastAPI
    verifier: FastAPI
    contexts: Mapping[str, ServiceContext]
    copied: list[dict[str, Any]] = field(default_factory=list)
    altered: dict[str, Any] = field(default_factory=dict)
    """Claims that the issuer's copies have instead."""
    issuer_asked: list[str] = field(default_factory=list)
    """Names of certificates that the verifier asked the issuer for."""
    wallet_is_down: bool = False
    photo: dict[str, Any] | None = None
    """What the issuer says of a photo; None while it gives no answer."""
    photos_asked: list[list[str]] = field(default_factory=list)
    while_asked_for_a_photo: Callable[[], Awaitable[None]] | None = None

    def run(self, function: Any, *args: Any) -> Any:
        """Call an async function in the loop of the applications."""
        portal = self.client.portal
        assert portal is not None
        return portal.call(function, *args)

    def cookie(self, app: FastAPI, principal: Principal | None) -> dict[str, str]:
        """The headers of a browser in which ``principal`` is signed in."""
        headers = {"Origin": BASE_URL, "Accept": "text/html", "Accept-Language": "en"}
        if principal is None:
            return headers
        token = session_cookie(app, principal)[SESSION_COOKIE]
        return headers | {"Cookie": f"{SESSION_COOKIE}={token}"}

    def holder_gets(self, path: str, principal: Principal = RETURNEE) -> httpx2.Response:
        """A page of the holder's."""
        response: httpx2.Response = self.client.get(path, headers=self.cookie(self.wallet, principal))
        return response

    def holder_posts(
        self, path: str, fields: Mapping[str, Any], principal: Principal = RETURNEE
    ) -> httpx2.Response:
        """A form of the holder's."""
        response: httpx2.Response = self.client.post(
            path, data=dict(fields), headers=self.cookie(self.wallet, principal), follow_redirects=False
        )
        return response

    def open(
        self, link: str, principal: Principal | None = None, *, accept: str = "application/json"
    ) -> httpx2.Response:
        """Press the button behind a link."""
        headers = self.cookie(self.verifier, principal) | {"Accept": accept}
        response: httpx2.Response = self.client.post(link.removeprefix(BASE_URL), headers=headers)
        return response

    def log(self) -> list[tuple[str, str]]:
        """The holder's access log, newest first: kind and by whom."""
        context = self.contexts["wallet_api"]
        person = context.personal.person(HOLDER)
        entries = context.database.read_now(
            lambda connection: access_log.of_holder(context.personal, connection, person)
        )
        return [(entry.kind.value, entry.by) for entry in entries]


def form(credential_id: str, claims: tuple[str, ...], **fields: str) -> dict[str, Any]:
    """What the form before the PIN sends."""
    return {
        "to": AGENCY,
        "purpose": "ae-work",
        "certificate": [credential_id],
        "claim": [f"{credential_id} {claim}" for claim in claims],
        "hours": "24",
        "views": "1",
        "pin": PIN,
        **fields,
    }


def link_in(response: httpx2.Response) -> str:
    """The link of a share that was just made."""
    assert response.status_code == 200, response.text
    found = re.search(rf"{BASE_URL}/s/[0-9A-Z]+", response.text)
    assert found is not None
    return found[0]


@contextmanager
def open_share_house(folder: Path, **more: Any) -> Iterator[ShareHouse]:
    """Both services with their own databases, joined in memory; ``more`` are settings."""
    world = IssuerWorld()
    publish_tokens(world, {})
    world.publish_trust_list(verifiers=LICENCES)
    peers: dict[str, AsgiApp] = {}
    origins: dict[str, AsgiApp] = {BASE_URL: _publisher(world)}
    given: dict[str, Any] = {
        "data_dir": folder,
        "base_url": BASE_URL,
        "trust_anchor": world.trust_anchor.text,
        "trust_list_url": TRUST_LIST_URL,
        "rate_limits": {"share-open": "10000/minute", "verify-batch": "10000/minute"},
    }
    settings = Settings(**given | more)
    contexts = {name: _context(name, settings, world, peers, origins) for name in ("wallet_api", "verifier")}
    house_of: list[ShareHouse] = []
    peers["issuer"] = _issuer(world, house_of)
    peers["passport"] = Starlette()
    peers["revocation"] = Starlette()
    wallet = wallet_api.app.create_app(contexts["wallet_api"])
    checker = verifier.app.create_app(contexts["verifier"])
    peers["wallet_api"] = _breakable(wallet, house_of)
    peers["verifier"] = checker
    origins[BASE_URL] = _published_beside(checker, origins[BASE_URL])
    apps = {"wallet_api": wallet, "verifier": checker, "passport": FastAPI()}
    with TestClient(Dispatcher(apps), base_url=BASE_URL) as client:
        house = ShareHouse(client=client, world=world, wallet=wallet, verifier=checker, contexts=contexts)
        house_of.append(house)
        yield house
    for context in contexts.values():
        context.database.close()


def give_certificate(house: ShareHouse, index: int = 1, holder: str = HOLDER) -> str:
    """A certificate of the world in the holder's wallet; its id."""
    raw = house.world.issue(index)
    credential_id = str(orjson.loads(raw)["id"])
    delivery = Delivery(
        verify_url=f"{BASE_URL}/v/{index:026}",
        typed_code=format_code(f"{index:012}"),
        certificate_path=f"/centres/poipet/certificates/{index}",
    )
    receive = house.wallet.state.wallet.receive

    async def deliver() -> None:
        await receive(credential_id, rld_number=holder, raw=raw, delivery=delivery)

    house.run(deliver)
    return credential_id


def _context(
    name: str,
    settings: Settings,
    world: IssuerWorld,
    peers: Mapping[str, AsgiApp],
    origins: Mapping[str, AsgiApp],
) -> ServiceContext:
    database = Database.open(settings, name)
    database.upgrade()
    return ServiceContext(
        service=name,
        settings=settings,
        clock=world.clock,
        database=database,
        keyring=_keyring(name),
        peers=Peers(settings, world.clock, name, peers),
        fetcher=Fetcher(settings, world.clock, apps=origins),
        pages=Pages(settings),
        rate_limiter=RateLimiter(),
    )


def _keyring(name: str) -> Keyring:
    """One for all tests: opening a keyring is slow on purpose."""
    if name not in _KEYRINGS:
        keyring._SCRYPT["n"] = keyring._SCRYPT_LIMITS["n"][0]
        _KEYRINGS[name] = Keyring.open(Settings(data_dir=Path(mkdtemp())), name)
    return _KEYRINGS[name]


def _publisher(world: IssuerWorld) -> Starlette:
    async def serve(request: Request) -> Response:
        answer = await world.fetcher.get(f"https://skills-passport.example{request.url.path}")
        body = getattr(answer, "body", None)
        return Response(body) if isinstance(body, bytes) else Response(status_code=503)

    return Starlette(routes=[Route("/{path:path}", serve)])


def _published_beside(checker: AsgiApp, publisher: AsgiApp) -> AsgiApp:
    """What is fetched of our own host: the verifier's doors for wallets, else what the world publishes."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        is_door = str(scope.get("path", "")).startswith(("/verify/request/", "/verify/response/"))
        await (checker if is_door else publisher)(scope, receive, send)

    return serve


def _issuer(world: IssuerWorld, house_of: list[ShareHouse]) -> Starlette:
    """The issuer's copies: of the certificate with this id, for each key."""

    async def copies(request: Request) -> Response:
        asked = await request.json()
        house_of[0].copied.append(asked)
        index = next(
            (
                number
                for number in range(1, 10)
                if orjson.loads(world.issue(number))["id"] == asked["credential_id"]
            ),
            None,
        )
        if index is None:
            return Response(status_code=404)
        texts = [
            issue_sd_jwt(
                world, index, paths=_paths(world, index), **({"cnf": {"jwk": key}} | house_of[0].altered)
            )
            for key in asked["keys"]
        ]
        return JSONResponse({"copies": texts})

    async def shared(request: Request) -> Response:
        name = request.path_params["name"]
        house_of[0].issuer_asked.append(name)
        index = int(name)
        return (
            JSONResponse({"credential": world.issue(index).decode()})
            if index < 10
            else Response(status_code=404)
        )

    async def photo(request: Request) -> Response:
        house_of[0].photos_asked.append((await request.json())["credentials"])
        if (meanwhile := house_of[0].while_asked_for_a_photo) is not None:
            await meanwhile()
        answer = house_of[0].photo
        return Response(status_code=503) if answer is None else JSONResponse(answer)

    return Starlette(
        routes=[
            Route("/issuer/api/people/photo", photo, methods=["POST"]),
            Route("/issuer/api/copies", copies, methods=["POST"]),
            Route("/issuer/api/shared/{name}", shared),
            Route("/issuer/api/shared-by-code/{name}", shared),
        ]
    )


def _paths(world: IssuerWorld, index: int) -> tuple[ClaimPath, ...]:
    """Every claim of the subject by itself, as the issuer has it."""
    return tuple((name,) for name in world.subject(index) if name != "id")


def _breakable(app: FastAPI, house_of: list[ShareHouse]) -> AsgiApp:
    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if house_of and house_of[0].wallet_is_down:
            await Response(status_code=503)(scope, receive, send)
            return
        await app(scope, receive, send)

    return serve


def share(house: ShareHouse, credential_id: str, claims: tuple[str, ...] = CLAIMS, **fields: Any) -> str:
    """Share a certificate; the link."""
    return link_in(house.holder_posts("/wallet/share", form(credential_id, claims, **fields)))


def share_ids(house: ShareHouse) -> list[str]:
    """What stands on the holder's page."""
    return re.findall(r'data-share="([0-9A-Z]+)"', house.holder_gets("/wallet/shares").text)


def everything_kept(connection: Any) -> str:
    """Every row of the wallet's database but the wrapped keys, as one text."""
    tables = [table for table in metadata.sorted_tables if table.name != "person_key"]
    return repr([connection.execute(select(table)).all() for table in tables])
