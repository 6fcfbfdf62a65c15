"""*This person's* by a photo: who compared decides, and no photo mends a key binding that failed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sd_jwt_world import AUDIENCE, NONCE, issue_sd_jwt, present_sd_jwt, publish_tokens
from tests.simulator import IssuerWorld
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.trust.decide import decide
from vc.verify import Expectation, step_sd_jwt_vc
from vc.verify.registry_photo import PhotoAnswer, PhotoComparison, PhotoState, with_registry_photo

PHOTO_AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
COMPARED_AT = PHOTO_AT + timedelta(minutes=2)


def said(answer: PhotoAnswer) -> PhotoComparison:
    return PhotoComparison(
        answer=answer, organisation="Lotus Agency", photo_at=PHOTO_AT, compared_at=COMPARED_AT
    )


PHOTOS: tuple[tuple[PhotoComparison | PhotoState, Answer, Reason], ...] = (
    (said(PhotoAnswer.THIS_PERSON), Answer.YES, Reason.REGISTRY_PHOTO_CONFIRMED),
    (said(PhotoAnswer.SOMEBODY_ELSE), Answer.NO, Reason.REGISTRY_PHOTO_OF_ANOTHER),
    (said(PhotoAnswer.CANNOT_TELL), Answer.COULD_NOT_CHECK, Reason.REGISTRY_PHOTO_UNCLEAR),
    (PhotoState.HELD, Answer.COULD_NOT_CHECK, Reason.REGISTRY_PHOTO_NOT_COMPARED),
    (PhotoState.NONE, Answer.COULD_NOT_CHECK, Reason.REGISTRY_HAS_NO_PHOTO),
    (PhotoState.NOT_REACHED, Answer.COULD_NOT_CHECK, Reason.REGISTRY_NOT_REACHED),
)


@pytest.fixture
def world() -> IssuerWorld:
    opened = IssuerWorld()
    publish_tokens(opened, {})
    return opened


def verified(world: IssuerWorld, text: str, challenge: str | None) -> Verification:
    expected = Expectation(challenge=challenge, domain=None if challenge is None else AUDIENCE)
    result = step_sd_jwt_vc(text, world.evidence(), world.policy, world.now, expected)
    assert isinstance(result, Verification)
    return result


@pytest.mark.parametrize(("photo", "answer", "reason"), PHOTOS)
def test_who_compares_decides(
    world: IssuerWorld, photo: PhotoComparison | PhotoState, answer: Answer, reason: Reason
) -> None:
    before = verified(world, present_sd_jwt(world, issue_sd_jwt(world)), NONCE)
    assert before.verdicts[Question.THIS_PERSONS].reason is Reason.KEY_BOUND
    after = with_registry_photo(before, photo)
    verdict = after.verdicts[Question.THIS_PERSONS]
    assert (verdict.answer, verdict.reason) == (answer, reason)
    for question in set(Question) - {Question.THIS_PERSONS}:
        assert after.verdicts[question] == before.verdicts[question]
    outcome = decide(after).outcome
    assert outcome is (Outcome.REJECTED if answer is Answer.NO else Outcome.ACCEPTED)
    assert decide(after).identity_checked is (answer is Answer.YES)


@pytest.mark.parametrize("answer", PhotoAnswer)
def test_it_says_by_whom_and_when(world: IssuerWorld, answer: PhotoAnswer) -> None:
    before = verified(world, present_sd_jwt(world, issue_sd_jwt(world)), NONCE)
    verdict = with_registry_photo(before, said(answer)).verdicts[Question.THIS_PERSONS]
    assert verdict.checked_at == COMPARED_AT
    assert [(one.kind, one.name, one.as_of) for one in verdict.against] == [
        ("registryPhoto", "RLD", PHOTO_AT),
        ("comparedBy", "Lotus Agency", COMPARED_AT),
    ]


@pytest.mark.parametrize(("photo", "_answer", "_reason"), PHOTOS)
def test_a_photo_mends_no_key_binding(
    world: IssuerWorld, photo: PhotoComparison | PhotoState, _answer: Answer, _reason: Reason
) -> None:
    issued = issue_sd_jwt(world)
    for_another = verified(world, present_sd_jwt(world, issued), "another nonce")
    assert for_another.verdicts[Question.THIS_PERSONS].reason is Reason.PRESENTATION_PROOF_INVALID
    bare = verified(world, issued, None)
    assert bare.verdicts[Question.THIS_PERSONS].reason is Reason.IDENTITY_NOT_CHECKED
    for before in (for_another, bare):
        assert with_registry_photo(before, photo) == before
