"""``vc.crypto.merkle`` against RFC 6962 section 2.1, written as the recursion it prints."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from vc.crypto.merkle import Frontier, merkle_root


def defined(leaves: list[bytes]) -> bytes:
    """MTH of the specification: split at the largest power of two smaller than the count."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_root_is_the_one_the_specification_defines(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == defined(leaves)


def test_a_frontier_holds_one_hash_for_each_complete_subtree() -> None:
    tree = Frontier()
    for number in range(1, 200):
        tree = tree.append(b"leaf")
        assert (tree.size, len(tree.peaks)) == (number, number.bit_count())
