"""From verdicts to answers: what stands, on which day, and whose the credentials are."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date

import msgspec
import pytest

from tests.unit.vc.programmes import shown
from tests.unit.vc.programmes.shown import (
    BORN,
    TODAY,
    Changes,
    contract,
    document,
    finance,
    health,
    held,
    identity,
    orientation,
    recorded,
    registration,
    rpl,
    with_claim,
    with_verdicts,
)
from vc.encoding.strict_json import JsonValue
from vc.model.verdict import Outcome
from vc.programmes.evaluate import evaluate
from vc.programmes.model import (
    EvidenceState,
    ProgrammeCheck,
    RequirementAnswer,
    RequirementCheck,
)
from vc.programmes.reading import read_programme
from vc.programmes.standing import Held
from vc.verify.one_person import OnePerson, one_person

A = RequirementAnswer
EXAMINED = "2026-11-01"


def check(
    name: str,
    credentials: Sequence[Held],
    *,
    on: date = TODAY,
    variant: str | None = None,
    whose: OnePerson | None = OnePerson.PROVEN,
) -> ProgrammeCheck:
    return evaluate(read_programme(name), credentials, on=on, variant=variant, one_person=whose)


def by_rule(found: ProgrammeCheck) -> dict[str, RequirementAnswer]:
    return {one.requirement.id: one.answer for one in found.requirements}


def health_check(*credentials: Held, on: date = TODAY) -> RequirementCheck:
    found = check("kh-work", credentials, variant="trade", on=on)
    return next(one for one in found.requirements if one.requirement.id == "health-check")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, A.SATISFIED),
        (shown.KEY_BOUND, A.SATISFIED),
        (shown.REVOKED, A.REVOKED),
        (shown.REPLACED, A.REVOKED),
        (shown.SUSPENDED, A.SUSPENDED),
        (shown.EXPIRED, A.EXPIRED),
        (shown.NOT_YET_VALID, A.COULD_NOT_CHECK),
        (shown.CARD_REPLACED, A.COULD_NOT_CHECK),
        (shown.STALE, A.COULD_NOT_CHECK),
        (shown.NO_TRUST_LIST, A.COULD_NOT_CHECK),
        (shown.NOT_ENTITLED, A.NOT_ENTITLED),
        (shown.ANOTHERS, A.NOT_SHOWN_ONE_PERSONS),
        (shown.FORGED, A.MISSING),
        ({**shown.NOT_ENTITLED, **shown.REVOKED}, A.NOT_ENTITLED),
        ({**shown.NO_TRUST_LIST, **shown.REVOKED}, A.REVOKED),
        ({**shown.STALE, **shown.ANOTHERS}, A.NOT_SHOWN_ONE_PERSONS),
    ],
)
def test_verdicts_become_an_answer(changes: Changes, expected: RequirementAnswer) -> None:
    assert health_check(with_verdicts(health(EXAMINED), changes)).answer is expected


def test_only_what_was_decided_to_be_accepted_is_satisfied() -> None:
    one = health(EXAMINED)
    undecided = replace(one, decision=msgspec.structs.replace(one.decision, outcome=Outcome.UNDETERMINED))
    assert health_check(undecided).answer is A.COULD_NOT_CHECK


def test_what_is_not_authentic_is_not_read_even_where_it_came_along() -> None:
    one = with_verdicts(health(EXAMINED), shown.FORGED)
    smuggled = replace(
        one,
        verification=msgspec.structs.replace(
            one.verification, document=health(EXAMINED).verification.document
        ),
    )
    found = check("kh-work", [rpl(), smuggled, one], variant="trade")
    assert by_rule(found)["health-check"] is A.MISSING
    assert found.unread == (1, 2)


@pytest.mark.parametrize(
    ("ends", "day", "expected"),
    [
        ("2026-12-15T23:59:59Z", "2026-12-15", A.SATISFIED),
        ("2026-12-15T23:59:59Z", "2026-12-16", A.EXPIRED),
        ("2026-12-16T00:00:00Z", "2026-12-16", A.EXPIRED),
        ("2026-12-16T00:00:01Z", "2026-12-16", A.SATISFIED),
        ("2026-12-16T06:59:59+07:00", "2026-12-16", A.EXPIRED),
    ],
)
def test_a_credential_that_ends_before_the_day_is_out_of_date(
    ends: str, day: str, expected: RequirementAnswer
) -> None:
    assert health_check(health(EXAMINED, valid_until=ends), on=date.fromisoformat(day)).answer is expected


@pytest.mark.parametrize(
    ("begins", "day", "expected"),
    [
        ("2026-11-10T23:59:59Z", "2026-11-10", A.SATISFIED),
        ("2026-11-11T00:00:00Z", "2026-11-10", A.MISSING),
    ],
)
def test_a_credential_signed_after_the_day_was_not_there_yet(
    begins: str, day: str, expected: RequirementAnswer
) -> None:
    subject: dict[str, JsonValue] = {"examinedOn": EXAMINED, "fitForWork": True}
    one = held(document("HealthCheckStatus", subject, valid_from=begins))
    assert health_check(one, on=date.fromisoformat(day)).answer is expected


def test_dates_that_cannot_be_read_are_no_promise() -> None:
    subject: dict[str, JsonValue] = {"examinedOn": EXAMINED, "fitForWork": True}
    one = held(document("HealthCheckStatus", subject, valid_until="soon"))
    assert health_check(one).answer is A.COULD_NOT_CHECK
    assert health_check(with_verdicts(one, shown.REVOKED)).answer is A.REVOKED


@pytest.mark.parametrize(
    ("valid_until", "good_until"),
    [(None, "2027-05-01"), ("2027-01-31T23:59:59Z", "2027-01-31"), ("2028-01-01T00:00:00Z", "2027-05-01")],
)
def test_the_last_good_day_is_that_of_rule_or_credential(valid_until: str | None, good_until: str) -> None:
    found = health_check(rpl(), health(EXAMINED, valid_until=valid_until))
    last = date.fromisoformat(good_until)
    assert (found.rests_on, found.good_until) == (1, last)
    assert health_check(health(EXAMINED, valid_until=valid_until), on=last).answer is A.SATISFIED


def test_without_a_rule_for_it_the_credentials_own_last_day_counts() -> None:
    lasting, ending = rpl(), rpl()
    verified = lasting.verification.document
    assert verified is not None
    ending = held({**verified, "id": "urn:example:2", "validUntil": "2027-01-31T23:59:59Z"})
    for credentials, expected in (
        ([lasting], (0, None)),
        ([ending], (0, date(2027, 1, 31))),
        ([ending, lasting], (1, None)),
    ):
        found = check("kh-work", credentials, variant="construction")
        skill = next(one for one in found.requirements if one.requirement.id == "skill-construction")
        assert (skill.rests_on, skill.good_until) == expected


def test_of_several_the_best_answer_counts() -> None:
    good, old = health(EXAMINED), health("2025-11-01")
    revoked = with_verdicts(health(EXAMINED), shown.REVOKED)
    assert health_check(revoked, old).answer is A.EXPIRED
    assert health_check(revoked, old).rests_on == 1
    assert health_check(revoked, old, good).rests_on == 2


def test_a_refused_credential_says_nothing_of_rules_it_has_no_bearing_on() -> None:
    revoked = with_verdicts(registration("agriculture"), shown.REVOKED)
    found = check("jp-ssw", [revoked], variant="construction")
    assert by_rule(found)["registration-certificate"] is A.MISSING
    found = check("jp-ssw", [revoked], variant="agriculture")
    assert by_rule(found)["registration-certificate"] is A.REVOKED
    assert found.requirements[-1].good_until is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [*((state.value, state) for state in EvidenceState), ("checked by a friend", None), (None, None)],
)
def test_a_record_of_another_bodys_test_says_how_it_is_known(
    state: str | None, expected: EvidenceState | None
) -> None:
    one = with_claim(recorded("JLPT-N4"), "evidenceState", state)
    found = next(
        one
        for one in check("jp-ssw", [one], variant="construction").requirements
        if one.requirement.id == "language"
    )
    assert (found.answer, found.evidence_state) == (A.THIRD_PARTY_EVIDENCE_ONLY, expected)


def packed() -> tuple[Held, ...]:
    return orientation("JP", "2026-11-02"), contract("JP"), health(EXAMINED), finance("2026-11-02")


@pytest.mark.parametrize("whose", [None, OnePerson.SAME_NAME, OnePerson.NOT_SHOWN])
def test_credentials_of_unknown_people_never_add_up(whose: OnePerson | None) -> None:
    assert set(by_rule(check("pre-departure", packed(), variant="JP")).values()) == {A.SATISFIED}
    found = check("pre-departure", packed(), variant="JP", whose=whose)
    assert set(by_rule(found).values()) == {A.NOT_SHOWN_ONE_PERSONS}
    assert all(one.good_until is None for one in found.requirements)
    one_less = check("pre-departure", packed()[1:3], variant="JP", whose=whose)
    assert list(by_rule(one_less).values()) == [
        A.MISSING,
        A.NOT_SHOWN_ONE_PERSONS,
        A.NOT_SHOWN_ONE_PERSONS,
        A.MISSING,
    ]


def test_records_of_tests_count_as_somebodys_too() -> None:
    credentials = [identity(), recorded("JLPT-N4")]
    found = by_rule(check("jp-ssw", credentials, variant="construction", whose=OnePerson.SAME_NAME))
    assert found["age"] is found["language"] is A.NOT_SHOWN_ONE_PERSONS
    assert found["health-check"] is A.MISSING


def test_one_credential_needs_no_proof_that_it_is_one_persons() -> None:
    for credentials in ([health(EXAMINED)], [health(EXAMINED), health(EXAMINED)]):
        found = check("pre-departure", credentials, variant="JP", whose=None)
        assert by_rule(found)["health-check"] is A.SATISFIED


def test_what_does_not_stand_takes_nothing_from_what_does() -> None:
    revoked = with_verdicts(contract("JP"), shown.REVOKED)
    found = by_rule(check("pre-departure", [health(EXAMINED), revoked], variant="JP", whose=None))
    assert (found["health-check"], found["standard-contract"]) == (A.SATISFIED, A.REVOKED)


def two_in_one(number: str) -> Held:
    subject: dict[str, JsonValue] = {
        "destinationCountry": "JP",
        "registeredOn": "2026-11-02",
        "attendedOn": "2026-11-02",
    }
    both = document("StandardContractRegistered", subject, number=number)
    return held({**both, "type": ["VerifiableCredential", "StandardContractRegistered", "FinancialLiteracy"]})


def test_one_credential_that_fulfils_several_rules_alone_needs_no_proof() -> None:
    alone = two_in_one("1")
    found = check("pre-departure", [finance("2026-11-20"), alone], variant="JP", whose=None)
    answers = by_rule(found)
    assert answers["standard-contract"] is answers["financial-literacy"] is A.SATISFIED
    assert {one.rests_on for one in found.requirements if one.answer is A.SATISFIED} == {1}


def test_two_that_each_fulfil_all_are_not_mixed() -> None:
    found = check("pre-departure", [two_in_one("1"), two_in_one("2")], variant="JP", whose=None)
    assert {one.rests_on for one in found.requirements if one.answer is A.SATISFIED} == {0}


def test_the_proof_of_one_person_is_the_holders_key() -> None:
    bound = [with_verdicts(one, shown.KEY_BOUND) for one in packed()]
    whose = one_person([one.verification for one in bound])
    assert whose is OnePerson.PROVEN
    assert set(by_rule(check("pre-departure", bound, variant="JP", whose=whose)).values()) == {A.SATISFIED}
    whose = one_person([one.verification for one in packed()])
    assert whose is OnePerson.SAME_NAME
    assert A.SATISFIED not in by_rule(check("pre-departure", packed(), variant="JP", whose=whose)).values()


def test_a_record_of_identity_joins_nothing() -> None:
    credentials = [identity(), *packed()]
    found = by_rule(check("pre-departure", credentials, variant="JP", whose=OnePerson.SAME_NAME))
    assert A.SATISFIED not in found.values()


def test_what_a_programme_does_not_check_is_always_listed() -> None:
    found = check("pre-departure", packed(), variant="JP")
    assert [one.id for one in found.not_checked_here] == [
        *("placement-contract", "ocwc", "passport", "visa", "work-permit")
    ]
    assert len(found.notices) == 1


def test_there_is_no_answer_over_all() -> None:
    names = {one.name for one in (*fields(ProgrammeCheck), *fields(RequirementCheck))}
    assert names == {
        *("programme", "version", "variant", "on", "requirements", "not_checked_here", "notices", "unread"),
        *("requirement", "is_in_effect", "answer", "rests_on", "good_until", "evidence_state"),
    }


def test_no_birth_date_leaves_a_check() -> None:
    found = check("kr-eps", [identity()], variant="manufacturing")
    assert by_rule(found)["age"] is A.SATISFIED
    assert found.requirements[0].good_until is None
    assert BORN not in repr(found)
    assert BORN[:4] not in repr(found)
