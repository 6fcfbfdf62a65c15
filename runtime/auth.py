"""Who is asking: a person with a session, a program with an access token, or a service of ours.

Sessions and access tokens are the trust registry's (``runtime.sessions``, ``runtime.assertions``).
Service tokens are JWTs with HMAC-SHA-256 under the secret our services share. The algorithm is pinned
here, never taken from the token.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

import jwt
from starlette.requests import Request
from starlette.responses import Response

from runtime.entropy import random_token
from runtime.settings import SERVICES, Settings, require_service_name
from vc.errors import EvidenceUnavailable, NotAuthorized, PassportError

SESSION_COOKIE: Final = "passport_session"
SESSION_LIFETIME: Final = timedelta(hours=8)
SERVICE_TOKEN_LIFETIME: Final = timedelta(seconds=60)
SIGN_IN_PATH: Final = "/sign-in"

_ALGORITHM: Final = "HS256"
_SERVICE_TYP: Final = "passport-service+jwt"
_SKEW: Final = timedelta(seconds=30)
_MAX_TOKEN_LENGTH: Final = 4096
_REQUIRED_CLAIMS: Final = ("iss", "aud", "sub", "iat", "exp", "jti")
_API_PREFIXES: Final = ("/credentials/", "/presentations/", "/cards/", "/token", "/status/")
# RFC 6750 section 2.1: the characters of a bearer token.
_BEARER: Final = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/=-]+)")
# 256 bits as runtime.entropy.random_token writes them.
_SESSION_TOKEN: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{52}")


class Role(StrEnum):
    """What a principal is, and with it what it may do."""

    CLERK = "clerk"
    HEALTH_CLERK = "health_clerk"
    CENTRE_APPROVER = "centre_approver"
    CENTRE_ADMIN = "centre_admin"
    REGISTRAR = "registrar"
    FRAUD_OFFICER = "fraud_officer"
    SECOND_OFFICER = "second_officer"
    AUDITOR = "auditor"
    OBSERVER = "observer"
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
# Whose programs are let in only while the licence of their organisation is in force.
VERIFIERS: Final = frozenset({Role.VERIFIER_ADMIN, Role.VERIFIER_MEMBER, Role.RECRUITER})


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Somebody, or a service of ours, who has shown who they are.

    ``identity`` is the blind index of a verified staff-identity number: two accounts of the same
    one are one person. None where no number was verified. ``licence_number`` is what the registry
    has on file for the organisation, in force or not; None for whoever asks under no licence.
    """

    subject: str
    name: str
    role: Role
    organisation_id: str | None = None
    scopes: tuple[str, ...] = ()
    rld_number: str | None = None
    identity: str | None = None
    licence_number: str | None = None


class NotAuthenticated(PassportError):
    """Nobody has shown who they are, or what they showed is not good."""


class SignInRequired(NotAuthenticated):
    """A person at a page must sign in first; ``next_path`` is where they wanted to go."""

    def __init__(self, next_path: str) -> None:
        super().__init__("Sign in first.")
        self.next_path = next_path


class Sessions(Protocol):
    """Where an application learns who is behind a session or an access token."""

    async def by_session(self, token: str) -> Principal | None:
        """Whose session this is; None where it is nobody's, or no longer.

        Raises ``EvidenceUnavailable`` where that could not be found out.
        """

    async def by_access_token(self, token: str) -> Principal:
        """Whom an API access token was given to. Raises ``NotAuthenticated``, ``EvidenceUnavailable``."""


