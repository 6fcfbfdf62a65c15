"""Signatures and keys at the edges of Ed25519 and ECDSA, through our own verify function.

The constants are computed: each forged signature satisfies the equation of its algorithm wherever it
can, so that only the named check refuses it.
"""

import hashlib
import itertools
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.vectors.curves import NIST_CURVES, Edwards25519, Point, Weierstrass
from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.errors import MalformedValue

MESSAGE = b"This certifies nothing."
ED = Edwards25519
SEED = bytes(range(32))
SIGNER = InMemorySigner(SEED, "")
SIGNATURE = SIGNER.sign(MESSAGE)
KEY = SIGNER.public_key


def _key(raw: bytes) -> PublicKey:
    return PublicKey(key_type=KeyType.ED25519, raw=raw)


def _secret_scalar() -> int:
    """The scalar of RFC 8032 section 5.1.5 for SEED."""
    half = bytearray(hashlib.sha512(SEED).digest()[:32])
    half[0] &= 248
    half[31] = half[31] & 127 | 64
    return int.from_bytes(half, "little")


def _spellings(point: Point) -> Iterator[bytes]:
    """Every 32 bytes that a lax decoder takes for ``point``, the canonical ones first."""
    signs = (0, 1) if point[0] == 0 else (point[0] % 2,)
    for y, sign in itertools.product((point[1], point[1] + ED.prime), signs):
        if y < 2**255:
            yield (y | sign << 255).to_bytes(32, "little")


SMALL_ORDER = [
    pytest.param(point, raw, id=f"{number}-times-order-8-{raw.hex()[:4]}-{raw.hex()[-2:]}")
    for number, point in enumerate(ED.torsion())
    for raw in _spellings(point)
]


def test_the_arithmetic_agrees_with_the_library() -> None:
    assert ED.encode(ED.multiply(_secret_scalar(), ED.base())) == KEY.raw
    assert ED.multiply(ED.order, ED.base()) == ED.identity
    assert len({ED.encode(point) for point in ED.torsion()}) == 8
    # Fourteen: eight canonical, two of order 1 and 2 with a sign, four with y not below the prime.
    assert len(SMALL_ORDER) == 14


@pytest.mark.parametrize(("point", "raw"), SMALL_ORDER)
def test_ed25519_key_of_small_order_verifies_nothing(point: Point, raw: bytes) -> None:
    r = ED.encode(ED.multiply(7, ED.base()))
    for number in range(64):
        message = b"%d" % number
        if ED.multiply(ED.challenge(r, raw, message) % 8, point) == ED.identity:
            # S·B = R + k·A holds.
            assert not _key(raw).verify(r + (7).to_bytes(32, "little"), message)
            return
    pytest.fail("no message was found for which the equation holds")


@pytest.mark.parametrize(("point", "raw"), SMALL_ORDER)
def test_ed25519_r_of_small_order_is_refused(point: Point, raw: bytes) -> None:
    s = ED.challenge(raw, KEY.raw, MESSAGE) * _secret_scalar() % ED.order
    # S·B = R + k·A holds where R is the identity, and eight times it always.
    assert not KEY.verify(raw + s.to_bytes(32, "little"), MESSAGE)
    left = ED.multiply(s, ED.base())
    right = ED.add(point, ED.multiply(s, ED.base()))
    assert (left == right) is (point == ED.identity)


def test_ed25519_key_with_a_part_of_small_order_verifies_where_the_exact_equation_holds() -> None:
    """Only the holder can make such a key; the eightfold equation, which holds always, is not asked."""
    secret = _secret_scalar()
    raw = ED.encode(ED.add(ED.multiply(secret, ED.base()), ED.torsion()[1]))
    r = ED.encode(ED.multiply(7, ED.base()))
    answers = set()
    for number in range(64):
        message = b"%d" % number
        k = ED.challenge(r, raw, message)
        s = (7 + k * secret) % ED.order
        answers.add((k % 8 == 0, _key(raw).verify(r + s.to_bytes(32, "little"), message)))
    assert answers == {(True, True), (False, False)}


