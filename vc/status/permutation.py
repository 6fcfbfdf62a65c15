"""A keyed permutation of the indexes of a list: random-looking, never the same index twice.

This is index shuffling, not encryption. A balanced Feistel network over HMAC-SHA256 with cycle
walking gives a bijection for *any* round function, so uniqueness never rests on the key; the key
only keeps neighbours in an issuing batch from being neighbours in the list.
"""

import hmac

# Four rounds of a pseudo-random function make a pseudo-random permutation (Luby and Rackoff); two more
# cost nothing that counts.
_ROUNDS = 6


def permute(key: bytes, n: int, counter: int) -> int:
    """The index (0 ≤ index < n) that ``counter`` (0 ≤ counter < n) maps to under ``key``.

    Raises ``ValueError`` for a counter outside the range: a programming error, not an input.
    """
    if not 0 <= counter < n:
        raise ValueError("the counter lies outside the permutation")
    half_bits = max(1, ((n - 1).bit_length() + 1) // 2)
    value = _feistel(key, half_bits, counter)
    # The network permutes the next even power of two; stepping until the value falls below n
    # walks the cycle that n itself lies on, so the restriction is a permutation of 0..n-1.
    while value >= n:
        value = _feistel(key, half_bits, value)
    return value


def _feistel(key: bytes, half_bits: int, value: int) -> int:
    mask = (1 << half_bits) - 1
    left, right = value >> half_bits, value & mask
    for number in range(_ROUNDS):
        message = bytes((number, half_bits)) + right.to_bytes(8, "big")
        digest = hmac.digest(key, message, "sha256")
        left, right = right, left ^ (int.from_bytes(digest[:8], "big") & mask)
    return left << half_bits | right
