"""Who signed a presentation, and whether it answers this verifier's challenge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from vc.crypto.keys import PublicKey
from vc.did.resolve import did_of
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType, ProtocolError
from vc.jose.claims import check_audience, check_times, parse_times, require_verification_method
from vc.jose.jws import verify_jws
from vc.jose.secured import UnverifiedJwt
from vc.model.verdict import Answer, Reason
from vc.proof.data_integrity import check_proof_options, check_proof_times, parse_proofs
from vc.proof.suites import CRYPTOSUITES
from vc.sd_jwt.key_binding import MAX_AGE
from vc.verify.authentic import Authenticity, NamedKey, proof_result, resolve_key
from vc.verify.reading import Reading
from vc.verify.round import Round, digest
from vc.verify.trusted import trust_in_force

AUTHENTICATION = "authentication"


@dataclass(frozen=True, kw_only=True, slots=True)
class Presenter:
    """Who signed the presentation; ``answer`` YES only when it holds for this challenge."""

    answer: Answer
    reason: Reason
    did: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What the verifier asked for; None where it asked for nothing.

    ``oldest`` is how long ago a key binding of an SD-JWT VC may have been made.
    """

    challenge: str | None
    domain: str | None
    oldest: timedelta = MAX_AGE


def check_presenter(
    current: Round, raw: bytes, document: Mapping[str, JsonValue], expected: Expectation
) -> Presenter:
    """Check the proof of a presentation. Raises ``Waiting`` while a key document is missing."""
    try:
        proofs = parse_proofs(document)
    except ProtocolError as error:
        return _refused(*error.findings)
    if len(proofs) != 1 or proofs[0].cryptosuite not in CRYPTOSUITES:
        return _refused(_finding("A presentation must carry one proof of a known kind.", "/proof"))
    proof = proofs[0]
    faults = check_proof_options(
        proof, purpose=AUTHENTICATION, domain=expected.domain, challenge=expected.challenge
    )
    faults += check_proof_times(proof, now=current.now, skew=current.policy.max_skew)
    if faults:
        return _refused(*faults)

    reading = Reading(digest=digest(raw), length=len(raw), document=document)

    def faults_under(key: PublicKey) -> tuple[Finding, ...]:
        return proof_result(current, reading, proof, key).findings

    return _verified(current, document, NamedKey.of(proof), expected, faults_under)


def check_token_presenter(current: Round, token: UnverifiedJwt, expected: Expectation) -> Presenter:
    """Check the signature of a ``vp+jwt``, as ``check_presenter`` does a proof.

    ``aud`` answers the domain and ``nonce`` the challenge (VC-JOSE-COSE 1.0 section 3.1.2).
    """
    try:
        method = require_verification_method(token.key_id)
        times = parse_times(token.claims)
    except ProtocolError as error:
        return _refused(*error.findings)
    faults = check_times(times, now=current.now, skew=current.policy.max_skew)
    faults += check_audience(token.claims, audience=expected.domain, nonce=expected.challenge)
    if faults:
        return _refused(*faults)
    named = NamedKey(verification_method=method, pointer="/id", created=times.issued_at)

    def faults_under(key: PublicKey) -> tuple[Finding, ...]:
        detail = "The signature does not match the token and the key."
        return () if verify_jws(token.jws, key) else (_finding(detail, "/id"),)

    return _verified(current, token.document, named, expected, faults_under)


def _verified(
    current: Round,
    document: Mapping[str, JsonValue],
    named: NamedKey,
    expected: Expectation,
    faults_under: Callable[[PublicKey], tuple[Finding, ...]],
) -> Presenter:
    holder = document.get("holder")
    claimed = holder.get("id") if isinstance(holder, dict) else holder
    try:
        did = did_of(named.verification_method)
    except ProtocolError:
        return _refused(_finding("The key is not named by a DID URL.", named.pointer))
    if claimed is not None and claimed != did and not current.policy.for_test_documents:
        return _refused(_finding("The holder named is not the one who signed.", "/holder"))
    key = resolve_key(current, named, did, AUTHENTICATION, trust_in_force(current).trust_list)
    if isinstance(key, Authenticity):
        if key.answer is Answer.NO:
            return _refused(*key.findings)
        return Presenter(answer=Answer.COULD_NOT_CHECK, reason=Reason.KEY_UNAVAILABLE, findings=key.findings)
    faults = faults_under(key)
    if faults:
        return _refused(*faults)
    if expected.challenge is None:
        return Presenter(answer=Answer.COULD_NOT_CHECK, reason=Reason.IDENTITY_NOT_CHECKED, did=did)
    return Presenter(answer=Answer.YES, reason=Reason.KEY_BOUND, did=did)


def _finding(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=pointer)


def _refused(*findings: Finding) -> Presenter:
    return Presenter(answer=Answer.NO, reason=Reason.PRESENTATION_PROOF_INVALID, findings=findings)