@pytest.mark.parametrize("multiple", range(1, 16))
def test_ed25519_s_not_below_the_order_is_refused(multiple: int) -> None:
    s = int.from_bytes(SIGNATURE[32:], "little") + multiple * ED.order
    if s < 2**256:
        assert not KEY.verify(SIGNATURE[:32] + s.to_bytes(32, "little"), MESSAGE)


@pytest.mark.parametrize(
    "s",
    [0, 1, ED.order - 1, ED.order, ED.order + 1, 2**252, 2**253, 2**255 - 1, 2**255, 2**256 - 1],
    ids=["0", "1", "L-1", "L", "L+1", "2^252", "2^253", "2^255-1", "2^255", "2^256-1"],
)
def test_ed25519_s_at_a_bound_is_refused(s: int) -> None:
    assert not KEY.verify(SIGNATURE[:32] + s.to_bytes(32, "little"), MESSAGE)


def test_ed25519_negated_s_and_negated_r_are_refused() -> None:
    s = (ED.order - int.from_bytes(SIGNATURE[32:], "little")).to_bytes(32, "little")
    r = SIGNATURE[:31] + bytes([SIGNATURE[31] ^ 0x80])
    assert not KEY.verify(SIGNATURE[:32] + s, MESSAGE)
    assert not KEY.verify(r + SIGNATURE[32:], MESSAGE)
    assert not KEY.verify(r + s, MESSAGE)


@pytest.mark.parametrize("y", [2, ED.prime + 2, ED.prime + 18, 2**255 - 1])
def test_ed25519_key_that_is_no_point_or_not_canonical_verifies_nothing(y: int) -> None:
    for sign in (0, 1):
        raw = (y | sign << 255).to_bytes(32, "little")
        assert not _key(raw).verify(SIGNATURE, MESSAGE)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_ed25519_key_of_wrong_length_is_malformed(length: int) -> None:
    with pytest.raises(MalformedValue):
        _key((KEY.raw * 3)[:length])


def test_ed25519_signature_of_any_other_length_is_refused() -> None:
    for length in (*range(64), *range(65, 130)):
        assert not KEY.verify((SIGNATURE * 3)[:length], MESSAGE)
    assert not KEY.verify(SIGNATURE + b"\x00", MESSAGE)
    assert not KEY.verify(b"\x00" + SIGNATURE, MESSAGE)
    assert not KEY.verify(SIGNATURE[32:] + SIGNATURE[:32], MESSAGE)


def test_ed25519_any_flipped_bit_is_refused() -> None:
    for bit in range(512):
        assert not KEY.verify(_flip(SIGNATURE, bit), MESSAGE)
    for bit in range(256):
        assert not _key(_flip(KEY.raw, bit)).verify(SIGNATURE, MESSAGE)
    for bit in range(8 * len(MESSAGE)):
        assert not KEY.verify(SIGNATURE, _flip(MESSAGE, bit))


@pytest.mark.parametrize("message", [b"", b"\x00", bytes(10_000)], ids=["empty", "zero", "long"])
def test_ed25519_signs_any_message_and_no_other(message: bytes) -> None:
    signature = SIGNER.sign(message)
    assert KEY.verify(signature, message)
    assert not KEY.verify(signature, message + b"\x00")


def test_ed25519_signature_over_a_hash_is_not_one_over_the_message() -> None:
    assert not KEY.verify(SIGNER.sign(hashlib.sha512(MESSAGE).digest()), MESSAGE)


def _flip(data: bytes, bit: int) -> bytes:
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


every_curve = pytest.mark.parametrize("curve", NIST_CURVES, ids=[curve.key_type for curve in NIST_CURVES])


def _signer(curve: Weierstrass, secret: int = 12345) -> InMemorySigner:
    return InMemorySigner(secret.to_bytes(curve.field_bytes), "", key_type=curve.key_type)


