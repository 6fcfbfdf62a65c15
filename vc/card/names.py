"""Names on a card: one byte a letter where that is possible, and nothing that reads otherwise than it is.

Khmer takes three bytes a letter in UTF-8. A text of ASCII and the Khmer block (U+1780 to U+17FF) with at
least one Khmer letter is a byte string instead: a byte below 0x80 is that ASCII character, any other
the character U+1700 + byte. Every other text is a CBOR text. Each text has one of the two spellings.
"""

import unicodedata

from vc.errors import MalformedValue, RangeError

MAX_LETTERS = 100

_KHMER, _LAST_KHMER = 0x1780, 0x17FF
_OFFSET = 0x1700
_FIRST_HIGH = 0x80
# Part of written Khmer; every other control and format character can make a name read otherwise.
_KEPT = frozenset("\u200b\u200c\u200d\u2060")


def pack_text(text: str) -> str | bytes:
    """``text`` as it stands in the CBOR. Raises as ``require_text``."""
    require_text(text)
    points = [ord(letter) for letter in text]
    fits = all(point < _FIRST_HIGH or _KHMER <= point <= _LAST_KHMER for point in points)
    if not fits or max(points) < _FIRST_HIGH:
        return text
    return bytes(point if point < _FIRST_HIGH else point - _OFFSET for point in points)


def unpack_text(value: object) -> str:
    """The text that ``value`` spells, in its one spelling. Raises MalformedValue, or as ``require_text``."""
    if isinstance(value, bytes):
        text = "".join(chr(byte if byte < _FIRST_HIGH else byte + _OFFSET) for byte in value)
    elif isinstance(value, str):
        text = value
    else:
        raise MalformedValue("A text is expected on the card.")
    if pack_text(text) != value:
        raise MalformedValue("A text on the card is spelled in another way than the one it has.")
    return text


def require_text(text: str) -> None:
    """Refuse what is empty, too long, or does not read as it is written.

    Raises RangeError for more than ``MAX_LETTERS``, MalformedValue for the rest.
    """
    if not text.strip() or text != text.strip():
        raise MalformedValue("A text on the card is empty, or begins or ends with a space.")
    if len(text) > MAX_LETTERS:
        raise RangeError("A text on the card is too long.")
    if any(unicodedata.category(letter)[0] == "C" and letter not in _KEPT for letter in text):
        raise MalformedValue("A text on the card has a character that is not shown.")
