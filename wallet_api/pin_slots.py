"""A holder's secret behind a PIN of six digits: two slots that look alike, whether or not both are used.

Each slot is AES-256-GCM under a key drawn from the PIN by argon2id and from the service's pepper by HKDF
(RFC 5869). What a slot holds: whether it opens a limited view, the holder's secret, and the key of the
other slot. With that key every change writes both slots, so that not even two copies of the database,
one before and one after, tell whether there is a second PIN.
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.entropy import random_bytes

SECRET_BYTES: Final = 32
SALT_BYTES: Final = 16
# RFC 9106 section 4, second recommended option, on one lane: about 0.2 s and 64 MiB for a try.
_TIME_COST: Final = 3
_MEMORY_KIB: Final = 65_536
_LANES: Final = 1
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_NO_OTHER: Final = bytes(_KEY_BYTES)
_PLAIN_BYTES: Final = 1 + SECRET_BYTES + _KEY_BYTES
_PIN: Final = re.compile(r"[0-9]{6}")
_REPEATED: Final = re.compile(r"(.)\1{5}|(..)\2\2|(...)\3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """What a slot holds. ``other`` is the key of the other slot, None where nobody has a PIN for it."""

    secret: bytes
    is_limited: bool
    other: bytes | None

    def __repr__(self) -> str:
        return "Slot()"


def is_pin(text: str) -> bool:
    """Whether ``text`` is six digits."""
    return _PIN.fullmatch(text) is not None


def is_easy(pin: str, birth_date: date | None) -> bool:
    """Whether a PIN is among those guessed first: a row, a repetition, or a date of birth."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if _REPEATED.fullmatch(pin) or steps in ({1}, {9}):
        return True
    return birth_date is not None and (
        f"{birth_date.year}" in pin
        or pin in {birth_date.strftime(pattern) for pattern in ("%d%m%y", "%m%d%y", "%y%m%d", "%y%d%m")}
    )


def slot_key(pin: str, *, salt: bytes, pepper: bytes, holder: str) -> bytes:
    """The key that ``pin`` stands for, of this holder. Slow on purpose: never in the event loop."""
    stretched = hash_secret_raw(
        pin.encode(),
        salt,
        time_cost=_TIME_COST,
        memory_cost=_MEMORY_KIB,
        parallelism=_LANES,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )
    info = b"passport pin slot 1|" + holder.encode()
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=pepper, info=info).derive(stretched)


def seal_slot(key: bytes, slot: Slot, place: str) -> bytes:
    """``slot`` as it is kept: nonce (12 bytes), then AES-GCM."""
    plain = bytes([slot.is_limited]) + slot.secret + (slot.other or _NO_OTHER)
    nonce = random_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def filler() -> bytes:
    """What stands in a slot that nobody has a PIN for: as long as a slot, and as random."""
    return random_bytes(_NONCE_BYTES + _PLAIN_BYTES + _TAG_BYTES)


def open_slot(key: bytes, sealed: bytes, place: str) -> Slot | None:
    """What the slot holds, None where this is not its key."""
    try:
        plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        return None
    other = plain[1 + SECRET_BYTES :]
    return Slot(
        is_limited=plain[0] == 1,
        secret=plain[1 : 1 + SECRET_BYTES],
        other=None if other == _NO_OTHER else other,
    )
