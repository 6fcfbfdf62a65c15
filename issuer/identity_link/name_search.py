"""Finding a person without a number: by what terms they are looked up, and how alike two names are. Pure.

A term is a birth date with the beginning of one word of a name, in one script. Each word of either
script makes one, so that a word misspelt from its first letter on is made up for by any other. The
store keeps terms as blind indexes only. What they find are candidates: names are compared once they are
out of their seals, and whoever is found is shown to a person, never linked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from issuer.class_list.khmer import INVISIBLE, match_key_khmer
from issuer.identity_link.matching import match_key_latin

ALIKE: Final = 0.7
"""From here on two names may be one person's; of 1.0, where both are written alike."""

_LATIN_BEGINNING: Final = 2
_MAX_WORDS: Final = 8
_BREAKS: Final = str.maketrans(dict.fromkeys(INVISIBLE, " "))


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPerson:
    """A name in either script or in both (empty where it is not known), and the day of birth."""

    name_km: str
    name_latin: str
    birth_date: date


def name_terms(person: NamedPerson) -> frozenset[str]:
    """By what this person is found, and finds: at most sixteen texts, of which one in common suffices."""
    return frozenset(f"{beginning}|{person.birth_date.isoformat()}" for beginning in _beginnings(person))


def likeness(one: NamedPerson, other: NamedPerson) -> float:
    """How alike two people's names are, in the script in which they are more so; 0.0 to 1.0.

    Whatever their names, two people of different birth dates are 0.0.
    """
    if one.birth_date != other.birth_date:
        return 0.0
    pairs = [(_khmer(one.name_km), _khmer(other.name_km))]
    pairs += [(_latin(one.name_latin, turned), _latin(other.name_latin, turned)) for turned in (False, True)]
    return max(
        (SequenceMatcher(None, a, b, autojunk=False).ratio() for a, b in pairs if a and b), default=0.0
    )


def _beginnings(person: NamedPerson) -> Iterator[str]:
    for word in person.name_km.translate(_BREAKS).split()[:_MAX_WORDS]:
        # One letter: already the vowel behind it is often written in more than one way.
        if key := match_key_khmer(word):
            yield f"km|{key[0]}"
    for word in person.name_latin.split()[:_MAX_WORDS]:
        if key := match_key_latin(word):
            yield f"latin|{key[:_LATIN_BEGINNING]}"


def _khmer(name: str) -> str:
    return match_key_khmer(name).replace(" ", "")


def _latin(name: str, turned: bool) -> str:
    """The letters of a name; ``turned``: its words by the alphabet, whichever name was put first."""
    words = [match_key_latin(word) for word in name.split()]
    return "".join(sorted(words) if turned else words)
