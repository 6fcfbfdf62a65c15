"""X25519 keys, which DID documents publish for key agreement (RFC 7748, RFC 8037). None is used here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519
from nacl.exceptions import CryptoError

from vc.crypto.keys import KeyType, PublicKey
from vc.encoding import base64url, multibase
from vc.errors import MalformedValue, UnknownOption

CURVE = "X25519"
_KEY_BYTES = 32
_MULTICODEC = b"\xec\x01"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyAgreementKey:
    """A public X25519 key; ``raw`` is its u-coordinate, 32 bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != _KEY_BYTES:
            raise MalformedValue("A public key has the wrong length.")

    @property
    def multikey(self) -> str:
        """The ``publicKeyMultibase`` spelling, ``z6LS...``."""
        return multibase.encode_base58btc(_MULTICODEC + self.raw)

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK, required members only."""
        return {"crv": CURVE, "kty": "OKP", "x": base64url.encode(self.raw)}

    @classmethod
    def derive(cls, public_key: PublicKey) -> "KeyAgreementKey":
        """Return the key that belongs to an Ed25519 key (did:key 0.7, "Derive Encryption Key").

        Raises MalformedValue where the key is no point that signatures are made with, UnknownOption
        for another kind of key.
        """
        if public_key.key_type is not KeyType.ED25519:
            raise UnknownOption("Only from an Ed25519 key is a key for key agreement derived.")
        try:
            return cls(raw=crypto_sign_ed25519_pk_to_curve25519(public_key.raw))
        except CryptoError:
            raise MalformedValue("A public key is not a point of its curve.") from None

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "KeyAgreementKey":
        """Read a public JWK of the curve X25519; raises MalformedValue."""
        x = jwk.get("x")
        if jwk.get("kty") != "OKP" or jwk.get("crv") != CURVE or not isinstance(x, str):
            raise MalformedValue("A JWK is not a public X25519 key.")
        return cls(raw=base64url.decode(x, max_bytes=_KEY_BYTES))
