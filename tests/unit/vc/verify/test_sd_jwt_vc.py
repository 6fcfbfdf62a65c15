"""SD-JWT VCs: every MUST of RFC 9901 and of SD-JWT VC that a verifier has, each broken once."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.sd_jwt_world import (
    AUDIENCE,
    CWT_LIST_URL,
    DAY,
    NONCE,
    OTHER_HOLDER,
    TOKEN_LIST_URL,
    Salts,
    claims,
    issue_sd_jwt,
    present_sd_jwt,
    publish_tokens,
)
from tests.simulator import CENTRE_DID, IssuerWorld, did_key_signer, signer_for
from vc.crypto.keys import KeyType
from vc.encoding import base64url
from vc.jose.claims import numeric_date
from vc.jose.jws import sign_jws
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.sd_jwt.credential import JWT_TYPE
from vc.sd_jwt.disclosures import conceal
from vc.sd_jwt.sd_jwt import join_sd_jwt
from vc.trust.decide import decide
from vc.verify import Expectation, step_sd_jwt_vc

ASKED = Expectation(challenge=NONCE, domain=AUDIENCE)
NOT_ASKED = Expectation(challenge=None, domain=None)
YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.COULD_NOT_CHECK


@pytest.fixture(params=[KeyType.P256, KeyType.ED25519], ids=["es256", "eddsa"])
def world(request: pytest.FixtureRequest) -> IssuerWorld:
    opened = IssuerWorld(key_type=request.param)
    publish_tokens(opened, {})
    return opened


def verify(
    world: IssuerWorld, text: str, expected: Expectation = NOT_ASKED, without: str | None = None
) -> Verification:
    evidence = world.evidence(without=[without] if without else ())
    result = step_sd_jwt_vc(text, evidence, world.policy, world.now, expected)
    assert isinstance(result, Verification), result
    return result


def answer(verification: Verification, question: Question) -> tuple[Answer, Reason]:
    verdict = verification.verdicts[question]
    return verdict.answer, verdict.reason


def assert_malformed(world: IssuerWorld, text: str) -> None:
    result = verify(world, text)
    assert answer(result, Question.AUTHENTIC) == (NO, Reason.MALFORMED)
    assert result.document is None
    assert decide(result).outcome is Outcome.REJECTED


def resigned(world: IssuerWorld, payload: object, *disclosures: str) -> str:
    """Whatever ``payload`` is, rightly signed by the centre."""
    header = {"typ": JWT_TYPE, "kid": world.centre.verification_method}
    return join_sd_jwt(sign_jws(header, orjson.dumps(payload), world.centre), disclosures)


def disclosure(*parts: object) -> str:
    return base64url.encode(orjson.dumps(list(parts)))


def test_without_key_binding_it_is_accepted_and_nobody_s(world: IssuerWorld) -> None:
    result = verify(world, issue_sd_jwt(world))
    assert decide(result).outcome is Outcome.ACCEPTED
    assert not decide(result).identity_checked
    assert answer(result, Question.THIS_PERSONS) == (UNSURE, Reason.IDENTITY_NOT_CHECKED)
    assert result.document is not None
    subject = result.document["credentialSubject"]
    assert isinstance(subject, dict)
    assert subject["nameLatin"] == "SOK DARA"
    assert not {"cnf", "status", "iss", "exp", "vct"} & subject.keys()


def test_with_the_key_binding_that_was_asked_for_it_is_this_person_s(world: IssuerWorld) -> None:
    result = verify(world, present_sd_jwt(world, issue_sd_jwt(world)), ASKED)
    assert answer(result, Question.THIS_PERSONS) == (YES, Reason.KEY_BOUND)
    assert decide(result).identity_checked


def test_a_key_binding_nobody_asked_for_proves_nothing(world: IssuerWorld) -> None:
    result = verify(world, present_sd_jwt(world, issue_sd_jwt(world)))
    assert answer(result, Question.THIS_PERSONS) == (UNSURE, Reason.IDENTITY_NOT_CHECKED)


def test_what_is_withheld_is_not_in_the_document(world: IssuerWorld) -> None:
    token, *disclosures = issue_sd_jwt(world).split("~")[:-1]
    kept = [d for d in disclosures if b"nameKhmer" not in base64url.decode(d, max_bytes=9_999)]
    result = verify(world, join_sd_jwt(token, tuple(kept)))
    assert decide(result).outcome is Outcome.ACCEPTED
    assert result.document is not None
    subject = result.document["credentialSubject"]
    assert isinstance(subject, dict)
    assert "nameKhmer" not in subject
    assert subject["nameLatin"] == "SOK DARA"


def test_decoy_digests_hide_among_the_others(world: IssuerWorld) -> None:
    payload, disclosures = conceal(claims(world), [("nameLatin",)], Salts())
    digests = payload["_sd"]
    assert isinstance(digests, list)
    digests.append(base64url.encode(b"d" * 32))
    assert decide(verify(world, resigned(world, payload, *disclosures))).outcome is Outcome.ACCEPTED


def _duplicate_digest(world: IssuerWorld) -> str:
    payload, disclosures = conceal(claims(world), [("nameLatin",)], Salts())
    payload["_sd"] = [*payload["_sd"], *payload["_sd"]]  # type: ignore[misc]
    return resigned(world, payload, *disclosures)


def _unreferenced_disclosure(world: IssuerWorld) -> str:
    return issue_sd_jwt(world) + disclosure("c2FsdHNhbHRzYWx0c2FsdA", "extra", 1) + "~"


def _repeated_disclosure(world: IssuerWorld) -> str:
    text = issue_sd_jwt(world)
    return text + text.split("~")[1] + "~"


def _claim_there_already(world: IssuerWorld) -> str:
    extra = disclosure("c2FsdHNhbHRzYWx0c2FsdA", "nameLatin", "Other")
    return resigned(world, {**claims(world), "_sd": [_digest(extra)]}, extra)


def _digest(text: str) -> str:
    return base64url.encode(hashlib.sha256(text.encode()).digest())


def _named(name: object) -> Callable[[IssuerWorld], str]:
    def make(world: IssuerWorld) -> str:
        extra = disclosure("c2FsdHNhbHRzYWx0c2FsdA", name, "x")
        return resigned(world, {**claims(world), "_sd": [_digest(extra)]}, extra)

    return make


def _element_as_member(world: IssuerWorld) -> str:
    extra = disclosure("c2FsdHNhbHRzYWx0c2FsdA", "x")
    return resigned(world, {**claims(world), "_sd": [_digest(extra)]}, extra)


def _member_as_element(world: IssuerWorld) -> str:
    extra = disclosure("c2FsdHNhbHRzYWx0c2FsdA", "a", "x")
    return resigned(world, {**claims(world), "list": [{"...": _digest(extra)}]}, extra)


def _concealed(name: str) -> Callable[[IssuerWorld], str]:
    def make(world: IssuerWorld) -> str:
        payload, disclosures = conceal(claims(world), [(name,)], Salts())
        return resigned(world, payload, *disclosures)

    return make


def _claiming(**changes: Any) -> Callable[[IssuerWorld], str]:
    return lambda world: resigned(world, claims(world, **changes))


def _typed(typ: str | None) -> Callable[[IssuerWorld], str]:
    return lambda world: issue_sd_jwt(world, header={"typ": typ})


MALFORMED: dict[str, Callable[[IssuerWorld], str]] = {
    "no_tilde": lambda world: issue_sd_jwt(world).split("~")[0],
    "digest_twice": _duplicate_digest,
    "disclosure_referred_to_by_nothing": _unreferenced_disclosure,
    "disclosure_twice": _repeated_disclosure,
    "disclosure_of_a_member_that_is_there": _claim_there_already,
    "disclosure_named_sd": _named("_sd"),
    "disclosure_named_dots": _named("..."),
    "disclosure_named_by_a_number": _named(7),
    "disclosure_of_an_element_among_members": _element_as_member,
    "disclosure_of_a_member_among_elements": _member_as_element,
    "disclosure_no_json": lambda world: issue_sd_jwt(world) + base64url.encode(b"{") + "~",
    "too_many_disclosures": lambda world: issue_sd_jwt(world) + "eA~" * 101,
    "hash_function_sha_512": _claiming(_sd_alg="sha-512"),
    "digests_no_list": _claiming(_sd="x"),
    "type_missing": _typed(None),
    "type_of_a_vc_jwt": _typed("vc+jwt"),
    "type_of_a_vc_sd_jwt": _typed("vc+sd-jwt"),
    "type_of_a_key_binding": _typed("kb+jwt"),
    "type_of_a_status_list": _typed("statuslist+jwt"),
    "vct_missing": _claiming(vct=None),
    "vct_a_number": _claiming(vct=7),
    "issuer_missing": _claiming(iss=None),
    "issuer_no_url": _claiming(iss="the ministry"),
    "holder_key_no_jwk": _claiming(cnf={"kid": "x"}),
    "holder_key_private": _claiming(
        cnf={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "d": "A" * 43}}
    ),
    "holder_key_for_encryption": _claiming(cnf={"jwk": {"kty": "oct", "k": "AAAA"}}),
    "expiry_a_text": _claiming(exp="2030-01-01"),
    **{f"concealed_{name}": _concealed(name) for name in ("nbf", "exp", "cnf", "vct", "status", "iss")},
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_what_breaks_a_must_is_malformed(world: IssuerWorld, fault: str) -> None:
    assert_malformed(world, MALFORMED[fault](world))


def test_a_key_brought_along_is_refused(world: IssuerWorld) -> None:
    for member in ("jwk", "jku", "x5u", "crit"):
        assert_malformed(world, issue_sd_jwt(world, header={member: {"a": "b"}}))


def test_an_altered_disclosure_is_referred_to_by_nothing(world: IssuerWorld) -> None:
    token, first, *rest = issue_sd_jwt(world, paths=[("nameLatin",)]).split("~")
    salt, name, _ = orjson.loads(base64url.decode(first, max_bytes=9_999))
    assert_malformed(world, "~".join((token, disclosure(salt, name, "SOMEBODY ELSE"), *rest)))


def test_another_key_of_the_issuer_s_name_is_not_the_issuer_s(world: IssuerWorld) -> None:
    forger = signer_for("forger", CENTRE_DID)
    result = verify(world, issue_sd_jwt(world, signer=forger))
    assert result.verdicts[Question.AUTHENTIC].answer is NO


def test_a_stranger_is_not_entitled_and_nothing_it_names_is_read(world: IssuerWorld) -> None:
    did, stranger = did_key_signer("stranger")
    result = verify(world, issue_sd_jwt(world, signer=stranger, iss=did))
    assert answer(result, Question.ENTITLED) == (NO, Reason.ISSUER_UNKNOWN)
    assert answer(result, Question.IN_FORCE) == (UNSURE, Reason.NOT_REACHED)


def test_a_type_of_another_maker_is_nothing_anybody_is_accredited_for(world: IssuerWorld) -> None:
    result = verify(world, issue_sd_jwt(world, vct="https://elsewhere.example/RPLCertificate"))
    assert answer(result, Question.ENTITLED) == (NO, Reason.TYPE_NOT_ACCREDITED)


def test_another_qualification_than_the_accredited_is_not_entitled(world: IssuerWorld) -> None:
    world.publish_trust_list(issuers=world.trust_entries(qualificationCodes=["CON-BRL-1"]))
    assert decide(verify(world, issue_sd_jwt(world))).outcome is Outcome.ACCEPTED
    achievement = {**claims(world)["achievement"], "humanCode": "ELE-INS-1"}
    result = verify(world, issue_sd_jwt(world, achievement=achievement))
    assert answer(result, Question.ENTITLED) == (NO, Reason.QUALIFICATION_NOT_ACCREDITED)


def test_its_own_times_are_its_validity_and_not_its_signature_s(world: IssuerWorld) -> None:
    ended = verify(world, issue_sd_jwt(world, exp=numeric_date(world.now)))
    assert answer(ended, Question.AUTHENTIC) == (YES, Reason.PROOF_VALID)
    assert answer(ended, Question.IN_FORCE) == (NO, Reason.EXPIRED)
    coming = verify(world, issue_sd_jwt(world, nbf=numeric_date(world.now + DAY)))
    assert answer(coming, Question.IN_FORCE) == (NO, Reason.NOT_YET_VALID)


BINDINGS: dict[str, Callable[[IssuerWorld, str], str]] = {
    "none": lambda _, text: text,
    "of_another_key": lambda world, text: present_sd_jwt(world, text, holder=OTHER_HOLDER),
    "for_another_audience": lambda world, text: present_sd_jwt(
        world, text, audience="x509_san_dns:evil.example"
    ),
    "for_another_nonce": lambda world, text: present_sd_jwt(world, text, nonce="recorded"),
    "of_the_future": lambda world, text: present_sd_jwt(world, text, age=-timedelta(hours=1)),
    "of_yesterday": lambda world, text: present_sd_jwt(world, text, age=DAY),
    "over_fewer_disclosures": lambda world, text: (
        text + present_sd_jwt(world, "~".join(text.split("~")[:-2]) + "~").rpartition("~")[2]
    ),
}


@pytest.mark.parametrize("fault", BINDINGS)
def test_a_key_binding_that_does_not_hold_is_refused(world: IssuerWorld, fault: str) -> None:
    result = verify(world, BINDINGS[fault](world, issue_sd_jwt(world)), ASKED)
    assert answer(result, Question.THIS_PERSONS) == (NO, Reason.PRESENTATION_PROOF_INVALID)
    assert decide(result).outcome is Outcome.REJECTED


def test_a_binding_to_a_credential_that_is_bound_to_nobody_is_refused(world: IssuerWorld) -> None:
    for expected in (ASKED, NOT_ASKED):
        result = verify(world, present_sd_jwt(world, issue_sd_jwt(world, cnf=None)), expected)
        assert answer(result, Question.THIS_PERSONS) == (NO, Reason.PRESENTATION_PROOF_INVALID)


@pytest.mark.parametrize("url", [TOKEN_LIST_URL, CWT_LIST_URL])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, (YES, Reason.NOT_REVOKED)),
        (1, (NO, Reason.REVOKED)),
        (2, (NO, Reason.SUSPENDED)),
        (3, (UNSURE, Reason.STATUS_TYPE_UNKNOWN)),
    ],
)
def test_every_value_of_a_token_list(
    world: IssuerWorld, url: str, value: int, expected: tuple[Answer, Reason]
) -> None:
    publish_tokens(world, {5: value, 6: 1})
    text = issue_sd_jwt(world, 5, status={"status_list": {"idx": 5, "uri": url}})
    assert answer(verify(world, text), Question.IN_FORCE) == expected


def _strange_signer(world: IssuerWorld) -> None:
    publish_tokens(world, {}, signer=did_key_signer("stranger")[1])


def _issuer_signs(world: IssuerWorld) -> None:
    publish_tokens(world, {}, signer=world.centre)


UNSURE_LISTS: dict[str, tuple[Callable[[IssuerWorld], None], Reason]] = {
    "signed_by_a_stranger": (_strange_signer, Reason.STATUS_INVALID),
    "signed_by_the_issuer": (_issuer_signs, Reason.STATUS_INVALID),
    "of_another_url": (lambda w: publish_tokens(w, {}, url="https://x.example/l"), Reason.STATUS_INVALID),
    "expired": (lambda w: publish_tokens(w, {}, made_before=2 * DAY), Reason.STATUS_STALE),
    "of_the_future": (lambda w: publish_tokens(w, {}, made_before=-DAY), Reason.STATUS_STALE),
    "no_list": (lambda w: w.documents.update({TOKEN_LIST_URL: b"eyJ.x.y"}), Reason.STATUS_INVALID),
}


@pytest.mark.parametrize("fault", UNSURE_LISTS)
def test_a_token_list_that_cannot_be_relied_on_clears_nobody(world: IssuerWorld, fault: str) -> None:
    publish, reason = UNSURE_LISTS[fault]
    publish(world)
    result = verify(world, issue_sd_jwt(world))
    assert answer(result, Question.IN_FORCE) == (UNSURE, reason)
    assert decide(result).outcome is Outcome.UNDETERMINED


def test_an_end_counts_even_on_a_list_that_is_too_old_to_clear_anybody(world: IssuerWorld) -> None:
    publish_tokens(world, {0: 1, 1: 2}, made_before=2 * DAY)
    assert answer(verify(world, issue_sd_jwt(world)), Question.IN_FORCE) == (NO, Reason.REVOKED)
    assert answer(verify(world, issue_sd_jwt(world, 1)), Question.IN_FORCE) == (UNSURE, Reason.STATUS_STALE)


def test_a_list_that_cannot_be_had_or_named_clears_nobody(world: IssuerWorld) -> None:
    gone = verify(world, issue_sd_jwt(world), without=TOKEN_LIST_URL)
    assert answer(gone, Question.IN_FORCE) == (UNSURE, Reason.STATUS_UNAVAILABLE)
    outside = verify(world, issue_sd_jwt(world, 5_000))
    assert answer(outside, Question.IN_FORCE) == (UNSURE, Reason.STATUS_INVALID)
    for status in ({"status_list": {"idx": "5", "uri": TOKEN_LIST_URL}}, {"status_list": {"idx": 5}}, "x"):
        wrong = verify(world, issue_sd_jwt(world, status=status))
        assert answer(wrong, Question.IN_FORCE) == (UNSURE, Reason.STATUS_INVALID)
    other = verify(world, issue_sd_jwt(world, status={"oauth_assertion": {}}))
    assert answer(other, Question.IN_FORCE) == (UNSURE, Reason.STATUS_TYPE_UNKNOWN)


@pytest.mark.parametrize("name", ["status", "nameLatin"])
def test_a_status_that_may_have_been_withheld_clears_nobody(world: IssuerWorld, name: str) -> None:
    """The issuer may not conceal it; where it did, nobody but the holder can tell."""
    claimed = claims(world) if name == "status" else claims(world, status=None)
    payload, disclosures = conceal(claimed, [(name,)], Salts())
    result = verify(world, resigned(world, payload))
    assert answer(result, Question.AUTHENTIC) == (YES, Reason.PROOF_VALID)
    assert answer(result, Question.IN_FORCE) == (UNSURE, Reason.STATUS_TYPE_UNKNOWN)
    assert decide(result).outcome is Outcome.UNDETERMINED
    if name == "nameLatin":
        shown = verify(world, resigned(world, payload, *disclosures))
        assert answer(shown, Question.IN_FORCE) == (YES, Reason.NO_STATUS_NAMED)


def test_replaying_the_evidence_gives_the_identical_verification(world: IssuerWorld) -> None:
    text, evidence = present_sd_jwt(world, issue_sd_jwt(world)), world.evidence()
    first = step_sd_jwt_vc(text, evidence, world.policy, world.now, ASKED)
    assert step_sd_jwt_vc(text, world.evidence(), world.policy, world.now, ASKED) == first
