"""Public keys, their spellings, and signing behind one protocol.

Ed25519 is decided by libsodium alone: it refuses keys and signature points of small order,
non-canonical encodings and an S that is not below the group order, which OpenSSL does not all refuse.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, Protocol

from nacl.bindings import crypto_sign_SEEDBYTES as SEED_BYTES
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from vc.crypto import ecdsa
from vc.encoding import base64url, multibase
from vc.errors import MalformedValue, UnknownOption


class KeyType(StrEnum):
    """Kinds of public key this product can verify with, by their JWK curve name."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """How one kind of key is spelled and used. Lengths are in bytes.

    ``algorithm`` is the JWS algorithm name; ``from_coordinates`` and ``to_coordinates`` go between
    the members of a JWK and the raw key.
    """

    multicodec: bytes
    key_bytes: int
    signature_bytes: int
    jwk_type: str
    algorithm: str
    coordinates: tuple[str, ...]
    require_valid: Callable[[bytes], None]
    from_coordinates: Callable[..., bytes]
    to_coordinates: Callable[[bytes], tuple[bytes, ...]]
    verify: Callable[[bytes, bytes, bytes], bool]


def _verify_ed25519(raw: bytes, signature: bytes, data: bytes) -> bool:
    try:
        VerifyKey(raw).verify(data, signature)
    except BadSignatureError:
        return False
    return True


def _ecdsa_kind(key_type: KeyType, *, multicodec: bytes, algorithm: str) -> _Kind:
    size = ecdsa.CURVES[key_type].field_bytes
    return _Kind(
        multicodec=multicodec,
        key_bytes=size + 1,
        signature_bytes=2 * size,
        jwk_type="EC",
        algorithm=algorithm,
        coordinates=("x", "y"),
        require_valid=partial(ecdsa.require_point, key_type),
        from_coordinates=partial(ecdsa.compress, key_type),
        to_coordinates=partial(ecdsa.coordinates, key_type),
        verify=partial(ecdsa.verify, key_type),
    )


# Multicodec headers: Controlled Identifiers 1.0 section 2.2.2. Algorithms: RFC 7518, RFC 8037.
_KINDS: Mapping[KeyType, _Kind] = {
    KeyType.ED25519: _Kind(
        multicodec=b"\xed\x01",
        key_bytes=32,
        signature_bytes=64,
        jwk_type="OKP",
        algorithm="EdDSA",
        coordinates=("x",),
        # libsodium refuses a bad point when it verifies.
        require_valid=lambda raw: None,
        from_coordinates=lambda x: x,
        to_coordinates=lambda raw: (raw,),
        verify=_verify_ed25519,
    ),
    KeyType.P256: _ecdsa_kind(KeyType.P256, multicodec=b"\x80\x24", algorithm="ES256"),
    KeyType.P384: _ecdsa_kind(KeyType.P384, multicodec=b"\x81\x24", algorithm="ES384"),
    KeyType.P521: _ecdsa_kind(KeyType.P521, multicodec=b"\x82\x24", algorithm="ES512"),
}
_MAX_MULTIKEY_BYTES = 150
# Keys of parties on trust lists; a presenter's own passes through.
_REMEMBERED_KEYS = 4_096


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """A public key of a known type; ``raw`` is its fixed-length encoding without any header."""

    key_type: KeyType
    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != _KINDS[self.key_type].key_bytes:
            raise MalformedValue("A public key has the wrong length.")
        _KINDS[self.key_type].require_valid(self.raw)

    @property
    def multikey(self) -> str:
        """The ``publicKeyMultibase`` spelling of a Multikey, for instance ``z6Mk...`` for Ed25519."""
        return _multikey(self.key_type, self.raw)

    @property
    def signature_bytes(self) -> int:
        """Length of a signature by this key."""
        return _KINDS[self.key_type].signature_bytes

    @property
    def algorithm(self) -> str:
        """Name of the JWS algorithm this key verifies with: ``EdDSA``, ``ES256``…"""
        return _KINDS[self.key_type].algorithm

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK, required members only, in the order of RFC 7638."""
        kind = _KINDS[self.key_type]
        values = map(base64url.encode, kind.to_coordinates(self.raw))
        members = dict(zip(kind.coordinates, values, strict=True))
        return {"crv": self.key_type.value, "kty": kind.jwk_type, **members}

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
        """Read a public JWK (RFC 7518 section 6.2 for EC, RFC 8037 for OKP).

        Raises MalformedValue for a wrong shape and for a JWK with its private part, UnknownOption
        for a kind of key not known here.
        """
        if "d" in jwk:
            raise MalformedValue("A published key contains its private part.")
        for key_type, kind in _KINDS.items():
            if jwk.get("crv") == key_type.value and jwk.get("kty") == kind.jwk_type:
                return cls(key_type=key_type, raw=_read_coordinates(jwk, kind))
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
    """A private key held in memory: for throwaway keys of the lint, the file keyring, and tests.

    ``secret`` is the 32-byte seed of RFC 8032 for Ed25519, and otherwise the private scalar, big
    endian. ``repr`` does not show it. Raises MalformedValue where it is no private key.
    """

    __slots__ = ("_public_key", "_sign", "_verification_method")

    def __init__(
        self, secret: bytes, verification_method: str, *, key_type: KeyType = KeyType.ED25519
    ) -> None:
        self._sign: Callable[[bytes], bytes]
        if key_type is KeyType.ED25519:
            if len(secret) != SEED_BYTES:
                raise MalformedValue("A private key has the wrong length.")
            key = SigningKey(secret)
            raw = bytes(key.verify_key)
            self._sign = lambda data: bytes(key.sign(data).signature)
        else:
            raw = ecdsa.public_point(key_type, secret)
            self._sign = partial(ecdsa.sign, key_type, secret)
        self._public_key = PublicKey(key_type=key_type, raw=raw)
        self._verification_method = verification_method

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    @property
    def verification_method(self) -> str:
        """DID URL given at construction."""
        return self._verification_method

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data``: the same bytes each time, whatever the kind of key."""
        return self._sign(data)


@lru_cache(maxsize=_REMEMBERED_KEYS)
def _multikey(key_type: KeyType, raw: bytes) -> str:
    return multibase.encode_base58btc(_KINDS[key_type].multicodec + raw)


def _read_coordinates(jwk: Mapping[str, Any], kind: _Kind) -> bytes:
    values = [jwk.get(name) for name in kind.coordinates]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(values):
        raise MalformedValue("A public key lacks a coordinate.")
    return kind.from_coordinates(*(base64url.decode(text, max_bytes=kind.key_bytes) for text in texts))
