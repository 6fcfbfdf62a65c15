"""ECDSA over the NIST curves: points, and signatures as ``r || s`` of fixed length.

OpenSSL decides, through ``cryptography``: it refuses points off the curve and an ``r`` or ``s`` that
is zero or not below the group order. A signature with ``s`` replaced by its negative is as valid
(none of the specifications asks for the lower one), so the bytes of a signature identify nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vc.errors import MalformedValue

_COMPRESSED = (b"\x02", b"\x03")


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """One curve with the hash function that goes with it; lengths are in bytes."""

    curve: ec.EllipticCurve
    hash: hashes.HashAlgorithm
    field_bytes: int


CURVES: Mapping[str, Curve] = {
    "P-256": Curve(curve=ec.SECP256R1(), hash=hashes.SHA256(), field_bytes=32),
    "P-384": Curve(curve=ec.SECP384R1(), hash=hashes.SHA384(), field_bytes=48),
    "P-521": Curve(curve=ec.SECP521R1(), hash=hashes.SHA512(), field_bytes=66),
}


def require_point(name: str, raw: bytes) -> None:
    """Raise MalformedValue unless ``raw`` is a compressed point of the curve called ``name``."""
    _load(name, raw)


def compress(name: str, x: bytes, y: bytes) -> bytes:
    """Return the compressed point of two coordinates; raises MalformedValue off the curve."""
    size = CURVES[name].field_bytes
    if len(x) != size or len(y) != size:
        raise MalformedValue("A coordinate of a public key has the wrong length.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVES[name].curve, b"\x04" + x + y)
    except ValueError:
        raise MalformedValue("A public key is not a point of its curve.") from None
    # SEC 1 section 2.3.3: which of the two points it is shows in the last bit of y.
    return _COMPRESSED[y[-1] & 1] + x


def coordinates(name: str, raw: bytes) -> tuple[bytes, bytes]:
    """Return the two coordinates of a compressed point, each of the field's length."""
    whole = _load(name, raw).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    size = CURVES[name].field_bytes
    return whole[1 : 1 + size], whole[1 + size :]


def verify(name: str, raw: bytes, signature: bytes, data: bytes) -> bool:
    """Say whether ``signature`` (``r || s``) over ``data`` was made with this key."""
    curve = CURVES[name]
    r, s = signature[: curve.field_bytes], signature[curve.field_bytes :]
    encoded = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    try:
        _load(name, raw).verify(encoded, data, ec.ECDSA(curve.hash))
    except InvalidSignature:
        return False
    return True


def public_point(name: str, secret: bytes) -> bytes:
    """Return the compressed public point of a private scalar; raises MalformedValue out of range."""
    key = _private_key(name, secret).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def sign(name: str, secret: bytes, data: bytes) -> bytes:
    """Return the signature (``r || s``) over ``data`` that RFC 6979 defines: the same each time."""
    curve = CURVES[name]
    # Nothing is left to chance, as Data Integrity ECDSA Cryptosuites 1.0 section 3 recommends.
    scheme = ec.ECDSA(curve.hash, deterministic_signing=True)
    r, s = decode_dss_signature(_private_key(name, secret).sign(data, scheme))
    return r.to_bytes(curve.field_bytes) + s.to_bytes(curve.field_bytes)


# Finding the second coordinate takes a third of a verification.
@lru_cache(maxsize=1024)
def _load(name: str, raw: bytes) -> ec.EllipticCurvePublicKey:
    if not raw.startswith(_COMPRESSED):
        raise MalformedValue("A public key is not a compressed point.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[name].curve, raw)
    except ValueError:
        raise MalformedValue("A public key is not a point of its curve.") from None


def _private_key(name: str, secret: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        return ec.derive_private_key(int.from_bytes(secret), CURVES[name].curve)
    except ValueError:
        raise MalformedValue("A private key is outside its range.") from None
