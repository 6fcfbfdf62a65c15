"""Laws of every check, over any programme, day and credentials."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.programmes import shown
from tests.unit.vc.programmes.shown import Changes, everything, with_verdicts
from vc.errors import UnknownOption
from vc.programmes.evaluate import evaluate
from vc.programmes.model import (
    Confidence,
    EvidenceKind,
    ProgrammeCheck,
    RequirementAnswer,
)
from vc.programmes.reading import open_programmes, programme_names, read_programme
from vc.programmes.standing import Held
from vc.verify.one_person import OnePerson

A = RequirementAnswer
# From best to worst: what was never shown is the least that can be said.
RANKS = (
    *(A.SATISFIED, A.THIRD_PARTY_EVIDENCE_ONLY, A.COULD_NOT_CHECK, A.SUSPENDED, A.EXPIRED),
    *(A.REVOKED, A.NOT_ENTITLED, A.NOT_SHOWN_ONE_PERSONS, A.MISSING),
)


def check(
    name: str,
    credentials: Sequence[Held],
    *,
    on: date = shown.TODAY,
    variant: str | None = None,
    whose: OnePerson | None = OnePerson.PROVEN,
) -> ProgrammeCheck:
    return evaluate(read_programme(name), credentials, on=on, variant=variant, one_person=whose)


CHOICES = st.sampled_from(
    [
        *((name, code) for name in programme_names() for code in read_programme(name).variants),
        *((name, None) for name in programme_names() if not read_programme(name).variants),
    ]
)
DAYS = st.dates(date(2027, 4, 1), date(2040, 1, 1)) | st.dates(date(2019, 1, 1), date(2030, 1, 1))
OUTCOMES: tuple[Changes, ...] = (
    *({}, shown.KEY_BOUND, shown.REVOKED, shown.SUSPENDED, shown.EXPIRED, shown.STALE),
    *(shown.NOT_ENTITLED, shown.NO_TRUST_LIST, shown.ANOTHERS, shown.FORGED),
)
ANY_CREDENTIAL = st.builds(with_verdicts, st.sampled_from(everything()), st.sampled_from(OUTCOMES))
SEVERAL = st.lists(ANY_CREDENTIAL, max_size=8)


def is_open(name: str, variant: str | None, on: date) -> bool:
    programme = read_programme(name)
    return programme.is_open(on) and (variant is None or programme.variants[variant].is_open(on))


@settings(deadline=None, max_examples=150)
@given(choice=CHOICES, on=DAYS, first=SEVERAL, more=SEVERAL)
def test_showing_more_never_makes_an_answer_worse(
    choice: tuple[str, str | None], on: date, first: list[Held], more: list[Held]
) -> None:
    name, variant = choice
    if not is_open(name, variant, on):
        return
    before = check(name, first, variant=variant, on=on)
    after = check(name, [*first, *more], variant=variant, on=on)
    for one, other in zip(before.requirements, after.requirements, strict=True):
        if one.answer in RANKS:
            assert RANKS.index(other.answer) <= RANKS.index(one.answer)
        else:
            assert other.answer is one.answer


@settings(deadline=None, max_examples=150)
@given(choice=CHOICES, on=DAYS, credentials=SEVERAL, whose=st.sampled_from([None, *OnePerson]))
def test_what_no_credential_can_fulfil_is_never_satisfied(
    choice: tuple[str, str | None], on: date, credentials: list[Held], whose: OnePerson | None
) -> None:
    name, variant = choice
    if not is_open(name, variant, on):
        return
    for one in check(name, credentials, variant=variant, on=on, whose=whose).requirements:
        rule = one.requirement
        if rule.kind is not EvidenceKind.CREDENTIAL or rule.confidence is Confidence.LOW:
            assert one.answer is not A.SATISFIED
        if rule.confidence is Confidence.LOW:
            assert one.answer in (A.RULE_NOT_CONFIRMED, A.NO_RULE_ON_FILE)
        assert not (one.answer is A.SATISFIED and not one.is_in_effect)


@settings(deadline=None, max_examples=150)
@given(choice=CHOICES, on=DAYS, credentials=SEVERAL, whose=st.sampled_from([None, *OnePerson]))
def test_good_answers_rest_on_one_credential_or_on_proof(
    choice: tuple[str, str | None], on: date, credentials: list[Held], whose: OnePerson | None
) -> None:
    name, variant = choice
    if not is_open(name, variant, on) or whose is OnePerson.PROVEN:
        return
    found = check(name, credentials, variant=variant, on=on, whose=whose)
    good = {
        one.rests_on
        for one in found.requirements
        if one.answer in (A.SATISFIED, A.THIRD_PARTY_EVIDENCE_ONLY) and one.rests_on is not None
    }
    assert len(good) <= 1


@settings(deadline=None, max_examples=100)
@given(data=st.data(), credentials=SEVERAL, whose=st.sampled_from([None, OnePerson.PROVEN]))
def test_the_order_of_what_is_shown_does_not_matter(
    data: st.DataObject, credentials: list[Held], whose: OnePerson | None
) -> None:
    shuffled = data.draw(st.permutations(credentials))
    checks = [check("pre-departure", one, variant="JP", whose=whose) for one in (credentials, shuffled)]
    answers = [[one.answer for one in found.requirements] for found in checks]
    assert answers[0] == answers[1]


@settings(deadline=None)
@given(choice=CHOICES, on=DAYS, variant=st.text(max_size=20) | st.none())
def test_what_is_no_variant_is_refused(choice: tuple[str, str | None], on: date, variant: str | None) -> None:
    programme = read_programme(choice[0])
    is_right = variant in programme.variants or (variant is None and not programme.variants)
    if programme.is_open(on) and is_right:
        return
    with pytest.raises(UnknownOption):
        evaluate(programme, (), on=on, variant=variant, one_person=None)


@settings(deadline=None, max_examples=100)
@given(on=st.dates(date(2000, 1, 1), date(2032, 1, 1)))
def test_nothing_is_shown_before_its_day(on: date) -> None:
    for programme in open_programmes(on):
        assert programme.effective_from <= on
        assert all(one.effective_from <= on for one in programme.variants.values())
