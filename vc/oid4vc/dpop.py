"""DPoP: whoever uses an access token shows that it has the key the token is bound to (RFC 9449)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from vc.encoding import base64url
from vc.encoding.strict_json import JsonObject, Limits, parse_json_object
from vc.errors import MalformedValue, ProtocolError
from vc.jose.claims import parse_times
from vc.jose.jws import UnverifiedJws, parse_jws, verify_jws
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError
from vc.oid4vc.shown_keys import key_of_jwk, thumbprint

JWT_TYPE: Final = "dpop+jwt"
MAX_SKEW: Final = timedelta(minutes=5)
"""How far from now, on either side, a proof may say that it was made."""

_LIMITS: Final = Limits(max_bytes=4_096, max_depth=6, max_members=60)
_MAX_TEXT: Final = 1_000
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedDpopProof:
    """A proof nobody has verified, and what its claims say (section 4.2)."""

    jws: UnverifiedJws
    jti: str
    method: str
    url: str
    issued_at: datetime
    access_token_hash: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DpopProof:
    """A key whose private half the sender of a request has, by its thumbprint (RFC 7638).

    ``jti`` is good once with that key, until ``expires``.
    """

    thumbprint: str
    jti: str
    expires: datetime


def parse_dpop_proof(text: str) -> UnverifiedDpopProof:
    """Read a DPoP proof.

    Raises MalformedValue and ParseError as ``parse_jws`` does, and MalformedValue for another ``typ``, a
    header without ``jwk``, and claims that are missing or of the wrong kind.
    """
    jws = parse_jws(text, _LIMITS, brings_key=True)
    if jws.header.get("typ") != JWT_TYPE or "jwk" not in jws.header:
        raise MalformedValue("The token is no DPoP proof.", pointer="/typ")
    claims = parse_json_object(jws.payload, _LIMITS)
    issued_at = parse_times(claims).issued_at
    if issued_at is None:
        raise MalformedValue("A DPoP proof must say when it was made.", pointer="/iat")
    return UnverifiedDpopProof(
        jws=jws,
        jti=_text(claims, "jti"),
        method=_text(claims, "htm"),
        url=_text(claims, "htu"),
        issued_at=issued_at,
        access_token_hash=_text(claims, "ath") if "ath" in claims else None,
    )


def verify_dpop_proof(
    text: str, *, method: str, url: str, now: datetime, access_token: str | None = None
) -> DpopProof:
    """What a proof shows for one request (section 4.3); with ``access_token`` it must be made for that.

    Whether its ``jti`` was used before is left to the caller. Raises OAuthError (``invalid_dpop_proof``)
    for every fault.
    """
    try:
        proof = parse_dpop_proof(text)
        key = key_of_jwk(proof.jws.header["jwk"])
    except ProtocolError as error:
        raise _refused(str(error)) from None
    if not verify_jws(proof.jws, key):
        raise _refused("The DPoP proof is not signed with the key that it brings.")
    if proof.method != method or _plain(proof.url) != _plain(url):
        raise _refused("The DPoP proof was made for another request.")
    if not now - MAX_SKEW <= proof.issued_at <= now + MAX_SKEW:
        raise _refused("The DPoP proof was not made just now.")
    if access_token is not None and not _is_hash_of(proof.access_token_hash, access_token):
        raise _refused("The DPoP proof was made for another access token.")
    return DpopProof(thumbprint=thumbprint(key), jti=proof.jti, expires=proof.issued_at + 2 * MAX_SKEW)


def access_token_hash(access_token: str) -> str:
    """The ``ath`` of a token: SHA-256 in base64url (section 4.2)."""
    return base64url.encode(hashlib.sha256(access_token.encode("ascii", "replace")).digest())


def _is_hash_of(given: str | None, access_token: str) -> bool:
    expected = access_token_hash(access_token)
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())


def _plain(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path (section 4.3: query and fragment do not count); None for no URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port, parts.path or "/"


def _text(claims: JsonObject, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise MalformedValue("A claim of the DPoP proof is missing or no text.", pointer=f"/{name}")
    return value


def _refused(why: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_DPOP_PROOF, why)
