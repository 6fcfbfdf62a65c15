"""Laws of ``issuer.identity_link.name_search``: who is found, however their name is written."""

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from issuer.identity_link.name_search import ALIKE, NamedPerson, likeness, name_terms
from passport.demo_world.people import draw_people

PEOPLE = draw_people()
people = st.sampled_from(PEOPLE).map(
    lambda p: NamedPerson(name_km=p.name_km, name_latin=p.name_latin, birth_date=p.birth_date)
)
# The same picture in other code points, and what Latin spelling leaves open (domain/README.md, section 8).
Write = Callable[[str], str]
_KHMER: tuple[Write, ...] = (
    lambda name: name,
    lambda name: name.replace(" ", "\u200b"),
    lambda name: "\u200b" + name.replace(" ", "  ") + "\ufeff",
    lambda name: name.replace("\u17d2\u178f", "\u17d2\u178a"),
    lambda name: name.replace("\u17c4", "\u17c1\u17b6").replace("\u17be", "\u17c1\u17b8"),
)
_LATIN: tuple[Write, ...] = (
    lambda name: name,
    str.casefold,
    lambda name: name.replace("A", "AH"),
    lambda name: " ".join(reversed(name.split())),
    lambda name: name.replace(" ", "  "),
    lambda name: name[:-1] + "'" + name[-1],
)


def is_found(wanted: NamedPerson, person: NamedPerson) -> bool:
    return bool(name_terms(wanted) & name_terms(person)) and likeness(wanted, person) >= ALIKE


@given(people, st.sampled_from(_KHMER))
def test_a_khmer_name_typed_in_other_code_points_is_found(person: NamedPerson, write: Write) -> None:
    typed = NamedPerson(name_km=write(person.name_km), name_latin="", birth_date=person.birth_date)
    assert is_found(typed, person)


@given(people, st.sampled_from(_LATIN))
def test_a_latin_name_spelt_otherwise_is_found(person: NamedPerson, write: Write) -> None:
    typed = NamedPerson(name_km="", name_latin=write(person.name_latin), birth_date=person.birth_date)
    assert is_found(typed, person)


@given(people, st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_wrong_first_letter_in_one_script_is_made_up_for_by_the_other(
    person: NamedPerson, letter: str
) -> None:
    typed = NamedPerson(
        name_km=person.name_km, name_latin=letter + person.name_latin[1:], birth_date=person.birth_date
    )
    assert is_found(typed, person)


@given(people, st.integers(-40_000, 40_000).filter(bool))
def test_another_birth_date_is_another_person(person: NamedPerson, days: int) -> None:
    other = NamedPerson(
        name_km=person.name_km,
        name_latin=person.name_latin,
        birth_date=max(date(1800, 1, 1), person.birth_date + timedelta(days=days)),
    )
    assert not name_terms(other) & name_terms(person)
    assert likeness(other, person) == 0.0


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_typed_makes_few_terms(name_km: str, name_latin: str) -> None:
    typed = NamedPerson(name_km=name_km, name_latin=name_latin, birth_date=date(1990, 1, 1))
    assert len(name_terms(typed)) <= 16
    assert 0.0 <= likeness(typed, typed) <= 1.0
