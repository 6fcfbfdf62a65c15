"""Was this signed by the named issuer and not altered since?

Every proof on a document must hold (Data Integrity 1.0 section 2.1.1 leaves the choice to the
verifier; demanding all leaves no room for a second, forged one). The key must be the issuer's own.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

import msgspec

from vc.crypto.keys import PublicKey
from vc.did import did_jwk, did_key
from vc.did.documents import ControlledIdentifierDocument, find_verification_method, parse_document
from vc.did.resolve import DocumentUrl, did_of, resolve_locally_or_url
from vc.encoding.contexts import PINNED_CONTEXTS
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType, ProtocolError
from vc.model.credential import as_list
from vc.model.evidence import Fetched, Unavailable
from vc.model.verdict import Answer, CheckedAgainst, Reason
from vc.proof.data_integrity import (
    Proof,
    ProofResult,
    check_proof_options,
    check_proof_times,
    verify_proof,
)
from vc.proof.suites import CRYPTOSUITES
from vc.trust.entitled import NEWER_THAN_LIST, is_newer_than, judge_absence, judge_key, key_of
from vc.trust.trust_list import TrustList
from vc.verify.reading import Reading, UnreadableProofs
from vc.verify.round import PARSED_TIMES, Round, parsed_size
from vc.verify.signed_before import SignedBeforeTheft, was_signed_before

ASSERTION = "assertionMethod"


class Authenticity(msgspec.Struct, frozen=True, kw_only=True):
    """What came of checking the proofs.

    ``document`` is what the proofs cover, only when the answer is yes; ``created`` the earliest
    creation time among the proofs, None where they carry none. Unless the answer is yes, that is what
    they say and nothing more.
    """

    answer: Answer
    reason: Reason
    findings: tuple[Finding, ...] = ()
    document: Mapping[str, JsonValue] | None = None
    created: datetime | None = None
    against: tuple[CheckedAgainst, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    """What the signatures say of their own time, where the answer is yes; None: nothing."""
    name: str | None = None
    """What names ``document`` among all that is remembered; None where it has no such name."""


def check_authentic(
    current: Round, reading: Reading, controller: str, trusted: TrustList | None
) -> Authenticity:
    """Check every proof of what was read, whose issuer (or holder) is ``controller``.

    Keys of a did:web are fetched only for parties on the trust list: what an unknown document
    names is never contacted. Raises ``Waiting`` while a key document is missing.
    """
    proofs = reading.proofs
    if isinstance(proofs, UnreadableProofs):
        return _no(Reason.PROOF_INVALID, *proofs.findings)
    if not proofs:
        return _no(Reason.PROOF_MISSING, _finding("There is no proof on this document.", "/proof"))
    results = [
        _check_proof(current, reading, proof, controller=controller, trusted=trusted) for proof in proofs
    ]
    created = min((proof.created for proof in proofs if proof.created is not None), default=None)
    for answer in (Answer.NO, Answer.COULD_NOT_CHECK):
        for result in results:
            if result.answer is answer:
                return msgspec.structs.replace(result, created=created)
    return Authenticity(
        answer=Answer.YES,
        reason=Reason.PROOF_VALID,
        document=results[0].document,
        created=created,
        against=tuple(item for result in results for item in result.against),
        since=max((proof.created for proof in proofs if proof.created is not None), default=None),
        until=min((proof.expires for proof in proofs if proof.expires is not None), default=None),
        name=results[0].name,
    )


def _check_proof(
    current: Round,
    reading: Reading,
    proof: Proof,
    *,
    controller: str,
    trusted: TrustList | None,
) -> Authenticity:
    if proof.cryptosuite not in CRYPTOSUITES:
        return _unsure(Reason.SUITE_UNKNOWN, "This kind of proof is not known here.", proof.pointer)
    faults = check_proof_options(proof, purpose=ASSERTION, domain=None, challenge=None)
    faults += check_proof_times(proof, now=current.now, skew=current.policy.max_skew)
    if faults:
        return _no(Reason.PROOF_INVALID, *faults)
    named = NamedKey.of(proof)
    resolved = resolve_key(current, named, controller, ASSERTION, trusted)
    if isinstance(resolved, Authenticity):
        return resolved
    result = proof_result(current, reading, proof, resolved)
    if not result.verified or result.verified_document is None:
        return _no(Reason.PROOF_INVALID, *result.findings)
    against = CheckedAgainst(kind="key", name=proof.verification_method, as_of=proof.created)
    judged = judge_history(current, trusted, controller, resolved, named, signed=result.signed)
    if judged is not None:
        return judged
    return Authenticity(
        answer=Answer.YES,
        reason=Reason.PROOF_VALID,
        document=result.verified_document,
        created=proof.created,
        against=(against,),
        name=f"{reading.digest}{proof.pointer}",
    )


class NamedKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key a proof or token says it was made with, where it says so, and when it was made."""

    verification_method: str
    pointer: str
    created: datetime | None

    @classmethod
    def of(cls, proof: Proof) -> "NamedKey":
        """What a Data Integrity proof says."""
        return cls(
            verification_method=proof.verification_method,
            pointer=f"{proof.pointer}/verificationMethod",
            created=proof.created,
        )


