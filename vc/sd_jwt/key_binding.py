"""Key binding: the holder's own signature over an SD-JWT as it is presented (RFC 9901 section 4.3)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from vc.crypto.keys import PublicKey, Signer
from vc.encoding import base64url, jcs
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import Finding, MalformedValue, ProblemType
from vc.jose.claims import check_audience, check_times, numeric_date, parse_times
from vc.jose.jws import UnverifiedJws, parse_jws, sign_jws, verify_jws

_TYPE = "kb+jwt"
_LIMITS = Limits(max_bytes=16_384, max_depth=8, max_members=200)
# Presented now: an older one may be a recording, whatever its nonce.
MAX_AGE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedKeyBinding:
    """A key binding nobody has verified."""

    jws: UnverifiedJws
    claims: JsonObject


def parse_key_binding(text: str) -> UnverifiedKeyBinding:
    """Read a key-binding JWT.

    Raises MalformedValue and ParseError as ``parse_jws`` does, and MalformedValue for another ``typ`` or
    where ``iat``, ``aud``, ``nonce`` or ``sd_hash`` is missing or of the wrong kind.
    """
    jws = parse_jws(text, _LIMITS)
    if jws.header.get("typ") != _TYPE:
        raise MalformedValue("The token is no key binding.", pointer="/typ")
    claims = parse_json_object(jws.payload, _LIMITS)
    for name in ("nonce", "sd_hash", "aud"):
        if not isinstance(claims.get(name), str) or not claims[name]:
            raise MalformedValue("A claim of the key binding is missing or no text.", pointer=f"/{name}")
    if parse_times(claims).issued_at is None:
        raise MalformedValue("A key binding must say when it was made.", pointer="/iat")
    return UnverifiedKeyBinding(jws=jws, claims=claims)


def check_key_binding(
    binding: UnverifiedKeyBinding,
    key: PublicKey,
    *,
    bound: str,
    audience: str | None,
    nonce: str | None,
    now: datetime,
    skew: timedelta,
    oldest: timedelta = MAX_AGE,
) -> tuple[Finding, ...]:
    """What speaks against a key binding; empty when it holds.

    ``bound`` is the SD-JWT up to its last tilde; ``audience`` and ``nonce`` are compared where given, and
    with a ``nonce`` it may be no older than ``oldest``. The signature is checked first: nothing is said
    about claims that nobody signed.
    """
    if not verify_jws(binding.jws, key):
        return (_unfit("The key binding is not signed with the holder's key.", ""),)
    times = parse_times(binding.claims)
    faults = check_times(times, now=now, skew=skew)
    if times.issued_at is not None and nonce is not None and times.issued_at < now - oldest - skew:
        faults += (_unfit("The key binding was made too long ago.", "/iat"),)
    if binding.claims["sd_hash"] != sd_hash(bound):
        faults += (_unfit("The key binding was made for another presentation.", "/sd_hash"),)
    return faults + check_audience(binding.claims, audience=audience, nonce=nonce)


def sign_key_binding(
    bound: str,
    signer: Signer,
    *,
    audience: str,
    nonce: str,
    issued_at: datetime,
    beside: Mapping[str, JsonValue] | None = None,
) -> str:
    """The key binding over ``bound`` for one audience and nonce; append it to ``bound``.

    ``beside`` are further claims, such as what the holder agrees to.
    """
    claims: Mapping[str, JsonValue] = {
        **(beside or {}),
        "iat": numeric_date(issued_at),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": sd_hash(bound),
    }
    return sign_jws({"typ": _TYPE}, jcs.canonicalize(dict(claims)), signer)


def sd_hash(bound: str) -> str:
    """The digest of what is presented, in the hash function of the SD-JWT (SHA-256)."""
    return base64url.encode(hashlib.sha256(bound.encode("ascii")).digest())


def _unfit(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=pointer)
