"""Links by which holders share: what both the wallet, which makes them, and the verifier know of them.

A token has 160 random bits and stands nowhere but in the link. What follows from it: by which value it is
found, which key opens what was shared, and the nonce that every presentation in it is bound to, so that
nothing made for another share can stand behind a link.
"""

import hashlib
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.entropy import decode_code, random_token
from vc.encoding import base64url
from vc.errors import MalformedValue, NotFound

TOKEN_BITS: Final = 160
TOKEN_LENGTH: Final = 32
_KEY_BYTES: Final = 32


def new_share_token() -> str:
    """A token that nobody can guess."""
    return random_token(TOKEN_BITS)


def parse_share_token(text: str) -> str:
    """The token in its one spelling. Raises ``NotFound`` for anything that cannot be one."""
    try:
        token = decode_code(text)
    except MalformedValue:
        raise NotFound("This link has ended, or there is none like it.") from None
    if len(token) != TOKEN_LENGTH:
        raise NotFound("This link has ended, or there is none like it.")
    return token


def share_link(base_url: str, token: str) -> str:
    """The link that opens a share."""
    return f"{base_url}/s/{token}"


def share_index(token: str) -> str:
    """What a share is found by; the token does not follow from it. 64 hexadecimal digits."""
    return hashlib.sha256(f"share index\x1f{token}".encode()).hexdigest()


def share_nonce(token: str) -> str:
    """The nonce of every presentation in the share."""
    return base64url.encode(hashlib.sha256(f"share nonce\x1f{token}".encode()).digest())


def share_key(token: str) -> bytes:
    """The key (AES-256) that what was shared is sealed under."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"share key").derive(token.encode())


def share_audience(base_url: str, licence_number: str | None) -> str:
    """Whom presentations in a share are for: a licence's page in the register, or whoever has the link."""
    if licence_number is None:
        return f"{base_url}/s"
    return f"{base_url}/trust/agencies/{quote(licence_number, safe='')}"