def resolve_key(
    current: Round, named: NamedKey, controller: str, purpose: str, trusted: TrustList | None
) -> PublicKey | Authenticity:
    """The public key that is named, if it is ``controller``'s for this purpose."""
    try:
        owner = did_of(named.verification_method)
    except ProtocolError:
        return _no(Reason.KEY_NOT_ISSUERS, _finding("The key is not named by a DID URL.", named.pointer))
    if owner != controller and not current.policy.for_test_documents:
        return _no(Reason.KEY_NOT_ISSUERS, _finding("The key is not the named party's own.", named.pointer))
    document = key_document(current, owner, trusted)
    if isinstance(document, Authenticity):
        return document
    method = find_verification_method(document, named.verification_method, purpose)
    if method is None or method.controller != owner:
        # Who presents does so now, and unchecked that would pass: only an assertion may wait for newer keys.
        is_newer = purpose == ASSERTION and is_newer_than_document(current, owner, named.created)
        return _without_key(named, "The named party has no such key for this purpose.", is_newer=is_newer)
    if named.created is not None and not method.usable_at(named.created):
        return _no(Reason.KEY_RETIRED, _finding("The key was no longer in use at that time.", named.pointer))
    return method.public_key


def key_document(
    current: Round, controller: str, trusted: TrustList | None
) -> ControlledIdentifierDocument | Authenticity:
    """The keys of ``controller``, or why they are not at hand. Raises ``Waiting`` while they are missing."""
    try:
        where = resolve_locally_or_url(controller)
    except ProtocolError as error:
        return Authenticity(
            answer=Answer.COULD_NOT_CHECK, reason=Reason.KEY_UNAVAILABLE, findings=error.findings
        )
    if not isinstance(where, DocumentUrl):
        return where
    if trusted is None or controller not in trusted.issuers:
        detail = "Keys of parties that are not on the trust list are not fetched."
        return _unsure(Reason.KEY_UNAVAILABLE, detail, "/issuer")
    item = current.fetched(where.url)
    if isinstance(item, Unavailable):
        return _unsure(Reason.KEY_UNAVAILABLE, "The issuer's keys could not be fetched.", "/issuer")
    try:
        return current.memoised(
            f"did:{controller}",
            ControlledIdentifierDocument,
            lambda: parse_document(controller, item.body),
            size=parsed_size(item.body),
            of=item.digest,
        )
    except ProtocolError:
        return _unsure(Reason.KEY_UNAVAILABLE, "The issuer's key document could not be read.", "/issuer")


def is_newer_than_document(current: Round, did: str, created: datetime | None) -> bool:
    """Whether a signature says it was made after the keys of ``did`` at hand were got.

    Key documents say no time of their own. An identifier that is its key never gets others.
    """
    where = resolve_locally_or_url(did)
    item = current.evidence.items.get(where.url) if isinstance(where, DocumentUrl) else None
    return isinstance(item, Fetched) and _is_newer_than(current, created, item.fetched_at)


