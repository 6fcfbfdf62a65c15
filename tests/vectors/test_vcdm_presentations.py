"""VC Data Model 2.0 section 4.13: each MUST about presentations and envelopes, obeyed and broken.

Every presentation here is signed by its holder after the change, so that nothing but the rule speaks
against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from tests.simulator import IssuerWorld, did_key_signer
from vc.model.credential import CREDENTIALS_V2
from vc.model.presentation import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    check_enveloped_credential_shape,
    check_enveloped_presentation_shape,
    check_presentation_shape,
)
from vc.model.verdict import Answer, Question, Reason
from vc.verify import PresentationVerification, step_presentation

Json = dict[str, Any]
Change = Callable[[IssuerWorld], Json]

HOLDER, SIGNER = did_key_signer("holder")
STRANGER, _ = did_key_signer("stranger")
ABSENT = object()
URL = "urn:x:1"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
TERMS = {"type": "https://types.example/1", "id": URL}
ENVELOPE = {
    "@context": CREDENTIALS_V2,
    "id": "data:application/vc+jwt,eyJhbGciOiJFZERTQSJ9.e30.AA",
    "type": ENVELOPED_CREDENTIAL,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Changes to a genuine presentation: each of ``obeyed`` is accepted, each of ``broken`` refused."""

    obeyed: tuple[Json | Change, ...] = ()
    broken: tuple[Json | Change, ...] = ()


def _credential(world: IssuerWorld, **changes: Any) -> Json:
    return dict(orjson.loads(world.issue())) | changes


def _unsecured(issuer: str, **changes: Any) -> Change:
    """A presentation of one credential without a proof, as ``issuer``'s."""
    return lambda world: {"verifiableCredential": [world.unsigned(issuer=issuer)], **changes}


def _credentials(*others: Any) -> Change:
    return lambda world: {"verifiableCredential": [_credential(world), *others]}


def _twenty(world: IssuerWorld) -> Json:
    subjects = [{"id": f"urn:x:{number}"} for number in range(20)]
    credentials = [world.issue(at, credentialSubject=subject) for at, subject in enumerate(subjects)]
    return {"verifiableCredential": [orjson.loads(raw) for raw in credentials]}


SECTIONS: dict[str, dict[str, Rule]] = {
    "4.3": {
        "presentation-context-present": Rule(broken=({"@context": ABSENT}, {"@context": None})),
        "presentation-context-ordered-set-base-first": Rule(
            obeyed=({"@context": [CREDENTIALS_V2, EXAMPLES]},),
            broken=(
                {"@context": CREDENTIALS_V2},
                {"@context": [{"Further": "https://types.example/1"}, CREDENTIALS_V2]},
                {"@context": [EXAMPLES]},
                {"@context": [CREDENTIALS_V2, CREDENTIALS_V2]},
            ),
        ),
        "presentation-context-items-urls-or-objects": Rule(
            obeyed=({"@context": [CREDENTIALS_V2, {"Further": "https://types.example/1"}]},),
            broken=tuple({"@context": [CREDENTIALS_V2, bad]} for bad in ("https ://no-url", 123192875, None)),
        ),
    },
    "4.5": {
        "presentation-type-present": Rule(broken=({"type": ABSENT}, {"type": None}, {"type": []})),
        "presentation-type-terms-and-urls": Rule(
            obeyed=({"type": ["https://types.example/1", "VerifiablePresentation"]},),
            broken=tuple({"type": ["VerifiablePresentation", bad]} for bad in (7, "", "two words")),
        ),
    },
    "4.13": {
        "id-one-url": Rule(
            obeyed=({"id": "urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008"}, {"id": ABSENT}),
            broken=tuple({"id": bad} for bad in (None, "word", [URL])),
        ),
        "type-verifiable-presentation": Rule(
            obeyed=({"type": "VerifiablePresentation"},),
            broken=({"type": "VerifiableCredential"}, {"type": [EXAMPLES]}),
        ),
        "credentials-are-objects": Rule(
            obeyed=(
                lambda world: {"verifiableCredential": _credential(world)},
                lambda world: {"verifiableCredential": [_credential(world)] * 2},
                _credentials(ENVELOPE),
            ),
            broken=(
                *(_credentials(bad) for bad in (7, "eyJ.e30.AA", URL, None, [ENVELOPE])),
                {"verifiableCredential": URL},
                {"verifiableCredential": None},
                {"verifiableCredential": []},
                _credentials({"id": URL}),
                lambda world: {"verifiableCredential": [_credential(world, type=["RPLCertificate"])]},
            ),
        ),
        "credentials-are-secured": Rule(broken=(_unsecured(STRANGER), _unsecured(STRANGER, holder=ABSENT))),
        "holder-url-or-object-with-id": Rule(
            obeyed=({"holder": {"id": HOLDER, "name": "A"}}, {"holder": ABSENT}),
            broken=(
                *({"holder": bad} for bad in (None, HOLDER.removeprefix("did:key:"), [HOLDER], 7)),
                {"holder": {"name": "Acme"}},
                {"holder": {"id": "me"}},
            ),
        ),
        # The data model permits a presentation of nothing; one that is shown to us must show something.
        "deviation-at-least-one-credential": Rule(broken=({"verifiableCredential": ABSENT},)),
        # Each credential may need several documents and signatures, so one call may not ask for many.
        "deviation-at-most-twenty-credentials": Rule(
            obeyed=(_twenty,),
            broken=(lambda world: {"verifiableCredential": [_credential(world)] * 21},),
        ),
    },
    "4.13.1": {
        "enveloped-credential-context": Rule(
            broken=tuple(_credentials(ENVELOPE | {"@context": bad}) for bad in (None, URL, EXAMPLES))
        ),
        "enveloped-credential-id-data-url": Rule(
            broken=tuple(_credentials(ENVELOPE | {"id": bad}) for bad in (None, "eyJ.e30.AA", URL, "data:,"))
        ),
        "enveloped-credential-type": Rule(
            broken=tuple(
                _credentials(ENVELOPE | {"type": bad})
                for bad in (None, [ENVELOPED_CREDENTIAL, "VerifiableCredential"], ENVELOPED_PRESENTATION)
            )
        ),
    },
    "4.13.4": {
        "self-asserted-credential-needs-a-holder": Rule(broken=(_unsecured(HOLDER, holder=ABSENT),)),
    },
    "5.5": {
        "presentation-terms-of-use": Rule(
            obeyed=({"termsOfUse": TERMS}, {"termsOfUse": [TERMS, {**TERMS, "id": "urn:x:2"}]}),
            broken=({"termsOfUse": []}, {"termsOfUse": URL}, {"termsOfUse": {"id": URL}}),
        ),
    },
    "6.1.2": {"presentation-compacted-form": Rule(broken=({"@id": URL}, {"@type": "A"}, {"@graph": []}))},
}
RULES = {f"{section}-{slug}": rule for section, rules in SECTIONS.items() for slug, rule in rules.items()}
OBEYED = [(f"{name}-{at}", change) for name, rule in RULES.items() for at, change in enumerate(rule.obeyed)]
BROKEN = [(f"{name}-{at}", change) for name, rule in RULES.items() for at, change in enumerate(rule.broken)]


