"""The canonical form in which Khmer texts are *compared*; what is signed is never altered by it.

The same picture has several encodings in Khmer, and neither NFC nor NFKC makes them equal: marks
may follow the base in any order, COENG DA and COENG TA look alike, some vowels can be typed as
two, and invisible characters are used between words.
"""

import re
import unicodedata

INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff")
"""Zero-width characters that are usual between or inside Khmer words."""

KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")

_COENG = "\u17d2"
_ROBAT = "\u17cc"
_SHIFTERS = "\u17c9\u17ca"
_VOWEL_U = "\u17bb"
_RO = "\u179a"
_ABOVE_VOWELS = frozenset("\u17b7\u17b8\u17b9\u17ba\u17be")

_CLUSTER = re.compile(
    "(?P<base>[\u1780-\u17b3])(?P<marks>(?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd])+)"
)
_MARK = re.compile("\u17d2[\u1780-\u17b3]|.", re.DOTALL)
_PROVINCE_PREFIXES = ("រាជធានី", "ខេត្ត", "ក្រុង")


def match_key_khmer(text: str) -> str:
    """The form of ``text`` in which two spellings that look the same are equal.

    NFC; invisible characters dropped; deprecated and doubled vowels folded; COENG DA folded to
    COENG TA; the marks of each syllable put in one order (robat, shifter, coengs with COENG RO
    last, vowels, signs); Khmer digits as ASCII; spaces collapsed.
    """
    visible = "".join(c for c in text if c not in INVISIBLE and c not in "\u17b4\u17b5")
    folded = unicodedata.normalize("NFC", visible)
    folded = folded.replace("\u17a3", "\u17a2").replace("\u17a4", "\u17a2\u17b6")
    folded = folded.replace(_COENG + "\u178a", _COENG + "\u178f")
    folded = _CLUSTER.sub(_ordered_cluster, folded)
    return " ".join(folded.translate(KHMER_DIGITS).split())


def match_key_province(text: str) -> str:
    """Like :func:`match_key_khmer`, without the words for capital, province and city; in Latin
    script without case, spaces and hyphens."""
    key = match_key_khmer(text).casefold()
    for prefix in _PROVINCE_PREFIXES:
        key = key.removeprefix(match_key_khmer(prefix))
    return re.sub(r"[\s\-']", "", key)


def _ordered_cluster(match: re.Match[str]) -> str:
    marks = _MARK.findall(match["marks"])
    above = any(mark in _ABOVE_VOWELS for mark in marks)
    if above:
        # Below an upper vowel both shifters are drawn like the vowel U.
        marks = [_VOWEL_U if mark in _SHIFTERS else mark for mark in marks]
    ordered = "".join(sorted(marks, key=_rank))
    ordered = ordered.replace("\u17c1\u17b8", "\u17be").replace("\u17c1\u17b6", "\u17c4")
    return match["base"] + ordered


def _rank(mark: str) -> int:
    if mark == _ROBAT:
        return 0
    if mark in _SHIFTERS:
        return 1
    if mark.startswith(_COENG):
        return 3 if mark == _COENG + _RO else 2
    if mark == _VOWEL_U:
        return 4
    if "\u17b6" <= mark <= "\u17c5":
        return 6 if mark in "\u17b6\u17b8" else 5
    return 7
