"""OpenID Connect as the one that relies on it: what is sent, and what an answer must be. No I/O.

OpenID Connect Core 1.0 (authorization code flow, section 3.1), Discovery 1.0, RFC 7636 (S256), RFC 9207.
One answer is believed only if it is to the question that this browser was given, from the provider that
was asked, signed by a key the provider publishes now, for us, and fresh.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

import jwt

from vc.encoding import base64url
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue, ParseError, ProtocolError

LEEWAY: Final = timedelta(seconds=60)
# Section 3.1.3.7, step 10: an ID token is made for one sign-in, not kept for another.
OLDEST: Final = timedelta(minutes=10)
# None of the algorithms with a shared secret, and never "none" (RFC 8725 section 3.1).
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_KEY_TYPES: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_DISCOVERY: Final = "/.well-known/openid-configuration"
_MAX_TOKEN: Final = 16_384
_MAX_KEYS: Final = 50
_MAX_TEXT: Final = 255
_HEADER_LIMITS: Final = Limits(max_bytes=4_096, max_depth=4, max_members=50)
_LIMITS: Final = Limits(max_bytes=200_000, max_depth=12, max_members=5_000)
# Keys or places of keys that the token brings along, and members that change how the rest is read.
_REFUSED_MEMBERS: Final = frozenset({"jwk", "jku", "x5u", "crit", "b64", "zip"})


class WrongAnswer(ProtocolError):
    """What the provider said is not what it must be; the text says which rule was broken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A provider's discovery document, as far as it is used. ``says_iss``: RFC 9207 section 3."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    takes_basic: bool
    says_iss: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try of one browser. Everything follows from ``token``, which that browser alone holds.

    The token has 256 random bits and the others are hashes of it, so none of them tells another.
    """

    token: str

    @property
    def state(self) -> str:
        """What the provider brings back through the browser (RFC 6749 section 10.12)."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the provider writes into the ID token (Core section 15.5.2)."""
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        """What shows at the token endpoint that the code was asked for here (RFC 7636 section 4.1)."""
        return self._derived("code verifier")

    @property
    def code_challenge(self) -> str:
        """The verifier's S256 challenge (RFC 7636 section 4.2)."""
        return base64url.encode(hashlib.sha256(self.code_verifier.encode("ascii")).digest())

    def _derived(self, purpose: str) -> str:
        return base64url.encode(hashlib.sha256(f"{purpose}\x1f{self.token}".encode()).digest())


def discovery_url(issuer: str) -> str:
    """Where the provider describes itself (Discovery section 4)."""
    return issuer.rstrip("/") + _DISCOVERY


def parse_provider(raw: bytes, *, issuer: str, allow_http: bool = False) -> Provider:
    """Read a discovery document; its issuer must be the one configured (Discovery section 4.3).

    Raises ``WrongAnswer`` otherwise, and for addresses that are not https.
    """
    document = _object(raw)
    if document.get("issuer") != issuer:
        raise WrongAnswer("The provider calls itself otherwise.")
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Provider(
        issuer=issuer,
        authorization_endpoint=_address(document, "authorization_endpoint", allow_http=allow_http),
        token_endpoint=_address(document, "token_endpoint", allow_http=allow_http),
        jwks_uri=_address(document, "jwks_uri", allow_http=allow_http),
        takes_basic=isinstance(methods, list) and "client_secret_basic" in methods,
        says_iss=document.get("authorization_response_iss_parameter_supported") is True,
    )


def authorization_url(
    provider: Provider,
    attempt: Attempt,
    *,
    client_id: str,
    redirect_uri: str,
    scope: str,
    acr_values: Sequence[str] = (),
) -> str:
    """Where the browser is sent (Core section 3.1.2.1)."""
    fields = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": attempt.code_challenge,
        "code_challenge_method": "S256",
    }
    if acr_values:
        fields["acr_values"] = " ".join(acr_values)
    joined = "&" if urlsplit(provider.authorization_endpoint).query else "?"
    return f"{provider.authorization_endpoint}{joined}{urlencode(fields)}"


def is_answer_to(attempt: Attempt, state: str) -> bool:
    """Whether an answer belongs to what this browser was sent away with."""
    return hmac.compare_digest(state.encode(), attempt.state.encode())


def require_issuer(provider: Provider, iss: str | None) -> None:
    """RFC 9207 section 2.4: an answer that names its issuer, or must, names the one that was asked."""
    if iss is None and not provider.says_iss:
        return
    if iss != provider.issuer:
        raise WrongAnswer("The answer comes from another provider.")


def parse_token_answer(raw: bytes) -> str:
    """The ID token in a token endpoint's answer (Core section 3.1.3.3). Raises ``WrongAnswer``."""
    document = _object(raw)
    token, kind = document.get("id_token"), document.get("token_type")
    if not isinstance(token, str) or not isinstance(kind, str) or kind.lower() != "bearer":
        raise WrongAnswer("The provider gave no ID token.")
    return token


