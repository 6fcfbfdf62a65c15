"""What a text in a cell may hold.

Each function takes the text at intake (:func:`intake`) and answers with the id of the rule it
breaks, or None.
"""

import re
import unicodedata

from issuer.class_list.khmer import INVISIBLE, KHMER_DIGITS

MAX_TEXT_CHARACTERS = 200

_LINE_BREAKS = str.maketrans("\n\r\t", "   ")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
_LATIN_NAME_SIGNS = frozenset(" -'.\u2019")
_COENG = "\u17d2"
_IDENTIFIER = re.compile(r"[A-Z0-9]+(?:[-/.][A-Z0-9]+)*", re.ASCII)
_IDENTIFIER_CHARACTERS = range(3, 41)
_NATIONAL_ID = re.compile(r"[0-9]{9}", re.ASCII)


def intake(text: str) -> str:
    """NFC, with line breaks and unusual spaces as plain ones, collapsed and stripped."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_LINE_BREAKS).split())


def identifier(text: str) -> str:
    """A number or code as it is compared: ASCII digits, capitals, no invisible characters."""
    visible = "".join(c for c in intake(text) if c not in INVISIBLE)
    return visible.translate(KHMER_DIGITS).upper()


def is_visible(text: str) -> bool:
    """Whether there is anything to see."""
    return any(not character.isspace() and character not in INVISIBLE for character in text)


def check_characters(text: str) -> str | None:
    """Controls, bidirectional and other hidden marks, unassigned and private characters; length."""
    if len(text) > MAX_TEXT_CHARACTERS:
        return "text-too-long"
    if any(_is_forbidden(character) for character in text):
        return "text-hidden-characters"
    return None


def check_free_text(text: str) -> str | None:
    """Khmer and Latin letters; any digits, punctuation and symbols."""
    broken = check_characters(text)
    if broken:
        return broken
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    return None if all(_is_khmer(c) or _is_latin(c) for c in letters) else "text-script"


def check_khmer_name(text: str) -> str | None:
    """Khmer letters and signs in whole syllables, spaces and hyphens."""
    broken = check_characters(text)
    if broken:
        return broken
    if any(character.isdigit() for character in text):
        return "name-digits"
    words = re.split(r"[ \-]", "".join(c for c in text if c not in INVISIBLE))
    return None if all(_is_khmer_word(word) for word in words) else "name-not-khmer"


def check_latin_name(text: str) -> str | None:
    """Latin letters, spaces, hyphens, apostrophes and full stops, beginning with a letter."""
    broken = check_characters(text)
    if broken:
        return broken
    if any(character.isdigit() for character in text):
        return "name-digits"
    fine = all(_is_latin(c) or c in _LATIN_NAME_SIGNS for c in text) and _is_latin(text[0])
    return None if fine else "name-not-latin"


def check_rld_number(text: str) -> str | None:
    """The form of an RLD number after :func:`identifier`; a national ID number is refused."""
    if _NATIONAL_ID.fullmatch(text):
        return "rld-number-is-national-id"
    return None if _is_identifier(text) else "rld-number-form"


def check_certificate_number(text: str) -> str | None:
    """The form of a certificate number after :func:`identifier`."""
    return None if _is_identifier(text) else "certificate-number-form"


def _is_identifier(text: str) -> bool:
    return len(text) in _IDENTIFIER_CHARACTERS and _IDENTIFIER.fullmatch(text) is not None


def _is_forbidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _FORBIDDEN_CATEGORIES or (category == "Cf" and character not in INVISIBLE)


def _is_khmer(character: str) -> bool:
    return "\u1780" <= character <= "\u17dd"


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN ") and character.isalpha()


def _is_khmer_word(word: str) -> bool:
    if not word or unicodedata.category(word[0]) != "Lo" or word[-1] == _COENG:
        return False
    return all(_is_khmer(c) and unicodedata.category(c) in ("Lo", "Mn", "Mc") for c in word)
