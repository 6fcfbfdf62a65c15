"""The verification of a passport card: the same four questions as for a credential.

    (0) text → COSE_Sign1 → claims                     or "not authentic: malformed"
    (1) roots and trust list, as for a credential
    (2) keys on the trust list that the card may mean; the signature holds with one of them
    (3) the issuer's DID document has that key; its history  → authentic
    (4) the issuer accredited for every fact               → entitled
    (5) dates, the card's own bit and those of its certificates → in force
    (6) whose it is, which paper cannot show               → this person's

A card names no address: the list it names stands beside the trust list.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import msgspec

from vc.card.document import document_of
from vc.card.text import UnknownCardVersion, UnverifiedCard, key_name, parse_card
from vc.cose.sign1 import verify_sign1
from vc.crypto.keys import PublicKey
from vc.did.documents import ControlledIdentifierDocument, VerificationMethod, find_verification_method
from vc.errors import Finding, ProblemType, ProtocolError
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Answer, CheckedAgainst, Reason, Verification
from vc.trust.entitled import Award, Judgement, judge_absence, judge_entitled
from vc.trust.trust_list import TrustedIssuer, TrustList
from vc.verify.authentic import (
    ASSERTION,
    Authenticity,
    NamedKey,
    is_newer_than_document,
    is_newer_than_list,
    judge_history,
    key_document,
)
from vc.verify.credential import STRANGERS, force_of, unreadable, verification_of
from vc.verify.force import Force
from vc.verify.policy import Policy
from vc.verify.round import Round, Waiting, digest
from vc.verify.trusted import Trust, trust_in_force

_NAMED = "/key"


def step_card(text: str, evidence: Evidence, policy: Policy, now: datetime) -> Need | Verification:
    """One round over the text of a card, as ``step`` over a credential. Never raises for what is in it."""
    current = Round(evidence=evidence, policy=policy, now=now)
    try:
        return verify_card(current, text)
    except Waiting:
        return Need(urls=frozenset(current.needs))


def verify_card(current: Round, text: str) -> Verification:
    """Steps 0 to 6. Raises ``Waiting`` while something is missing."""
    try:
        received = parse_card(text)  # (0)
    except UnknownCardVersion as error:
        return unreadable(current, error.findings, Answer.COULD_NOT_CHECK, Reason.SUITE_UNKNOWN)
    except ProtocolError as error:
        return unreadable(current, error.findings)
    trust = trust_in_force(current)  # (1)
    signers = [] if trust.trust_list is None else list(_possible_signers(received, trust.trust_list))
    found = _signer(current, text, received, signers)  # (2)
    if trust.trust_list is None or found is None:
        return _without_signer(current, received, trust, is_known=bool(signers))
    issuer, public_key = found
    authentic = _authentic(current, received, issuer, public_key, trust.trust_list)  # (3)
    entitled = _entitled(current, received, authentic, issuer, trust.trust_list)  # (4)
    force = _force(current, authentic, entitled, trust)  # (5)
    return verification_of(  # (6)
        current, issuer.did, trust=trust, authentic=authentic, entitled=entitled, force=force
    )


def _possible_signers(
    received: UnverifiedCard, trusted: TrustList
) -> Iterator[tuple[TrustedIssuer, PublicKey]]:
    for issuer in trusted.issuers.values():
        for key in issuer.keys:
            if key_name(key.public_key_multibase) == received.key_name:
                with suppress(ProtocolError):
                    yield issuer, PublicKey.from_multikey(key.public_key_multibase)


def _signer(
    current: Round, text: str, received: UnverifiedCard, signers: list[tuple[TrustedIssuer, PublicKey]]
) -> tuple[TrustedIssuer, PublicKey] | None:
    for issuer, public_key in signers:
        holds = current.memoised(
            f"card:{digest(text.encode())}:{public_key.multikey}",
            bool,
            lambda key=public_key: verify_sign1(received.message, key),  # type: ignore[misc]
            size=lambda _held: 0,
        )
        if holds:
            return issuer, public_key
    return None


def _without_signer(
    current: Round, received: UnverifiedCard, trust: Trust, *, is_known: bool
) -> Verification:
    """No key on the list signed this, or there is no list to look in."""
    not_reached = Force(answer=Answer.COULD_NOT_CHECK, reason=Reason.NOT_REACHED)
    if is_known:
        finding = _finding("The signature does not match the card and the key it names.")
        authentic = Authenticity(answer=Answer.NO, reason=Reason.PROOF_INVALID, findings=(finding,))
        entitled = Judgement(answer=Answer.COULD_NOT_CHECK, reason=Reason.NOT_REACHED)
    else:
        finding = _finding("No key that the card may mean is at hand.", ProblemType.KEY_UNAVAILABLE)
        authentic = Authenticity(
            answer=Answer.COULD_NOT_CHECK, reason=Reason.KEY_UNAVAILABLE, findings=(finding,)
        )
        entitled = Judgement(answer=Answer.COULD_NOT_CHECK, reason=Reason.NOT_REACHED)
    if trust.trust_list is None:
        reason = trust.reason or Reason.TRUST_LIST_UNAVAILABLE
        entitled = Judgement(answer=Answer.COULD_NOT_CHECK, reason=reason)
    elif not is_known:
        is_newer = is_newer_than_list(current, trust.trust_list, received.card.issued_at)
        entitled = judge_absence(Reason.ISSUER_UNKNOWN, is_newer=is_newer)
    return verification_of(
        current, None, trust=trust, authentic=authentic, entitled=entitled, force=not_reached
    )


def _authentic(
    current: Round,
    received: UnverifiedCard,
    issuer: TrustedIssuer,
    public_key: PublicKey,
    trusted: TrustList,
) -> Authenticity:
    """Whether the key was the issuer's to sign with; the signature holds already."""
    document = key_document(current, issuer.did, trusted)
    if isinstance(document, Authenticity):
        return document
    issued_at = received.card.issued_at
    method = _method_of(document, public_key)
    if method is None:
        is_newer = is_newer_than_document(current, issuer.did, issued_at)
        return _without_key(is_newer=is_newer)
    if not method.usable_at(issued_at):
        return _no(Reason.KEY_RETIRED, "The key was no longer in use at that time.")
    named = NamedKey(verification_method=method.id, pointer=_NAMED, created=issued_at)
    judged = judge_history(current, trusted, issuer.did, public_key, named, signed=received.signed)
    if judged is not None:
        return judged
    return Authenticity(
        answer=Answer.YES,
        reason=Reason.PROOF_VALID,
        document=document_of(received.card, trust_list_url=trusted.url),
        created=issued_at,
        against=(CheckedAgainst(kind="key", name=method.id, as_of=issued_at),),
    )


