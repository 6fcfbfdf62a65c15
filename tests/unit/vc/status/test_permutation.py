"""The permutation: a bijection whatever the key, and shuffled enough that a batch does not show."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.status.permutation import permute

KEYS = st.binary(min_size=0, max_size=64)


@given(KEYS, st.integers(1, 300))
@settings(max_examples=60)
def test_it_is_a_bijection(key: bytes, n: int) -> None:
    assert sorted(permute(key, n, counter) for counter in range(n)) == list(range(n))


def test_it_is_a_bijection_where_half_of_the_cycle_is_walked_over() -> None:
    length = 2**13
    assert len({permute(b"k" * 32, length, counter) for counter in range(length)}) == length


@given(KEYS, st.integers(1, 2**40), st.data())
@settings(max_examples=60)
def test_the_index_lies_in_the_list(key: bytes, n: int, data: st.DataObject) -> None:
    counter = data.draw(st.integers(0, n - 1))
    assert 0 <= permute(key, n, counter) < n


@pytest.mark.parametrize("counter", [-1, 10])
def test_a_counter_outside_the_list_is_a_programming_error(counter: int) -> None:
    with pytest.raises(ValueError, match="counter"):
        permute(b"k", 10, counter)


def test_the_first_thousand_indexes_are_spread_evenly() -> None:
    """Chi-square over 64 buckets; 63 degrees of freedom give 103.4 at one in a thousand."""
    buckets = [0] * 64
    for counter in range(1000):
        buckets[permute(b"a fixed key of this very test..", 131_072, counter) * 64 // 131_072] += 1
    expected = 1000 / 64
    assert sum((count - expected) ** 2 / expected for count in buckets) < 103.4


def test_neighbours_in_a_batch_are_no_neighbours_in_the_list() -> None:
    indexes = [permute(b"another key", 131_072, counter) for counter in range(1000)]
    rises = sum(a < b for a, b in itertools.pairwise(indexes))
    assert 430 < rises < 570
    assert sum(abs(a - b) < 100 for a, b in itertools.pairwise(indexes)) < 10


def test_another_key_gives_another_order() -> None:
    assert [permute(b"a", 1000, n) for n in range(20)] != [permute(b"b", 1000, n) for n in range(20)]