def _signature(curve: Weierstrass) -> tuple[PublicKey, int, int]:
    signer = _signer(curve)
    raw = signer.sign(MESSAGE)
    size = curve.field_bytes
    return signer.public_key, int.from_bytes(raw[:size]), int.from_bytes(raw[size:])


@every_curve
def test_ecdsa_the_arithmetic_agrees_with_the_library(curve: Weierstrass) -> None:
    point = curve.multiply(12345, curve.generator)
    assert point is not None
    assert curve.compressed(point) == _signer(curve).public_key.raw
    assert curve.multiply(curve.order - 1, curve.generator) == (
        curve.generator[0],
        curve.prime - curve.generator[1],
    )
    assert curve.multiply(curve.order, curve.generator) is None
    key, r, s = _signature(curve)
    assert key.verify(curve.encode(r, s), MESSAGE)


@every_curve
def test_ecdsa_r_or_s_that_is_no_scalar_is_refused(curve: Weierstrass) -> None:
    key, r, s = _signature(curve)
    largest = 256**curve.field_bytes - 1
    for bad in (0, curve.order, curve.order + 1, curve.prime, largest):
        assert not key.verify(curve.encode(bad, s), MESSAGE)
        assert not key.verify(curve.encode(r, bad), MESSAGE)
        for other in (0, 1, curve.order, largest):
            assert not key.verify(curve.encode(bad, other), MESSAGE)


@every_curve
def test_ecdsa_s_plus_order_is_refused(curve: Weierstrass) -> None:
    raw = curve.recover(curve.generator, 1, MESSAGE)
    key = PublicKey(key_type=curve.key_type, raw=raw)
    r = curve.generator[0] % curve.order
    assert key.verify(curve.encode(r, 1), MESSAGE)
    assert not key.verify(curve.encode(r, 1 + curve.order), MESSAGE)


@every_curve
def test_ecdsa_r_is_the_coordinate_reduced_and_nothing_else(curve: Weierstrass) -> None:
    """The rare point whose first coordinate lies between the order and the prime."""
    point = curve.first_x(curve.order + 1)
    assert curve.order < point[0] < curve.prime
    key = PublicKey(key_type=curve.key_type, raw=curve.recover(point, 5, MESSAGE))
    assert key.verify(curve.encode(point[0] - curve.order, 5), MESSAGE)
    assert not key.verify(curve.encode(point[0], 5), MESSAGE)


@every_curve
def test_ecdsa_zeros_in_front_belong_to_the_signature(curve: Weierstrass) -> None:
    point = curve.first_x(1)
    key = PublicKey(key_type=curve.key_type, raw=curve.recover(point, 5, MESSAGE))
    whole = curve.encode(point[0], 5)
    assert key.verify(whole, MESSAGE)
    r, s = whole[: curve.field_bytes], whole[curve.field_bytes :]
    for cut in (r.lstrip(b"\x00") + s, r + s.lstrip(b"\x00"), r[1:] + s, r + s[1:], r[1:] + s[1:]):
        assert not key.verify(cut, MESSAGE)
    for longer in (b"\x00" + r + s, r + b"\x00" + s, b"\x00" + r + b"\x00" + s, r + s + b"\x00"):
        assert not key.verify(longer, MESSAGE)


@every_curve
def test_ecdsa_signature_in_der_is_refused(curve: Weierstrass) -> None:
    key, r, s = _signature(curve)
    der = encode_dss_signature(r, s)
    assert not key.verify(der, MESSAGE)
    assert not key.verify(der[: 2 * curve.field_bytes], MESSAGE)
    # Short enough to have the length of r || s.
    point = curve.first_x(1)
    rare = PublicKey(key_type=curve.key_type, raw=curve.recover(point, 5, MESSAGE))
    der = encode_dss_signature(point[0], 5)
    assert not rare.verify(der.ljust(2 * curve.field_bytes, b"\x00"), MESSAGE)
    assert not rare.verify(der.rjust(2 * curve.field_bytes, b"\x00"), MESSAGE)