def verify_id_token(
    token: str, keys: bytes, *, provider: Provider, client_id: str, nonce: str, now: datetime
) -> JsonObject:
    """The claims of an ID token, checked as Core section 3.1.3.7 says and somewhat stricter.

    ``keys`` is the provider's key set as fetched. We trust no other audience, so there may be none.
    Raises ``WrongAnswer`` for every fault.
    """
    claims = _object(_verified(token, _header(token), _object(keys)))
    if claims.get("iss") != provider.issuer:
        raise WrongAnswer("The ID token is another provider's.")
    if claims.get("aud") not in (client_id, [client_id]):
        raise WrongAnswer("The ID token is not for us, or not for us alone.")
    if claims.get("azp", client_id) != client_id:
        raise WrongAnswer("The ID token was given to another client.")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise WrongAnswer("The ID token was made for another sign-in.")
    _require_times(claims, now.timestamp())
    return claims


def text_claim(claims: Mapping[str, JsonValue], name: str) -> str | None:
    """A claim that is a text of sensible length, else None."""
    value = claims.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT else None


def _header(token: str) -> JsonObject:
    parts = token.split(".", 3) if len(token) <= _MAX_TOKEN else []
    if len(parts) != 3:
        raise WrongAnswer("The ID token is no compact JWS.")
    try:
        header = parse_json_object(base64url.decode(parts[0], max_bytes=4_096), _HEADER_LIMITS)
        base64url.decode(parts[2], max_bytes=1_024)
    except ProtocolError:
        raise WrongAnswer("The ID token is no compact JWS.") from None
    if header.get("alg") not in ALGORITHMS:
        raise WrongAnswer("The ID token is not signed in a way that is accepted.")
    if not _REFUSED_MEMBERS.isdisjoint(header) or header.get("typ", "JWT") != "JWT":
        raise WrongAnswer("The ID token's header says what it may not.")
    return header


def _verified(token: str, header: JsonObject, key_set: JsonObject) -> bytes:
    """The payload, if one of the provider's suited keys signed it."""
    algorithm = str(header["alg"])
    for key in _suited(key_set, algorithm, header.get("kid")):
        try:
            decoded = jwt.PyJWS().decode_complete(
                token,
                jwt.PyJWK(dict(key), algorithm),
                algorithms=[algorithm],
                options={"enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError:
            continue
        return bytes(decoded["payload"])
    raise WrongAnswer("No key of the provider signed the ID token.")


def _suited(key_set: JsonObject, algorithm: str, key_id: JsonValue) -> list[JsonObject]:
    """The public keys that may have signed (RFC 7517 section 4); without ``kid`` the only one."""
    keys = key_set.get("keys")
    if not isinstance(keys, list) or len(keys) > _MAX_KEYS:
        raise WrongAnswer("The provider's key set is none.")
    suited = [
        key
        for key in keys
        if isinstance(key, dict)
        and key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and _may_verify(key.get("key_ops"))
        and "d" not in key
        and (key_id is None or key.get("kid") == key_id)
    ]
    # Section 10.1: without a kid there must be no choice.
    return suited if key_id is not None or len(suited) == 1 else []


def _may_verify(operations: JsonValue) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def _require_times(claims: Mapping[str, JsonValue], present: float) -> None:
    leeway = LEEWAY.total_seconds()
    expires, issued = _instant(claims.get("exp")), _instant(claims.get("iat"))
    if present >= expires + leeway:
        raise WrongAnswer("The ID token has expired.")
    if issued > present + leeway or _instant(claims.get("nbf", issued)) > present + leeway:
        raise WrongAnswer("The ID token is from the future.")
    if issued < present - OLDEST.total_seconds():
        raise WrongAnswer("The ID token is too old.")


def _instant(value: JsonValue) -> float:
    if type(value) not in (int, float):
        raise WrongAnswer("The ID token lacks a time.")
    return float(str(value))


def _address(document: JsonObject, name: str, *, allow_http: bool) -> str:
    value = document.get(name)
    if not isinstance(value, str) or len(value) > 1_000:
        raise WrongAnswer("The provider's description lacks an address.")
    try:
        parts = urlsplit(value)
    except ValueError:
        raise WrongAnswer("An address of the provider is none.") from None
    schemes = ("https", "http") if allow_http else ("https",)
    if parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise WrongAnswer("An address of the provider is not https.")
    if not value.isascii() or any(ord(character) <= 0x20 or character in '"<>\\' for character in value):
        raise WrongAnswer("An address of the provider is none.")
    return value


def _object(raw: bytes) -> JsonObject:
    try:
        return parse_json_object(raw, _LIMITS)
    except (ParseError, MalformedValue):
        raise WrongAnswer("The provider's answer is not JSON.") from None
