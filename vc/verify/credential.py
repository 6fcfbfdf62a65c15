"""The verification of one credential, step by step.

    (0) bytes → strict JSON object, envelope opened    or ParseError, or "not authentic: malformed"
    (1) shape of VCDM 2.0                              or "not authentic: malformed"
    (2) roots and trust list: fetched, led to by the anchor, in force, not older than seen
    (3) proofs: suite, purpose, key of the issuer, key history, signature  → authentic
    (4) issuer accredited for this award at that time                     → entitled
    (5) dates and status lists, only for what is authentic                → in force
    (6) holder binding, which a bare credential cannot show               → this person's

Each step names what it needs; ``step`` returns ``Need`` until everything is at hand.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Answer, CheckedAgainst, Question, Reason, Verdict, Verification
from vc.trust.entitled import NEWER_THAN_LIST, Judgement, is_demo_did, judge_entitled
from vc.trust.trust_list import TrustList
from vc.verify.authentic import Authenticity, check_authentic, is_newer_than_list
from vc.verify.enveloped import check_token
from vc.verify.force import Force
from vc.verify.in_force import check_in_force
from vc.verify.policy import Policy
from vc.verify.reading import Facts, Reading, award_of, facts_of, read_credential, shape_faults
from vc.verify.round import PARSED_TIMES, Round, Signed, Waiting
from vc.verify.trusted import Trust, trust_in_force

# Said of parties that are not on the trust list, or not to be relied on.
STRANGERS: Final = frozenset({Reason.ISSUER_UNKNOWN, Reason.ISSUER_DEMO, Reason.ISSUER_NEWER_THAN_LIST})


def step(raw: bytes, evidence: Evidence, policy: Policy, now: datetime) -> Need | Verification:
    """One round over ``raw``.

    Returns the URLs still needed, or the final verification; the same arguments always give the
    same result. ``now`` is aware. Raises ``ParseError`` when ``raw`` is not a JSON object.
    """
    current = Round(evidence=evidence, policy=policy, now=now)
    try:
        return verify_credential(current, raw)
    except Waiting:
        return Need(urls=frozenset(current.needs))


def verify_credential(current: Round, raw: bytes) -> Verification:
    """Steps 0 to 6. Raises ``Waiting`` while something is missing."""
    reading = read_credential(current, raw)  # (0), (1)
    document, issuer, token = reading.document, reading.issuer, reading.token
    if reading.faults or issuer is None:
        return unreadable(current, reading.faults)
    trust = trust_in_force(current)  # (2)
    authentic = authenticity_of(current, reading, issuer, trust.trust_list)  # (3)
    if authentic.document is not None and authentic.document.get("@context") != document.get("@context"):
        # What was signed must follow the data model by itself, without contexts added since.
        faults = shape_faults(authentic.document)
        if faults:
            return unreadable(current, faults)
    entitled = entitled_of(current, authentic, issuer, document, trust)  # (4)
    withholds = token is not None and token.withholds
    force = force_of(current, authentic, entitled, trust, withholds=withholds)  # (5)
    return verification_of(  # (6)
        current, issuer, trust=trust, authentic=authentic, entitled=entitled, force=force
    )


def authenticity_of(current: Round, reading: Reading, issuer: str, trusted: TrustList | None) -> Authenticity:
    """Whether ``issuer`` signed what was read; a *yes* is remembered by all that it rests on."""
    found: list[Authenticity] = []

    def judge(apart: Round) -> Signed | None:
        if reading.token is None:
            authentic = check_authentic(apart, reading, issuer, trusted)
        else:
            authentic = check_token(apart, reading.token, issuer, trusted, digest=reading.digest)
        found.append(authentic)
        if authentic.answer is not Answer.YES:
            return None
        return Signed(value=authentic, since=authentic.since, until=authentic.until)

    standing = current.standing(
        f"authentic:{reading.digest}",
        Authenticity,
        judge,
        size=PARSED_TIMES * reading.length,
        of="" if trusted is None else current.used[trusted.url],
    )
    return found[0] if standing is None else standing


def facts_about(current: Round, authentic: Authenticity) -> Facts | None:
    """What the verified document says of itself; None unless there is one."""
    document = authentic.document
    if document is None:
        return None
    if authentic.name is None:
        return facts_of(document)
    return current.memoised(f"facts:{authentic.name}", Facts, lambda: facts_of(document), size=_no_size)


def _no_size(_facts: Facts) -> int:
    # Its texts are those of the document, which is counted where it is remembered.
    return 0


def entitled_of(
    current: Round, authentic: Authenticity, issuer: str, received: Mapping[str, JsonValue], trust: Trust
) -> Judgement:
    """Whether ``issuer`` was entitled to what is claimed, as far as that can be said of it."""
    if trust.trust_list is None:
        return Judgement(answer=Answer.COULD_NOT_CHECK, reason=trust.reason or Reason.TRUST_LIST_UNAVAILABLE)
    # Who is unknown is unknown whatever the signature says; the rest needs a verified document.
    facts = facts_about(current, authentic)
    moment = None if facts is None else authentic.created or facts.valid_from
    judge = partial(
        judge_entitled,
        trust.trust_list,
        issuer,
        award_of(received) if facts is None else facts.award,
        moment or current.now,
        refuse_demo=current.policy.refuse_demo_issuers,
    )
    judged = judge()
    if judged.reason in NEWER_THAN_LIST:
        judged = judge(is_newer=is_newer_than_list(current, trust.trust_list, authentic.created))
    if moment is None and judged.reason not in STRANGERS:
        if authentic.reason is Reason.KEY_COMPROMISED:
            return Judgement(answer=Answer.NO, reason=Reason.KEY_COMPROMISED)
        return Judgement(answer=Answer.COULD_NOT_CHECK, reason=Reason.NOT_REACHED)
    return judged


def force_of(
    current: Round,
    authentic: Authenticity,
    entitled: Judgement,
    trust: Trust,
    *,
    claims: Mapping[str, JsonValue] | None = None,
    withholds: bool = False,
) -> Force:
    """Whether what is authentic is in force. Raises ``Waiting`` while a list is missing.

    ``claims`` are those of an SD-JWT VC, whose status stands there and not in the document. ``withholds``
    says that members may have been withheld, and the status may be among them.
    """
    # A stranger's credential may name any address as its list: nothing of it is contacted.
    facts = facts_about(current, authentic)
    if facts is None or entitled.reason in STRANGERS:
        return Force(answer=Answer.COULD_NOT_CHECK, reason=Reason.NOT_REACHED)
    if trust.trust_list is None:
        return Force(
            answer=Answer.COULD_NOT_CHECK,
            reason=trust.reason or Reason.TRUST_LIST_UNAVAILABLE,
            findings=trust.findings,
        )
    if authentic.created is not None and authentic.created > current.now + current.policy.max_skew:
        return Force(answer=Answer.NO, reason=Reason.NOT_YET_VALID)
    return check_in_force(current, facts, trust.trust_list, claims=claims, withholds=withholds)


def verification_of(
    current: Round,
    issuer: str | None,
    *,
    trust: Trust,
    authentic: Authenticity,
    entitled: Judgement,
    force: Force,
) -> Verification:
    """The four verdicts put together; ``issuer`` is None where nothing says who it is."""
    now = current.now
    known = trust.trust_list.issuers.get(issuer) if trust.trust_list and issuer else None
    accreditation = (
        ()
        if entitled.accreditation is None or issuer is None
        else (CheckedAgainst(kind="accreditation", name=issuer, as_of=entitled.accreditation.valid_from),)
    )
    verdicts = (
        Verdict(
            question=Question.AUTHENTIC,
            answer=authentic.answer,
            reason=authentic.reason,
            checked_at=now,
            against=authentic.against,
        ),
        Verdict(
            question=Question.ENTITLED,
            answer=entitled.answer,
            reason=entitled.reason,
            checked_at=now,
            against=(*trust.against, *accreditation),
        ),
        Verdict(
            question=Question.IN_FORCE,
            answer=force.answer,
            reason=force.reason,
            checked_at=now,
            against=force.against,
            since=force.since,
        ),
        _identity_not_checked(now),
    )
    return Verification(
        verdicts={
            Question.AUTHENTIC: verdicts[0],
            Question.ENTITLED: verdicts[1],
            Question.IN_FORCE: verdicts[2],
            Question.THIS_PERSONS: verdicts[3],
        },
        findings=(*trust.findings, *authentic.findings, *_entitled_findings(entitled), *force.findings),
        checked_at=now,
        document=authentic.document,
        issuer=issuer,
        issuer_name=known.name if known is not None else {},
        is_demo=issuer is not None and is_demo_did(issuer),
        evidence=dict(current.used),
        seen=trust.seen,
    )


def _entitled_findings(entitled: Judgement) -> tuple[Finding, ...]:
    if entitled.answer is not Answer.NO:
        return ()
    detail = "The issuer was not entitled to issue this."
    return (Finding(type=ProblemType.ISSUER_NOT_ENTITLED, detail=detail, pointer="/issuer"),)


def _identity_not_checked(now: datetime) -> Verdict:
    return Verdict(
        question=Question.THIS_PERSONS,
        answer=Answer.COULD_NOT_CHECK,
        reason=Reason.IDENTITY_NOT_CHECKED,
        checked_at=now,
    )


def unreadable(
    current: Round,
    faults: tuple[Finding, ...],
    answer: Answer = Answer.NO,
    reason: Reason = Reason.MALFORMED,
) -> Verification:
    """What is said where nothing could be read."""

    def unreached(question: Question) -> Verdict:
        return Verdict(
            question=question,
            answer=Answer.COULD_NOT_CHECK,
            reason=Reason.NOT_REACHED,
            checked_at=current.now,
        )

    authentic = Verdict(question=Question.AUTHENTIC, answer=answer, reason=reason, checked_at=current.now)
    return Verification(
        verdicts={
            Question.AUTHENTIC: authentic,
            Question.ENTITLED: unreached(Question.ENTITLED),
            Question.IN_FORCE: unreached(Question.IN_FORCE),
            Question.THIS_PERSONS: unreached(Question.THIS_PERSONS),
        },
        findings=faults,
        checked_at=current.now,
    )