def set_session(response: Response, token: str, *, settings: Settings) -> None:
    """Hand the session's ``token`` to the browser, as a cookie no script and no other site can send."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=settings.is_https,
    )


def forget_session(response: Response, *, settings: Settings) -> None:
    """Take the session cookie from the browser; the session itself ends in the trust registry."""
    response.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, samesite="strict", secure=settings.is_https
    )


def service_token(*, caller: str, audience: str, settings: Settings, now: datetime) -> str:
    """A bearer token by which service ``caller`` shows itself to ``audience``, good for a minute."""
    claims: dict[str, Any] = {
        "iss": require_service_name(caller),
        "sub": caller,
        "aud": require_service_name(audience),
        "jti": random_token(128),
        "iat": int(now.timestamp()),
        "exp": int((now + SERVICE_TOKEN_LIFETIME).timestamp()),
    }
    return jwt.encode(claims, _key(settings), algorithm=_ALGORITHM, headers={"typ": _SERVICE_TYP})


def parse_service_token(token: str, *, audience: str, settings: Settings, now: datetime) -> Principal:
    """The service that calls ``audience``. Raises ``NotAuthenticated``."""
    claims = _decode(token, audience=audience, settings=settings, now=now)
    if claims["iss"] != claims["sub"] or claims["sub"] not in SERVICES:
        raise NotAuthenticated("The service token is not good.")
    return Principal(subject=claims["sub"], name=claims["sub"], role=Role.SERVICE)


async def current_principal_or_none(request: Request) -> Principal | None:
    """FastAPI dependency: who is asking, by access token or session; None where nobody says.

    A bad access token is an error (``NotAuthenticated``); a bad or old session is nobody, and so is
    one that cannot be looked up: a public page is shown to whoever asks.
    """
    return await principal_or_none(request)


async def principal_or_none(request: Request) -> Principal | None:
    """``current_principal_or_none`` for code that is not a dependency.

    Also leaves the answer in ``request.state.principal``, where the pages look for it.
    """
    try:
        return await _find_principal(request)
    except EvidenceUnavailable:
        return None


async def _find_principal(request: Request) -> Principal | None:
    sessions: Sessions = request.app.state.sessions
    request.state.principal = None
    token = bearer_or_none(request)
    if token is not None:
        principal: Principal | None = await sessions.by_access_token(token)
    else:
        cookie = session_token_or_none(request)
        principal = None if cookie is None else await sessions.by_session(cookie)
    request.state.principal = principal
    return principal


def session_token_or_none(request: Request) -> str | None:
    """What stands in the session cookie, if it can be the name of a session at all."""
    cookie = request.cookies.get(SESSION_COOKIE, "")
    return cookie if _SESSION_TOKEN.fullmatch(cookie) else None


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
    """FastAPI dependency: whoever is signed in, in any role. Raises as ``require_role`` for nobody.

    Raises ``EvidenceUnavailable`` where it could not be found out who is asking.
    """
    principal = await _find_principal(request)
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
        token = bearer_or_none(request)
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


def bearer_or_none(request: Request) -> str | None:
    """The bearer token of a request (RFC 6750); None without one, ``NotAuthenticated`` for anything else."""
    values = request.headers.getlist("authorization")
    if not values:
        return None
    match = _BEARER.fullmatch(values[0])
    if len(values) > 1 or match is None:
        raise NotAuthenticated("The Authorization header is not a bearer token.")
    return match.group(1)


def _key(settings: Settings) -> bytes:
    """The shared secret, separated by the kind of token."""
    return hmac.new(
        settings.secret("service_secret").encode(), _SERVICE_TYP.encode(), hashlib.sha256
    ).digest()


def _decode(token: str, *, audience: str, settings: Settings, now: datetime) -> dict[str, Any]:
    if len(token) > _MAX_TOKEN_LENGTH:
        raise NotAuthenticated("The token is not good.")
    try:
        decoded = jwt.decode_complete(
            token,
            _key(settings),
            algorithms=[_ALGORITHM],
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
    if header.get("typ") != _SERVICE_TYP or header.keys() - {"alg", "typ"}:
        raise NotAuthenticated("The token is of another kind.")
    require_current(claims, now, longest=SERVICE_TOKEN_LIFETIME)
    return dict(claims)


def require_current(claims: Mapping[str, Any], now: datetime, *, longest: timedelta) -> None:
    """Raises ``NotAuthenticated`` unless ``now`` lies in a token's time, which is at most ``longest``."""
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise NotAuthenticated("The token is not good.")
    present, skew = now.timestamp(), _SKEW.total_seconds()
    if present >= expires or issued > present + skew or expires - issued > longest.total_seconds():
        raise NotAuthenticated("The token is no longer or not yet good.")