@every_curve
def test_ecdsa_signature_of_any_other_length_is_refused(curve: Weierstrass) -> None:
    key, r, s = _signature(curve)
    whole = curve.encode(r, s)
    for length in (*range(len(whole)), *range(len(whole) + 1, len(whole) + 20)):
        assert not key.verify((whole * 2)[:length], MESSAGE)


@every_curve
def test_ecdsa_negated_s_is_the_other_signature_over_the_same_message(curve: Weierstrass) -> None:
    """No specification here asks for the lower s, so the bytes of a signature identify nothing."""
    key, r, s = _signature(curve)
    assert key.verify(curve.encode(r, curve.order - s), MESSAGE)
    assert not key.verify(curve.encode(r, curve.order - s), MESSAGE + b" ")
    assert not key.verify(curve.encode(curve.order - r, s), MESSAGE)
    assert not key.verify(curve.encode(s, r), MESSAGE)


@every_curve
def test_ecdsa_every_flipped_bit_of_the_signature_is_refused(curve: Weierstrass) -> None:
    key, r, s = _signature(curve)
    whole = curve.encode(r, s)
    for bit in range(8 * len(whole)):
        assert not key.verify(_flip(whole, bit), MESSAGE)


@every_curve
def test_ecdsa_signature_over_another_hash_is_refused(curve: Weierstrass) -> None:
    signer, (key, r, s) = _signer(curve), _signature(curve)
    assert not key.verify(signer.sign(curve.hash(MESSAGE)), MESSAGE)
    assert not key.verify(curve.encode(r, s), curve.hash(MESSAGE))
    for name in ("sha1", "sha256", "sha384", "sha512", "sha3_256"):
        digest = hashlib.new(name, MESSAGE).digest()
        if digest != curve.hash(MESSAGE):
            made = _sign_number(curve, int.from_bytes(digest) % curve.order)
            assert not key.verify(made, MESSAGE)
    assert key.verify(_sign_number(curve, curve.digest(MESSAGE)), MESSAGE)


def _sign_number(curve: Weierstrass, number: int) -> bytes:
    nonce, point = 77, curve.multiply(77, curve.generator)
    assert point is not None
    r = point[0] % curve.order
    return curve.encode(r, pow(nonce, -1, curve.order) * (number + r * 12345) % curve.order)


@every_curve
def test_ecdsa_nonce_point_at_infinity_is_refused(curve: Weierstrass) -> None:
    # The two halves u1·G and u2·Q cancel out for any s.
    r = (-curve.digest(MESSAGE) * pow(12345, -1, curve.order)) % curve.order
    for s in (1, 2, curve.order - 1):
        assert not _signer(curve).public_key.verify(curve.encode(r, s), MESSAGE)


@every_curve
def test_ecdsa_halves_that_are_one_point_are_added_rightly(curve: Weierstrass) -> None:
    nonce, number = 77, curve.digest(MESSAGE)
    point = curve.multiply(nonce, curve.generator)
    assert point is not None
    r = point[0] % curve.order
    secret, s = number * pow(r, -1, curve.order) % curve.order, 2 * number * pow(nonce, -1, curve.order)
    key = _signer(curve, secret).public_key
    assert key.verify(curve.encode(r, s % curve.order), MESSAGE)


@every_curve
@pytest.mark.parametrize("which", ["generator", "its_negative"])
def test_ecdsa_the_generator_is_a_key_like_any_other(curve: Weierstrass, which: str) -> None:
    signer = _signer(curve, 1 if which == "generator" else curve.order - 1)
    assert signer.public_key.verify(signer.sign(MESSAGE), MESSAGE)
    assert not signer.public_key.verify(signer.sign(MESSAGE), MESSAGE + b" ")
