"""The one source of randomness, and the typed codes made from it."""

import secrets  # noqa: TID251 - this is the one place
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.errors import MalformedValue

# Crockford's base 32: no I, L, O or U, so that a code survives being read aloud and typed.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS_PER_SYMBOL = 5
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", "- \t\r\n\u00a0\u200b\u2010\u2011\u2012\u2013\u2014\u2212")
_MAX_TYPED_LENGTH = 200
_SECRET_BYTES: Final[Mapping[KeyType, int]] = {
    KeyType.ED25519: 32,
    KeyType.P256: 32,
    KeyType.P384: 48,
    KeyType.P521: 66,
}


def random_bytes(count: int) -> bytes:
    """``count`` unpredictable bytes from the operating system."""
    return secrets.token_bytes(count)


def random_below(bound: int) -> int:
    """An unpredictable integer in ``0 <= n < bound``."""
    return secrets.randbelow(bound)


def random_uuid_urn() -> str:
    """A version 4 UUID as ``urn:uuid:…`` (RFC 9562 section 5.4)."""
    return uuid.UUID(bytes=random_bytes(16), version=4).urn


def random_token(bits: int) -> str:
    """A code of at least ``bits`` bits in upper-case Crockford base 32, without separators."""
    if bits < 1:
        raise ValueError("a token needs at least one bit")
    length = -(-bits // _BITS_PER_SYMBOL)
    value = secrets.randbits(length * _BITS_PER_SYMBOL)
    symbols = []
    for _ in range(length):
        value, digit = divmod(value, len(_ALPHABET))
        symbols.append(_ALPHABET[digit])
    return "".join(symbols)


def decode_code(text: str) -> str:
    """The canonical form of a typed code, as ``random_token`` would have written it.

    Case, dashes and spaces do not matter; O reads as 0, I and L as 1. Raises ``MalformedValue``
    for anything else, and for an empty or absurdly long text.
    """
    if len(text) > _MAX_TYPED_LENGTH:
        raise MalformedValue("The code is too long.")
    code = text.translate(_SEPARATORS).upper().translate(_LOOKALIKES)
    if not code:
        raise MalformedValue("The code is empty.")
    if any(symbol not in _ALPHABET for symbol in code):
        raise MalformedValue("The code has a character that no code contains.")
    return code


def format_code(code: str, *, group: int = 4) -> str:
    """``code`` in groups of ``group`` joined by dashes, for printing; ``decode_code`` undoes it."""
    return "-".join(code[start : start + group] for start in range(0, len(code), group))


def random_secret(key_type: KeyType, entropy: Callable[[int], bytes] = random_bytes) -> bytes:
    """A new private key as ``InMemorySigner`` takes it: a seed, or a scalar drawn evenly in its range."""
    while True:
        secret = entropy(_SECRET_BYTES[key_type])
        try:
            InMemorySigner(secret, "", key_type=key_type)
        except MalformedValue:
            # Drawn again, not reduced: a remainder would make small scalars likelier.
            continue
        return secret


def throwaway_signer(key_type: KeyType = KeyType.ED25519) -> InMemorySigner:
    """A signer with a key that nobody keeps, for linting what is about to be signed."""
    secret = random_secret(key_type)
    unnamed = InMemorySigner(secret, "", key_type=key_type)
    method = did_key.verification_method_for(unnamed.public_key)
    return InMemorySigner(secret, method, key_type=key_type)
