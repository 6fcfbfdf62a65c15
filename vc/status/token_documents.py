"""Status List Tokens (draft-ietf-oauth-status-list section 5): the list as a signed JWT or CWT.

``sign_*`` and ``read_*`` know the form only. Whether a signature holds is for ``verify_jws`` and
``verify_sign1``, with a key that the caller found; until then a list is what somebody claims.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from vc.cose.sign1 import KID, TYP, Label, UnverifiedSign1, parse_sign1, sign_sign1
from vc.crypto.keys import Signer
from vc.encoding import base64url, jcs
from vc.encoding.plain_cbor import read_plain, write_deterministic
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue
from vc.jose.claims import numeric_date, parse_times
from vc.jose.jws import UnverifiedJws, parse_jws, sign_jws
from vc.status.token_status_list import MAX_BYTES, inflate_values, require_bits, value_at, values_set

JWT_MEDIA_TYPE = "application/statuslist+jwt"
CWT_MEDIA_TYPE = "application/statuslist+cwt"

_JWT_TYPE = "statuslist+jwt"
# RFC 8392 section 4 and section 5.2 of the draft: the claims of a CWT by their labels.
_SUB, _STATUS_LIST = 2, 65_533
_VERSION = "version"
_LABELS: Mapping[str, Label] = {"exp": 4, "iat": 6, "ttl": 65_534, _VERSION: _VERSION}
_CLAIM_NAMES: Mapping[object, str] = {
    _SUB: "sub",
    _STATUS_LIST: "status_list",
    **{label: name for name, label in _LABELS.items()},
}
_MAX_DEPTH = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenStatusList:
    """A token list as one document states it. ``packed`` is inflated, of ``bits`` bits a value.

    ``ttl`` is how long a copy may be used without asking again; ``expires`` when nobody may use it.
    ``version`` is a claim of this product's own: it orders lists of one second.
    """

    url: str
    packed: bytes
    bits: int
    issued_at: datetime
    expires: datetime | None
    ttl: timedelta | None
    version: int | None

    def value_at(self, index: int) -> int:
        """The value at ``index``; ``RangeError`` outside the list."""
        return value_at(self.packed, index, bits=self.bits)

    def values_set(self) -> Mapping[int, int]:
        """Index → value of every index whose value is not 0."""
        return values_set(self.packed, bits=self.bits)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListToSign:
    """What a token list will state. ``compressed`` is what ``compress_values`` gave.

    Times are aware and written in whole seconds; ``version`` only ever rises.
    """

    url: str
    compressed: bytes
    bits: int
    version: int
    issued_at: datetime
    expires: datetime
    ttl: timedelta

    def numbers(self) -> dict[str, int]:
        """The claims that are numbers; ``ttl`` in seconds, unlike a Bitstring list's milliseconds."""
        return {
            "iat": numeric_date(self.issued_at),
            "exp": numeric_date(self.expires),
            "ttl": self.ttl // timedelta(seconds=1),
            _VERSION: self.version,
        }


def sign_list_jwt(to_sign: ListToSign, signer: Signer) -> str:
    """The Status List Token in JWT format (section 5.1)."""
    status_list: JsonObject = {"bits": to_sign.bits, "lst": base64url.encode(to_sign.compressed)}
    # The draft asks for no issuer; libraries do, to find the key.
    issuer = signer.verification_method.partition("#")[0]
    claims: JsonObject = {
        "iss": issuer,
        "sub": to_sign.url,
        "status_list": status_list,
        **to_sign.numbers(),
    }
    header: JsonObject = {"typ": _JWT_TYPE, "kid": signer.verification_method}
    return sign_jws(header, jcs.canonicalize(claims), signer)


def sign_list_cwt(to_sign: ListToSign, signer: Signer) -> bytes:
    """The Status List Token in CWT format (section 5.2)."""
    claims = {
        _SUB: to_sign.url,
        _STATUS_LIST: {"bits": to_sign.bits, "lst": to_sign.compressed},
        **{_LABELS[name]: value for name, value in to_sign.numbers().items()},
    }
    header: dict[Label, object] = {TYP: CWT_MEDIA_TYPE, KID: signer.verification_method.encode()}
    return sign_sign1(header, write_deterministic(claims), signer)


def read_list_jwt(token: str, limits: Limits = DEFAULT_LIMITS) -> tuple[UnverifiedJws, TokenStatusList]:
    """Read a list in JWT format; nothing is verified.

    Raises ``MalformedValue`` as ``parse_jws`` does, for another ``typ``, for claims that are missing or
    of the wrong shape, and for a list that inflates too far; ``ParseError``.
    """
    jws = parse_jws(token, limits)
    if jws.header.get("typ") not in (_JWT_TYPE, JWT_MEDIA_TYPE):
        raise MalformedValue("The token is not a status list.", pointer="/typ")
    claims = parse_json_object(jws.payload, limits)
    compressed = _member(claims, "status_list", dict).get("lst")
    if not isinstance(compressed, str):
        raise MalformedValue("The status list is missing.", pointer="/status_list/lst")
    return jws, _list(claims, base64url.decode(compressed, max_bytes=MAX_BYTES))


def read_list_cwt(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[UnverifiedSign1, TokenStatusList]:
    """Read a list in CWT format; nothing is verified. Raises ``MalformedValue`` as ``read_list_jwt``."""
    message = parse_sign1(raw, limits)
    if message.protected.get(TYP) != CWT_MEDIA_TYPE:
        raise MalformedValue("The message is not a status list.", pointer="/typ")
    labelled = read_plain(message.payload, max_depth=_MAX_DEPTH)
    if not isinstance(labelled, dict):
        raise MalformedValue("The claims are not a map.")
    claims = {_CLAIM_NAMES[label]: value for label, value in labelled.items() if label in _CLAIM_NAMES}
    compressed = _member(claims, "status_list", dict).get("lst")
    if not isinstance(compressed, bytes):
        raise MalformedValue("The status list is missing.", pointer="/status_list/lst")
    return message, _list(claims, compressed)


def _list(claims: Mapping[str, Any], compressed: bytes) -> TokenStatusList:
    bits = require_bits(_member(claims, "status_list", dict).get("bits"))
    times = parse_times({name: _number(claims, name) for name in ("iat", "exp") if name in claims})
    if times.issued_at is None:
        raise MalformedValue("A status list must say when it was issued.", pointer="/iat")
    return TokenStatusList(
        url=_member(claims, "sub", str),
        packed=inflate_values(compressed),
        bits=bits,
        issued_at=times.issued_at.astimezone(UTC),
        expires=times.expires,
        ttl=_ttl(claims.get("ttl")),
        version=_version(claims.get(_VERSION)),
    )


def _member(claims: Mapping[str, Any], name: str, kind: type) -> Any:
    value = claims.get(name)
    if not isinstance(value, kind):
        raise MalformedValue("A claim is missing or of another kind.", pointer=f"/{name}")
    return value


def _number(claims: Mapping[str, Any], name: str) -> JsonValue:
    value = claims[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise MalformedValue("A time is a number of seconds.", pointer=f"/{name}")


def _ttl(value: object) -> timedelta | None:
    # Seconds (section 5.1), unlike the milliseconds of a Bitstring Status List.
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise MalformedValue("The time to live must be whole seconds.", pointer="/ttl")
    return timedelta(seconds=min(value, 10**9))


def _version(value: object) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise MalformedValue("The version must be a whole number.", pointer="/version")
    return value
