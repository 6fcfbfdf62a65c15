"""API clients that show themselves by a signature instead of a secret (RFC 7521, RFC 7523).

The keys are those registered beforehand and no others: a statement that brings a key, or names a place
of one, is refused by ``vc.jose.jws``. Each statement is good once, for five minutes at most.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from runtime.auth import Principal
from runtime.service import ServiceContext
from trust_registry import store
from trust_registry.accounts import CLIENT_KEY_TYPES, client_principal, client_with_licence
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import NotAuthorized, ProtocolError
from vc.jose.jws import UnverifiedJws, parse_jws, verify_jws

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFETIME: Final = timedelta(minutes=5)
TOKEN_PATH: Final = "/token"  # noqa: S105
_SKEW: Final = timedelta(seconds=30)
_MAX_LENGTH: Final = 4_096
_MAX_ID: Final = 200
_LIMITS: Final = Limits(max_bytes=_MAX_LENGTH, max_depth=4, max_members=60)
_HEADER: Final = frozenset({"alg", "kid", "typ"})
_TYPES: Final = frozenset({"JWT", "client-authentication+jwt"})
_BAD: Final = "The client's statement is not good."


async def authenticate_by_assertion(
    context: ServiceContext, *, kind: str, assertion: str, client_id: str | None
) -> Principal:
    """The program that signed ``assertion``; ``client_id`` is what it calls itself beside it, if it does.

    Raises ``NotAuthorized`` for every fault.
    """
    if kind != ASSERTION_TYPE or len(assertion) > _MAX_LENGTH:
        raise NotAuthorized(_BAD)
    jws, claims = _read(assertion)
    subject = claims.get("sub")
    if not isinstance(subject, str) or claims.get("iss") != subject or client_id not in (None, subject):
        raise NotAuthorized(_BAD)
    client, licence_number = await context.database.read(client_with_licence, subject)
    if client is None or not any(_signed(jws, PublicKey.from_multikey(key)) for key in client.keys):
        raise NotAuthorized(_BAD)
    now = context.clock.now()
    _require_audience(claims.get("aud"), context.settings.base_url)
    expires = _require_times(claims, now)
    digest = _digest(subject, claims.get("jti"))
    if not await context.database.write(store.use_assertion, digest, expires=expires, now=now):
        raise NotAuthorized(_BAD)
    return client_principal(client, licence_number)


def _read(assertion: str) -> tuple[UnverifiedJws, JsonObject]:
    try:
        jws = parse_jws(assertion, _LIMITS)
        claims = parse_json_object(jws.payload, _LIMITS)
    except ProtocolError:
        raise NotAuthorized(_BAD) from None
    if not jws.header.keys() <= _HEADER or jws.header.get("typ", "JWT") not in _TYPES:
        raise NotAuthorized(_BAD)
    return jws, claims


def _signed(jws: UnverifiedJws, key: PublicKey) -> bool:
    return key.key_type in CLIENT_KEY_TYPES and verify_jws(jws, key)


def _require_audience(audience: JsonValue, base_url: str) -> None:
    """RFC 7523 section 3: the token endpoint, or this server by its name; no second reader."""
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if audience not in (base_url, f"{base_url}{TOKEN_PATH}"):
        raise NotAuthorized(_BAD)


def _require_times(claims: Mapping[str, JsonValue], now: datetime) -> datetime:
    """When the statement ends. Raises ``NotAuthorized`` unless that is soon, and it has begun."""
    expires = claims.get("exp")
    present, skew = now.timestamp(), _SKEW.total_seconds()
    if type(expires) is not int or not present < expires <= present + LONGEST_LIFETIME.total_seconds():
        raise NotAuthorized(_BAD)
    for name in ("iat", "nbf"):
        begins = claims.get(name, 0)
        if type(begins) is not int or begins > present + skew:
            raise NotAuthorized(_BAD)
    return datetime.fromtimestamp(expires, UTC)


def _digest(client_id: str, statement_id: JsonValue) -> str:
    if not isinstance(statement_id, str) or not 0 < len(statement_id) <= _MAX_ID:
        raise NotAuthorized(_BAD)
    return hashlib.sha256(f"{client_id}\x1f{statement_id}".encode()).hexdigest()
