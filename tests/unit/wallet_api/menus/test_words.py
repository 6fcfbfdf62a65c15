"""Every answer of the menus is one message of a phone, in each language, whatever is filled in."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.i18n import Translator
from wallet_api.menus.words import (
    MAX_CODES,
    MAX_LOOKS,
    MAX_UCS2,
    MENU_LANGUAGES,
    Look,
    Text,
    Words,
    fits,
    telephone_in,
)

CODE = "7K3M-9QXA-2B4C"
LONGEST_HOTLINE = "+855 12 345 6789"
# What is the longest that a placeholder is filled with; those of the other functions are tried below.
FILLED = {"number": "0000", "chat": "-9223372036854775808"}
ELSEWHERE = frozenset({Text.SHOW_CODES, Text.LOOKS, Text.LICENSED})
# Every language is read once: it takes a second.
WORDS = Words(Translator(), LONGEST_HOTLINE)
LANGUAGE = st.sampled_from(MENU_LANGUAGES)


@pytest.mark.parametrize("language", MENU_LANGUAGES)
@pytest.mark.parametrize("text", sorted(set(Text) - ELSEWHERE), ids=lambda text: text.name)
def test_every_text_is_one_message(text: Text, language: str) -> None:
    said = WORDS.say(language, text, **FILLED)
    assert "%" not in said
    assert fits(said), len(said)
    if language == "km":
        assert len(said) <= MAX_UCS2


@pytest.mark.parametrize("language", MENU_LANGUAGES)
def test_every_answer_of_who_looked_is_one_message(language: str) -> None:
    for count in range(MAX_LOOKS + 2):
        for looks in product(Look, repeat=min(count, MAX_LOOKS)):
            said = WORDS.looks(language, [(look, "26.11") for look in looks])
            assert fits(said), said
            assert said.count("26.11") == len(looks)


@pytest.mark.parametrize("language", MENU_LANGUAGES)
@pytest.mark.parametrize("count", range(1, MAX_CODES + 2))
def test_as_many_codes_as_are_promised_are_one_message(language: str, count: int) -> None:
    said = WORDS.codes(language, [CODE] * count)
    assert said is not None
    assert fits(said)
    assert said.count(CODE) == min(count, MAX_CODES)


@given(LANGUAGE, st.lists(st.from_regex(r"[0-9A-Z]{2,8}(-[0-9A-Z]{2,8}){0,7}", fullmatch=True), max_size=5))
def test_codes_of_whatever_length_are_whole_or_left_out(language: str, codes: list[str]) -> None:
    said = WORDS.codes(language, codes)
    assert said is None or fits(said)
    if said is not None:
        shown = said.split("\n")[1:]
        assert shown == codes[: len(shown)]


COUNTRIES = st.lists(st.sampled_from(["JP", "KR", "MY", "TH", "AE", "SA", "KH", "XX"]), max_size=30)


@given(LANGUAGE, COUNTRIES, st.text(max_size=200))
def test_a_licensed_agency_is_one_message_whatever_it_is_called(
    language: str, countries: list[str], name: str
) -> None:
    said = WORDS.licensed(language, countries, name)
    assert fits(said), said


@pytest.mark.parametrize(
    ("language", "name", "countries"),
    [("km", "ឈូក ស", "ជប៉ុន, ម៉ាឡេស៊ី"), ("en", "White Lotus", "Japan, Malaysia"), ("th", "ดอกบัว", "ญี่ปุ่น, มาเลเซีย")],
    ids=["km", "en", "th"],
)
def test_a_licensed_agency_is_named_and_so_are_its_countries(
    language: str, name: str, countries: str
) -> None:
    said = WORDS.licensed(language, ("MY", "JP"), name)
    assert name in said
    assert countries in said


def test_where_countries_have_no_room_their_codes_do_and_the_name_is_cut_last() -> None:
    said = WORDS.licensed("km", ("JP", "MY"), "ភ្នាក់ងារគំរូ រំដួល")
    assert "JP, MY" in said
    assert "ភ្នាក់ងារគំរូ" in said


def test_a_name_is_cut_between_letters_as_people_write_them() -> None:
    said = WORDS.licensed("km", ("JP", "MY"), "ភ្នាក់ងារ ស្រ្តីស្រ្តីស្រ្តីស្រ្តីស្រ្តី")
    name = said.split("\n")[0].partition("៖ ")[2]
    assert fits(said)
    assert not name.endswith("\u17d2")


@pytest.mark.parametrize("language", MENU_LANGUAGES)
def test_the_menu_has_six_lines_each_with_its_digit(language: str) -> None:
    assert [key[:2] for key in WORDS.keys(language)] == ["1 ", "2 ", "3 ", "4 ", "5 ", "6 "]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("a" * 158 + "€", True),
        ("a" * 159 + "€", False),
        ("ក" * 70, True),
        ("ក" * 71, False),
        ("a" * 70 + "ក", False),
        ("😀" * 35, True),
        ("😀" * 36, False),
    ],
    ids=lambda value: f"{len(value)}-{value[-1]}" if isinstance(value, str) else str(value),
)
def test_what_one_message_holds(text: str, is_one: bool) -> None:
    assert fits(text) is is_one


@pytest.mark.parametrize(
    ("hotline", "number"),
    [
        ("1297", "1297"),
        ("000 000 000", "000 000 000"),
        ("1297 (Khmer), 023 000 000 (English)", "1297"),
        ("call +855 23 000 000, day and night", "+855 23 000 000"),
        ("no number", ""),
    ],
)
def test_one_number_of_the_hotline_is_told(hotline: str, number: str) -> None:
    assert telephone_in(hotline) == number
    assert len(telephone_in(hotline)) <= len(LONGEST_HOTLINE) + 2
