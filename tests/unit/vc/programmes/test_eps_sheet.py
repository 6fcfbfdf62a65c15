"""The sheet for Korea lists what is on record, each row with its own answer, and weighs nothing."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import read_json
from tests.unit.vc.programmes import shown
from tests.unit.vc.programmes.shown import (
    BORN,
    TODAY,
    course,
    everything,
    health,
    held,
    recorded,
    rpl,
    with_claim,
    with_verdicts,
    work,
    work_abroad,
)
from vc.encoding.strict_json import JsonValue
from vc.errors import NotFound
from vc.programmes import eps_sheet, reading
from vc.programmes.eps_sheet import EpsSheet, evidence_sheet
from vc.programmes.model import Confidence, EvidenceState, EvidenceStrength, RequirementAnswer
from vc.programmes.sentences import NOTICES
from vc.programmes.standing import Held
from vc.programmes.windows import months_of
from vc.verify.one_person import OnePerson

A = RequirementAnswer


def sheet(*credentials: Held, on: date = TODAY, whose: OnePerson | None = OnePerson.PROVEN) -> EpsSheet:
    return evidence_sheet(credentials, on, one_person=whose)


def totals(found: EpsSheet) -> dict[tuple[str, str], int]:
    return {(one.industry, one.strength.value): one.months for one in found.totals}


def test_months_are_summed_by_industry_and_by_how_they_are_evidenced() -> None:
    found = sheet(
        work("construction", 30, "strong"),
        work("construction", 6, "strong", number="2"),
        work("construction", 12, "self-declared", number="3"),
        work("agriculture", 8, "supported", number="4"),
        work("hospitality", 20, "strong", number="5"),
    )
    assert totals(found) == {
        ("construction", "strong"): 36,
        ("construction", "self-declared"): 12,
        ("agriculture", "supported"): 8,
    }
    assert [one.may_overlap for one in found.totals] == [True, False, False]
    assert [row.industry for row in found.experience][-1] is None
    assert {row.answer for row in found.experience} == {A.SATISFIED}
    assert {row.strength for row in found.experience} == set(EvidenceStrength)


@pytest.mark.parametrize(
    "entry", read_json("data/sectors.json")["sectors"], ids=lambda entry: str(entry["code"])
)
def test_a_sector_falls_into_its_industry(entry: dict[str, str | None]) -> None:
    [row] = sheet(work(str(entry["code"]))).experience
    assert row.industry == entry["eps_industry"]


def test_a_sector_that_nobody_knows_falls_into_none() -> None:
    found = sheet(work("spying"))
    assert found.experience[0].industry is None
    assert found.totals == ()


@pytest.mark.parametrize(
    ("spans", "months"),
    [
        ([("2024-01-01", "2024-12-31", 12)], 12),
        ([("2024-01-01", "2024-12-31", 10)], 10),
        ([("2024-01-01", "2024-06-30", 12)], 6),
        ([("2024-01-01", "2024-12-31", 12), ("2024-07-01", "2025-06-30", 12)], 18),
        ([("2024-01-01", "2024-12-31", 12), ("2024-03-01", "2024-04-30", 2)], 12),
        ([("2024-01-01", "2024-06-30", 6), ("2024-07-01", "2024-12-31", 6)], 12),
        ([("2024-01-01", "2024-06-30", 6), ("2025-01-01", "2025-03-31", 9)], 9),
    ],
)
def test_months_that_overlap_count_once(spans: list[tuple[str, str, int]], months: int) -> None:
    found = sheet(*(work_abroad(*span, number=str(number)) for number, span in enumerate(spans)))
    assert totals(found) == {("construction", "strong"): months}
    assert not found.totals[0].may_overlap


def test_records_with_and_without_dates_are_summed_and_said_to_overlap_perhaps() -> None:
    found = sheet(work("construction", 30), work_abroad("2024-01-01", "2024-12-31", 12))
    assert totals(found) == {("construction", "strong"): 42}
    assert found.totals[0].may_overlap
    assert [row.period for row in found.experience] == [None, (date(2024, 1, 1), date(2024, 12, 31))]


def test_dates_the_wrong_way_round_are_none() -> None:
    assert sheet(work_abroad("2024-12-31", "2024-01-01", 12)).experience[0].period is None


def test_the_same_certificate_counts_once_in_whatever_format() -> None:
    one = work("construction", 30)
    verified = one.verification.document
    assert verified is not None
    as_token = held({**verified, "id": "urn:example:the-same-as-a-token"})
    unnumbered = with_claim(as_token, "certificateNumber", None)
    assert totals(sheet(one, one, as_token)) == {("construction", "strong"): 30}
    assert totals(sheet(one, unnumbered)) == {("construction", "strong"): 60}
    assert sheet(course(hours=96), course(hours=96)).training_hours == 96


def test_hours_of_courses_are_summed_where_they_stand() -> None:
    found = sheet(
        course(hours=96),
        course("HACCP", hours=40, number="2"),
        with_verdicts(course("PLUMBING", hours=500, number="3"), shown.REVOKED),
        with_verdicts(course("PLUMBING", hours=500, number="4"), shown.NOT_ENTITLED),
        with_verdicts(course("PLUMBING", hours=500, number="5"), shown.STALE),
    )
    assert found.training_hours == 136
    assert [row.answer for row in found.training] == [
        *(A.SATISFIED, A.SATISFIED, A.REVOKED, A.NOT_ENTITLED, A.COULD_NOT_CHECK)
    ]
    assert found.training[0].ended_on == date(2026, 5, 15)
    assert (found.training[1].code, found.training[1].title) == ("HACCP", "A course")


@pytest.mark.parametrize(
    ("one", "claim"),
    [
        (work(), "sector"),
        (work(), "monthsWorked"),
        (work(), "evidenceStrength"),
        (course(), "trainingHours"),
        (rpl(), "achievement/humanCode"),
    ],
    ids=["sector", "months", "strength", "hours", "code"],
)
def test_what_was_kept_back_is_not_counted(one: Held, claim: str) -> None:
    values: tuple[JsonValue, ...] = (None, True, -1, ["x"])
    for value in values:
        found = sheet(with_claim(one, claim, value))
        rows = (found.experience, found.training, found.certificates)
        assert [row.answer for several in rows for row in several] == [A.COULD_NOT_CHECK]
        assert (found.totals, found.training_hours) == ((), 0)


def test_national_certificates_say_whether_they_are_for_a_part() -> None:
    found = sheet(
        rpl(), rpl("DEMO-RPL-WLD", partial=True, number="2"), with_claim(rpl(number="3"), "partial", None)
    )
    assert [row.is_partial for row in found.certificates] == [False, True, None]
    assert [row.code for row in found.certificates][:2] == ["DEMO-RPL-BRL", "DEMO-RPL-WLD"]
    assert found.certificates[0].cqf_level == 1
    assert found.certificates[0].decided_on == date(2026, 5, 2)


@pytest.mark.parametrize(
    ("day", "answer", "good_until"),
    [
        ("2024-11-26", A.MISSING, None),
        ("2024-11-27", A.THIRD_PARTY_EVIDENCE_ONLY, date(2026, 11, 27)),
        ("2026-11-27", A.THIRD_PARTY_EVIDENCE_ONLY, date(2026, 11, 27)),
        ("2026-11-28", A.EXPIRED, None),
    ],
)
def test_the_language_test_is_a_record_with_a_computed_end(
    day: str, answer: RequirementAnswer, good_until: date | None
) -> None:
    [row] = sheet(recorded("EPS-KLT", "2024-11-27"), on=date.fromisoformat(day)).language_tests
    assert (row.answer, row.good_until) == (answer, good_until)
    assert row.passed_on == date(2024, 11, 27)
    assert row.state is EvidenceState.DOCUMENT_SEEN


def test_no_other_test_stands_on_the_sheet() -> None:
    found = sheet(
        recorded("TOPIK-4"), recorded("JLPT-N1"), with_claim(recorded("EPS-KLT"), "testLevel", None)
    )
    assert found.language_tests == ()


def test_the_length_of_the_tests_validity_is_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    programme = reading.read_programme("kr-eps")

    def changed(confidence: Confidence, until: date | None) -> EpsSheet:
        rules = tuple(
            replace(rule, confidence=confidence, effective_until=until) if rule.id == "eps-klt" else rule
            for rule in programme.requirements
        )
        monkeypatch.setattr(
            eps_sheet, "read_programme", lambda *_, **__: replace(programme, requirements=rules)
        )
        return sheet(recorded("EPS-KLT"))

    assert changed(Confidence.LOW, None).language_tests[0].answer is A.RULE_NOT_CONFIRMED
    ended = changed(Confidence.HIGH, date(2026, 11, 26)).language_tests[0]
    assert (ended.answer, ended.good_until) == (A.NO_RULE_ON_FILE, None)


def test_the_sheet_of_an_earlier_day_is_drawn_under_the_rules_of_that_day() -> None:
    one = recorded("EPS-KLT")
    recorded_on = date(2026, 11, 27)
    assert evidence_sheet([one], TODAY, rules_of=recorded_on) == evidence_sheet([one], TODAY)
    with pytest.raises(NotFound):
        evidence_sheet([one], TODAY, rules_of=date(2026, 11, 26))


@pytest.mark.parametrize("whose", [None, OnePerson.SAME_NAME, OnePerson.NOT_SHOWN])
def test_certificates_of_unknown_people_are_not_summed(whose: OnePerson | None) -> None:
    revoked = with_verdicts(rpl(), shown.REVOKED)
    found = sheet(work(), course(), revoked, recorded("EPS-KLT"), health(), whose=whose)
    rows = (found.experience, found.training, found.language_tests)
    assert {row.answer for several in rows for row in several} == {A.NOT_SHOWN_ONE_PERSONS}
    assert found.certificates[0].answer is A.REVOKED
    assert (found.totals, found.training_hours) == ((), 0)
    assert found.language_tests[0].good_until is None


def test_one_certificate_alone_needs_no_proof() -> None:
    found = sheet(work(), work(), health(), with_verdicts(course(), shown.EXPIRED), whose=None)
    assert totals(found) == {("construction", "strong"): 30}


def test_what_is_not_authentic_is_named_and_not_read() -> None:
    found = sheet(with_verdicts(work(), shown.FORGED), course())
    assert (found.experience, found.unread) == ((), (0,))


def names_of(kind: type) -> set[str]:
    assert is_dataclass(kind)
    return {one.name for one in fields(kind)}


def test_the_sheet_counts_no_points_and_says_who_decides() -> None:
    rows = (eps_sheet.ExperienceRow, eps_sheet.ExperienceTotal, eps_sheet.TrainingRow)
    more = (eps_sheet.CertificateRow, eps_sheet.LanguageTestRow, EpsSheet)
    names = set().union(*(names_of(kind) for kind in (*rows, *more)))
    assert not any(word in name for name in names for word in ("point", "score", "mark", "rank"))
    assert sheet().statement == NOTICES["hrd-korea-decides"]
    assert "HRD Korea decides" in sheet().statement


def test_no_birth_date_and_no_name_leaves_the_sheet() -> None:
    text = repr(sheet(*everything()))
    assert BORN not in text
    assert "SREYNEANG" not in text


@settings(deadline=None, max_examples=100)
@given(
    spans=st.lists(
        st.tuples(st.dates(date(2015, 1, 1), date(2024, 1, 1)), st.integers(0, 900), st.integers(1, 60)),
        min_size=1,
        max_size=5,
    )
)
def test_no_sum_is_more_than_was_certified_or_than_time_allows(
    spans: Sequence[tuple[date, int, int]],
) -> None:
    records = [
        work_abroad(
            first.isoformat(), date.fromordinal(first.toordinal() + days).isoformat(), months, number=str(n)
        )
        for n, (first, days, months) in enumerate(spans)
    ]
    [total] = sheet(*records).totals
    last = max(first.toordinal() + days for first, days, _ in spans)
    assert total.months <= sum(months for _, _, months in spans)
    assert total.months <= months_of(min(span[0] for span in spans), date.fromordinal(last))
    assert total.months >= max(
        min(months, months_of(first, date.fromordinal(first.toordinal() + days)))
        for first, days, months in spans
    )
