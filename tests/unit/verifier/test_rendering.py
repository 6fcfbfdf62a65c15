"""Every reason has its sentence and, where it is bad, a next step; page and JSON draw from one value."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from runtime.i18n import Translator
from tests.simulator import CENTRE_DID, IssuerWorld
from vc.model.verdict import (
    Answer,
    CheckedAgainst,
    Outcome,
    Question,
    Reason,
    Verdict,
    Verification,
)
from vc.trust import decide as decisions
from vc.trust.decide import decide
from vc.verify import step
from verifier.award import details_of, summary_of
from verifier.extract import messages
from verifier.rendering import Audience, render_verification, to_json
from verifier.sentences import BASIS_LABELS, HEADLINES, IDENTITY_NOT_CHECKED, NEXT_STEPS, SENTENCES

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
GOOD = {
    Reason.PROOF_VALID,
    Reason.ISSUER_ACCREDITED,
    Reason.NOT_REVOKED,
    Reason.NO_STATUS_NAMED,
    Reason.KEY_BOUND,
    Reason.REGISTRY_PHOTO_CONFIRMED,
}
# Said beside another verdict, whose next step it is.
NO_STEP_OF_ITS_OWN = {
    Reason.NOT_REACHED,
    Reason.IDENTITY_NOT_CHECKED,
    Reason.REGISTRY_PHOTO_NOT_COMPARED,
    Reason.REGISTRY_PHOTO_UNCLEAR,
    Reason.REGISTRY_HAS_NO_PHOTO,
    Reason.REGISTRY_NOT_REACHED,
}

ACCEPTABLE: Mapping[Question, tuple[Answer, Reason]] = {
    Question.AUTHENTIC: (Answer.YES, Reason.PROOF_VALID),
    Question.ENTITLED: (Answer.YES, Reason.ISSUER_ACCREDITED),
    Question.IN_FORCE: (Answer.YES, Reason.NOT_REVOKED),
    Question.THIS_PERSONS: (Answer.COULD_NOT_CHECK, Reason.IDENTITY_NOT_CHECKED),
}


def verification_of(
    changes: Mapping[Question, tuple[Answer, Reason]], *, since: str | None = None
) -> Verification:
    answers = {**ACCEPTABLE, **changes}
    verdicts = {
        question: Verdict(question=question, answer=answer, reason=reason, checked_at=NOW, since=since)
        for question, (answer, reason) in answers.items()
    }
    return Verification(verdicts=verdicts, findings=(), checked_at=NOW, issuer=CENTRE_DID)


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_in_every_language(reason: Reason, translator: Translator) -> None:
    english = SENTENCES[reason]
    assert english.endswith(".")
    assert translator.gettext("km", english) != english
    if reason is not Reason.ISSUER_DEMO:
        assert "invalid" not in english


@pytest.mark.parametrize("reason", sorted(set(Reason) - GOOD - NO_STEP_OF_ITS_OWN))
def test_every_reason_against_it_has_a_next_step(reason: Reason, translator: Translator) -> None:
    assert NEXT_STEPS[reason]
    assert all(translator.gettext("km", step_) != step_ for step_ in NEXT_STEPS[reason])


def test_what_could_not_be_checked_is_never_told_to_be_the_persons_fault() -> None:
    for reason in (Reason.STATUS_UNAVAILABLE, Reason.TRUST_LIST_UNAVAILABLE, Reason.KEY_UNAVAILABLE):
        assert any("says nothing against" in step_ for step_ in NEXT_STEPS[reason])


@pytest.mark.parametrize("reason", sorted(set(Reason) - GOOD - {Reason.IDENTITY_NOT_CHECKED}))
@pytest.mark.parametrize("question", Question)
@pytest.mark.parametrize("answer", [Answer.NO, Answer.COULD_NOT_CHECK])
def test_every_headline_of_the_core_is_translated(
    reason: Reason, question: Question, answer: Answer, translator: Translator
) -> None:
    headline = decide(verification_of({question: (answer, reason)})).headline
    assert headline in HEADLINES
    assert translator.gettext("km", headline) != headline


def test_the_words_of_the_core_are_those_of_the_catalogue() -> None:
    assert decisions.GENUINE_AND_IN_FORCE in HEADLINES
    assert decisions.IDENTITY_NOT_CHECKED == IDENTITY_NOT_CHECKED


def test_every_complaint_about_a_file_is_translated(translator: Translator) -> None:
    kinds = ("no code", "several codes", "several credentials", "too many pixels", "locked", "unheard of")
    said = [messages.EMPTY, messages.TOO_LARGE, messages.JSON_TOO_LARGE, messages.MISNAMED, messages.NO_LINK]
    said += [messages.UNKNOWN_KIND, *(text for _, _, text in messages.OTHER_KINDS)]
    said += [messages.complaint(kind).findings[0].detail for kind in kinds]
    assert [text for text in said if translator.gettext("km", text) == text] == []


@pytest.mark.parametrize("kind", sorted(BASIS_LABELS))
def test_each_thing_a_verdict_rests_on_is_said_with_its_age(kind: str) -> None:
    basis = CheckedAgainst(
        kind=kind,
        name="x",
        version="4",
        as_of=NOW - timedelta(hours=1),
        fetched_at=NOW - timedelta(seconds=3),
    )
    bare = verification_of({})
    verdicts = {
        question: msgspec.structs.replace(v, against=(basis,)) for question, v in bare.verdicts.items()
    }
    verification = msgspec.structs.replace(bare, verdicts=verdicts)
    answer = to_json(
        render_verification(verification, decide(verification), "en", str), origin="https://a.kh"
    )
    assert answer["verdicts"]["inForce"]["against"] == [  # type: ignore[index, call-overload]
        {
            "kind": kind,
            "label": BASIS_LABELS[kind],
            "name": "x",
            "version": "4",
            "asOf": "2026-11-22T02:00:00Z",
            "fetchedAt": "2026-11-22T02:59:57Z",
            "ageSeconds": 3,
        }
    ]


def test_an_acceptance_says_beside_itself_that_identity_was_not_checked() -> None:
    accepted = verification_of({})
    result = render_verification(accepted, decide(accepted), "en", str)
    assert (result.is_accepted, result.headline, result.beside) == (
        True, "Genuine and in force", "identity not checked",
    )  # fmt: skip
    bound = verification_of({Question.THIS_PERSONS: (Answer.YES, Reason.KEY_BOUND)})
    assert render_verification(bound, decide(bound), "en", str).beside is None


def test_since_is_asked_of_revoked_and_suspended_only() -> None:
    for reason, asked in ((Reason.REVOKED, True), (Reason.SUSPENDED, True), (Reason.EXPIRED, False)):
        verification = verification_of({Question.IN_FORCE: (Answer.NO, reason)}, since="2026-11-03")
        answer = to_json(
            render_verification(verification, decide(verification), "en", str), origin="https://a.kh"
        )
        verdict = answer["verdicts"]["inForce"]  # type: ignore[index, call-overload]
        assert ("since" in verdict) is asked  # type: ignore[operator]


def test_what_only_follows_is_no_reason_of_its_own() -> None:
    unreached = (Answer.COULD_NOT_CHECK, Reason.NOT_REACHED)
    verification = verification_of(
        {
            Question.AUTHENTIC: (Answer.COULD_NOT_CHECK, Reason.KEY_UNAVAILABLE),
            Question.ENTITLED: unreached,
            Question.IN_FORCE: unreached,
        }
    )
    result = render_verification(verification, decide(verification), "en", str)
    assert result.reasons == (Reason.KEY_UNAVAILABLE,)
    assert result.outcome is Outcome.UNDETERMINED


@pytest.mark.parametrize(("language", "name"), [("km", "មជ្ឈ"), ("en", "Poipet"), ("ja", "Poipet")])
def test_the_issuer_is_named_by_the_trust_list_in_the_readers_language(language: str, name: str) -> None:
    names = {"en": "Poipet Training Centre", "km": "មជ្ឈមណ្ឌលបណ្តុះបណ្តាលប៉ោយប៉ែត"}
    verification = msgspec.structs.replace(verification_of({}), issuer_name=names)
    shown = render_verification(verification, decide(verification), language, str).issuer_name
    assert shown is not None
    assert shown.startswith(name)


def test_a_stranger_is_given_no_details_at_all() -> None:
    world = IssuerWorld()
    verification = step(world.issue(), world.evidence(), world.policy, world.now)
    assert isinstance(verification, Verification)
    bearer = render_verification(verification, decide(verification), "en", str)
    stranger = render_verification(verification, decide(verification), "en", str, audience=Audience.STRANGER)
    assert bearer.details is not None
    assert stranger.details is None
    assert stranger.summary == bearer.summary
    members = {"title", "names", "passport_name", "cqf_level", "issued_on"}
    assert set(stranger.summary.__slots__) == members  # type: ignore[union-attr]


def test_members_of_another_shape_are_left_out_and_never_guessed() -> None:
    odd = {
        "name": {"@value": "Mason"},
        "validFrom": "soon",
        "credentialSubject": {
            "nameLatin": 7,
            "achievement": {"name": ["x"], "cqfLevel": True},
            "unitsOfCompetency": ["x", {"unitCode": "A"}],
            "assessmentDate": "31.12.2026",
        },
    }
    summary, details = summary_of(odd, "en"), details_of(odd)  # type: ignore[arg-type]
    assert (summary.title, summary.names, summary.cqf_level, summary.issued_on) == (None, (), None, None)
    assert (details.units, details.dates, details.certificate_number) == ((), (), None)


def test_of_several_subjects_nothing_is_attributed_to_one() -> None:
    two = {"credentialSubject": [{"nameLatin": "A"}, {"nameLatin": "B"}]}
    assert summary_of(two, "en").names == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0, 1, 59, 600, 7200])
def test_ages_are_said_in_khmer(seconds: int, translator: Translator) -> None:
    khmer = translator.translations("km").ungettext("%(num)s second old", "%(num)s seconds old", seconds)
    assert khmer != "%(num)s seconds old"
