"""Every rule on file, from both sides: what fulfils it, what just does not, and the days it turns on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from schemas import read_json
from tests.unit.vc.programmes import shown
from tests.unit.vc.programmes.shown import TODAY, held, with_claim, with_verdicts
from tests.unit.vc.programmes.sides import SIDES, Sides
from vc.errors import UnknownOption
from vc.programmes.evaluate import evaluate
from vc.programmes.model import (
    AgeWithin,
    Condition,
    Confidence,
    EvidenceKind,
    OneOf,
    Programme,
    Requirement,
    RequirementAnswer,
    Variant,
)
from vc.programmes.reading import programme_names, read_programme
from vc.programmes.standing import Held
from vc.verify.one_person import OnePerson

A = RequirementAnswer
DAY = timedelta(days=1)
RULES = [(name, rule) for name in programme_names() for rule in read_programme(name).requirements]
VARIANTS = [(name, one) for name in programme_names() for one in read_programme(name).variants.values()]
BY_CREDENTIAL = [sides for sides in SIDES if sides.near or sides.turns]


def rule_of(sides: Sides) -> Requirement:
    name, rule_id, since = sides.key
    return next(
        rule
        for rule in read_programme(name).requirements
        if rule.id == rule_id and rule.effective_from.isoformat() == since
    )


def answer_of(
    sides: Sides, credentials: Sequence[Held], *, on: date | None = None, variant: str | None = None
) -> RequirementAnswer:
    name, rule_id, _ = sides.key
    check = evaluate(
        read_programme(name),
        credentials,
        on=on or sides.on,
        variant=variant or sides.variant,
        one_person=OnePerson.PROVEN,
    )
    return next(one.answer for one in check.requirements if one.requirement.id == rule_id)


def name_of(value: object) -> str | None:
    if isinstance(value, Sides):
        return "/".join(value.key)
    if isinstance(value, Requirement | Variant):
        return getattr(value, "id", None) or getattr(value, "code", None)
    return value if isinstance(value, str) else None


def test_every_rule_on_file_has_a_row() -> None:
    on_file = sorted((name, rule.id, rule.effective_from.isoformat()) for name, rule in RULES)
    assert sorted(sides.key for sides in SIDES) == on_file


def test_every_rule_that_a_credential_can_fulfil_has_both_sides() -> None:
    for sides in SIDES:
        rule = rule_of(sides)
        hangs_on_something = rule.evidence and rule.confidence is not Confidence.LOW
        assert bool(sides.near or sides.turns) == bool(hangs_on_something), sides.key
        if hangs_on_something:
            assert len(sides.good) == len(rule.evidence), sides.key


def test_every_rule_with_a_day_in_it_has_the_days_around_each_turn() -> None:
    for sides in SIDES:
        rule = rule_of(sides)
        is_dated = any(evidence.window is not None for evidence in rule.evidence) or any(
            isinstance(condition, AgeWithin)
            for evidence in rule.evidence
            for condition in evidence.conditions
        )
        pairs = list(pairwise(sides.turns))
        turned = [(before, after) for before, after in pairs if before[1] != after[1]]
        assert len(turned) == (2 if is_dated else 0), sides.key
        assert all(after[0] - before[0] == DAY for before, after in turned), sides.key


@pytest.mark.parametrize("sides", SIDES, ids=name_of)
def test_what_fulfils_a_rule_has_its_answer(sides: Sides) -> None:
    alone = [(one,) for one in sides.good] if sides in BY_CREDENTIAL else [sides.good]
    assert [answer_of(sides, credentials) for credentials in alone] == [sides.answer] * len(alone)


@pytest.mark.parametrize("sides", SIDES, ids=name_of)
def test_who_shows_nothing_fulfils_nothing(sides: Sides) -> None:
    expected = A.MISSING if sides in BY_CREDENTIAL else sides.answer
    assert answer_of(sides, ()) is expected
    assert expected is not A.SATISFIED


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_what_comes_near_a_rule_does_not_fulfil_it(sides: Sides) -> None:
    assert {name: answer_of(sides, [one]) for name, one in sides.near.items()} == dict.fromkeys(
        sides.near, A.MISSING
    )


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_a_rule_turns_on_its_day(sides: Sides) -> None:
    assert [(day, answer_of(sides, sides.good[:1], on=day)) for day, _ in sides.turns] == list(sides.turns)


def conditions(sides: Sides) -> Iterator[tuple[Held, Condition]]:
    for evidence, one in zip(rule_of(sides).evidence, sides.good, strict=True):
        yield from ((one, condition) for condition in evidence.conditions)


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_each_condition_of_a_rule_counts(sides: Sides) -> None:
    for one, condition in conditions(sides):
        assert answer_of(sides, [with_claim(one, condition.claim, "something else")]) in (
            (A.COULD_NOT_CHECK,) if isinstance(condition, AgeWithin) else (A.MISSING,)
        )
        assert answer_of(sides, [with_claim(one, condition.claim, None)]) is A.COULD_NOT_CHECK


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_each_value_that_a_rule_names_is_enough(sides: Sides) -> None:
    for one, condition in conditions(sides):
        for value in condition.values if isinstance(condition, OneOf) else ():
            assert answer_of(sides, [with_claim(one, condition.claim, value)]) is sides.answer, value


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_the_day_that_a_window_begins_with_must_be_shown(sides: Sides) -> None:
    for evidence, one in zip(rule_of(sides).evidence, sides.good, strict=True):
        if evidence.window is not None:
            for value in (None, "15.08.2026", "2026-13-01", 20260815):
                changed = with_claim(one, evidence.window.from_claim, value)
                assert answer_of(sides, [changed]) is A.COULD_NOT_CHECK


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_a_credential_that_does_not_stand_fulfils_nothing(sides: Sides) -> None:
    for one in sides.good:
        assert answer_of(sides, [with_verdicts(one, shown.REVOKED)]) is A.REVOKED
        assert answer_of(sides, [with_verdicts(one, shown.EXPIRED)]) is A.EXPIRED
        assert answer_of(sides, [with_verdicts(one, shown.NOT_ENTITLED)]) is A.NOT_ENTITLED


def test_true_is_not_one() -> None:
    sides = next(one for one in SIDES if one.key[:2] == ("jp-ssw", "age"))
    assert answer_of(sides, [with_claim(sides.good[0], "ageOver18", 1)]) is A.MISSING


@pytest.mark.parametrize("sides", BY_CREDENTIAL, ids=name_of)
def test_a_credential_about_several_people_is_nobodys(sides: Sides) -> None:
    for one in sides.good:
        verified = one.verification.document
        assert verified is not None
        subject = verified["credentialSubject"]
        twice = held({**verified, "credentialSubject": [subject, subject]})
        expected = A.COULD_NOT_CHECK if list(conditions(sides)) or sides.turns else A.SATISFIED
        assert answer_of(sides, [twice]) is expected
        assert answer_of(sides, [held({**verified, "credentialSubject": [subject]})]) is sides.answer


def some_variant(programme: Programme, rule: Requirement, on: date) -> str | None:
    for code, variant in programme.variants.items():
        if variant.is_open(on) and (not rule.variants or code in rule.variants):
            return code
    return None


@pytest.mark.parametrize(("name", "rule"), RULES, ids=name_of)
def test_a_rule_is_in_effect_from_its_first_day(name: str, rule: Requirement) -> None:
    programme = read_programme(name)
    for day, expected in ((rule.effective_from, True), (rule.effective_from - DAY, False)):
        variant = some_variant(programme, rule, day)
        try:
            check = evaluate(programme, (), on=day, variant=variant, one_person=None)
        except UnknownOption:
            assert not expected
            continue
        found = next(one for one in check.requirements if one.requirement.id == rule.id)
        assert found.is_in_effect is expected
        assert expected or found.answer is A.NO_RULE_ON_FILE


@pytest.mark.parametrize(("name", "variant"), VARIANTS, ids=name_of)
def test_a_variant_is_open_from_its_first_day(name: str, variant: Variant) -> None:
    programme = read_programme(name)
    day = variant.effective_from
    assert evaluate(programme, (), on=day, variant=variant.code, one_person=None).variant == variant.code
    with pytest.raises(UnknownOption):
        evaluate(programme, (), on=day - DAY, variant=variant.code, one_person=None)


def test_a_rule_ends_after_its_last_day() -> None:
    programme = read_programme("ae-work")
    rule = replace(programme.requirements[0], effective_until=TODAY)
    ended = replace(programme, requirements=(rule,))
    days = [TODAY, TODAY + DAY]
    answers = [
        evaluate(ended, (), on=day, variant=None, one_person=None).requirements[0].answer for day in days
    ]
    assert answers == [A.RULE_NOT_CONFIRMED, A.NO_RULE_ON_FILE]


def codes(name: str) -> set[str]:
    return {entry["code"] for entry in read_json(f"data/{name}.json")[name]}


def test_variants_are_those_of_the_code_lists() -> None:
    opened = {one.code for one in read_programme("jp-ssw").variants.values() if one.is_open(TODAY)}
    assert opened == codes("ssw_fields")
    assert set(read_programme("kr-eps").variants) == codes("eps_industries")
    assert set(read_programme("kh-work").variants) == codes("sectors")
    assert set(read_programme("pre-departure").variants) < codes("countries")


@pytest.mark.parametrize(
    ("claim", "lists"),
    [("testLevel", ["tests"]), ("achievement/humanCode", ["courses", "qualifications"])],
    ids=name_of,
)
def test_a_rule_names_only_codes_that_exist(claim: str, lists: list[str]) -> None:
    known = set().union(*(codes(name) for name in lists))
    named = {
        value
        for _, rule in RULES
        for evidence in rule.evidence
        for condition in evidence.conditions
        if isinstance(condition, OneOf) and condition.claim == claim
        for value in condition.values
    }
    assert named
    assert named <= known


def test_no_rule_that_nothing_can_fulfil_is_of_a_kind_that_is_fulfilled() -> None:
    for _, rule in RULES:
        if not rule.evidence:
            assert rule.kind is not EvidenceKind.CREDENTIAL
