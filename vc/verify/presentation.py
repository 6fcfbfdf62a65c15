"""The verification of a presentation: each credential in it, and whether the presenter holds it.

A presentation proves possession only against a challenge the verifier chose: without one it could
have been recorded elsewhere, and *this person's* stays "could not check".
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import Finding, ProblemType, ProtocolError
from vc.model.credential import CREDENTIALS_V2, as_list, is_url, subjects_of, types_of
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Answer, Question, Reason, Verdict, Verification
from vc.verify.credential import verify_credential
from vc.verify.enveloped import open_presentation_token
from vc.verify.policy import Policy
from vc.verify.presenter import Expectation, Presenter, check_presenter, check_token_presenter
from vc.verify.round import Round, Waiting

MAX_CREDENTIALS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentationVerification:
    """The presentation's own findings, then one verification per credential, in order."""

    findings: tuple[Finding, ...]
    verifications: tuple[Verification, ...]
    checked_at: datetime
    holder: str | None = None


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
    received = parse_json_object(raw)
    try:
        token = open_presentation_token(received)
    except ProtocolError as error:
        return PresentationVerification(findings=error.findings, verifications=(), checked_at=now)
    document = received if token is None else token.document
    faults = check_presentation_shape(document)
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
    for credential in as_list(document["verifiableCredential"]):
        with suppress(Waiting):
            # orjson of the strictly parsed value is the same JSON value, which is all that Data
            # Integrity covers; the received bytes of one member are not to be had.
            inner.append(verify_credential(current, orjson.dumps(credential)))
    if presenter is None or current.needs:
        return Need(urls=frozenset(current.needs))
    return PresentationVerification(
        findings=presenter.findings,
        verifications=tuple(_bind(verification, presenter) for verification in inner),
        checked_at=now,
        holder=presenter.did,
    )


def check_presentation_shape(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What VCDM 2.0 section 4.13 forbids, and more credentials than one call may ask for."""
    faults: list[Finding] = []
    context = document.get("@context")
    if not isinstance(context, list) or not context or context[0] != CREDENTIALS_V2:
        faults.append(_malformed("The first context must be that of VC Data Model 2.0.", "/@context"))
    if "VerifiablePresentation" not in types_of(document):
        faults.append(_malformed("VerifiablePresentation must be among the types.", "/type"))
    credentials = as_list(document.get("verifiableCredential"))
    if not credentials or not all(isinstance(item, dict) for item in credentials):
        faults.append(_malformed("There must be credentials, as objects.", "/verifiableCredential"))
    elif len(credentials) > MAX_CREDENTIALS:
        faults.append(_malformed("There are too many credentials in it.", "/verifiableCredential"))
    holder = document.get("holder")
    if holder is not None and not is_url(holder.get("id") if isinstance(holder, dict) else holder):
        faults.append(_malformed("The holder must be named by one URL.", "/holder"))
    return tuple(faults)


def _malformed(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.MALFORMED_VALUE_ERROR, detail=detail, pointer=pointer)


def _bind(verification: Verification, presenter: Presenter) -> Verification:
    """Answer *this person's* for one credential of the presentation."""
    answer, reason = presenter.answer, presenter.reason
    if answer is Answer.YES:
        answer, reason = _subject_is(verification, presenter.did)
    verdict = Verdict(
        question=Question.THIS_PERSONS, answer=answer, reason=reason, checked_at=verification.checked_at
    )
    return replace(verification, verdicts={**verification.verdicts, Question.THIS_PERSONS: verdict})


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
