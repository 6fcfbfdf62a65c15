"""The lowest costs of stretching passwords that are accepted, for processes of tests and measurements."""

from argon2 import PasswordHasher

import runtime.keyring
import trust_registry.accounts
import wallet_api.pin_slots


def make_cheap() -> None:
    """From now on, in this process and those forked from it; what was stretched already stays as it is."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    for module, name, value in (
        (runtime.keyring, "_SCRYPT", {"n": 1 << 14, "r": 8, "p": 1}),
        (trust_registry.accounts, "_HASHER", cheap),
        (wallet_api.pin_slots, "_MEMORY_KIB", 8),
    ):
        setattr(module, name, value)
