"""The seal of what is shared: it opens with the link, and with nothing that is kept here."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.entropy import random_bytes
from runtime.share_links import share_key
from vc.errors import NotFound

NO_SUCH_LINK: Final = "This link has ended, or there is none like it."
_NONCE_BYTES: Final = 12


def seal_for_link(token: str, share_id: str, value: bytes) -> bytes:
    """``value`` under the key of a link, for one share: nonce (12 bytes), then AES-256-GCM."""
    nonce = random_bytes(_NONCE_BYTES)
    return nonce + AESGCM(share_key(token)).encrypt(nonce, value, share_id.encode())


def open_by_link(token: str, share_id: str, sealed: bytes) -> bytes:
    """What was sealed for a link and share. Raises ``NotFound`` for another link or share."""
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(share_key(token)).decrypt(nonce, body, share_id.encode())
    except (InvalidTag, ValueError):
        raise NotFound(NO_SUCH_LINK) from None
