"""Public and private ECDSA keys at the edges of their curves, in all three spellings."""

import pytest

from tests.vectors.curves import NIST_CURVES, Weierstrass
from vc.crypto import ecdsa
from vc.crypto.keys import InMemorySigner, PublicKey
from vc.encoding import base64url, multibase
from vc.errors import MalformedValue, UnknownOption

MESSAGE = b"This certifies nothing."
every_curve = pytest.mark.parametrize("curve", NIST_CURVES, ids=[curve.key_type for curve in NIST_CURVES])


def _signer(curve: Weierstrass, secret: int = 12345) -> InMemorySigner:
    return InMemorySigner(secret.to_bytes(curve.field_bytes), "", key_type=curve.key_type)


@every_curve
def test_private_key_out_of_range_is_malformed(curve: Weierstrass) -> None:
    for secret in (0, curve.order, curve.order + 1):
        with pytest.raises(MalformedValue):
            _signer(curve, secret)


def _key_spellings(curve: Weierstrass) -> dict[str, bytes]:
    """Keys that must not be read, each with one fault."""
    x, y = curve.generator
    size = curve.field_bytes
    small = curve.first_x(1)
    on_twist = next(value for value in range(1, 200) if curve.lift(value) is None)
    xs, ys = x.to_bytes(size), y.to_bytes(size)
    spellings = {
        "infinity": b"\x00",
        "infinity_as_long_as_a_key": bytes(size + 1),
        "uncompressed": b"\x04" + xs + ys,
        "uncompressed_without_y": b"\x04" + xs,
        "hybrid_even": b"\x06" + xs + ys,
        "hybrid_odd": b"\x07" + xs + ys,
        "hybrid_without_y": bytes([6 + y % 2]) + xs,
        "header_zero": b"\x00" + xs,
        "header_one": b"\x01" + xs,
        "header_five": b"\x05" + xs,
        "header_eight": b"\x08" + xs,
        "header_of_a_set_high_bit": b"\x82" + xs,
        "coordinates_without_header": xs + ys,
        "one_byte_shorter": b"\x02" + xs[:-1],
        "one_byte_longer": b"\x02" + xs + b"\x00",
        "empty": b"",
        "x_equal_to_the_prime": b"\x02" + curve.prime.to_bytes(size),
        "x_not_below_the_prime": bytes([2 + small[1] % 2]) + (small[0] + curve.prime).to_bytes(size),
        "x_of_ones": b"\x02" + b"\xff" * size,
        "point_of_the_twist": b"\x02" + on_twist.to_bytes(size),
    }
    for other in NIST_CURVES:
        if other is not curve:
            spellings[f"key_of_{other.key_type}"] = other.compressed(other.generator)
    return spellings


@pytest.mark.parametrize(
    ("curve", "fault"),
    [(curve, fault) for curve in NIST_CURVES for fault in _key_spellings(curve)],
    ids=lambda value: getattr(value, "key_type", value),
)
def test_key_with_a_fault_is_malformed(curve: Weierstrass, fault: str) -> None:
    with pytest.raises(MalformedValue):
        PublicKey(key_type=curve.key_type, raw=_key_spellings(curve)[fault])


@every_curve
def test_only_compressed_points_are_points_here(curve: Weierstrass) -> None:
    x, y = (value.to_bytes(curve.field_bytes) for value in curve.generator)
    for raw in (b"\x04" + x + y, x + y, b"\x00", b""):
        with pytest.raises(MalformedValue):
            ecdsa.require_point(curve.key_type, raw)
    ecdsa.require_point(curve.key_type, curve.compressed(curve.generator))


JWK_FAULTS = (
    "off_the_curve",
    "other_coordinates_swapped",
    "infinity",
    "x_not_below_the_prime",
    "y_not_below_the_prime",
    "x_too_short",
    "x_too_long",
    "boundary_moved_to_the_left",
    "of_secp256k1",
)


@every_curve
@pytest.mark.parametrize("fault", JWK_FAULTS)
def test_jwk_with_a_fault_is_malformed(curve: Weierstrass, fault: str) -> None:
    (x, y), (low_x, low_y) = curve.generator, curve.first_x(1)
    size = curve.field_bytes

    def members(first: int, second: int, length: int = size) -> tuple[bytes, bytes]:
        return first.to_bytes(length), second.to_bytes(size)

    point = {
        "off_the_curve": lambda: members(x, y ^ 1),
        "other_coordinates_swapped": lambda: members(y, x),
        "infinity": lambda: members(0, 0),
        "x_not_below_the_prime": lambda: members(low_x + curve.prime, low_y),
        "y_not_below_the_prime": lambda: members(x, curve.prime),
        "x_too_short": lambda: (members(low_x, low_y)[0][1:], members(low_x, low_y)[1]),
        "x_too_long": lambda: members(x, y, size + 1),
        "boundary_moved_to_the_left": lambda: (
            members(x, y)[0][:-1],
            members(x, y)[0][-1:] + members(x, y)[1],
        ),
        # The point with x = 1 of y² = x³ + 7 over its own field.
        "of_secp256k1": lambda: members(1, _square_root_of_eight()),
    }[fault]()
    jwk = dict(zip("xy", map(base64url.encode, point), strict=True))
    with pytest.raises(MalformedValue):
        PublicKey.from_jwk({"kty": "EC", "crv": curve.key_type.value, **jwk})


def _square_root_of_eight() -> int:
    prime = 2**256 - 2**32 - 977
    return pow(8, (prime + 1) // 4, prime)


@every_curve
def test_jwk_is_read_and_its_negative_is_another_key(curve: Weierstrass) -> None:
    signer, key = _signer(curve), _signer(curve).public_key
    jwk = key.jwk
    assert PublicKey.from_jwk(jwk) == key
    y = int.from_bytes(base64url.decode(jwk["y"], max_bytes=curve.field_bytes))
    negated = base64url.encode((curve.prime - y).to_bytes(curve.field_bytes))
    other = PublicKey.from_jwk({**jwk, "y": negated})
    assert other != key
    assert key.verify(signer.sign(MESSAGE), MESSAGE)
    assert not other.verify(signer.sign(MESSAGE), MESSAGE)


@every_curve
def test_key_under_the_header_of_another_kind_is_refused(curve: Weierstrass) -> None:
    raw = _signer(curve).public_key.raw
    # secp256k1, X25519, Bls12381G2, and the private keys of P-256, P-384 and P-521.
    for code in (b"\xe7\x01", b"\xec\x01", b"\xeb\x01", b"\x86\x26", b"\x87\x26", b"\x88\x26"):
        with pytest.raises(UnknownOption):
            PublicKey.from_multikey(multibase.encode_base58btc(code + raw))
    for other in NIST_CURVES:
        if other is not curve:
            header = multibase.decode(_signer(other).public_key.multikey, max_bytes=80)[:2]
            with pytest.raises(MalformedValue):
                PublicKey.from_multikey(multibase.encode_base58btc(header + raw))
