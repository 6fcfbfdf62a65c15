import base64
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import Response

from runtime import auth
from runtime.auth import (
    NotAuthenticated,
    Principal,
    Role,
    end_session,
    issue_access_token,
    issue_session,
    parse_access_token,
    parse_service_token,
    parse_session,
    safe_next_path,
    service_token,
)
from runtime.clock import FixedClock
from runtime.settings import Settings

CLERK = Principal(
    subject="clerk-1",
    name="សុខា Sokha",
    role=Role.CLERK,
    organisation_id="centre-a",
    scopes=("issue",),
    rld_number=None,
)


def _session_cookie(settings: Settings, now: datetime) -> str:
    response = Response()
    issue_session(response, CLERK, settings=settings, now=now)
    return response.headers["set-cookie"]


def _value(cookie: str) -> str:
    return cookie.split(";", maxsplit=1)[0].partition("=")[2]


def test_a_session_brings_the_principal_back(settings: Settings, clock: FixedClock) -> None:
    cookie = _session_cookie(settings, clock.now())
    assert parse_session(_value(cookie), settings=settings, now=clock.now()) == CLERK


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    settings: Settings, clock: FixedClock
) -> None:
    cookie = _session_cookie(settings, clock.now()).lower()
    assert cookie.startswith("passport_session=")
    for attribute in ("httponly", "samesite=strict", "max-age=28800", "path=/"):
        assert attribute in cookie
    assert "secure" not in cookie
    https = Settings(data_dir=settings.data_dir, base_url="https://a.example")
    assert "; secure" in _session_cookie(https, clock.now()).lower()
    response = Response()
    end_session(response, settings=https)
    assert 'passport_session=""; expires' in response.headers["set-cookie"].lower()


def test_an_access_token_brings_the_principal_back(settings: Settings, clock: FixedClock) -> None:
    token = issue_access_token(CLERK, settings=settings, now=clock.now())
    assert parse_access_token(token, settings=settings, now=clock.now()) == CLERK


def test_a_service_token_is_for_one_service(settings: Settings, clock: FixedClock) -> None:
    token = service_token(caller="issuer", audience="revocation", settings=settings, now=clock.now())
    caller = parse_service_token(token, audience="revocation", settings=settings, now=clock.now())
    assert (caller.subject, caller.role) == ("issuer", Role.SERVICE)
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="trust_registry", settings=settings, now=clock.now())


@pytest.mark.parametrize(
    ("lifetime", "good"),
    [
        (timedelta(seconds=-31), False),
        (timedelta(seconds=-30), True),
        (timedelta(hours=8) - timedelta(seconds=1), True),
        (timedelta(hours=8), False),
    ],
)
def test_a_session_lasts_eight_hours(
    settings: Settings, clock: FixedClock, lifetime: timedelta, good: bool
) -> None:
    token = _value(_session_cookie(settings, clock.now()))
    clock.advance(lifetime)
    if good:
        assert parse_session(token, settings=settings, now=clock.now()) == CLERK
    else:
        with pytest.raises(NotAuthenticated):
            parse_session(token, settings=settings, now=clock.now())


def test_a_service_token_lasts_a_minute(settings: Settings, clock: FixedClock) -> None:
    token = service_token(caller="issuer", audience="revocation", settings=settings, now=clock.now())
    clock.advance(timedelta(seconds=60))
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="revocation", settings=settings, now=clock.now())


def test_an_access_token_cannot_be_asked_to_last_longer(settings: Settings, clock: FixedClock) -> None:
    token = issue_access_token(CLERK, settings=settings, now=clock.now(), lifetime=timedelta(days=365))
    clock.advance(timedelta(hours=1))
    with pytest.raises(NotAuthenticated):
        parse_access_token(token, settings=settings, now=clock.now())


def test_no_kind_of_token_passes_for_another(settings: Settings, clock: FixedClock) -> None:
    now = clock.now()
    session = _value(_session_cookie(settings, now))
    access = issue_access_token(CLERK, settings=settings, now=now)
    service = service_token(caller="issuer", audience="issuer", settings=settings, now=now)
    for token in (access, service):
        with pytest.raises(NotAuthenticated):
            parse_session(token, settings=settings, now=now)
    for token in (session, service):
        with pytest.raises(NotAuthenticated):
            parse_access_token(token, settings=settings, now=now)
    for token in (session, access):
        with pytest.raises(NotAuthenticated):
            parse_service_token(token, audience="issuer", settings=settings, now=now)