def _presentation(world: IssuerWorld, change: Json | Change) -> Json:
    document = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER,
        "verifiableCredential": [_credential(world)],
    } | (change(world) if callable(change) else change)
    return {name: value for name, value in document.items() if value is not ABSENT}


def _present(world: IssuerWorld, document: Json) -> PresentationVerification:
    raw = world.sign(document, signer=SIGNER, proof_purpose="authentication", challenge="c-1")
    answer = step_presentation(raw, world.evidence(), world.policy, world.now, challenge="c-1", domain=None)
    assert isinstance(answer, PresentationVerification)
    return answer


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@pytest.mark.parametrize("change", [change for _, change in OBEYED], ids=[name for name, _ in OBEYED])
def test_obeyed(change: Json | Change, suite: str) -> None:
    world = IssuerWorld(suite)
    document = _presentation(world, change)
    assert check_presentation_shape(document) == ()
    presented = _present(world, document)
    assert (presented.findings, presented.holder) == ((), HOLDER)
    authentic = presented.verifications[0].verdicts[Question.AUTHENTIC]
    assert authentic.reason is Reason.PROOF_VALID


@pytest.mark.parametrize("change", [change for _, change in BROKEN], ids=[name for name, _ in BROKEN])
def test_broken(change: Json | Change) -> None:
    world = IssuerWorld("eddsa-jcs-2022")
    document = _presentation(world, change)
    findings = check_presentation_shape(document)
    assert findings
    presented = _present(world, document)
    assert (presented.findings, presented.verifications) == (findings, ())


def test_4_13_a_presentation_of_nothing_is_permitted_by_the_data_model() -> None:
    document = _presentation(IssuerWorld(), {"verifiableCredential": ABSENT})
    assert check_presentation_shape(document, require_credentials=False) == ()


def test_4_13_4_deviation_what_only_the_holder_secures_is_not_authentic_here() -> None:
    """The data model permits it, but nobody here is entitled by saying so of themselves."""
    world = IssuerWorld("eddsa-jcs-2022")
    (verification,) = _present(world, _presentation(world, _unsecured(HOLDER))).verifications
    authentic = verification.verdicts[Question.AUTHENTIC]
    assert (authentic.answer, authentic.reason) == (Answer.NO, Reason.PROOF_MISSING)


def test_4_13_4_rules_for_credentials_hold_for_self_asserted_ones() -> None:
    world = IssuerWorld("eddsa-jcs-2022")
    own = world.unsigned(issuer=HOLDER, credentialSubject={})
    secured = orjson.loads(world.sign(own, signer=SIGNER))
    (verification,) = _present(world, _presentation(world, {"verifiableCredential": [secured]})).verifications
    assert verification.verdicts[Question.AUTHENTIC].reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("member", "bad"),
    [
        ("@context", ABSENT),
        ("@context", []),
        ("@context", [EXAMPLES]),
        ("id", ABSENT),
        ("id", "eyJ.e30.AA"),
        ("id", "data:,"),
        ("type", ABSENT),
        ("type", ["VerifiablePresentation"]),
        ("type", [ENVELOPED_PRESENTATION, "VerifiablePresentation"]),
    ],
)
def test_4_13_2_enveloped_presentation(member: str, bad: Any) -> None:
    world = IssuerWorld()
    envelope = ENVELOPE | {"type": ENVELOPED_PRESENTATION, "id": "data:application/vp+jwt,eyJ.e30.AA"}
    assert check_enveloped_presentation_shape(envelope) == ()
    changed = {name: value for name, value in (envelope | {member: bad}).items() if value is not ABSENT}
    assert [finding.pointer for finding in check_enveloped_presentation_shape(changed)] == [f"/{member}"]
    raw = orjson.dumps(changed)
    answer = step_presentation(raw, world.evidence(), world.policy, world.now, challenge="c-1", domain=None)
    assert isinstance(answer, PresentationVerification)
    assert answer.findings
    assert answer.verifications == ()


def test_4_13_1_an_enveloped_credential_is_one_by_itself_too() -> None:
    assert check_enveloped_credential_shape(ENVELOPE) == ()
    assert check_enveloped_credential_shape(ENVELOPE | {"type": "VerifiableCredential"})