def is_newer_than_list(current: Round, trusted: TrustList, created: datetime | None) -> bool:
    """Whether a signature says it was made after the trust list at hand was known to be whole.

    It is whole when it is issued, and still is while its address answers with it.
    """
    item = current.evidence.items.get(trusted.url)
    got_at = item.fetched_at if isinstance(item, Fetched) else trusted.valid_from
    return _is_newer_than(current, created, max(trusted.valid_from, got_at))


def _is_newer_than(current: Round, created: datetime | None, as_of: datetime) -> bool:
    return is_newer_than(created, as_of, now=current.now, skew=current.policy.max_skew)


def proof_result(current: Round, reading: Reading, proof: Proof, key: PublicKey) -> ProofResult:
    """Check one signature; memoised, since the same bytes, proof and key never change their answer."""
    return current.memoised(
        f"proof:{reading.url or reading.digest}{proof.pointer}:{key.multikey}",
        ProofResult,
        lambda: _verify_known(reading.document, proof, key),
        size=lambda _result: PARSED_TIMES * reading.length,
        of=reading.digest,
    )


def _verify_known(document: Mapping[str, JsonValue], proof: Proof, key: PublicKey) -> ProofResult:
    """``verify_proof``, and what was appended to the contexts since is known here.

    eddsa-jcs-2022 lets contexts be appended after signing; Data Integrity 1.0 ("Validating
    Contexts") then wants each of them known.
    """
    result = verify_proof(document, proof, key)
    if result.verified_document is None:
        return result
    signed = as_list(result.verified_document.get("@context"))
    for context in as_list(document.get("@context"))[len(signed) :]:
        if not isinstance(context, str) or PINNED_CONTEXTS.read(context) is None:
            found = _finding("A context was added that is not known here.", "/@context")
            return ProofResult(findings=(found,), verified_document=None)
    return result


def judge_history(
    current: Round,
    trusted: TrustList | None,
    controller: str,
    key: PublicKey,
    named: NamedKey,
    *,
    signed: bytes,
) -> Authenticity | None:
    """What the trust list knows of this key's history; None when nothing speaks against it.

    ``signed`` is the bytes the signature is over. Raises ``Waiting`` while a set is missing.
    """
    is_the_key = did_key.is_did_key(controller) or did_jwk.is_did_jwk(controller)
    if trusted is None or controller not in trusted.issuers or is_the_key:
        return None
    if named.created is None:
        detail = "Nothing says when the signature was made."
        return _unsure(Reason.KEY_HISTORY_UNCERTAIN, detail, named.pointer)
    issuer = trusted.issuers[controller]
    known = was_signed_before(current, key_of(issuer, key.multikey), named.created, signed)
    if known is SignedBeforeTheft.COULD_NOT_TELL:
        detail = "What the key signed before it was stolen could not be read."
        return _unsure(Reason.KEY_DIGESTS_UNAVAILABLE, detail, named.pointer)
    judge = partial(judge_key, issuer, key.multikey, named.created, was_signed_before=known.value)
    judgement = judge()
    if judgement.answer is Answer.YES:
        return None
    if judgement.reason in NEWER_THAN_LIST:
        judgement = judge(is_newer=is_newer_than_list(current, trusted, named.created))
    finding = _finding("The key was not in good standing at that time.", named.pointer)
    return Authenticity(answer=judgement.answer, reason=judgement.reason, findings=(finding,))


def _without_key(named: NamedKey, detail: str, *, is_newer: bool) -> Authenticity:
    judged = judge_absence(Reason.KEY_NOT_ISSUERS, is_newer=is_newer)
    if judged.answer is Answer.NO:
        return _no(judged.reason, _finding(detail, named.pointer))
    return _unsure(judged.reason, "The keys at hand are older than the signature.", named.pointer)


def _finding(detail: str, pointer: str) -> Finding:
    return Finding(type=ProblemType.PROOF_VERIFICATION_ERROR, detail=detail, pointer=pointer)


def _no(reason: Reason, *findings: Finding) -> Authenticity:
    return Authenticity(answer=Answer.NO, reason=reason, findings=findings)


def _unsure(reason: Reason, detail: str, pointer: str) -> Authenticity:
    finding = Finding(type=ProblemType.KEY_UNAVAILABLE, detail=detail, pointer=pointer)
    return Authenticity(answer=Answer.COULD_NOT_CHECK, reason=reason, findings=(finding,))
