"""``private_key_jwt``: a client's signed statement, good once and for us alone; one test per fault."""

from datetime import timedelta
from typing import Any

import anyio
import httpx2
import jwt
import orjson
import pytest

from runtime.assertions import parse_access_token
from runtime.auth import Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import BASE_URL, NOW, clock_of, license_eps
from trust_registry import store
from trust_registry.accounts import create_api_client
from trust_registry.app import create_app
from trust_registry.client_assertions import ASSERTION_TYPE, authenticate_by_assertion
from trust_registry.registry_keys import SessionKeys
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url
from vc.errors import MalformedValue, NotAuthorized
from vc.jose.jws import sign_jws

pytestmark = pytest.mark.anyio

CLIENT = "moip-center"
SECRET = "N7Q2K9X4M1T8V3B6D5H0R7"
ED25519 = InMemorySigner(b"\x01" * 32, "")
P256 = InMemorySigner(b"\x02" * 32, "", key_type=KeyType.P256)
STRANGER = InMemorySigner(b"\x03" * 32, "")
PRESENT = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": CLIENT,
    "sub": CLIENT,
    "aud": f"{BASE_URL}/token",
    "jti": "statement-1",
    "iat": PRESENT,
    "exp": PRESENT + 300,
}


@pytest.fixture(autouse=True)
def client_with_keys(context: ServiceContext) -> None:
    license_eps(context)
    create_api_client(
        context.database,
        client_id=CLIENT,
        keys=[ED25519.public_key, P256.public_key],
        role=Role.RECRUITER,
        organisation_id="eps",
        scopes=frozenset({"verify"}),
    )


def statement(signer: InMemorySigner = ED25519, header: dict[str, Any] | None = None, **claims: Any) -> str:
    chosen = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return sign_jws({"typ": "JWT"} | (header or {}), orjson.dumps(chosen), signer)


async def ask(context: ServiceContext, assertion: str, **fields: str) -> httpx2.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    async with calling(context) as client:
        return await client.post("/token", data=form | fields, headers={"Accept": "application/json"})


def calling(context: ServiceContext) -> httpx2.AsyncClient:
    """A program at the application, which publishes nothing meanwhile."""
    transport = httpx2.ASGITransport(app=create_app(context))
    return httpx2.AsyncClient(transport=transport, base_url=BASE_URL)


@pytest.mark.parametrize("signer", [ED25519, P256], ids=["EdDSA", "ES256"])
@pytest.mark.parametrize("audience", [BASE_URL, f"{BASE_URL}/token", [f"{BASE_URL}/token"]])
async def test_a_signed_statement_gives_an_access_token(
    context: ServiceContext, signer: InMemorySigner, audience: Any
) -> None:
    answer = await ask(context, statement(signer, aud=audience), client_id=CLIENT)
    assert answer.status_code == 200
    principal = parse_access_token(
        answer.json()["access_token"], issuer=BASE_URL, keys=SessionKeys(context.keyring).public, now=NOW
    )
    assert (principal.subject, principal.role, principal.scopes) == (CLIENT, Role.RECRUITER, ("verify",))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example/token"},
        {"aud": f"{BASE_URL}/token/"},
        {"aud": [f"{BASE_URL}/token", "https://elsewhere.example/token"]},
        {"aud": []},
        {"aud": None},
        {"exp": PRESENT},
        {"exp": PRESENT - 1},
        {"exp": PRESENT + 301},
        {"exp": PRESENT + 10**12},
        {"exp": str(PRESENT + 60)},
        {"exp": True},
        {"exp": None},
        {"iat": PRESENT + 31},
        {"nbf": PRESENT + 31},
        {"nbf": "soon"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 201},
        {"jti": 7},
        {"iss": "somebody-else"},
        {"iss": None},
        {"sub": "somebody-else"},
        {"sub": "somebody-else", "iss": "somebody-else"},
        {"sub": 7, "iss": 7},
    ],
)
async def test_a_statement_with_one_fault_in_its_claims_is_refused(
    context: ServiceContext, claims: dict[str, Any]
) -> None:
    await is_refused(context, statement(**claims))


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": STRANGER.public_key.jwk},
        {"jku": "https://elsewhere.example/keys"},
        {"x5u": "https://elsewhere.example/certificate"},
        {"crit": ["b64"]},
        {"typ": "at+jwt"},
        {"cty": "JWT"},
        {"note": "anything else"},
    ],
)
async def test_a_statement_whose_header_names_anything_else_is_refused(
    context: ServiceContext, header: dict[str, Any]
) -> None:
    await is_refused(context, statement(header=header))


