"""Languages: choice, catalogues, dates."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError
from hypothesis import given
from hypothesis import strategies as st

from runtime.i18n import (
    DEFAULT_LANGUAGE,
    LANGUAGE_NAMES,
    LANGUAGE_NAMES_ABROAD,
    PATHS_ABROAD,
    Translator,
    catalogue_files,
    direction,
    display_date,
    display_moment,
    gettext_noop,
    language_name,
    languages_at,
    negotiate_language,
    read_catalogue,
)


def catalogue(**texts: str) -> Catalog:
    made = Catalog(locale="km")
    for msgid, msgstr in texts.items():
        made.add(msgid, msgstr)
    return made


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        (None, None, None, "km"),
        (None, None, "ko-KR,ja;q=0.9", "km"),
        (None, None, "ko,en-US;q=0.7,km;q=0.3", "en"),
        (None, None, "en;q=0.3,km;q=0.7", "km"),
        (None, None, "en;q=0", "km"),
        (None, None, "en;q=nan,*", "km"),
        (None, None, "EN_us", "en"),
        (None, "en", "km", "en"),
        ("km", "en", "en", "km"),
        ("xx", "en", "km", "en"),
        ("../../etc", "", ";;;,,", "km"),
    ],
)
def test_language_is_asked_then_remembered_then_preferred(
    query: str | None, cookie: str | None, header: str | None, expected: str
) -> None:
    assert negotiate_language(query, cookie, header) == expected


@given(st.text(), st.text(), st.text())
def test_no_wish_is_an_error(query: str, cookie: str, header: str) -> None:
    assert negotiate_language(query, cookie, header) in ("km", "en")


def test_only_offered_languages_are_chosen() -> None:
    assert negotiate_language("ja", None, None, ("km", "en", "ja")) == "ja"
    assert negotiate_language("ja", None, None, ("km", "en")) == DEFAULT_LANGUAGE


def test_catalogues_of_several_packages_are_one() -> None:
    translator = Translator({"km": [catalogue(Yes="មែន"), catalogue(No="មិនមែន")]})
    assert (translator.gettext("km", "Yes"), translator.gettext("km", "No")) == ("មែន", "មិនមែន")


def test_missing_and_fuzzy_translations_stay_english() -> None:
    doubtful = Catalog(locale="km")
    doubtful.add("Yes", "ប្រហែល", flags=["fuzzy"])
    translator = Translator({"km": [doubtful]})
    assert translator.gettext("km", "Yes") == "Yes"
    assert translator.gettext("km", "Never seen") == "Never seen"


def test_placeholders_are_filled_and_percent_signs_without_them_stand() -> None:
    translator = Translator()
    assert translator.gettext("km", "Page %(page)s of %(pages)s", page=2, pages=5) == "ទំព័រ 2 នៃ 5"
    assert translator.gettext("en", "100 %") == "100 %"


def test_unknown_language_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Translator().translations("xx")


def test_every_named_language_but_english_has_a_catalogue() -> None:
    for language in {*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD} - {"en"}:
        assert catalogue_files(language)


def test_languages_from_abroad_are_offered_at_their_paths_and_below_only() -> None:
    for path in PATHS_ABROAD:
        assert languages_at(path) == languages_at(f"{path}/x") == ("km", "en", "ja", "ko", "ms", "th", "ar")
        assert languages_at(f"{path}x") == languages_at(f"/x{path}") == ("km", "en")
    assert languages_at("/") == ("km", "en")


def test_a_language_is_called_by_its_own_name() -> None:
    assert [language_name(code) for code in ("km", "ms", "xx")] == ["ខ្មែរ", "Bahasa Melayu", "xx"]


def test_a_broken_catalogue_is_named_not_skipped(tmp_path: Path) -> None:
    broken = tmp_path / "km.po"
    broken.write_text('msgid "a"\nnonsense "b"\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        read_catalogue(broken, "km")


def test_marking_changes_nothing() -> None:
    assert gettext_noop("Draft") == "Draft"


def test_dates_are_day_month_year() -> None:
    assert display_date(date(2026, 11, 22), "en") == "22 November 2026"
    assert display_date(date(2026, 11, 22), "km") == "22 វិច្ឆិកា 2026"
    assert display_date(date(2026, 11, 22), "ar") == "22 نوفمبر 2026"


def test_dates_are_year_month_day_where_people_write_them_so() -> None:
    assert display_date(date(2026, 11, 22), "ja") == "2026年11月22日"
    assert display_date(date(2026, 11, 22), "ko") == "2026년 11월 22일"


def test_moments_are_shown_in_cambodian_time_whatever_zone_they_come_in() -> None:
    moment = datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC)
    assert display_moment(moment, "en") == "23 November 2026, 01:30:05 (UTC+7)"
    elsewhere = moment.astimezone(timezone(timedelta(hours=-9)))
    assert display_moment(elsewhere, "en") == "23 November 2026, 01:30:05 (UTC+7)"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        display_moment(datetime.fromisoformat("2026-11-22T18:30:05"), "en")


def test_arabic_runs_right_to_left() -> None:
    assert (direction("ar"), direction("km")) == ("rtl", "ltr")
