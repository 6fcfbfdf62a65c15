"""Whatever a stranger sends to the doors of wallets is refused as OAuth refuses, and breaks nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from passport.demo_world.people import draw_people
from tests.demo_copies import demo_client
from tests.journey.wallet_app import error_of, wallet_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

NO_LIMITS = dict.fromkeys(
    ("openid-token", "openid-nonce", "openid-credential", "openid-offer", "openid-par", "openid-metadata"),
    "100000/minute",
)
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FORM_DOORS = ("/openid4vci/token", "/openid4vci/par")
JSON_DOORS = ("/openid4vci/credential", "/openid4vci/deferred_credential", "/openid4vci/notification")
PRE_AUTHORIZED = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code"
BODIES: Mapping[str, tuple[str | None, bytes]] = {
    "empty": (None, b""),
    "empty-json": (JSON, b""),
    "not-json": (JSON, b"{"),
    "json-of-two-values": (JSON, b"{}{}"),
    "json-with-one-member-twice": (JSON, b'{"proofs":{},"proofs":{}}'),
    "json-null": (JSON, b"null"),
    "json-number": (JSON, b"1"),
    "json-list": (JSON, b"[]"),
    "json-text": (JSON, b'"a"'),
    "json-object": (JSON, b"{}"),
    "json-too-deep": (JSON, b"[" * 3_000 + b"]" * 3_000),
    "json-huge-number": (JSON, b'{"a":1e999}'),
    "json-of-utf-16": (JSON, '{"a":1}'.encode("utf-16")),
    "json-with-a-lone-surrogate": (JSON, b'{"transaction_id":"\\ud800","notification_id":"\\ud800"}'),
    "json-with-a-null-character": (JSON, b'{"transaction_id":"\\u0000"}'),
    "json-too-large": (JSON, json.dumps({"proofs": {"jwt": ["a" * 7_999] * 30}}).encode()),
    "json-beyond-every-limit": (JSON, b'"' + b"a" * 1_100_000 + b'"'),
    "form-object": (FORM, b"a=b"),
    "form-field-twice": (FORM, b"grant_type=a&grant_type=b"),
    "form-of-many-fields": (FORM, b"&".join(b"a%d=b" % number for number in range(60))),
    "form-of-latin-1": (FORM, b"code=\xe9"),
    "form-of-half-a-percent": (FORM, b"grant_type=authorization_code&code=%"),
    "form-with-a-null-character": (FORM, b"grant_type=authorization_code&code=%00"),
    "form-with-long-code": (FORM, PRE_AUTHORIZED.encode() + b"&pre-authorized_code=" + b"a" * 5_000),
    "form-with-unknown-code": (FORM, PRE_AUTHORIZED.encode() + b"&pre-authorized_code=x&tx_code=1"),
    "form-with-odd-digits": (FORM, PRE_AUTHORIZED.encode() + b"&pre-authorized_code=x&tx_code=%F0%9F%92%A9"),
    "form-with-unknown-authorization-code": (
        FORM,
        b"grant_type=authorization_code&code=x&code_verifier=y&redirect_uri=z&client_id=w",
    ),
    "form-with-deep-details": (
        FORM,
        PRE_AUTHORIZED.encode() + b"&pre-authorized_code=x&authorization_details=" + b"[" * 500,
    ),
    "form-of-a-password-grant": (FORM, b"grant_type=password&username=a&password=b"),
    "multipart": ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
    "plain-text": ("text/plain", b"hello"),
    "xml": ("application/xml", b"<a/>"),
}
HEADERS: Mapping[str, dict[str, str]] = {
    "none": {},
    "basic": {"Authorization": "Basic YTpi"},
    "bearer-nothing": {"Authorization": "Bearer"},
    "bearer-unknown": {"Authorization": "Bearer " + "A" * 52},
    "bearer-huge": {"Authorization": "Bearer " + "A" * 9_000},
    "dpop-without-proof": {"Authorization": "DPoP " + "A" * 52},
    "dpop-nonsense": {"Authorization": "DPoP " + "A" * 52, "DPoP": "a.b.c"},
    "dpop-huge": {"DPoP": "A" * 9_000},
    "dpop-two-in-one": {"DPoP": "a.b.c, a.b.c"},
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


async def test_every_door_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    async with (
        demo_client(tmp_path, draw_people(), rate_limits=NO_LIMITS) as client,
        wallet_of(client) as wallet,
    ):
        for door in (*FORM_DOORS, *JSON_DOORS):
            for name, (kind, body) in BODIES.items():
                for shown, headers in HEADERS.items():
                    more = {} if kind is None else {"Content-Type": kind}
                    answer = await wallet.client.post(door, content=body, headers={**headers, **more})
                    status, code = error_of(answer)
                    assert 400 <= status < 500, (door, name, shown, code)
        for door in JSON_DOORS:
            answer = await wallet.client.post(door, json={})
            assert error_of(answer)[0] == 401
            assert answer.headers["www-authenticate"].startswith("Bearer error=")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/openid4vci/offers/x"),
        ("GET", "/openid4vci/offers/" + "A" * 3_000),
        ("GET", "/openid4vci/offers/%F0%9F%92%A9"),
        ("GET", "/openid4vci/token"),
        ("DELETE", "/openid4vci/credential"),
        ("GET", "/openid4vci/nothing"),
    ],
)
async def test_other_addresses_and_methods_are_refused_the_same_way(
    tmp_path: Path, method: str, path: str
) -> None:
    async with demo_client(tmp_path, draw_people()) as client, wallet_of(client) as wallet:
        answer = await wallet.client.request(method, path)
        status, code = error_of(answer)
        assert status in (404, 405)
        assert code in ("invalid_request", "invalid_credential_request")


async def test_a_stranger_who_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    async with demo_client(tmp_path, draw_people()) as client, wallet_of(client) as wallet:
        answers: list[Any] = [
            await wallet.client.post("/openid4vci/token", data={"a": "b"}) for _ in range(61)
        ]
        assert error_of(answers[-1]) == (429, "temporarily_unavailable")
        assert int(answers[-1].headers["retry-after"]) > 0
