"""Merkle tree hashes as RFC 6962 section 2.1 defines them, over SHA-256, one leaf after another.

A ``Frontier`` holds the roots of the complete subtrees only, so that a tree of any size grows, and is
checked, in the memory of its depth.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

_LEAF = b"\x00"
_NODE = b"\x01"


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of ``size`` leaves. ``peaks``: 32 bytes for each one bit of ``size``, largest tree first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, data: bytes) -> "Frontier":
        """The tree with one more leaf holding ``data``."""
        node = hashlib.sha256(_LEAF + data).digest()
        peaks = list(self.peaks)
        carry = self.size
        while carry & 1:
            node = _join(peaks.pop(), node)
            carry >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """The Merkle tree hash, 32 bytes."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        return reduce(lambda right, left: _join(left, right), reversed(self.peaks))


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of ``leaves`` in their order, 32 bytes."""
    return reduce(Frontier.append, leaves, Frontier()).root()


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