async def test_another_key_is_refused_also_when_it_is_brought_along(context: ServiceContext) -> None:
    await is_refused(context, statement(STRANGER))
    await is_refused(context, statement(STRANGER, {"jwk": STRANGER.public_key.jwk}))
    await is_refused(context, statement(STRANGER, {"kid": ED25519.public_key.multikey}))


async def test_no_algorithm_and_a_shared_one_are_refused(context: ServiceContext) -> None:
    await is_refused(context, jwt.encode(CLAIMS, "", algorithm="none"))
    # The public key as the secret: what everybody knows would sign.
    for secret in (ED25519.public_key.raw.ljust(64), ED25519.public_key.multikey.encode()):
        await is_refused(context, jwt.encode(CLAIMS, secret, algorithm="HS256"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "x" * 5_000])
async def test_what_is_no_statement_is_refused(context: ServiceContext, text: str) -> None:
    await is_refused(context, text)


async def test_a_changed_statement_is_refused(context: ServiceContext) -> None:
    header, payload, signature = statement().split(".")
    changed = base64url.encode(orjson.dumps(CLAIMS | {"jti": "statement-2"}))
    await is_refused(context, f"{header}.{changed}.{signature}")
    await is_refused(context, f"{header}.{payload}.{signature[:-4]}AAAA")


@pytest.mark.parametrize(
    "fields", [{"client_secret": SECRET}, {"client_id": "somebody-else"}, {"client_assertion_type": "other"}]
)
async def test_one_way_to_show_oneself_and_no_other_name(
    context: ServiceContext, fields: dict[str, str]
) -> None:
    await is_refused(context, statement(), **fields)


async def is_refused(context: ServiceContext, assertion: str, **fields: str) -> None:
    answer = await ask(context, assertion, **fields)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    # Nothing of it was used up: the good one still is good.
    assert (await ask(context, statement(jti=f"after {hash((assertion, *fields))}"))).status_code == 200


async def test_a_statement_is_good_once(context: ServiceContext) -> None:
    assertion = statement()
    assert (await ask(context, assertion)).status_code == 200
    assert (await ask(context, assertion)).status_code == 401
    assert (await ask(context, statement(P256))).status_code == 401, "the same number under another key"
    assert (await ask(context, statement(jti="statement-2"))).status_code == 200


async def test_of_one_statement_sent_many_times_at_once_one_is_taken(context: ServiceContext) -> None:
    assertion, taken = statement(), []

    async def send() -> None:
        try:
            await authenticate_by_assertion(context, kind=ASSERTION_TYPE, assertion=assertion, client_id=None)
        except NotAuthorized:
            taken.append(False)
        else:
            taken.append(True)

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(send)
    assert sorted(taken) == [False] * 5 + [True]


async def test_used_statements_are_forgotten_once_they_have_ended(context: ServiceContext) -> None:
    digest, later = "ab" * 32, NOW + timedelta(minutes=5)
    write = context.database.write
    assert await write(store.use_assertion, digest, expires=later, now=NOW)
    assert not await write(store.use_assertion, digest, expires=later, now=later)
    assert await write(store.use_assertion, digest, expires=later, now=later + timedelta(seconds=1))


async def test_a_client_with_keys_has_no_empty_secret(context: ServiceContext) -> None:
    async with calling(context) as client:
        for secret in ("", "None"):
            form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}
            assert (await client.post("/token", data=form)).status_code == 401


async def test_a_client_without_keys_signs_nothing(context: ServiceContext) -> None:
    create_api_client(context.database, client_id=CLIENT, secret=SECRET, role=Role.RECRUITER)
    assert (await ask(context, statement())).status_code == 401


async def test_the_clock_of_a_client_may_be_a_little_ahead(context: ServiceContext) -> None:
    assert (await ask(context, statement(iat=PRESENT + 30))).status_code == 200
    clock_of(context).advance(timedelta(minutes=5))
    assert (await ask(context, statement(jti="later"))).status_code == 401


async def test_a_key_of_another_kind_and_a_client_that_shows_nothing_are_refused(
    context: ServiceContext,
) -> None:
    p384 = InMemorySigner(b"\x02" * 48, "", key_type=KeyType.P384).public_key
    with pytest.raises(MalformedValue):
        create_api_client(context.database, client_id="other", role=Role.RECRUITER, keys=[p384])
    with pytest.raises(MalformedValue):
        create_api_client(context.database, client_id="other", role=Role.RECRUITER)
