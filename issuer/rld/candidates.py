"""Who of several people may be meant by a row that brings no number. Pure; it links nobody."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from issuer.class_list import ClassRow
from issuer.identity_link.matching import match_key_khmer, match_key_latin
from issuer.rld.port import RldPerson

ALIKE: Final = 70
"""From this score on somebody may be meant; 100 is the same name in both scripts."""

_MAX_SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Somebody born on the day of the row. ``score`` says how alike the names are, 0 to 100."""

    rld_number: str
    name_km: str
    name_latin: str
    sex: str
    province_code: str
    score: int

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def candidates_for(row: ClassRow, people: tuple[RldPerson, ...]) -> tuple[Candidate, ...]:
    """Who may be meant, most alike first; nobody whose birth date or stated sex is another."""
    found = [
        Candidate(
            rld_number=person.rld_number,
            name_km=person.name_km,
            name_latin=person.name_latin,
            sex=person.sex.value,
            province_code=person.province_code,
            score=score(row, person),
        )
        for person in people
        if person.birth_date == row.birth_date and row.sex in (None, person.sex)
    ]
    alike = [candidate for candidate in found if candidate.score >= ALIKE]
    return tuple(sorted(alike, key=lambda one: (-one.score, one.rld_number))[:_MAX_SHOWN])


def score(row: ClassRow, person: RldPerson) -> int:
    """How alike the names are: the mean of both scripts, 0 to 100."""
    pairs = (
        # Khmer is written with or without spaces between the parts of a name.
        (match_key_khmer(row.name_km).replace(" ", ""), match_key_khmer(person.name_km).replace(" ", "")),
        (match_key_latin(row.name_latin), match_key_latin(person.name_latin)),
    )
    ratios = [SequenceMatcher(None, one, other, autojunk=False).ratio() for one, other in pairs]
    return int(50 * sum(ratios))
