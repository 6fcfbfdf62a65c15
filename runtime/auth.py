"""Who is asking: sign-in sessions, API access tokens and service tokens.

All three are JWTs with HMAC-SHA-256, each under its own key and with its own ``typ`` and ``aud``, so that
one can never be used as another. The algorithm is pinned here, never taken from the token.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import jwt
from starlette.requests import Request
from starlette.responses import Response

from runtime.entropy import random_token
from runtime.settings import Settings, require_service_name
from vc.errors import NotAuthorized, PassportError

SESSION_COOKIE: Final = "passport_session"
SESSION_LIFETIME: Final = timedelta(hours=8)
ACCESS_TOKEN_LIFETIME: Final = timedelta(hours=1)
SERVICE_TOKEN_LIFETIME: Final = timedelta(seconds=60)
SIGN_IN_PATH: Final = "/sign-in"

_ALGORITHM: Final = "HS256"
_SKEW: Final = timedelta(seconds=30)
_MAX_TOKEN_LENGTH: Final = 4096
_REQUIRED_CLAIMS: Final = ("iss", "aud", "sub", "iat", "exp", "jti")
_API_PREFIXES: Final = ("/credentials/", "/presentations/", "/token", "/status/")
# RFC 6750 section 2.1: the characters of a bearer token.
_BEARER: Final = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/=-]+)")


class Role(StrEnum):
    """What a principal is, and with it what it may do."""

    CLERK = "clerk"
    CENTRE_APPROVER = "centre_approver"
    CENTRE_ADMIN = "centre_admin"
    REGISTRAR = "registrar"
    FRAUD_OFFICER = "fraud_officer"
    SECOND_OFFICER = "second_officer"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    ASSISTED_OFFICER = "assisted_officer"
    PROTECTION_OFFICER = "protection_officer"
    VERIFIER_ADMIN = "verifier_admin"
    VERIFIER_MEMBER = "verifier_member"
    RECRUITER = "recruiter"
    RETURNEE = "returnee"
    SERVICE = "service"


# Who works for a centre, an authority or a verifier, and so answers for others' data.
STAFF: Final = frozenset(Role) - {Role.RECRUITER, Role.RETURNEE, Role.SERVICE}
_PERSONS: Final = tuple(role.value for role in Role if role is not Role.SERVICE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Somebody, or a service of ours, who has shown who they are.

    ``identity`` is the blind index of a verified staff-identity number: two accounts of the same
    one are one person. None where no number was verified.
    """

    subject: str
    name: str
    role: Role
    organisation_id: str | None = None
    scopes: tuple[str, ...] = ()
    rld_number: str | None = None
    identity: str | None = None


class NotAuthenticated(PassportError):
    """Nobody has shown who they are, or what they showed is not good."""


class SignInRequired(NotAuthenticated):
    """A person at a page must sign in first; ``next_path`` is where they wanted to go."""

    def __init__(self, next_path: str) -> None:
        super().__init__("Sign in first.")
        self.next_path = next_path


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """What tells one kind of token from another."""

    typ: str
    secret: str
    lifetime: timedelta


_SESSION: Final = _Kind(typ="passport-session+jwt", secret="session_secret", lifetime=SESSION_LIFETIME)  # noqa: S106
_ACCESS: Final = _Kind(typ="at+jwt", secret="session_secret", lifetime=ACCESS_TOKEN_LIFETIME)  # noqa: S106
_SERVICE: Final = _Kind(typ="passport-service+jwt", secret="service_secret", lifetime=SERVICE_TOKEN_LIFETIME)  # noqa: S106


def issue_session(response: Response, principal: Principal, *, settings: Settings, now: datetime) -> None:
    """Sign ``principal`` in: set the session cookie on ``response``, for eight hours."""
    response.set_cookie(
        SESSION_COOKIE,
        _encode(
            _SESSION,
            _claims_of(principal),
            issuer=settings.base_url,
            audience="session",
            settings=settings,
            now=now,
        ),
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=settings.is_https,
    )


def end_session(response: Response, *, settings: Settings) -> None:
    """Sign out: remove the session cookie."""
    response.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, samesite="strict", secure=settings.is_https
    )


