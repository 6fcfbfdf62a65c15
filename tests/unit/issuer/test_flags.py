"""What an approver is shown: each flag on the row that raises it, and on none that lies beside it."""

from datetime import date
from typing import Any

import pytest

from issuer.service.flags import flags_of, is_assessor
from issuer.unsealed import ClassRow, Details
from runtime.settings import Settings

TODAY = date(2026, 11, 25)
SETTINGS = Settings(backdating_days=100, assessments_per_day=2, people_per_contact=2)
RPL: dict[str, Any] = {
    "birthDate": "1990-01-01",
    "assessors": ["A-1 Nop Sarin", "A-2 Ith Phalla"],
    "assessmentDate": "2026-11-01",
    "decisionDate": "2026-11-05",
}
COURSE: dict[str, Any] = {
    "birthDate": "1990-01-01",
    "achievement": {"humanCode": "HACCP"},
    "startDate": "2026-10-05",
    "endDate": "2026-10-16",
}


def row(
    number: int, subject: dict[str, Any], credential_type: str = "RPLCertificate", contact: str = ""
) -> ClassRow:
    details = Details(
        rld_number=f"RLD-{number}",
        credential_type=credential_type,
        name="A title",
        subject=subject,
        valid_until=None,
        contact=contact,
    )
    return ClassRow(
        class_id="class",
        row=number,
        data_class="general",
        title="A title",
        award_key=f"award-{number}",
        certificate_number=None,
        details=details,
    )


def flagged(*rows: ClassRow) -> dict[str, tuple[int, ...]]:
    return {flag.rule: flag.rows for flag in flags_of(rows, SETTINGS, TODAY)}


def test_an_ordinary_list_has_no_flag() -> None:
    assert flagged(row(1, RPL), row(2, RPL), row(3, COURSE, "TrainingCertificate")) == {}


def test_more_assessments_than_set_on_one_day_are_flagged_at_each_row_of_that_assessor() -> None:
    other = RPL | {"assessors": ["A-1  NOP sarin", "A-3 Chan Dara"]}
    another_day = RPL | {"assessmentDate": "2026-11-02"}
    assert flagged(row(1, RPL), row(2, RPL), row(3, other), row(4, another_day)) == {
        "many-assessments": (1, 2, 3)
    }


@pytest.mark.parametrize(("ends", "is_flagged"), [("2026-10-11", True), ("2026-10-12", False)])
def test_a_course_over_sooner_than_it_lasts_is_flagged(ends: str, is_flagged: bool) -> None:
    found = flagged(row(1, COURSE | {"endDate": ends}, "TrainingCertificate"))
    assert ("sooner-than-course" in found) is is_flagged


@pytest.mark.parametrize(("born", "is_flagged"), [("2008-11-06", True), ("2008-11-05", False)])
def test_who_was_under_18_on_the_day_of_the_award_is_flagged(born: str, is_flagged: bool) -> None:
    assert ("under-age" in flagged(row(1, RPL | {"birthDate": born}))) is is_flagged


@pytest.mark.parametrize(("day", "is_flagged"), [("2026-08-16", True), ("2026-08-17", False)])
def test_an_award_of_long_ago_is_flagged(day: str, is_flagged: bool) -> None:
    old = RPL | {"assessmentDate": "2026-08-01", "decisionDate": day}
    assert ("back-dated" in flagged(row(1, old))) is is_flagged


def test_work_of_long_ago_is_no_award() -> None:
    work = {"birthDate": "1990-01-01", "startDate": "2015-01-01", "endDate": "2018-01-01"}
    assert flagged(row(1, work, "OverseasWorkRecord")) == {}


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Nop Sarin", True),
        ("NOP  SARIN", True),
        ("A-1 Nop Sarin", True),
        ("Sarin", True),
        ("Nop Sarina", False),
        ("Nop Phalla", False),
        ("", False),
    ],
)
def test_an_assessor_is_known_by_the_words_of_the_name(name: str, is_one: bool) -> None:
    assert is_assessor(name, row(1, RPL)) is is_one


def test_one_telephone_for_many_is_flagged_at_each_of_them_and_none_is_no_telephone() -> None:
    courses = [row(number, COURSE, "TrainingCertificate", contact) for number, contact in enumerate("aaabb")]
    unknown = [row(number, COURSE, "TrainingCertificate") for number in (5, 6, 7)]
    assert flagged(*courses, *unknown) == {"shared-contact": (0, 1, 2)}
