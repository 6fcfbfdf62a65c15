"""Tokens that only the trust registry can make: it signs them, and everybody else can but read them.

An *assertion* tells one service who stands behind a session, for a minute. An *access token* (RFC 9068)
lets a program call the API. Both are JWS with EdDSA, each with its own ``typ`` and ``aud``, so that one
is never taken for the other, nor an assertion for one service for that of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from runtime.auth import NotAuthenticated, Principal, Role, require_current
from runtime.entropy import random_token
from runtime.settings import require_service_name
from vc.crypto.keys import KeyType, PublicKey, Signer
from vc.encoding.strict_json import Limits, parse_json_object
from vc.errors import ProtocolError
from vc.jose.jws import parse_jws, sign_jws, verify_jws

ASSERTION_LIFETIME: Final = timedelta(seconds=60)
ACCESS_TOKEN_LIFETIME: Final = timedelta(hours=1)

_API: Final = "api"
_MAX_TOKEN_LENGTH: Final = 4096
_LIMITS: Final = Limits(max_bytes=_MAX_TOKEN_LENGTH, max_depth=4, max_members=60)
_PERSONS: Final = frozenset(role.value for role in Role if role is not Role.SERVICE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    typ: str
    lifetime: timedelta


_ASSERTION: Final = _Kind(typ="passport-assertion+jwt", lifetime=ASSERTION_LIFETIME)
_ACCESS: Final = _Kind(typ="at+jwt", lifetime=ACCESS_TOKEN_LIFETIME)


def issue_assertion(
    principal: Principal, *, audience: str, issuer: str, signer: Signer, now: datetime
) -> str:
    """Tell the service ``audience`` who ``principal`` is; ``issuer`` is our public origin."""
    require_service_name(audience)
    times = (now, now + ASSERTION_LIFETIME)
    return _encode(_ASSERTION, principal, audience=audience, issuer=issuer, signer=signer, times=times)


def issue_access_token(
    principal: Principal,
    *,
    issuer: str,
    signer: Signer,
    now: datetime,
    lifetime: timedelta = ACCESS_TOKEN_LIFETIME,
) -> str:
    """A bearer token for the API, good for ``lifetime`` (at most, and by default, an hour)."""
    times = (now, now + min(lifetime, ACCESS_TOKEN_LIFETIME))
    return _encode(_ACCESS, principal, audience=_API, issuer=issuer, signer=signer, times=times)


def parse_assertion(
    token: str, *, audience: str, issuer: str, keys: Mapping[str, PublicKey], now: datetime
) -> Principal:
    """Who an assertion for ``audience`` speaks of; ``keys`` are the trust registry's, by multikey.

    Raises ``NotAuthenticated``.
    """
    require_service_name(audience)
    return _principal(_decode(_ASSERTION, token, audience=audience, issuer=issuer, keys=keys, now=now))


def parse_access_token(token: str, *, issuer: str, keys: Mapping[str, PublicKey], now: datetime) -> Principal:
    """Whom an API access token was given to. Raises ``NotAuthenticated``."""
    return _principal(_decode(_ACCESS, token, audience=_API, issuer=issuer, keys=keys, now=now))


def key_id_of(token: str) -> str | None:
    """The key a token claims to be signed with: a hint whether to ask for new keys, and no more."""
    if len(token) > _MAX_TOKEN_LENGTH:
        return None
    try:
        return parse_jws(token, _LIMITS).key_id
    except ProtocolError:
        return None


def _encode(
    kind: _Kind,
    principal: Principal,
    *,
    audience: str,
    issuer: str,
    signer: Signer,
    times: tuple[datetime, datetime],
) -> str:
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": principal.subject,
        "name": principal.name,
        "role": principal.role.value,
        "organisation_id": principal.organisation_id,
        "scopes": list(principal.scopes),
        "rld_number": principal.rld_number,
        "identity": principal.identity,
        "licence_number": principal.licence_number,
        "jti": random_token(128),
        "iat": int(times[0].timestamp()),
        "exp": int(times[1].timestamp()),
    }
    header = {"typ": kind.typ, "kid": signer.public_key.multikey}
    return sign_jws(header, orjson.dumps(claims), signer)


def _decode(
    kind: _Kind, token: str, *, audience: str, issuer: str, keys: Mapping[str, PublicKey], now: datetime
) -> dict[str, Any]:
    if len(token) > _MAX_TOKEN_LENGTH:
        raise NotAuthenticated("The token is not good.")
    try:
        jws = parse_jws(token, _LIMITS)
        claims = parse_json_object(jws.payload, _LIMITS)
    except ProtocolError:
        raise NotAuthenticated("The token is not good.") from None
    if jws.header.get("typ") != kind.typ or jws.header.keys() - {"alg", "typ", "kid"}:
        raise NotAuthenticated("The token is of another kind.")
    key = keys.get(jws.key_id or "")
    if key is None or key.key_type is not KeyType.ED25519 or not verify_jws(jws, key):
        raise NotAuthenticated("The token is not good.")
    if claims.get("iss") != issuer or claims.get("aud") != audience:
        raise NotAuthenticated("The token is not meant for this.")
    _text(claims.get("jti"))
    require_current(claims, now, longest=kind.lifetime)
    return dict(claims)


def _principal(claims: Mapping[str, Any]) -> Principal:
    role, scopes = claims.get("role"), claims.get("scopes")
    if not isinstance(role, str) or role not in _PERSONS or not isinstance(scopes, list):
        raise NotAuthenticated("The token is not good.")
    return Principal(
        subject=_text(claims.get("sub")),
        name=_text(claims.get("name")),
        role=Role(role),
        organisation_id=_text_or_none(claims.get("organisation_id")),
        scopes=tuple(_text(scope) for scope in scopes),
        rld_number=_text_or_none(claims.get("rld_number")),
        identity=_text_or_none(claims.get("identity")),
        licence_number=_text_or_none(claims.get("licence_number")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise NotAuthenticated("The token is not good.")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
