"""Public keys, their spellings, and signing behind one protocol.

Ed25519 is decided by libsodium alone: it refuses keys and signature points of small order,
non-canonical encodings and an S that is not below the group order, which OpenSSL does not all refuse.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from vc.encoding import base64url, multibase
from vc.errors import MalformedValue, UnknownOption


class KeyType(StrEnum):
    """Kinds of public key this product can verify with, by their JWK curve name."""

    ED25519 = "Ed25519"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """How one kind of key is spelled and used. Lengths are in bytes."""

    multicodec: bytes
    key_bytes: int
    signature_bytes: int
    jwk_type: str
    verify: Callable[[bytes, bytes, bytes], bool]


def _verify_ed25519(raw: bytes, signature: bytes, data: bytes) -> bool:
    try:
        VerifyKey(raw).verify(data, signature)
    except BadSignatureError:
        return False
    return True


# Multicodec headers: Controlled Identifiers 1.0 section 2.2.2.
_KINDS: Mapping[KeyType, _Kind] = {
    KeyType.ED25519: _Kind(
        multicodec=b"\xed\x01", key_bytes=32, signature_bytes=64, jwk_type="OKP", verify=_verify_ed25519
    ),
}
_MAX_MULTIKEY_BYTES = 150


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """A public key of a known type; ``raw`` is its fixed-length encoding without any header."""

    key_type: KeyType
    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != _KINDS[self.key_type].key_bytes:
            raise MalformedValue("A public key has the wrong length.")

    @property
    def multikey(self) -> str:
        """The ``publicKeyMultibase`` spelling of a Multikey, ``z6Mk...`` for Ed25519."""
        return multibase.encode_base58btc(_KINDS[self.key_type].multicodec + self.raw)

    @property
    def signature_bytes(self) -> int:
        """Length of a signature by this key."""
        return _KINDS[self.key_type].signature_bytes

    @classmethod
    def from_multikey(cls, text: str) -> "PublicKey":
        """Read a ``publicKeyMultibase`` value.

        Raises MalformedValue for a wrong spelling, UnknownOption for a kind of key not known here.
        """
        data = multibase.decode(text, max_bytes=_MAX_MULTIKEY_BYTES, bases="z")
        for key_type, kind in _KINDS.items():
            if data.startswith(kind.multicodec):
                return cls(key_type=key_type, raw=data[len(kind.multicodec) :])
        raise UnknownOption("A public key is of a kind that is not supported.")

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "PublicKey":
        """Read a public JWK (RFC 8037 for OKP).

        Raises MalformedValue for a wrong shape and for a JWK with its private part, UnknownOption
        for a kind of key not known here.
        """
        if "d" in jwk:
            raise MalformedValue("A published key contains its private part.")
        curve, coordinate = jwk.get("crv"), jwk.get("x")
        for key_type, kind in _KINDS.items():
            if curve == key_type.value and jwk.get("kty") == kind.jwk_type and isinstance(coordinate, str):
                return cls(key_type=key_type, raw=base64url.decode(coordinate, max_bytes=kind.key_bytes))
        raise UnknownOption("A public key is of a kind that is not supported.")

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Say whether ``signature`` over ``data`` was made with this key; never raises."""
        kind = _KINDS[self.key_type]
        return len(signature) == kind.signature_bytes and kind.verify(self.raw, signature, data)


class Signer(Protocol):
    """Something that signs with one private key, which it need not hold itself."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what ``sign`` returns."""
        ...

    @property
    def verification_method(self) -> str:
        """DID URL of the verification method under which the key is published."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the raw signature over ``data``."""
        ...


class InMemorySigner:
    """An Ed25519 key held in memory: for throwaway keys of the lint, and for tests.

    ``seed`` is the 32-byte private key of RFC 8032. ``repr`` does not show it.
    """

    __slots__ = ("_key", "_public_key", "_verification_method")

    def __init__(self, seed: bytes, verification_method: str) -> None:
        self._key = SigningKey(seed)
        self._public_key = PublicKey(key_type=KeyType.ED25519, raw=bytes(self._key.verify_key))
        self._verification_method = verification_method

    @property
    def public_key(self) -> PublicKey:
        """The Ed25519 public key."""
        return self._public_key

    @property
    def verification_method(self) -> str:
        """DID URL given at construction."""
        return self._verification_method

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature over ``data``."""
        return bytes(self._key.sign(data).signature)
