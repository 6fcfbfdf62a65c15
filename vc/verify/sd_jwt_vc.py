"""The verification of an SD-JWT VC: the same questions as for any credential, and the holder's key.

(0) text → token, disclosures, key binding         or "not authentic: malformed"
(1) roots and trust list, as for a credential
(2) the issuer's signature, over every disclosure   → authentic
(3) issuer accredited for this award at that time   → entitled
(4) dates and the Token Status List                 → in force
(5) the key binding, for this audience and nonce    → this person's
"""

from datetime import datetime

import msgspec

from vc.encoding.strict_json import JsonObject, Limits
from vc.errors import Finding, ProblemType, ProtocolError
from vc.jose.secured import UnverifiedJwt
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Answer, Question, Reason, Verdict, Verification
from vc.sd_jwt.credential import UnverifiedSdJwtVc, document_of, parse_sd_jwt_vc
from vc.sd_jwt.key_binding import check_key_binding
from vc.verify.credential import authenticity_of, entitled_of, force_of, unreadable, verification_of
from vc.verify.policy import Policy
from vc.verify.presenter import Expectation
from vc.verify.reading import Reading
from vc.verify.round import PARSED_TIMES, Round, Waiting, digest
from vc.verify.trusted import trust_in_force

_LIMITS = Limits(max_bytes=500_000, max_members=10_000)


def step_sd_jwt_vc(
    text: str, evidence: Evidence, policy: Policy, now: datetime, expected: Expectation
) -> Need | Verification:
    """One round over an SD-JWT VC, as ``step``. Never raises for what is in it.

    With a ``challenge`` (the nonce) a key binding is required, for ``domain`` as its audience.
    """
    current = Round(evidence=evidence, policy=policy, now=now)
    try:
        return verify_sd_jwt_vc(current, text, expected)
    except Waiting:
        return Need(urls=frozenset(current.needs))


def verify_sd_jwt_vc(current: Round, text: str, expected: Expectation) -> Verification:
    """Steps 0 to 5. Raises ``Waiting`` while something is missing."""
    # What is not ASCII is refused when it is read.
    name = digest(text.encode("utf-8", "surrogatepass"))
    read = current.memoised(
        f"sd-jwt:{name}", _Read, lambda: _read(text, name), size=lambda _read: PARSED_TIMES * len(text)
    )
    received = read.received  # (0)
    if received is None or read.reading is None:
        return unreadable(current, read.faults)
    trust = trust_in_force(current)  # (1)
    authentic = authenticity_of(current, read.reading, received.issuer, trust.trust_list)  # (2)
    entitled = entitled_of(current, authentic, received.issuer, read.reading.document, trust)  # (3)
    force = force_of(  # (4)
        current, authentic, entitled, trust, claims=received.claims, withholds=received.withholds
    )
    verification = verification_of(
        current, received.issuer, trust=trust, authentic=authentic, entitled=entitled, force=force
    )
    return _with_holder(current, received, expected, verification)  # (5)


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """An SD-JWT VC as it was read, and as a credential; neither is there where ``faults`` say why."""

    received: UnverifiedSdJwtVc | None = None
    reading: Reading | None = None
    faults: tuple[Finding, ...] = ()


def _read(text: str, name: str) -> _Read:
    try:
        received = parse_sd_jwt_vc(text, _LIMITS)
        document = document_of(received.claims)
    except ProtocolError as error:
        return _Read(faults=error.findings)
    token = UnverifiedJwt(jws=received.jws, document=document, claims=_about_the_signature(received))
    reading = Reading(digest=name, length=len(text), document=document, token=token, issuer=received.issuer)
    return _Read(received=received, reading=reading)


def _about_the_signature(received: UnverifiedSdJwtVc) -> JsonObject:
    # ``nbf`` and ``exp`` are the credential's own time: past it is expired, and not wrongly signed.
    return {name: value for name, value in received.claims.items() if name == "iat"}


def _with_holder(
    current: Round, received: UnverifiedSdJwtVc, expected: Expectation, verification: Verification
) -> Verification:
    """Answer *this person's* by the key binding."""
    faults = _binding_faults(current, received, expected)
    if expected.challenge is None and not faults:
        # It is said of every credential already that nobody was asked.
        return verification
    if faults:
        answer, reason = Answer.NO, Reason.PRESENTATION_PROOF_INVALID
    elif verification.document is None:
        answer, reason = Answer.COULD_NOT_CHECK, Reason.NOT_REACHED
    else:
        answer, reason = Answer.YES, Reason.KEY_BOUND
    verdict = Verdict(
        question=Question.THIS_PERSONS, answer=answer, reason=reason, checked_at=verification.checked_at
    )
    return verification.answered(verdict, *faults)


def _binding_faults(
    current: Round, received: UnverifiedSdJwtVc, expected: Expectation
) -> tuple[Finding, ...]:
    binding = received.key_binding
    if binding is None:
        return () if expected.challenge is None else (_fault("It is not bound to whoever presents it."),)
    if received.holder_key is None:
        return (_fault("It was issued to no key, and yet presented with one."),)
    return check_key_binding(
        binding,
        received.holder_key,
        bound=received.bound,
        audience=expected.domain,
        nonce=expected.challenge,
        now=current.now,
        skew=current.policy.max_skew,
        oldest=expected.oldest,
    )


def _fault(detail: str) -> Finding:
    return Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail)