def test_a_token_of_another_deployment_is_refused(
    settings: Settings, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other_secret = Settings(data_dir=tmp_path_factory.mktemp("other"))
    other_origin = Settings(data_dir=settings.data_dir, base_url="https://other.example")
    for other in (other_secret, other_origin):
        token = issue_access_token(CLERK, settings=other, now=clock.now())
        with pytest.raises(NotAuthenticated):
            parse_access_token(token, settings=settings, now=clock.now())


def _claims(settings: Settings, now: datetime) -> dict[str, Any]:
    token = issue_access_token(CLERK, settings=settings, now=now)
    return dict(jwt.decode(token, options={"verify_signature": False}))


def _forge(settings: Settings, claims: dict[str, Any], key: bytes | None = None, **header: Any) -> str:
    right = auth._key(auth._ACCESS, settings)
    header = {"typ": "at+jwt"} | header
    return jwt.encode(
        claims, right if key is None else key, algorithm=header.pop("alg", "HS256"), headers=header
    )


def test_the_forgery_helper_makes_good_tokens(settings: Settings, clock: FixedClock) -> None:
    token = _forge(settings, _claims(settings, clock.now()))
    assert parse_access_token(token, settings=settings, now=clock.now()) == CLERK


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp", "jti", "role"])
def test_a_missing_claim_is_refused(settings: Settings, clock: FixedClock, missing: str) -> None:
    claims = _claims(settings, clock.now())
    del claims[missing]
    with pytest.raises(NotAuthenticated):
        parse_access_token(_forge(settings, claims), settings=settings, now=clock.now())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "9999999999"),
        ("exp", 9999999999),
        ("exp", 9999999999.5),
        ("exp", True),
        ("iat", None),
        ("iat", 9999999999),
        ("aud", ["api", "session"]),
        ("aud", "session"),
        ("iss", "https://evil.example"),
        ("role", "service"),
        ("role", "minister"),
        ("role", ["clerk"]),
        ("sub", 7),
        ("sub", ""),
        ("name", 7),
        ("scopes", "issue"),
        ("scopes", [7]),
        ("organisation_id", 7),
        ("rld_number", {}),
    ],
)
def test_a_claim_of_the_wrong_value_is_refused(
    settings: Settings, clock: FixedClock, name: str, value: object
) -> None:
    claims = _claims(settings, clock.now()) | {name: value}
    with pytest.raises(NotAuthenticated):
        parse_access_token(_forge(settings, claims), settings=settings, now=clock.now())


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "passport-session+jwt"},
        {"typ": None},
        {"alg": "HS512"},
        {"alg": "HS384"},
        {"kid": "../../x"},
        {"jku": "https://evil.example/jwks"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://evil.example/x"},
        {"crit": ["exp"]},
        {"cty": "JWT"},
    ],
)
@pytest.mark.filterwarnings("ignore:The HMAC key")  # PyJWT, while the forgery is made with a longer hash
def test_a_header_that_is_not_ours_is_refused(
    settings: Settings, clock: FixedClock, header: dict[str, Any]
) -> None:
    token = _forge(settings, _claims(settings, clock.now()), **header)
    with pytest.raises(NotAuthenticated):
        parse_access_token(token, settings=settings, now=clock.now())


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_refused(settings: Settings, clock: FixedClock, algorithm: str) -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': algorithm, 'typ': 'at+jwt'})}.{part(_claims(settings, clock.now()))}"
    for token in (f"{unsigned}.", unsigned, f"{unsigned}.AAAA"):
        with pytest.raises(NotAuthenticated):
            parse_access_token(token, settings=settings, now=clock.now())


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "{}", "e30.e30.", "x" * 5_000, "ក.ក.ក", "\x00"])
def test_what_is_no_token_is_refused(settings: Settings, clock: FixedClock, token: str) -> None:
    with pytest.raises(NotAuthenticated):
        parse_access_token(token, settings=settings, now=clock.now())


@given(data=st.data())
def test_every_altered_token_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    settings = Settings(
        data_dir=tmp_path_factory.getbasetemp(), session_secret=SecretStr("a secret for these examples only")
    )
    now = datetime.fromisoformat("2026-11-22T08:00:00+00:00")
    token = issue_access_token(CLERK, settings=settings, now=now)
    # The very last symbol has bits that mean nothing, so another symbol can be the same signature.
    place = data.draw(st.integers(0, len(token) - 2))
    character = data.draw(st.sampled_from("AQgw.-_0"))
    assume(token[place] != character)
    with pytest.raises(NotAuthenticated):
        parse_access_token(token[:place] + character + token[place + 1 :], settings=settings, now=now)


@pytest.mark.parametrize(
    "text", ["/", "/issuer", "/issuer/classes/7?lang=km&page=2", "/verify?q=%E1%9E%80", "/a//b"]
)
def test_a_path_on_this_site_is_a_good_next(text: str) -> None:
    assert safe_next_path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "issuer",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: b=c",
        "/\t/evil.example",
        "/a\\b",
        " /a",
        "/ក",
        "/" + "a" * 1_000,
    ],
)
def test_anything_else_is_not(text: str | None) -> None:
    assert safe_next_path(text, default="/home") == "/home"


def test_a_role_of_services_is_not_asked_of_persons() -> None:
    with pytest.raises(ValueError, match="require_service"):
        auth.require_role(Role.SERVICE)
    with pytest.raises(ValueError, match="at least one"):
        auth.require_role()
