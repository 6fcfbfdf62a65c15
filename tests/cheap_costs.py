"""The lowest costs of passwords and key files that are accepted; as a program, ``passport`` with them.

A demo world makes three dozen accounts and opens six key files twice: at the costs for real people that is
longer than most tests take. Costs are kept beside what they made, so that any other process reads it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from argon2 import PasswordHasher

import runtime.keyring

_OF_KEY_FILES: Final = {"n": 1 << 14, "r": 8, "p": 1}
_OF_PASSWORDS: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_stretched: Final[dict[tuple[str, str], bytes]] = {}


@contextmanager
def cheap_key_stretching() -> Iterator[None]:
    """The lowest costs in this process, PINs' too; what was stretched once is remembered."""
    with (
        lowest_costs(),
        patch("wallet_api.pin_slots._MEMORY_KIB", 8),
        patch("runtime.keyring._stretch", _remembering(runtime.keyring._stretch)),
    ):
        yield


@contextmanager
def lowest_costs() -> Iterator[None]:
    """The lowest costs of passwords and key files in this process.

    Not of PINs: that cost is not kept beside them, and other processes know them by the true one.
    """
    with (
        patch("runtime.keyring._SCRYPT", _OF_KEY_FILES),
        patch("trust_registry.accounts._HASHER", _OF_PASSWORDS),
    ):
        yield


def _remembering(
    stretch: Callable[[str, dict[str, Any]], bytes],
) -> Callable[[str, dict[str, Any]], bytes]:
    def stretched(passphrase: str, kdf: dict[str, Any]) -> bytes:
        asked = (passphrase, json.dumps(kdf, sort_keys=True))
        if asked not in _stretched:
            _stretched[asked] = stretch(passphrase, kdf)
        return _stretched[asked]

    return stretched


if __name__ == "__main__":
    from passport.cli import main

    with lowest_costs():
        main()
