"""Presentations: challenge, domain, holder, and each credential in them."""

import orjson
import pytest

from tests.simulator import IssuerWorld, did_key_signer
from vc.errors import ParseError
from vc.model.verdict import Answer, Outcome, Question, Reason
from vc.trust.decide import decide
from vc.verify import PresentationVerification, step_presentation
from vc.verify.one_person import OnePerson

HOLDER_DID, _ = did_key_signer("holder")


def present(
    world: IssuerWorld, raw: bytes, *, challenge: str | None = "c-1", domain: str | None = None
) -> PresentationVerification:
    answer = step_presentation(
        raw, world.evidence(), world.policy, world.now, challenge=challenge, domain=domain
    )
    assert isinstance(answer, PresentationVerification)
    return answer


def held(world: IssuerWorld) -> bytes:
    return world.issue(credentialSubject={**world.subject(), "id": HOLDER_DID})


def test_the_holders_own_credential_is_this_persons() -> None:
    world = IssuerWorld()
    result = present(world, world.present(held(world), challenge="c-1"))
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].reason is Reason.KEY_BOUND
    decision = decide(result.verifications[0])
    assert (decision.outcome, decision.identity_checked) == (Outcome.ACCEPTED, True)


@pytest.mark.parametrize(
    ("sent", "wanted"), [("c-2", "c-1"), (None, "c-1"), ("c-1 ", "c-1")], ids=["other", "none", "padded"]
)
def test_wrong_challenge(sent: str | None, wanted: str) -> None:
    world = IssuerWorld()
    result = present(world, world.present(held(world), challenge=sent), challenge=wanted)
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].answer is Answer.NO
    assert decide(result.verifications[0]).outcome is Outcome.REJECTED


def test_wrong_domain() -> None:
    world = IssuerWorld()
    raw = world.present(held(world), challenge="c-1", domain="employer.example")
    result = present(world, raw, domain="other.example")
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].answer is Answer.NO


def test_without_a_challenge_possession_is_not_proven() -> None:
    world = IssuerWorld()
    result = present(world, world.present(held(world)), challenge=None)
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].answer is Answer.COULD_NOT_CHECK


def test_a_stolen_credential_is_not_this_persons() -> None:
    world = IssuerWorld()
    result = present(world, world.present(held(world), holder="thief", challenge="c-1"))
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].reason is Reason.HOLDER_MISMATCH


def test_a_subject_without_key_stays_unchecked() -> None:
    world = IssuerWorld()
    result = present(world, world.present(world.issue(), challenge="c-1"))
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].reason is Reason.IDENTITY_NOT_CHECKED


def test_a_holder_named_that_did_not_sign() -> None:
    world = IssuerWorld()
    document = orjson.loads(world.present(held(world), challenge="c-1"))
    document["holder"] = did_key_signer("other")[0]
    result = present(world, orjson.dumps(document))
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].answer is Answer.NO


PERSON = {"nameKhmer": "សុខ ដារ៉ា", "nameLatin": "SOK DARA", "birthDate": "1994-03-02"}


def of(world: IssuerWorld, index: int, **claims: str) -> bytes:
    """A credential of the person whose key is not in it, unless ``claims`` say otherwise."""
    return world.issue(index, credentialSubject={**world.subject(index), **PERSON, **claims})


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (({"id": HOLDER_DID}, {"id": HOLDER_DID, "nameLatin": "SOK TARA"}), OnePerson.PROVEN),
        (({}, {}), OnePerson.SAME_NAME),
        (({"id": HOLDER_DID}, {}), OnePerson.SAME_NAME),
        (({}, {"nameLatin": "Sok Dara"}), OnePerson.SAME_NAME),
        (({}, {"nameLatin": "SOK TARA"}), OnePerson.NOT_SHOWN),
        (({}, {"birthDate": "1994-03-03"}), OnePerson.NOT_SHOWN),
        (({},), None),
    ],
    ids=["one key", "one name", "one key only", "other case", "other name", "other birth date", "one only"],
)
def test_several_are_one_persons_by_the_key_and_never_by_the_name(
    claims: tuple[dict[str, str], ...], expected: OnePerson | None
) -> None:
    world = IssuerWorld()
    credentials = [of(world, index + 1, **own) for index, own in enumerate(claims)]
    assert present(world, world.present(*credentials, challenge="c-1")).one_person is expected


def test_names_of_what_is_not_genuine_join_nothing() -> None:
    world = IssuerWorld()
    forged = of(world, 2).replace(b"SOK DARA", b"SOK TARA")
    result = present(world, world.present(of(world, 1, nameLatin="SOK TARA"), forged, challenge="c-1"))
    assert result.one_person is OnePerson.NOT_SHOWN


def test_every_credential_inside_is_checked() -> None:
    world = IssuerWorld()
    world.publish_status({2})
    good, bad = world.issue(1), world.issue(2)
    result = present(world, world.present(good, good, bad, challenge="c-1"))
    reasons = [v.verdicts[Question.IN_FORCE].reason for v in result.verifications]
    assert reasons == [Reason.NOT_REVOKED, Reason.NOT_REVOKED, Reason.REVOKED]


@pytest.mark.parametrize(
    "change",
    [
        {"@context": []},
        {"type": ["VerifiableCredential"]},
        {"verifiableCredential": []},
        {"verifiableCredential": ["text"]},
        {"verifiableCredential": [{}] * 21},
        {"holder": "no url"},
    ],
    ids=["context", "type", "none", "text", "too many", "holder"],
)
def test_malformed_presentations_are_findings(change: dict[str, object]) -> None:
    world = IssuerWorld()
    document = orjson.loads(world.present(held(world))) | change
    result = present(world, orjson.dumps(document))
    assert result.findings
    assert result.verifications == ()


def test_what_is_no_object_cannot_be_parsed() -> None:
    world = IssuerWorld()
    with pytest.raises(ParseError):
        present(world, b"[]")
