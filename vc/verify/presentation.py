"""The verification of a presentation: each credential in it, and whether the presenter holds it.

A presentation proves possession only against a challenge the verifier chose: without one it could
have been recorded elsewhere, and *this person's* stays "could not check".
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import orjson

from vc.encoding.strict_json import JsonValue, Limits, parse_json_object
from vc.errors import Finding, ProtocolError
from vc.model.credential import as_list, subjects_of
from vc.model.evidence import Evidence, Need
from vc.model.legacy import check_presentation_shape_1_1, is_vcdm_1_1
from vc.model.presentation import check_presentation_shape
from vc.model.verdict import Answer, Question, Reason, Verdict, Verification
from vc.verify.credential import verify_credential
from vc.verify.one_person import OnePerson, one_person
from vc.verify.opened import open_presentation_token
from vc.verify.policy import Policy
from vc.verify.presenter import Expectation, Presenter, check_presenter, check_token_presenter
from vc.verify.round import Round, Waiting

_LIMITS = Limits(max_members=20_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentationVerification:
    """The presentation's own findings, then one verification per credential, in order.

    ``one_person`` is None where there are not several.
    """

    findings: tuple[Finding, ...]
    verifications: tuple[Verification, ...]
    checked_at: datetime
    holder: str | None = None
    one_person: OnePerson | None = None


def step_presentation(
    raw: bytes,
    evidence: Evidence,
    policy: Policy,
    now: datetime,
    *,
    challenge: str | None,
    domain: str | None,
) -> Need | PresentationVerification:
    """One round over a presentation; as ``vc.verify.step``. Raises ``ParseError``."""
    current = Round(evidence=evidence, policy=policy, now=now)
    received = parse_json_object(raw, _LIMITS)
    try:
        token = open_presentation_token(received)
    except ProtocolError as error:
        return PresentationVerification(findings=error.findings, verifications=(), checked_at=now)
    document = received if token is None else token.document
    faults = _shape_faults(document, policy)
    if faults:
        return PresentationVerification(findings=faults, verifications=(), checked_at=now)
    expected = Expectation(challenge=challenge, domain=domain)
    presenter: Presenter | None = None
    with suppress(Waiting):
        if token is None:
            presenter = check_presenter(current, raw, document, expected)
        else:
            presenter = check_token_presenter(current, token, expected)
    inner: list[Verification] = []
    # Every credential says what it needs before the round ends: one fetching round serves them all.
    for credential in as_list(document.get("verifiableCredential")):
        with suppress(Waiting):
            # orjson of the strictly parsed value is the same JSON value, which is all that Data
            # Integrity covers; the received bytes of one member are not to be had.
            inner.append(verify_credential(current, orjson.dumps(credential)))
    if presenter is None or current.needs:
        return Need(urls=frozenset(current.needs))
    verifications = tuple(_bind(verification, presenter) for verification in inner)
    return PresentationVerification(
        findings=presenter.findings,
        verifications=verifications,
        checked_at=now,
        holder=presenter.did,
        one_person=one_person(verifications),
    )


def _shape_faults(document: Mapping[str, JsonValue], policy: Policy) -> tuple[Finding, ...]:
    if is_vcdm_1_1(document):
        return check_presentation_shape_1_1(document)
    return check_presentation_shape(document, require_credentials=not policy.for_test_documents)


def _bind(verification: Verification, presenter: Presenter) -> Verification:
    """Answer *this person's* for one credential of the presentation."""
    answer, reason = presenter.answer, presenter.reason
    if answer is Answer.YES:
        answer, reason = _subject_is(verification, presenter.did)
    verdict = Verdict(
        question=Question.THIS_PERSONS, answer=answer, reason=reason, checked_at=verification.checked_at
    )
    return verification.answered(verdict)


def _subject_is(verification: Verification, did: str | None) -> tuple[Answer, Reason]:
    if verification.document is None:
        return Answer.COULD_NOT_CHECK, Reason.NOT_REACHED
    named = [subject.get("id") for subject in subjects_of(verification.document)]
    if named == [did]:
        return Answer.YES, Reason.KEY_BOUND
    if any(isinstance(name, str) and name.startswith("did:") for name in named):
        return Answer.NO, Reason.HOLDER_MISMATCH
    # A subject without a key: nothing in the credential says whose hands it belongs in.
    return Answer.COULD_NOT_CHECK, Reason.IDENTITY_NOT_CHECKED
