"""What ``AnswerWriter`` writes is what ``verifier.rendering`` says, byte for byte."""

from datetime import UTC, datetime, timedelta

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.i18n import LANGUAGE_NAMES, LANGUAGE_NAMES_ABROAD, Translator
from tests.simulator import CENTRE_DID, IssuerWorld
from tests.unit.vc.card import cards
from vc.errors import Finding, ProblemType, Severity
from vc.model.verdict import Answer, CheckedAgainst, Question, Reason, Verdict, Verification
from vc.trust.decide import decide
from vc.verify import step, step_card
from verifier.answers import AnswerWriter
from verifier.check_routes import answer_json, written_answer
from verifier.rendering import Audience, render_verification, to_json
from verifier.sentences import BASIS_LABELS
from verifier.service import Checked

NOW = datetime(2026, 11, 22, 3, 0, 59, 999_999, tzinfo=UTC)
ORIGIN = "https://verifier.example"
LANGUAGES = (*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD)
CATALOGUE = Translator().gettext
# One for all: what it kept of one verification must not show in another.
WRITER = AnswerWriter(CATALOGUE, origin=ORIGIN)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
moments = st.datetimes(timezones=st.just(UTC)) | st.just(NOW)
ages = st.integers(-(10**6), 10**12).map(lambda microseconds: NOW - timedelta(microseconds=microseconds))
bases = st.builds(
    CheckedAgainst,
    kind=st.sampled_from(sorted(BASIS_LABELS)),
    name=texts,
    version=st.none() | texts,
    as_of=st.none() | moments,
    fetched_at=st.none() | ages,
)
findings = st.builds(
    Finding,
    type=st.sampled_from(ProblemType),
    detail=texts,
    pointer=st.none() | texts,
    severity=st.sampled_from(Severity),
)
verifications = st.builds(
    Verification,
    verdicts=st.fixed_dictionaries(
        {
            question: st.builds(
                Verdict,
                question=st.just(question),
                answer=st.sampled_from(Answer),
                reason=st.sampled_from(Reason),
                checked_at=st.just(NOW) | moments,
                against=st.lists(bases, max_size=4).map(tuple),
                since=st.none() | texts,
            )
            for question in Question
        }
    ),
    findings=st.lists(findings, max_size=2).map(tuple),
    checked_at=st.just(NOW) | moments,
    document=st.none() | st.just({"type": ["VerifiableCredential"], "id": "urn:x"}),
    issuer=st.none() | texts,
    issuer_name=st.dictionaries(st.sampled_from(("en", "km", "fr")), texts, max_size=2),
    is_demo=st.booleans(),
)


def require_same(verification: Verification, language: str) -> bytes:
    decision = decide(verification)
    result = render_verification(verification, decision, language, lambda text: CATALOGUE(language, text))
    written = WRITER.write(verification, decision, language)
    assert written == orjson.dumps(to_json(result, origin=ORIGIN))
    return written


@given(verification=verifications, language=st.sampled_from(LANGUAGES))
def test_whatever_was_found_is_written_as_it_is_rendered(verification: Verification, language: str) -> None:
    require_same(verification, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_again_later_differs_by_its_moments_alone(language: str) -> None:
    world = IssuerWorld()
    evidence, seen = world.evidence(), set()
    for seconds in (0, 0, 1, 86_399, 86_400):
        found = step(world.issue(), evidence, world.policy, world.now + timedelta(seconds=seconds))
        assert isinstance(found, Verification)
        seen.add(require_same(found, language))
    assert len(seen) == 4


def test_a_card_is_written_with_what_is_on_it() -> None:
    world = IssuerWorld()
    cards_evidence = world.evidence()
    found = step_card(cards.issue(world), cards_evidence, world.policy, world.now)
    assert isinstance(found, Verification)
    assert orjson.loads(require_same(found, "km"))["card"]["nameLatin"] == "SOK DARA"


@pytest.mark.parametrize("audience", Audience)
def test_what_is_said_of_anything_begins_with_its_kind(audience: Audience) -> None:
    world = IssuerWorld()
    evidence, policy, now = world.evidence(), world.policy, world.now
    for found in (
        step(world.issue(), evidence, policy, now),
        step_card(cards.issue(world), evidence, policy, now),
        step_card("PC1:", evidence, policy, now),
    ):
        assert isinstance(found, Verification)
        checked = Checked(verification=found, decision=decide(found), audience=audience)
        rendered = answer_json(checked, "km", lambda text: CATALOGUE("km", text), origin=ORIGIN)
        assert written_answer(checked, "km", WRITER) == orjson.dumps(rendered)


def test_two_of_one_head_and_different_ages_do_not_share_them() -> None:
    def at(fetched_at: datetime) -> Verification:
        basis = CheckedAgainst(kind="trustList", name="https://x.example/list", fetched_at=fetched_at)
        verdicts = {
            question: Verdict(
                question=question,
                answer=Answer.YES,
                reason=Reason.PROOF_VALID,
                checked_at=NOW,
                against=(basis, msgspec.structs.replace(basis, as_of=NOW)),
            )
            for question in Question
        }
        return Verification(verdicts=verdicts, findings=(), checked_at=NOW, issuer=CENTRE_DID)

    assert require_same(at(NOW), "en") != require_same(at(NOW - timedelta(seconds=9)), "en")
