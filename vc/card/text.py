"""The text in a card's QR code: ``PC1:`` and the base45 (RFC 9285) of an untagged COSE_Sign1."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

import base45

from vc.card.claims import Card, parse_claims
from vc.cose.sign1 import ALG, KID, UnverifiedSign1, parse_sign1, to_be_signed
from vc.encoding.strict_json import Limits
from vc.errors import MalformedValue, RangeError, UnknownOption

PREFIX: Final = "PC1:"
KEY_NAME_BYTES: Final = 8

# ISO/IEC 18004, table 7: what versions 13 and 14 hold in the alphanumeric mode.
_MOST_AT_Q, _MOST_AT_M = 352, 528
_ANY_VERSION = re.compile(r"PC[0-9]{1,3}:", re.ASCII)
_MAX_BYTES = 512
_TAG = b"\xd2"
_LIMITS = Limits(max_bytes=_MAX_BYTES)


class UnknownCardVersion(UnknownOption):
    """A passport card of a version that is not read here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Symbol:
    """The QR symbol a card is printed as: at most this version, at this level of error correction."""

    max_version: int
    level: Literal["Q", "M"]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedCard:
    """A card nobody has verified. ``key_name`` only says which keys to try."""

    message: UnverifiedSign1
    card: Card
    key_name: bytes

    @property
    def signed(self) -> bytes:
        """What the signature covers."""
        return to_be_signed(self.message.protected_bytes, self.message.payload)


def is_card_text(text: str) -> bool:
    """Whether ``text`` says that it is a passport card, of whatever version."""
    return _ANY_VERSION.match(text) is not None


def key_name(multikey: str) -> bytes:
    """How a card names the key it was signed with: the beginning of the SHA-256 of its multikey."""
    return hashlib.sha256(multikey.encode()).digest()[:KEY_NAME_BYTES]


def write_card(message: bytes) -> str:
    """The text of a signed card."""
    return PREFIX + _encode(message.removeprefix(_TAG))


def symbol_for(text: str) -> Symbol:
    """The symbol for a card's text: level Q while version 13 holds it, else level M at version 14.

    Raises RangeError for more than that.
    """
    if len(text) <= _MOST_AT_Q:
        return Symbol(max_version=13, level="Q")
    if len(text) <= _MOST_AT_M:
        return Symbol(max_version=14, level="M")
    raise RangeError("There is too much on this card for its QR code.")


def parse_card(text: str) -> UnverifiedCard:
    """Read the text of a card.

    Raises UnknownCardVersion, RangeError for more than a QR code of a card holds, and MalformedValue for
    everything else that is no card in its one spelling.
    """
    if not text.startswith(PREFIX):
        if is_card_text(text):
            raise UnknownCardVersion("The card is of a version that is not read here.")
        raise MalformedValue("This is not the text of a passport card.")
    if len(text) > _MOST_AT_M:
        raise RangeError("There is more in the text than on any card.")
    raw = _decode(text.removeprefix(PREFIX))
    if raw.startswith(_TAG):
        raise MalformedValue("The message of a card has no tag.")
    message = parse_sign1(raw, _LIMITS)
    key = message.protected.get(KID)
    if set(message.protected) != {ALG, KID} or not isinstance(key, bytes) or len(key) != KEY_NAME_BYTES:
        raise MalformedValue("The header of a card names its algorithm and its key, and nothing else.")
    return UnverifiedCard(message=message, card=parse_claims(message.payload), key_name=key)


def _decode(text: str) -> bytes:
    try:
        raw: bytes = base45.b45decode(text)
    except ValueError:
        raise MalformedValue("The text after the prefix is not base45.") from None
    if _encode(raw) != text:
        raise MalformedValue("The text after the prefix is not base45 in its one spelling.")
    return raw


def _encode(raw: bytes) -> str:
    return str(base45.b45encode(raw), "ascii")
