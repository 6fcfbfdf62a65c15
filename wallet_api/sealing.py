"""Sealing what is kept: AES-256-GCM under a key of this service, and the blind index of a holder.

The keys come out of two halves, a file made at the first start and the keyring's passphrase:
neither a copied data folder nor a copied environment opens anything alone.
"""

import hashlib
import hmac
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime import secret_files
from runtime.entropy import random_bytes
from runtime.settings import Settings
from vc.errors import PassportError

KEY_VERSION: Final = 1
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class SealBroken(PassportError):
    """What is stored was altered, moved to another row or sealed with another key."""


class Sealing:
    """Seals and opens one service's stored values."""

    def __init__(self, secret: bytes) -> None:
        """Derive the keys from ``secret``, at least 32 unpredictable bytes."""
        self.key_version = KEY_VERSION
        self._cipher = AESGCM(_derive(secret, f"passport wallet sealing {KEY_VERSION}"))
        self._index_key = _derive(secret, "passport wallet holder index")

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The sealing of this deployment; its file half is made at the first call."""
        half = secret_files.read_or_create(settings.data_dir / "keys" / "wallet_api.sealing")
        return cls(f"{half}\x1f{settings.secret('keyring_passphrase')}".encode())

    def seal(self, value: bytes, *, table: str, row: str, column: str) -> bytes:
        """``value`` encrypted for this one place; another place cannot open it."""
        nonce = random_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, _place(table, row, column, KEY_VERSION))

    def unseal(self, sealed: bytes, *, table: str, row: str, column: str, key_version: int) -> bytes:
        """The value sealed for this place. Raises ``SealBroken`` for anything else."""
        if key_version != KEY_VERSION:
            raise SealBroken("A stored value was sealed with a key this service does not have.")
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, ciphertext, _place(table, row, column, key_version))
        except (InvalidTag, ValueError):
            raise SealBroken("A stored value was altered or moved.") from None

    def holder_index(self, rld_number: str) -> str:
        """The blind index of an RLD number: equal for equal numbers, and useless without the key."""
        return hmac.new(self._index_key, rld_number.encode(), hashlib.sha256).hexdigest()


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(secret)


def _place(table: str, row: str, column: str, key_version: int) -> bytes:
    return f"{table}|{row}|{column}|{key_version}".encode()
