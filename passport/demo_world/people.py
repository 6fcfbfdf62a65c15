"""Returnees, drawn with a fixed seed so that their number, ages, sex, origin, schooling and former
sector have the report's proportions."""

import random  # noqa: TID251  (invented people must come out the same for the same seed)
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal, cast

from passport.demo_world import figures
from passport.demo_world.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE, Name

SEED = 910_000
"""As many as the report says had returned."""

DEMO_COUNT = 120
_DAYS_PER_YEAR = 365.25

SexCode = Literal["M", "F"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPerson:
    """An invented returnee as the demo RLD holds one.

    Names have the family name first in both scripts; ``province_code`` is the two-digit gazetteer
    code of origin; ``education`` and ``sector`` are keys of the report's figures.
    """

    rld_number: str
    name_km: str
    name_latin: str
    birth_date: date
    sex: SexCode
    province_code: str
    education: str
    sector: str

    def age_on(self, day: date) -> int:
        """Full years of age on ``day``."""
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)


_GIVEN: Final[Mapping[SexCode, Sequence[Name]]] = {"M": GIVEN_MALE, "F": GIVEN_FEMALE}


def draw_people(count: int = DEMO_COUNT, seed: int = SEED) -> tuple[DemoPerson, ...]:
    """``count`` people with RLD numbers ``RLD-DEMO-000001`` and on; the same for the same seed.

    Each share of the report is met to the nearest person; who has which is chance. No two people
    have the same name in either script, as long as there are names for them: 1,600 of each sex.
    """
    chance = random.Random(seed)  # noqa: S311
    sexes = _dealt(figures.SEX, count, chance)
    educations = _dealt(figures.EDUCATION, count, chance)
    sectors = _dealt(figures.SECTOR, count, chance)
    ages = _ages(count, chance)
    provinces = _provinces(count, chance)
    taken: set[Name] = set()
    people = []
    for index in range(count):
        sex = cast(SexCode, sexes[index])
        name_km, name_latin = _new_name(sex, taken, chance)
        people.append(
            DemoPerson(
                rld_number=f"RLD-DEMO-{index + 1:06d}",
                name_km=name_km,
                name_latin=name_latin,
                birth_date=_birth_date(ages[index], chance),
                sex=sex,
                province_code=provinces[index],
                education=educations[index],
                sector=sectors[index],
            )
        )
    return tuple(people)


def _dealt(shares: Mapping[str, float], count: int, chance: random.Random) -> list[str]:
    """``count`` keys in the proportion of ``shares``, by largest remainders, shuffled."""
    exact = {key: share * count for key, share in shares.items()}
    quota = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: exact[key] - quota[key], reverse=True)
    for key in by_remainder[: count - sum(quota.values())]:
        quota[key] += 1
    dealt = [key for key, number in quota.items() for _ in range(number)]
    chance.shuffle(dealt)
    return dealt


def _ages(count: int, chance: random.Random) -> list[int]:
    bands = {"18-40": figures.AGE_18_TO_40, "41-60": 1 - figures.AGE_18_TO_40}
    limits = {"18-40": (18, 40), "41-60": (41, 60)}
    return [chance.randint(*limits[band]) for band in _dealt(bands, count, chance)]


def _provinces(count: int, chance: random.Random) -> list[str]:
    border = figures.FROM_BORDER_PROVINCES
    groups = {"border": border, "other": 1 - border}
    choice = {"border": figures.BORDER_PROVINCES, "other": figures.OTHER_PROVINCES}
    return [chance.choice(choice[group]) for group in _dealt(groups, count, chance)]


def _birth_date(age: int, chance: random.Random) -> date:
    # The latest birthday with this age, less part of a year: the age on the report's day is exact.
    latest = figures.REPORT_DAY.replace(year=figures.REPORT_DAY.year - age)
    return latest - timedelta(days=chance.randrange(int(_DAYS_PER_YEAR)))


def _new_name(sex: SexCode, taken: set[Name], chance: random.Random) -> Name:
    if _names(sex) <= taken:
        taken -= _names(sex)
    while True:
        name = _name(chance.choice(FAMILY), chance.choice(_GIVEN[sex]))
        if name not in taken:
            taken.add(name)
            return name


@cache
def _names(sex: SexCode) -> frozenset[Name]:
    return frozenset(_name(family, given) for family in FAMILY for given in _GIVEN[sex])


def _name(family: Name, given: Name) -> Name:
    return (f"{family[0]} {given[0]}", f"{family[1]} {given[1]}")