def _method_of(document: ControlledIdentifierDocument, public_key: PublicKey) -> VerificationMethod | None:
    for method in document.verification_methods:
        if method.public_key == public_key:
            return find_verification_method(document, method.id, ASSERTION)
    return None


def _entitled(
    current: Round,
    received: UnverifiedCard,
    authentic: Authenticity,
    issuer: TrustedIssuer,
    trusted: TrustList,
) -> Judgement:
    """Entitled to every fact; the first that is not decides."""
    judged = [
        judge_entitled(
            trusted,
            issuer.did,
            Award(
                credential_types=frozenset({fact.type_name}),
                qualification_code=fact.code,
                cqf_level=fact.level,
            ),
            received.card.issued_at,
            refuse_demo=current.policy.refuse_demo_issuers,
            is_newer=is_newer_than_list(current, trusted, received.card.issued_at),
        )
        for fact in received.card.facts
    ]
    worst = next((one for one in judged if one.answer is not Answer.YES), judged[0])
    if authentic.document is not None or worst.reason in STRANGERS:
        return worst
    if authentic.reason is Reason.KEY_COMPROMISED:
        return Judgement(answer=Answer.NO, reason=Reason.KEY_COMPROMISED)
    return Judgement(answer=Answer.COULD_NOT_CHECK, reason=Reason.NOT_REACHED)


def _force(current: Round, authentic: Authenticity, entitled: Judgement, trust: Trust) -> Force:
    force = force_of(current, authentic, entitled, trust)
    if force.reason is Reason.REPLACED:
        return msgspec.structs.replace(force, reason=Reason.CARD_REPLACED)
    return force


def _without_key(*, is_newer: bool) -> Authenticity:
    judged = judge_absence(Reason.KEY_NOT_ISSUERS, is_newer=is_newer)
    if judged.answer is Answer.NO:
        return _no(judged.reason, "The issuer has no such key for this purpose.")
    finding = _finding("The keys at hand are older than the card.", ProblemType.KEY_UNAVAILABLE)
    return Authenticity(answer=judged.answer, reason=judged.reason, findings=(finding,))


def _no(reason: Reason, detail: str) -> Authenticity:
    return Authenticity(answer=Answer.NO, reason=reason, findings=(_finding(detail),))


def _finding(detail: str, problem: ProblemType = ProblemType.PROOF_VERIFICATION_ERROR) -> Finding:
    return Finding(type=problem, detail=detail, pointer=_NAMED)
