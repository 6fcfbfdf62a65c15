"""A programme's file is read strictly, and by day: what is in force, and what was known when."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

import schemas
from tests.unit.vc.programmes.shown import TODAY, everything, health
from vc.errors import MalformedValue, NotFound, UnknownOption
from vc.programmes import reading
from vc.programmes.evaluate import evaluate
from vc.programmes.model import Confidence, Programme, RequirementAnswer
from vc.programmes.parsing import parse_programme
from vc.programmes.reading import (
    as_known,
    open_programmes,
    programme_names,
    read_programme,
    require_open,
    rules_in_force,
)
from vc.verify.one_person import OnePerson

A = RequirementAnswer
DAY = timedelta(days=1)
RECORDED = date(2026, 11, 27)
ON_FILE = (
    *("ae-work", "jp-esd", "jp-ssw", "kh-work", "kr-eps", "kw-work", "my-work"),
    *("pre-departure", "qa-work", "sa-work"),
)


def data(name: str) -> Any:
    return deepcopy(schemas.read_programme(name))


def test_every_programme_is_on_file() -> None:
    assert programme_names() == ON_FILE
    assert [read_programme(name).id for name in ON_FILE] == list(ON_FILE)
    assert read_programme("kr-eps") is read_programme("kr-eps")


@pytest.mark.parametrize("name", ["kr-seasonal", "", "../types/RLDIdentity/type", "jp-ssw.json", "KR-EPS"])
def test_another_name_is_no_programme(name: str) -> None:
    with pytest.raises(NotFound):
        read_programme(name)


def test_what_is_only_planned_stays_hidden_until_its_day() -> None:
    before, after = open_programmes(date(2027, 3, 31)), open_programmes(date(2027, 4, 1))
    assert "jp-esd" not in {one.id for one in before}
    assert {one.id for one in after} - {one.id for one in before} == {"jp-esd"}
    fields = [next(one for one in day if one.id == "jp-ssw").variants for day in (before, after)]
    assert set(fields[1]) - set(fields[0]) == {"linen-supply", "logistics-warehouse", "resource-circulation"}
    assert len(fields[0]) == 16


def test_the_four_fields_of_2024_are_hidden_before_it() -> None:
    ssw = next(one for one in open_programmes(date(2024, 3, 28)) if one.id == "jp-ssw")
    assert len(ssw.variants) == 12


def test_a_programme_whose_variants_are_all_closed_is_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = data("my-work")
    for variant in entry["variants"]:
        variant["effective_until"] = "2026-11-26"
    monkeypatch.setattr(reading, "_on_file", lambda _: parse_programme(entry))
    monkeypatch.setattr(schemas, "programme_names", lambda: ("my-work",))
    assert len(open_programmes(TODAY - DAY)) == 1
    assert open_programmes(TODAY) == ()
    with pytest.raises(UnknownOption):
        require_open(parse_programme(entry), on=TODAY, variant=None)


def test_a_programme_shown_without_its_closed_variants_still_has_variants() -> None:
    shown = next(one for one in open_programmes(TODAY) if one.id == "jp-ssw")
    with pytest.raises(UnknownOption):
        require_open(replace(shown, variants={}), on=TODAY, variant=None)


def test_before_anything_began_nothing_is_open() -> None:
    assert open_programmes(date(2006, 12, 31)) == ()


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("jp-ssw", "linen-supply"),
        ("jp-ssw", "no-such-field"),
        ("jp-ssw", None),
        ("jp-esd", None),
        ("ae-work", "construction"),
        ("kr-eps", "seasonal"),
    ],
)
def test_what_is_hidden_is_as_unknown_as_what_never_was(name: str, variant: str | None) -> None:
    with pytest.raises(UnknownOption) as caught:
        require_open(read_programme(name), on=TODAY, variant=variant)
    assert not variant or variant not in str(caught.value)


def with_versions(*versions: dict[str, Any]) -> Programme:
    """Saudi Arabia's programme with one rule: a health check, in these versions."""
    entry = data("sa-work")
    rule = {
        "id": "health-check",
        "title": entry["title"],
        "kind": "credential",
        "evidence": [
            {
                "type": "HealthCheckStatus",
                "conditions": [],
                "validity": {"duration": "P1Y", "from": "examinedOn"},
            }
        ],
        "source": "a test",
        "confidence": "H",
        "effective_from": "2016-02-01",
        "recorded_on": "2026-11-27",
    }
    entry["claims"]["HealthCheckStatus"] = ["examinedOn"]
    entry["requirements"] = [rule | version for version in versions]
    return parse_programme(entry)


def lasting(duration: str) -> Any:
    return {
        "evidence": [
            {
                "type": "HealthCheckStatus",
                "conditions": [],
                "validity": {"duration": duration, "from": "examinedOn"},
            }
        ]
    }


