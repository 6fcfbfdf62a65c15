"""Arithmetic on the curves, slow and plain, to build signatures that no ordinary signer makes.

Points are pairs of coordinates; None is the point at infinity of a short Weierstrass curve.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vc.crypto import ecdsa
from vc.crypto.keys import InMemorySigner, KeyType

Point: TypeAlias = tuple[int, int]


def square_root(value: int, prime: int) -> int | None:
    """A square root modulo ``prime``, or None where there is none. For the primes used here alone."""
    if prime % 4 == 3:
        root = pow(value, (prime + 1) // 4, prime)
    else:
        root = pow(value, (prime + 3) // 8, prime)
        if root * root % prime != value % prime:
            root = root * pow(2, (prime - 1) // 4, prime) % prime
    return root if root * root % prime == value % prime else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Weierstrass:
    """A NIST curve y² = x³ - 3x + b over the field of ``prime``, with its generator and its order."""

    key_type: KeyType
    prime: int
    b: int
    order: int
    generator: Point
    field_bytes: int
    hash: Callable[[bytes], bytes]

    def lift(self, x: int) -> Point | None:
        """A point with this first coordinate, or None where the twist has it instead."""
        y = square_root((x**3 - 3 * x + self.b) % self.prime, self.prime)
        return None if y is None else (x, y)

    def first_x(self, start: int) -> Point:
        """The point with the least first coordinate from ``start`` on."""
        return next(point for x in range(start, start + 200) if (point := self.lift(x)))

    def add(self, one: Point | None, two: Point | None) -> Point | None:
        if one is None or two is None:
            return two if one is None else one
        if one[0] == two[0]:
            if (one[1] + two[1]) % self.prime == 0:
                return None
            slope = 3 * (one[0] ** 2 - 1) * pow(2 * one[1], -1, self.prime)
        else:
            slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, self.prime)
        x = (slope**2 - one[0] - two[0]) % self.prime
        return x, (slope * (one[0] - x) - one[1]) % self.prime

    def multiply(self, scalar: int, point: Point | None) -> Point | None:
        total = None
        for bit in bin(scalar % self.order)[2:]:
            total = self.add(total, total)
            if bit == "1":
                total = self.add(total, point)
        return total

    def digest(self, message: bytes) -> int:
        """The number that is signed for ``message``."""
        value = int.from_bytes(self.hash(message))
        return value >> max(0, 8 * len(self.hash(b"")) - self.order.bit_length())

    def encode(self, r: int, s: int) -> bytes:
        """``r || s``, each as long as the field."""
        return r.to_bytes(self.field_bytes) + s.to_bytes(self.field_bytes)

    def compressed(self, point: Point) -> bytes:
        return bytes([2 + point[1] % 2]) + point[0].to_bytes(self.field_bytes)

    def recover(self, nonce_point: Point, s: int, message: bytes) -> bytes:
        """The key under which ``s`` and the point's coordinate sign ``message``: nobody knows its secret."""
        r = nonce_point[0] % self.order
        e = self.digest(message)
        sum_of_both = self.add(
            self.multiply(s, nonce_point), self.multiply(self.order - e % self.order, self.generator)
        )
        key = self.multiply(pow(r, -1, self.order), sum_of_both)
        assert key is not None
        return self.compressed(key)


def _weierstrass(key_type: KeyType, prime: int, hash_name: str) -> Weierstrass:
    curve = ecdsa.CURVES[key_type]
    one = InMemorySigner((1).to_bytes(curve.field_bytes), "", key_type=key_type).public_key
    x, y = map(int.from_bytes, ecdsa.coordinates(key_type, one.raw))
    return Weierstrass(
        key_type=key_type,
        prime=prime,
        b=(y**2 - x**3 + 3 * x) % prime,
        order=curve.curve.group_order,
        generator=(x, y),
        field_bytes=curve.field_bytes,
        hash=lambda message: hashlib.new(hash_name, message).digest(),
    )


# The primes of FIPS 186-5 by their formulas.
NIST_CURVES = (
    _weierstrass(KeyType.P256, 2**256 - 2**224 + 2**192 + 2**96 - 1, "sha256"),
    _weierstrass(KeyType.P384, 2**384 - 2**128 - 2**96 + 2**32 - 1, "sha384"),
    _weierstrass(KeyType.P521, 2**521 - 1, "sha512"),
)


class Edwards25519:
    """edwards25519 as in RFC 8032 section 5.1."""

    prime = 2**255 - 19
    order = 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, prime) % prime
    identity: Point = (0, 1)

    @classmethod
    def decompress(cls, y: int, sign: int = 0) -> Point | None:
        square = (y * y - 1) * pow(cls.d * y * y + 1, -1, cls.prime) % cls.prime
        x = square_root(square, cls.prime)
        if x is None:
            return None
        return (x if x % 2 == sign else -x % cls.prime), y

    @classmethod
    def base(cls) -> Point:
        point = cls.decompress(4 * pow(5, -1, cls.prime) % cls.prime)
        assert point is not None
        return point

    @classmethod
    def add(cls, one: Point, two: Point) -> Point:
        product = cls.d * one[0] * two[0] * one[1] * two[1] % cls.prime
        x = (one[0] * two[1] + one[1] * two[0]) * pow(1 + product, -1, cls.prime)
        y = (one[1] * two[1] + one[0] * two[0]) * pow(1 - product, -1, cls.prime)
        return x % cls.prime, y % cls.prime

    @classmethod
    def multiply(cls, scalar: int, point: Point) -> Point:
        total = cls.identity
        for bit in bin(scalar)[2:]:
            total = cls.add(total, total)
            if bit == "1":
                total = cls.add(total, point)
        return total

    @classmethod
    def encode(cls, point: Point) -> bytes:
        return (point[1] | (point[0] % 2) << 255).to_bytes(32, "little")

    @classmethod
    def torsion(cls) -> list[Point]:
        """The eight points whose order divides 8, as the multiples of one of order 8."""
        for y in range(2, 100):
            point = cls.decompress(y)
            generator = cls.multiply(cls.order, point) if point else cls.identity
            if cls.multiply(4, generator) != cls.identity:
                return [cls.multiply(multiple, generator) for multiple in range(8)]
        raise AssertionError("no point of order 8 was found")

    @classmethod
    def challenge(cls, r: bytes, key: bytes, message: bytes) -> int:
        """The scalar k of RFC 8032 section 5.1.7, reduced as every library does before it is used."""
        return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % cls.order