def issue_access_token(
    principal: Principal, *, settings: Settings, now: datetime, lifetime: timedelta = ACCESS_TOKEN_LIFETIME
) -> str:
    """A bearer token for the API, good for ``lifetime`` (at most, and by default, an hour)."""
    return _encode(
        _ACCESS,
        _claims_of(principal),
        issuer=settings.base_url,
        audience="api",
        settings=settings,
        now=now,
        lifetime=min(lifetime, ACCESS_TOKEN_LIFETIME),
    )


def service_token(*, caller: str, audience: str, settings: Settings, now: datetime) -> str:
    """A bearer token by which service ``caller`` shows itself to ``audience``, good for a minute."""
    claims = {"sub": require_service_name(caller)}
    require_service_name(audience)
    return _encode(_SERVICE, claims, issuer=caller, audience=audience, settings=settings, now=now)


def parse_session(token: str, *, settings: Settings, now: datetime) -> Principal:
    """The principal of a session cookie. Raises ``NotAuthenticated``."""
    claims = _decode(
        _SESSION, token, issuer=settings.base_url, audience="session", settings=settings, now=now
    )
    return _principal(claims)


def parse_access_token(token: str, *, settings: Settings, now: datetime) -> Principal:
    """The principal of an API access token. Raises ``NotAuthenticated``."""
    claims = _decode(_ACCESS, token, issuer=settings.base_url, audience="api", settings=settings, now=now)
    return _principal(claims)


def parse_service_token(token: str, *, audience: str, settings: Settings, now: datetime) -> Principal:
    """The service that calls ``audience``. Raises ``NotAuthenticated``."""
    claims = _decode(_SERVICE, token, issuer=None, audience=audience, settings=settings, now=now)
    if claims["iss"] != claims["sub"]:
        raise NotAuthenticated("The service token is not good.")
    return Principal(subject=claims["sub"], name=claims["sub"], role=Role.SERVICE)


async def current_principal_or_none(request: Request) -> Principal | None:
    """FastAPI dependency: who is asking, by access token or session; None where nobody says.

    A bad access token is an error (``NotAuthenticated``); a bad or old session is nobody.
    """
    return principal_or_none(request)


def principal_or_none(request: Request) -> Principal | None:
    """``current_principal_or_none`` for code that is not a dependency.

    Also leaves the answer in ``request.state.principal``, where the pages look for it.
    """
    principal = _find_principal(request)
    request.state.principal = principal
    return principal


def _find_principal(request: Request) -> Principal | None:
    context = request.app.state.context
    settings: Settings = context.settings
    token = _bearer_or_none(request)
    if token is not None:
        return parse_access_token(token, settings=settings, now=context.clock.now())
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        return None
    try:
        return parse_session(cookie, settings=settings, now=context.clock.now())
    except NotAuthenticated:
        return None


def require_role(*roles: Role) -> Callable[[Request], Awaitable[Principal]]:
    """A FastAPI dependency that answers the principal, who has one of ``roles``.

    Nobody: a page raises ``SignInRequired`` (rendered as a redirect), an API ``NotAuthenticated``
    (401). Somebody else: ``NotAuthorized`` (403).
    """
    if not roles or Role.SERVICE in roles:
        raise ValueError("name at least one role of a person; services use require_service")

    async def check(request: Request) -> Principal:
        principal = await require_person(request)
        if principal.role not in roles:
            raise NotAuthorized("This is not for your role.")
        return principal

    return check


async def require_person(request: Request) -> Principal:
    """FastAPI dependency: whoever is signed in, in any role. Raises as ``require_role`` for nobody."""
    principal = principal_or_none(request)
    if principal is None:
        if wants_page(request.scope):
            raise SignInRequired(_wanted_path(request))
        raise NotAuthenticated("An access token is needed.")
    return principal


def require_service(*callers: str) -> Callable[[Request], Awaitable[Principal]]:
    """A FastAPI dependency: one of our services is calling, one of ``callers`` if any are named."""
    allowed = frozenset(require_service_name(caller) for caller in callers)

    async def check(request: Request) -> Principal:
        context = request.app.state.context
        token = _bearer_or_none(request)
        if token is None:
            raise NotAuthenticated("A service token is needed.")
        principal = parse_service_token(
            token, audience=context.service, settings=context.settings, now=context.clock.now()
        )
        if allowed and principal.subject not in allowed:
            raise NotAuthorized("This is not for that service.")
        return principal

    return check


