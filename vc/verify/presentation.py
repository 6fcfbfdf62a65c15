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
from vc.proof.data_integrity import Proof, check_proof_options, check_proof_times, parse_proofs
from vc.proof.suites import CRYPTOSUITES
from vc.verify.authentic import Authenticity, NamedKey, proof_result, resolve_key
from vc.verify.credential import verify_credential
from vc.verify.policy import Policy
from vc.verify.round import Round, Waiting
from vc.verify.trusted import trust_in_force

AUTHENTICATION = "authentication"
MAX_CREDENTIALS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentationVerification:
    """The presentation's own findings, then one verification per credential, in order."""

    findings: tuple[Finding, ...]
    verifications: tuple[Verification, ...]
    checked_at: datetime
    holder: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Presenter:
    """Who signed the presentation; ``answer`` YES only when it holds for this challenge."""

    answer: Answer
    reason: Reason
    did: str | None = None
    findings: tuple[Finding, ...] = ()


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
    document = parse_json_object(raw)
    faults = check_presentation_shape(document)
    if faults:
        return PresentationVerification(findings=faults, verifications=(), checked_at=now)
    presenter: _Presenter | None = None
    with suppress(Waiting):
        presenter = _presenter(current, raw, document, challenge, domain)
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


def _presenter(
    current: Round, raw: bytes, document: Mapping[str, JsonValue], challenge: str | None, domain: str | None
) -> _Presenter:
    try:
        proofs = parse_proofs(document)
    except ProtocolError as error:
        return _refused(*error.findings)
    if len(proofs) != 1 or proofs[0].cryptosuite not in CRYPTOSUITES:
        detail = "A presentation must carry one proof of a known kind."
        return _refused(Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer="/proof"))
    proof = proofs[0]
    faults = check_proof_options(proof, purpose=AUTHENTICATION, domain=domain, challenge=challenge)
    faults += check_proof_times(proof, now=current.now, skew=current.policy.max_skew)
    if faults:
        return _refused(*faults)
    return _verify_presenter(current, raw, document, proof, challenge)


def _verify_presenter(
    current: Round, raw: bytes, document: Mapping[str, JsonValue], proof: Proof, challenge: str | None
) -> _Presenter:
    holder = document.get("holder")
    named = holder.get("id") if isinstance(holder, dict) else holder
    did = proof.verification_method.split("#", 1)[0]
    if named is not None and named != did:
        detail = "The holder named is not the one who signed."
        return _refused(Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer="/holder"))
    key = resolve_key(current, NamedKey.of(proof), did, AUTHENTICATION, trust_in_force(current).trust_list)
    if isinstance(key, Authenticity):
        if key.answer is Answer.NO:
            return _refused(*key.findings)
        return _Presenter(answer=Answer.COULD_NOT_CHECK, reason=Reason.KEY_UNAVAILABLE, findings=key.findings)
    result = proof_result(current, raw, document, proof, key)
    if not result.verified:
        return _refused(*result.findings)
    if challenge is None:
        return _Presenter(answer=Answer.COULD_NOT_CHECK, reason=Reason.IDENTITY_NOT_CHECKED, did=did)
    return _Presenter(answer=Answer.YES, reason=Reason.KEY_BOUND, did=did)


def _refused(*findings: Finding) -> _Presenter:
    return _Presenter(answer=Answer.NO, reason=Reason.PRESENTATION_PROOF_INVALID, findings=findings)


def _bind(verification: Verification, presenter: _Presenter) -> Verification:
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
