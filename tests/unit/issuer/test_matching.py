"""A row belongs to the person of its RLD number, or to nobody."""

import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.class_list import CellValue, ClassList, Sex
from issuer.identity_link.matching import (
    RldRecord,
    check_identities,
    compare,
    match_key_khmer,
    match_key_latin,
    match_key_province,
)
from tests.unit.issuer.class_list_samples import good_row, read_rows, told

RECORD = RldRecord(
    rld_number="RLD-DEMO-000001",
    name_km="សុខ ដារ៉ា",
    name_latin="SOK DARA",
    birth_date=date(1995, 3, 2),
    sex=Sex.MALE,
    province_code="01",
)
KHMER = st.text(st.characters(min_codepoint=0x1780, max_codepoint=0x17F9), max_size=20)


def class_list_of(*changes: dict[str, CellValue]) -> ClassList:
    rows = [good_row(number=number) | change for number, change in enumerate(changes, 1)]
    read = read_rows(rows)
    assert not read.errors
    return read


SAME_PICTURE = {
    "woman_ro_first": ("ស្ត្រី", "ស្រ្តី"),
    "woman_vowel_inside": ("ស្ត្រី", "ស្រី្ត"),
    "coeng_da_and_ta": ("ឧត្ដរមានជ័យ", "ឧត្តរមានជ័យ"),
    "zero_width_space": ("សុខ\u200bសុភា", "សុខសុភា"),
    "shifter_order": ("ញ៉ាំ", "ញ៉ំា"),
    "shifter_typed_as_u": ("ស៊ីណា", "សុីណា"),
    "two_part_vowel_oe": ("កើត", "កេីត"),
    "two_part_vowel_o": ("កោត", "កេាត"),
    "spaces": ("សុខ  ដារ៉ា ", "សុខ\u00a0ដារ៉ា"),
    "digits": ("១២៣", "123"),
    "inherent_vowel": ("ក\u17b4ខ", "កខ"),
}


@pytest.mark.parametrize(("one", "other"), SAME_PICTURE.values(), ids=SAME_PICTURE)
def test_what_looks_the_same_has_one_key(one: str, other: str) -> None:
    assert unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", other)
    assert match_key_khmer(one) == match_key_khmer(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ដារ៉ា", "តារា"), ("សុភា", "សូភា"), ("ស្រី", "សី"), ("ចាន់", "ចាន"), ("បង", "ប៉ង")]
)
def test_what_looks_different_has_two_keys(one: str, other: str) -> None:
    assert match_key_khmer(one) != match_key_khmer(other)


@given(KHMER)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert match_key_khmer(match_key_khmer(text)) == match_key_khmer(text)


@given(st.text())
def test_normal_forms_share_a_key(text: str) -> None:
    assert match_key_khmer(unicodedata.normalize("NFD", text)) == match_key_khmer(text)


@given(KHMER, st.integers(0, 20))
def test_invisible_characters_never_matter(text: str, place: int) -> None:
    assert match_key_khmer(text[:place] + "\u200b" + text[place:]) == match_key_khmer(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("SOK DARA", "Sok-Dara"), ("SOK DARA", "sokdara"), ("O'Neil Sok", "O\u2019NEIL SOK")],
)
def test_latin_names_are_compared_without_case_spaces_and_hyphens(one: str, other: str) -> None:
    assert match_key_latin(one) == match_key_latin(other)


def test_latin_names_are_not_reordered_or_guessed() -> None:
    assert match_key_latin("SOK DARA") != match_key_latin("DARA SOK")
    assert match_key_latin("SOK DARA") != match_key_latin("SOK DARRA")


@pytest.mark.parametrize(
    ("one", "other"),
    [("រាជធានីភ្នំពេញ", "ភ្នំពេញ"), ("ខេត្តកណ្ដាល", "កណ្តាល"), ("Siem Reap", "siemreap")],
)
def test_provinces_are_compared_without_their_prefix(one: str, other: str) -> None:
    assert match_key_province(one) == match_key_province(other)


def test_a_row_that_agrees_has_no_problem() -> None:
    class_list = class_list_of({"name_km": "សុខ\u200b ដារ៉ា", "name_latin": "Sok Dara", "sex": "ប្រុស"})
    assert compare(class_list.rows[0], RECORD, class_list.headings) == ()


@pytest.mark.parametrize(
    ("change", "key", "rule"),
    [
        ({"name_km": "សុខ តារា"}, "name_km", "rld-other-name-km"),
        ({"name_latin": "SOK DARRA"}, "name_latin", "rld-other-name-latin"),
        ({"birth_date": date(1996, 3, 2)}, "birth_date", "rld-other-birth-date"),
        ({"sex": Sex.FEMALE}, "sex", "rld-other-sex"),
    ],
)
def test_a_differing_column_is_named_and_the_record_is_not_shown(
    change: dict[str, str], key: str, rule: str
) -> None:
    class_list = class_list_of({})
    record = replace(RECORD, **change)  # type: ignore[arg-type]
    checked = check_identities(class_list, {RECORD.rld_number: record})
    assert told(checked) == [(2, key, rule)]
    assert checked.rows == ()
    (problem,) = checked.problems
    shown = problem.message.render() + problem.fix.render()
    assert not any(str(value) in shown for value in change.values() if not isinstance(value, Sex))


def test_every_differing_column_is_named_at_once() -> None:
    class_list = class_list_of({})
    other = replace(RECORD, name_km="ហេង តារា", name_latin="HENG TARA", birth_date=date(1990, 1, 1))
    assert len(compare(class_list.rows[0], other, class_list.headings)) == 3


def test_an_unknown_number_is_an_error_however_alike_others_are() -> None:
    class_list = class_list_of({})
    assert told(check_identities(class_list, {RECORD.rld_number: None})) == [
        (2, "rld_number", "rld-unknown-number")
    ]


def test_the_record_of_another_number_never_links() -> None:
    class_list = class_list_of({})
    other = replace(RECORD, rld_number="RLD-DEMO-000009")
    (problem,) = compare(class_list.rows[0], other, class_list.headings)
    assert problem.rule == "rld-unknown-number"


def test_a_row_nobody_asked_about_is_not_taken_for_checked() -> None:
    with pytest.raises(KeyError):
        check_identities(class_list_of({}), {})


def test_two_numbers_with_one_name_and_birth_date_are_left_to_a_human() -> None:
    class_list = class_list_of({}, {"name_km": "សុខ\u200b ដារ៉ា"}, {"name_km": "ហេង តារា"})
    records = {
        row.rld_number: replace(RECORD, rld_number=row.rld_number, name_km=row.name_km)
        for row in class_list.rows
    }
    checked = check_identities(class_list, records)
    assert told(checked) == [
        (2, "rld_number", "rld-same-person-twice"),
        (3, "rld_number", "rld-same-person-twice"),
    ]
    assert [row.row for row in checked.rows] == [4]
