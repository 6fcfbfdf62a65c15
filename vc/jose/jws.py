"""Compact JSON Web Signatures (RFC 7515), read strictly.

The key always comes from the caller: a token that brings a key of its own, or says where to fetch
one, is refused. What the header calls the algorithm must be the one algorithm of that key.
"""

from collections.abc import Mapping

import msgspec

from vc.crypto.keys import PublicKey, Signer
from vc.encoding import base64url, jcs
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue

# RFC 7518 section 3.1, RFC 8037 section 3.1: the asymmetric ones of the keys known here.
ALGORITHMS = frozenset({"EdDSA", "ES256", "ES384", "ES512"})
_HEADER_LIMITS = Limits(max_bytes=4_096, max_depth=8, max_members=100)
_CHAIN_LIMITS = Limits(max_bytes=30_000, max_depth=8, max_members=100)
_MAX_SIGNATURE_BYTES = 132
_PARTS = 3
_TEXT_MEMBERS = ("alg", "typ", "cty", "kid")
# Keys or places of keys, and members that change how the rest is read.
_REFUSED_MEMBERS = frozenset({"jwk", "jku", "x5c", "x5u", "crit", "b64", "zip"})


class UnverifiedJws(msgspec.Struct, frozen=True, kw_only=True):
    """A JWS nobody has verified: its header and payload are what somebody claims.

    ``signing_input`` is the bytes that ``signature`` is over.
    """

    header: JsonObject
    payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """The header's ``alg``, one of ``ALGORITHMS``."""
        return str(self.header["alg"])

    @property
    def key_id(self) -> str | None:
        """The header's ``kid``: a hint which key to try, and no more."""
        key_id = self.header.get("kid")
        return key_id if isinstance(key_id, str) else None


def parse_jws(
    token: str,
    limits: Limits = DEFAULT_LIMITS,
    *,
    brings_key: bool = False,
    brings_certificates: bool = False,
) -> UnverifiedJws:
    """Read a compact JWS; ``limits.max_bytes`` bounds its payload.

    ``brings_key`` is for proofs of possession alone, whose header may have the key that is shown (``jwk``).
    ``brings_certificates`` is for requests to a wallet, whose header may have a chain to be judged (``x5c``).

    Raises MalformedValue where it has not three parts in canonical base64url, has an ``alg`` other
    than those of ``ALGORITHMS``, or has a header member that is refused here; ParseError where the
    header is not one strict JSON object.
    """
    parts = token.split(".", _PARTS)
    if len(parts) != _PARTS:
        raise MalformedValue("The token has not three parts.")
    header_text, payload_text, signature_text = parts
    # The bound of the decoder comes before its work, so that a long token costs nothing.
    bounds = _CHAIN_LIMITS if brings_certificates else _HEADER_LIMITS
    header = parse_json_object(_decode(header_text, bounds.max_bytes), bounds)
    brought = {name for name, is_let in (("jwk", brings_key), ("x5c", brings_certificates)) if is_let}
    _require_header(header, _REFUSED_MEMBERS - brought)
    return UnverifiedJws(
        header=header,
        payload=_decode(payload_text, limits.max_bytes),
        signing_input=f"{header_text}.{payload_text}".encode("ascii"),
        signature=_decode(signature_text, _MAX_SIGNATURE_BYTES),
    )


def verify_jws(jws: UnverifiedJws, public_key: PublicKey) -> bool:
    """Say whether this key signed the token with the algorithm that the header names; never raises."""
    return jws.algorithm == public_key.algorithm and public_key.verify(jws.signature, jws.signing_input)


def sign_jws(header: Mapping[str, JsonValue], payload: bytes, signer: Signer) -> str:
    """Return the compact JWS of ``payload``; ``alg`` is added to the header, from the signer's key.

    Raises TransformationError where ``header`` is not JSON.
    """
    complete: JsonObject = {**header, "alg": signer.public_key.algorithm}
    signing_input = f"{base64url.encode(jcs.canonicalize(complete))}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode('ascii')))}"


def _decode(text: str, max_bytes: int) -> bytes:
    if not text:
        raise MalformedValue("A part of the token is empty.")
    return base64url.decode(text, max_bytes=max_bytes)


def _require_header(header: JsonObject, refused: frozenset[str]) -> None:
    if not refused.isdisjoint(header):
        raise MalformedValue("The header has a member that is refused.")
    if any(name in header and not isinstance(header[name], str) for name in _TEXT_MEMBERS):
        raise MalformedValue("A member of the header is not a text.")
    if header.get("alg") not in ALGORITHMS:
        raise MalformedValue("The token is not signed with an algorithm that is accepted.")
