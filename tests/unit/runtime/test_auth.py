from datetime import timedelta
from typing import Any

import jwt
import pytest
from starlette.requests import Request
from starlette.responses import Response

from runtime import auth
from runtime.auth import (
    NotAuthenticated,
    Role,
    forget_session,
    parse_service_token,
    safe_next_path,
    service_token,
    session_token_or_none,
    set_session,
)
from runtime.clock import FixedClock
from runtime.entropy import random_token
from runtime.settings import Settings


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(settings: Settings) -> None:
    def cookie_of(settings: Settings) -> str:
        response = Response()
        set_session(response, "TOKEN", settings=settings)
        return response.headers["set-cookie"].lower()

    cookie = cookie_of(settings)
    assert cookie.startswith("passport_session=token;")
    for attribute in ("httponly", "samesite=strict", "max-age=28800", "path=/"):
        assert attribute in cookie
    assert "secure" not in cookie
    https = Settings(data_dir=settings.data_dir, base_url="https://a.example")
    assert "; secure" in cookie_of(https)
    response = Response()
    forget_session(response, settings=https)
    assert 'passport_session=""; expires' in response.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "cookie", ["", "x", "A" * 51, "A" * 53, "a" * 52, "U" * 52, "A" * 51 + "%", "ក" * 52]
)
def test_what_cannot_be_a_session_is_asked_of_nobody(cookie: str) -> None:
    assert session_token_or_none(_request(cookie)) is None


def test_every_session_token_can_be_one() -> None:
    for _ in range(50):
        token = random_token(256)
        assert session_token_or_none(_request(token)) == token


def _request(cookie: str) -> Request:
    header = (b"cookie", f"passport_session={cookie}".encode())
    return Request({"type": "http", "headers": [header]})


def test_a_service_token_is_for_one_service(settings: Settings, clock: FixedClock) -> None:
    token = service_token(caller="issuer", audience="revocation", settings=settings, now=clock.now())
    caller = parse_service_token(token, audience="revocation", settings=settings, now=clock.now())
    assert (caller.subject, caller.role) == ("issuer", Role.SERVICE)
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="trust_registry", settings=settings, now=clock.now())


def test_a_service_token_lasts_a_minute(settings: Settings, clock: FixedClock) -> None:
    token = service_token(caller="issuer", audience="revocation", settings=settings, now=clock.now())
    clock.advance(timedelta(seconds=59))
    parse_service_token(token, audience="revocation", settings=settings, now=clock.now())
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="revocation", settings=settings, now=clock.now())


def test_a_service_token_of_another_deployment_is_refused(
    settings: Settings, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Settings(data_dir=tmp_path_factory.mktemp("other"))
    token = service_token(caller="issuer", audience="revocation", settings=other, now=clock.now())
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="revocation", settings=settings, now=clock.now())


def _forge(settings: Settings, clock: FixedClock, claims: dict[str, Any], **header: Any) -> str:
    token = service_token(caller="issuer", audience="revocation", settings=settings, now=clock.now())
    genuine = dict(jwt.decode(token, options={"verify_signature": False}))
    body = {name: value for name, value in (genuine | claims).items() if value != "gone"}
    header = {"typ": "passport-service+jwt"} | header
    return jwt.encode(body, auth._key(settings), algorithm=header.pop("alg", "HS256"), headers=header)


def test_the_forgery_helper_makes_good_tokens(settings: Settings, clock: FixedClock) -> None:
    parse_service_token(
        _forge(settings, clock, {}), audience="revocation", settings=settings, now=clock.now()
    )


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp", "jti"])
def test_a_missing_claim_is_refused(settings: Settings, clock: FixedClock, missing: str) -> None:
    token = _forge(settings, clock, {missing: "gone"})
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="revocation", settings=settings, now=clock.now())


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 9999999999},
        {"exp": "9999999999"},
        {"exp": True},
        {"iat": 9999999999},
        {"aud": ["revocation", "issuer"]},
        {"iss": "wallet_api"},
        {"sub": "minister", "iss": "minister"},
        {"sub": ""},
    ],
)
def test_a_claim_of_the_wrong_value_is_refused(
    settings: Settings, clock: FixedClock, claims: dict[str, Any]
) -> None:
    with pytest.raises(NotAuthenticated):
        parse_service_token(
            _forge(settings, clock, claims), audience="revocation", settings=settings, now=clock.now()
        )


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"typ": None},
        {"alg": "HS512"},
        {"kid": "../../x"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"crit": ["exp"]},
        {"cty": "JWT"},
    ],
)
@pytest.mark.filterwarnings("ignore:The HMAC key")  # PyJWT, while the forgery is made with a longer hash
def test_a_header_that_is_not_ours_is_refused(
    settings: Settings, clock: FixedClock, header: dict[str, Any]
) -> None:
    token = _forge(settings, clock, {}, **header)
    with pytest.raises(NotAuthenticated):
        parse_service_token(token, audience="revocation", settings=settings, now=clock.now())


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