def answer(programme: Programme, on: date) -> RequirementAnswer:
    check = evaluate(programme, [health("2026-08-15")], on=on, variant=None, one_person=None)
    return check.requirements[0].answer


def test_the_version_of_the_day_asked_about_counts() -> None:
    programme = with_versions(lasting("P6M"), {**lasting("P3M"), "effective_from": "2026-12-01"})
    assert answer(programme, date(2026, 11, 30)) is A.SATISFIED
    assert answer(programme, date(2026, 12, 1)) is A.EXPIRED


def test_an_old_report_is_drawn_again_under_the_rules_of_its_day() -> None:
    later = {**lasting("P1M"), "effective_from": "2026-10-01", "recorded_on": "2027-02-01"}
    programme = with_versions(lasting("P6M"), later)
    asked_about = date(2026, 11, 30)
    assert answer(programme, asked_about) is A.EXPIRED
    assert answer(as_known(programme, date(2027, 2, 1)), asked_about) is A.EXPIRED
    assert answer(as_known(programme, date(2027, 1, 31)), asked_about) is A.SATISFIED


def test_a_version_recorded_later_mends_the_one_that_begins_the_same_day() -> None:
    mended = {**lasting("P3M"), "recorded_on": "2027-02-01", "effective_until": "2026-11-20"}
    programme = with_versions(mended, lasting("P6M"))
    assert answer(programme, date(2026, 11, 15)) is A.SATISFIED
    assert answer(programme, date(2026, 11, 16)) is A.EXPIRED
    assert answer(programme, date(2026, 11, 21)) is A.NO_RULE_ON_FILE
    assert answer(as_known(programme, RECORDED), date(2026, 11, 21)) is A.SATISFIED


def test_an_ended_version_brings_no_older_one_back() -> None:
    programme = with_versions(
        {}, {"effective_from": "2026-09-01", "effective_until": "2026-10-31", "confidence": "L"}
    )
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 10, 31), date(2026, 11, 1)]
    expected = [A.SATISFIED, A.RULE_NOT_CONFIRMED, A.RULE_NOT_CONFIRMED, A.NO_RULE_ON_FILE]
    assert [answer(programme, day) for day in days] == expected


def test_a_rule_not_in_force_shows_the_version_nearest_to_the_day() -> None:
    programme = with_versions(
        {"effective_from": "2026-09-01", "source": "first"},
        {"effective_from": "2026-10-01", "effective_until": "2026-10-31", "source": "last"},
    )
    for day, source in ((date(2026, 8, 1), "first"), (date(2026, 12, 1), "last")):
        [(rule, is_in_effect)] = rules_in_force(programme, on=day, variant=None)
        assert (rule.source, is_in_effect) == (source, False)


def test_what_was_not_on_file_yet_is_not_found() -> None:
    for name in ON_FILE:
        assert read_programme(name, rules_of=RECORDED) == read_programme(name)
        with pytest.raises(NotFound):
            read_programme(name, rules_of=RECORDED - DAY)
    assert open_programmes(TODAY, rules_of=RECORDED - DAY) == ()
    assert open_programmes(TODAY, rules_of=RECORDED) == open_programmes(TODAY)


def test_the_same_check_gives_the_same_answers() -> None:
    programme = read_programme("kh-work", rules_of=RECORDED)
    checks = [
        evaluate(programme, everything(), on=TODAY, variant="construction", one_person=OnePerson.PROVEN)
        for _ in range(2)
    ]
    assert checks[0] == checks[1]


def test_a_file_under_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    another = data("kr-eps")
    monkeypatch.setattr(schemas, "programme_names", lambda: ("kr-other",))
    monkeypatch.setattr(schemas, "read_programme", lambda _: another)
    with pytest.raises(MalformedValue) as caught:
        read_programme("kr-other")
    assert caught.value.findings[0].pointer == "/id"


def test_every_rule_says_where_it_comes_from() -> None:
    for name in ON_FILE:
        programme = read_programme(name)
        assert {programme.confidence, programme.requesters_confidence} <= {Confidence.HIGH, Confidence.MEDIUM}
        for rule in programme.requirements:
            assert rule.source
            assert rule.recorded_on >= programme.recorded_on


def test_the_only_unconfirmed_rules_are_those_whose_sources_disagree() -> None:
    unconfirmed = {
        (name, rule.id)
        for name in ON_FILE
        for rule in read_programme(name).requirements
        if rule.confidence is Confidence.LOW
    }
    gulf = {(name, "wafid") for name in ("sa-work", "ae-work", "qa-work", "kw-work")}
    assert unconfirmed == gulf | {("jp-esd", "language")}


def test_files_are_written_plainly() -> None:
    for name in ON_FILE:
        text = schemas.read_data(f"programmes/{name}.json").decode("utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"
