"""Rows and headings of class lists: what is read, and every rule by the fault that breaks it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.class_list import Sex
from issuer.class_list.columns import columns_of
from issuer.class_list.rules import RULES
from issuer.class_list.sheet import Cell, column_letter
from issuer.class_list.values import read_date
from tests.unit.issuer.class_list_samples import COURSES, QUALIFICATIONS, good_row, read, read_rows, told


def csv_of(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


def test_a_good_row_is_read_whole() -> None:
    (row,) = read_rows([good_row(certificate_number="BRL/2026-1")]).rows
    assert (row.row, row.rld_number, row.name_km, row.name_latin) == (
        2,
        "RLD-DEMO-000001",
        "សុខ ដារ៉ា",
        "SOK DARA",
    )
    assert (row.birth_date, row.sex, row.certificate_number) == (date(1995, 3, 2), Sex.MALE, "BRL/2026-1")
    assert row.values == {
        "qualification_code": QUALIFICATIONS["DEMO-RPL-BRL"],
        "assessment_date": date(2026, 5, 18),
        "decision_date": date(2026, 6, 5),
        "assessor_1": "A-0101 Nop Sarin",
        "assessor_2": "A-0117 Ith Phalla",
        "assessment_method": "Observation",
        "units": QUALIFICATIONS["DEMO-RPL-BRL"].unit_codes,
    }


def test_a_good_training_row_is_read_whole() -> None:
    class_list = read_rows([good_row("training", funder="Fund", co_signer="Firm")], "training")
    assert class_list.problems == ()
    assert class_list.rows[0].values == {
        "course_code": COURSES["HACCP"],
        "start_date": date(2026, 4, 20),
        "end_date": date(2026, 5, 15),
        "hours": 96,
        "attendance_percent": 92,
        "result": "passed",
        "funder": "Fund",
        "co_signer": "Firm",
    }


def test_units_given_make_a_partial_award_in_the_order_of_the_qualification() -> None:
    (row,) = read_rows([good_row(units="demo-brl-u3; DEMO-BRL-U1")]).rows
    assert row.values["units"] == ("DEMO-BRL-U1", "DEMO-BRL-U3")


RPL_FAULTS = [
    ("name_km", "\u200b \u00a0", "required"),
    ("rld_number", "RLD 12", "rld-number-form"),
    ("rld_number", "010203040", "rld-number-is-national-id"),
    ("rld_number", "០១២៣៤៥៦៧៨", "rld-number-is-national-id"),
    ("name_km", "SOK DARA", "name-not-khmer"),
    ("name_km", "suxdar:a", "name-not-khmer"),
    ("name_km", "សុខ ៗ", "name-not-khmer"),
    ("name_km", "សុខ\u17d2", "name-not-khmer"),
    ("name_km", "\u17b6សុខ", "name-not-khmer"),
    ("name_km", "សុខ ដារ៉ា២", "name-digits"),
    ("name_km", "សុខ\u202e ដារ៉ា", "text-hidden-characters"),
    ("name_latin", "SOK DARA\u202e", "text-hidden-characters"),
    ("name_latin", "SOK\u2066 DARA", "text-hidden-characters"),
    ("name_latin", "SOK \u0378DARA", "text-hidden-characters"),
    ("name_latin", "SOK \ue000DARA", "text-hidden-characters"),
    ("name_latin", "SOK D\u0430RA", "name-not-latin"),
    ("name_latin", "សុខ", "name-not-latin"),
    ("name_latin", "SOK DARA 2", "name-digits"),
    ("name_latin", "A" * 201, "text-too-long"),
    ("birth_date", "31.2.1995", "date-form"),
    ("birth_date", "1995", "date-form"),
    ("birth_date", "02.03.95", "date-short-year"),
    ("birth_date", "02.03.1795", "date-year"),
    ("birth_date", "02.03.2401", "date-year"),
    ("birth_date", date(2026, 5, 18), "birth-after-award"),
    ("sex", "X", "sex-form"),
    ("certificate_number", "no 1", "certificate-number-form"),
    ("certificate_number", "1" * 41, "certificate-number-form"),
    ("qualification_code", "DEMO-RPL-XXX", "unknown-qualification"),
    ("assessment_date", date(2026, 6, 6), "decision-before-assessment"),
    ("decision_date", date(2026, 11, 23), "date-future"),
    ("assessor_2", "A-0101  nop sarin", "same-assessor"),
    ("assessment_method", "観察", "text-script"),
    ("assessment_method", "Obs\u0441ervation", "text-script"),
    ("units", "DEMO-CRP-U1", "unknown-unit"),
    ("units", ";", "unknown-unit"),
]


@pytest.mark.parametrize(("key", "value", "rule"), RPL_FAULTS, ids=[f"{k}-{r}" for k, _, r in RPL_FAULTS])
def test_a_faulty_row_is_named_and_the_others_are_read(key: str, value: str | date, rule: str) -> None:
    rows = [good_row(number=1), good_row(number=2, name_km="ចាន់ ធីតា"), good_row(number=3)]
    rows[1][key] = value
    class_list = read_rows(rows)
    assert rule in [found for row, _, found in told(class_list) if row == 3]
    assert {problem.row for problem in class_list.errors} == {3}
    assert [row.row for row in class_list.rows] == [2, 4]


TRAINING_FAULTS = [
    ("course_code", "COOKING", "unknown-course"),
    ("end_date", date(2026, 4, 19), "end-before-start"),
    ("hours", 0, "hours-form"),
    ("hours", "96 h", "hours-form"),
    ("hours", 5001, "hours-form"),
    ("attendance_percent", 101, "attendance-form"),
    ("attendance_percent", "-1", "attendance-form"),
    ("attendance_percent", "0.95", "attendance-form"),
    ("result", "perhaps", "result-form"),
    ("funder", "Fund\u2029", None),
    ("funder", "Fund\u061c", "text-hidden-characters"),
]


@pytest.mark.parametrize(
    ("key", "value", "rule"), TRAINING_FAULTS, ids=[f"{k}-{r}" for k, _, r in TRAINING_FAULTS]
)
def test_a_faulty_training_row_is_named(key: str, value: str | int | date, rule: str | None) -> None:
    class_list = read_rows([good_row("training") | {key: value}], "training")
    assert told(class_list) == ([(2, key, rule)] if rule else [])


@pytest.mark.parametrize("word", ["not passed", "Not-Passed", "FAIL", "មិនជាប់", "ធ្លាក់"])
def test_not_passed_is_said_and_not_issued(word: str) -> None:
    class_list = read_rows([good_row("training", result=word)], "training")
    assert told(class_list) == [(2, "result", "not-passed")]
    assert not class_list.errors
    assert not class_list.rows
    assert [row.row for row in class_list.not_passed] == [2]


def test_a_course_of_unusual_length_is_a_warning() -> None:
    class_list = read_rows([good_row("training", end_date=date(2026, 8, 1))], "training")
    assert told(class_list) == [(2, "end_date", "course-length")]
    assert len(class_list.rows) == 1


def test_all_problems_are_told_at_once() -> None:
    row = good_row(rld_number="?", name_km="x", name_latin="1", birth_date="?", assessor_1=None, units="?")
    rules = [rule for _, _, rule in told(read_rows([row]))]
    assert rules == [
        "rld-number-form",
        "name-not-khmer",
        "name-digits",
        "date-form",
        "required",
        "unknown-unit",
    ]


def test_of_a_thousand_rows_with_one_bad_the_others_are_read() -> None:
    rows = [good_row(number=number) for number in range(1, 1001)]
    rows[499]["birth_date"] = "yesterday"
    class_list = read_rows(rows)
    assert len(class_list.rows) == 999
    assert told(class_list) == [(501, "birth_date", "date-form")]


@pytest.mark.parametrize("key", ["rld_number", "certificate_number"])
def test_a_number_used_twice_names_both_rows(key: str) -> None:
    rows = [good_row(number=number, certificate_number=f"C-{number}") for number in range(1, 4)]
    rows[2][key] = str(rows[0][key]).lower()
    class_list = read_rows(rows)
    rule = f"repeated-{key.replace('_', '-')}"
    assert told(class_list) == [(2, key, rule), (4, key, rule)]
    assert [problem.message.params["other"] for problem in class_list.problems] == ["4", "2"]
    assert [row.row for row in class_list.rows] == [3]


def test_a_problem_says_column_as_the_file_does_and_its_letter() -> None:
    (problem,) = read_rows([good_row(birth_date="?")]).problems
    assert (problem.column, problem.column_letter) == ("Date of birth", "D")


@pytest.mark.parametrize(
    "written",
    ["2025-03-02", "02.03.2025", "2/3/2025", "2-3-2025", "០២.០៣.២០២៥", "02/03/2568", "2025-03-02 00:00:00"],
)
def test_a_date_is_read_in_each_form(written: str) -> None:
    assert read_date(Cell(text=written)).value == date(2025, 3, 2)


def test_a_buddhist_year_is_read_and_said() -> None:
    class_list = read_rows([good_row(assessment_date="១៨/០៥/២៥៦៩")])
    assert told(class_list) == [(2, "assessment_date", "date-buddhist-year")]
    assert class_list.problems[0].message.render() == "A Buddhist year was read as the year 2026."
    assert len(class_list.rows) == 1


def test_a_buddhist_year_in_a_date_cell_is_read() -> None:
    assert told(read_rows([good_row(assessment_date=date(2569, 5, 18))])) == [
        (2, "assessment_date", "date-buddhist-year")
    ]


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2157, 12, 31)))
def test_both_eras_and_all_digits_give_the_same_day(day: date) -> None:
    khmer = f"{day:%d.%m.%Y}".translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    assert read_date(Cell(text=day.isoformat())).value == day
    assert read_date(Cell(text=khmer)).value == day
    if (day.month, day.day) != (2, 29):
        buddhist = f"{day:%d/%m/}{day.year + 543}"
        assert read_date(Cell(text=buddhist)).value == day


@given(st.text())
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    read_date(Cell(text=text))


@pytest.mark.parametrize("kind", ["rpl", "training"])
@pytest.mark.parametrize("lang", ["km", "en"])
def test_headings_are_found_in_any_order_case_and_spacing(kind: str, lang: str) -> None:
    columns = list(reversed(columns_of(kind)))
    headings = [column.titles[lang].upper().replace(" ", " \u200b ") for column in columns]
    row = good_row(kind)
    cells = ["" if row[column.key] is None else str(row[column.key]) for column in columns]
    class_list = read(csv_of("", "A title above", ",".join(headings), ",".join(cells)), kind)
    assert class_list.problems == ()
    assert [found.row for found in class_list.rows] == [4]


def test_the_two_spellings_of_a_heading_with_coeng_da_and_ta_are_one() -> None:
    lines = csv_of("វគ្គបណ្តុះបណ្តាល,លេខ RLD", "x,y"), csv_of("វគ្គបណ្ដុះបណ្ដាល,លេខ RLD", "x,y")
    found = [read(line, "training").headings for line in lines]
    assert found[0].keys() == found[1].keys() == {"course_code", "rld_number"}


def test_a_missing_column_is_named_in_both_languages_and_no_row_is_read() -> None:
    columns = [column for column in columns_of("rpl") if column.key not in {"birth_date", "sex"}]
    row = good_row()
    class_list = read(
        csv_of(",".join(c.titles["en"] for c in columns), ",".join(str(row[c.key] or "") for c in columns))
    )
    assert told(class_list) == [(1, "birth_date", "missing-column")]
    assert class_list.problems[0].message.render() == (
        'The column "Date of birth / ថ្ងៃខែឆ្នាំកំណើត" is missing.'
    )
    assert class_list.rows == ()


def test_an_unknown_column_is_a_warning() -> None:
    columns = columns_of("rpl")
    row = good_row()
    heading = ",".join([*(c.titles["en"] for c in columns), "Telephone\u202e"])
    class_list = read(csv_of(heading, ",".join([*(str(row[c.key] or "") for c in columns), "012"])))
    assert told(class_list) == [(1, None, "unknown-column")]
    assert (class_list.problems[0].column, class_list.problems[0].column_letter) == ("Telephone", "N")
    assert len(class_list.rows) == 1


def test_a_column_that_stands_twice_is_an_error() -> None:
    headings = [c.titles["en"] for c in columns_of("rpl")]
    class_list = read(csv_of(",".join([*headings, "ថ្ងៃកំណើត"]), "x"))
    assert told(class_list) == [(1, "birth_date", "repeated-column")]
    assert class_list.problems[0].message.params["first"] == "D"


def test_headings_without_rows() -> None:
    assert told(read_rows([])) == [(None, None, "no-rows")]


def test_a_file_without_headings() -> None:
    assert told(read(b"hello\r\nworld")) == [(None, None, "no-headings")]


def test_more_rows_than_a_list_may_hold() -> None:
    headings = ",".join(c.titles["en"] for c in columns_of("rpl"))
    assert told(read(csv_of(headings, *["x"] * 5001))) == [(None, None, "too-many-rows")]
    assert told(read(csv_of(headings, *["x"] * 9000))) == [(None, None, "too-many-rows")]


def test_every_rule_has_a_fix() -> None:
    assert all(rule.message and rule.fix for rule in RULES.values())


def test_the_catalogue_holds_what_the_demo_needs() -> None:
    assert len(QUALIFICATIONS) == 8
    assert len(COURSES) == 26
    assert not any(q.km_reviewed for q in QUALIFICATIONS.values())
    codes = [code for q in QUALIFICATIONS.values() for code in q.unit_codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_column_letters(index: int, letter: str) -> None:
    assert column_letter(index) == letter


def test_a_row_without_number_is_read_and_left_to_the_desk() -> None:
    read = read_rows([good_row() | {"rld_number": None}])
    assert not read.errors
    assert [row.rld_number for row in read.rows] == [""]