def is_api_path(path: str) -> bool:
    """Whether ``path`` is answered in JSON whatever the client says it accepts."""
    return "/api/" in f"{path}/" or path.startswith(_API_PREFIXES)


def wants_page(scope: Mapping[str, Any]) -> bool:
    """Whether the client is a browser at a page rather than a program at the API."""
    if is_api_path(scope["path"]):
        return False
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accept


def safe_next_path(text: str | None, *, default: str = "/") -> str:
    """``text`` if it is a path on this site to go to after sign-in, else ``default``."""
    if not text or len(text) > 1000 or not re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", text):
        return default
    return text


def _wanted_path(request: Request) -> str:
    if request.method not in ("GET", "HEAD"):
        return "/"
    query = request.url.query
    return safe_next_path(request.url.path + (f"?{query}" if query else ""))


def _bearer_or_none(request: Request) -> str | None:
    values = request.headers.getlist("authorization")
    if not values:
        return None
    match = _BEARER.fullmatch(values[0])
    if len(values) > 1 or match is None:
        raise NotAuthenticated("The Authorization header is not a bearer token.")
    return match.group(1)


def _claims_of(principal: Principal) -> dict[str, Any]:
    return {
        "sub": principal.subject,
        "name": principal.name,
        "role": principal.role.value,
        "organisation_id": principal.organisation_id,
        "scopes": list(principal.scopes),
        "rld_number": principal.rld_number,
        "identity": principal.identity,
    }


def _principal(claims: Mapping[str, Any]) -> Principal:
    role, scopes = claims.get("role"), claims.get("scopes")
    if role not in _PERSONS or not isinstance(scopes, list):
        raise NotAuthenticated("The token is not good.")
    return Principal(
        subject=_text(claims["sub"]),
        name=_text(claims.get("name")),
        role=Role(role),
        organisation_id=_text_or_none(claims.get("organisation_id")),
        scopes=tuple(_text(scope) for scope in scopes),
        rld_number=_text_or_none(claims.get("rld_number")),
        identity=_text_or_none(claims.get("identity")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise NotAuthenticated("The token is not good.")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _key(kind: _Kind, settings: Settings) -> bytes:
    """A key of its own for each kind of token: the secret, separated by the kind's name."""
    return hmac.new(settings.secret(kind.secret).encode(), kind.typ.encode(), hashlib.sha256).digest()


def _encode(
    kind: _Kind,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    audience: str,
    settings: Settings,
    now: datetime,
    lifetime: timedelta | None = None,
) -> str:
    expires = now + (kind.lifetime if lifetime is None else lifetime)
    body = {**claims, "iss": issuer, "aud": audience, "jti": random_token(128)}
    body |= {"iat": int(now.timestamp()), "exp": int(expires.timestamp())}
    return jwt.encode(body, _key(kind, settings), algorithm=_ALGORITHM, headers={"typ": kind.typ})


def _decode(
    kind: _Kind, token: str, *, issuer: str | None, audience: str, settings: Settings, now: datetime
) -> dict[str, Any]:
    if len(token) > _MAX_TOKEN_LENGTH:
        raise NotAuthenticated("The token is not good.")
    try:
        decoded = jwt.decode_complete(
            token,
            _key(kind, settings),
            algorithms=[_ALGORITHM],
            issuer=issuer,
            audience=audience,
            # The times are checked below, against the clock that was given.
            options={
                "require": list(_REQUIRED_CLAIMS),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "strict_aud": True,
            },
        )
    except jwt.PyJWTError:
        raise NotAuthenticated("The token is not good.") from None
    header, claims = decoded["header"], decoded["payload"]
    if header.get("typ") != kind.typ or header.keys() - {"alg", "typ"}:
        raise NotAuthenticated("The token is of another kind.")
    _require_current(kind, claims, now)
    return dict(claims)


def _require_current(kind: _Kind, claims: Mapping[str, Any], now: datetime) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        raise NotAuthenticated("The token is not good.")
    present, skew = now.timestamp(), _SKEW.total_seconds()
    if present >= expires or issued > present + skew or expires - issued > kind.lifetime.total_seconds():
        raise NotAuthenticated("The token is no longer or not yet good.")
