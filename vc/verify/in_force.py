"""Is it in force now: dates, then every status entry against its signed list.

Revoked is never called invalid, and a list that could not be had is never read as "not revoked".
"""

from collections.abc import Mapping

import msgspec

from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType, ProtocolError
from vc.jose.secured import parse_credential_jwt
from vc.model.credential import check_credential_shape, issuer_id, parse_credential
from vc.model.evidence import Fetched, Unavailable
from vc.model.legacy import check_credential_shape_1_1, is_vcdm_1_1
from vc.model.verdict import Answer, CheckedAgainst, Reason
from vc.status.check import StatusState, VerifiedStatusList, check_status, parse_status_list
from vc.status.entries import StatusEntry, StatusPurpose, UncheckableStatus
from vc.status.fold import ChangeKind
from vc.status.notes import StatusNote, VerifiedStatusNotes, note_for, notes_url, parse_status_notes
from vc.status.token_entries import TokenStatusEntry, parse_status_claim
from vc.trust.trust_list import STATUS_REGISTRY_ROLE, TrustList
from vc.verify.authentic import check_authentic
from vc.verify.enveloped import check_token
from vc.verify.force import Force, unsure
from vc.verify.reading import Facts, Reading, read_proofs
from vc.verify.round import PARSED_TIMES, Round, Signed, parsed_size
from vc.verify.token_status import check_token_status

# What every compact JWS begins with: the base64url of an opening brace and quotation mark.
_JWT_START = b"eyJ"


def check_in_force(
    current: Round,
    facts: Facts,
    trusted: TrustList,
    *,
    claims: Mapping[str, JsonValue] | None = None,
    withholds: bool = False,
) -> Force:
    """Judge what an authentic document says; ``claims`` and ``withholds`` as in ``force_of``.

    Raises ``Waiting`` while a list is missing.
    """
    clock = CheckedAgainst(kind="clock", name="validity", as_of=current.now)
    status = _check_statuses(current, facts, trusted, claims)
    if status is not None and status.answer is Answer.NO:
        return status
    dates = _check_dates(current, facts)
    if dates is not None:
        return dates
    if status is not None:
        return msgspec.structs.replace(status, against=(clock, *status.against))
    if withholds:
        detail = "It names no status, and may have one that was not shown."
        return unsure(Reason.STATUS_TYPE_UNKNOWN, ProblemType.STATUS_VERIFICATION_ERROR, detail, "")
    return Force(answer=Answer.YES, reason=Reason.NO_STATUS_NAMED, against=(clock,))


def _check_dates(current: Round, facts: Facts) -> Force | None:
    skew = current.policy.max_skew
    valid_from, valid_until = facts.valid_from, facts.valid_until
    if valid_from is not None and current.now < valid_from - skew:
        detail = "It is not in force yet."
        return _dated(Reason.NOT_YET_VALID, ProblemType.NOT_YET_VALID, detail, "/validFrom")
    # No allowance at the end: an expired paper stays expired.
    if valid_until is not None and current.now >= valid_until:
        return _dated(Reason.EXPIRED, ProblemType.EXPIRED, "Its validity has ended.", "/validUntil")
    return None


def _dated(reason: Reason, problem: ProblemType, detail: str, pointer: str) -> Force:
    return Force(
        answer=Answer.NO, reason=reason, findings=(Finding(type=problem, detail=detail, pointer=pointer),)
    )


def _check_statuses(
    current: Round, facts: Facts, trusted: TrustList, claims: Mapping[str, JsonValue] | None
) -> Force | None:
    """The worst of all status entries, or None when the credential names none."""
    try:
        claim = None if claims is None else parse_status_claim(claims)
    except ProtocolError as error:
        return _unreadable_status(error.findings)
    if facts.entry_faults:
        return _unreadable_status(facts.entry_faults)
    entries = facts.entries if claim is None else (*facts.entries, claim)
    current.require(*{entry.list_url for entry in entries if not isinstance(entry, UncheckableStatus)})
    answers = [_check_entry(current, entry, trusted) for entry in entries]
    for wanted in (Answer.NO, Answer.COULD_NOT_CHECK, Answer.YES):
        for answer in answers:
            if answer.answer is wanted:
                return answer
    return None


def _unreadable_status(findings: tuple[Finding, ...]) -> Force:
    return Force(answer=Answer.COULD_NOT_CHECK, reason=Reason.STATUS_INVALID, findings=findings)


def _check_entry(
    current: Round,
    entry: StatusEntry | TokenStatusEntry | UncheckableStatus,
    trusted: TrustList,
) -> Force:
    if isinstance(entry, TokenStatusEntry):
        return check_token_status(current, entry, trusted)
    if isinstance(entry, UncheckableStatus):
        finding = Finding(
            type=ProblemType.STATUS_VERIFICATION_ERROR, detail=entry.detail, pointer=entry.pointer
        )
        return Force(answer=Answer.COULD_NOT_CHECK, reason=Reason.STATUS_TYPE_UNKNOWN, findings=(finding,))
    item = current.fetched(entry.list_url)
    if isinstance(item, Unavailable):
        return unsure(
            Reason.STATUS_UNAVAILABLE,
            ProblemType.STATUS_RETRIEVAL_ERROR,
            "The status list could not be fetched.",
            entry.pointer,
        )
    status_list = _verified_list(current, item, entry, trusted)
    if isinstance(status_list, Force):
        return status_list
    result = check_status(entry, status_list, now=current.now)
    against = (
        CheckedAgainst(
            kind="statusList", name=entry.list_url, as_of=result.as_of, fetched_at=item.fetched_at
        ),
    )
    if result.state is StatusState.CLEAR:
        return Force(answer=Answer.YES, reason=Reason.NOT_REVOKED, against=against)
    if result.state is StatusState.SET:
        return _withdrawn(current, entry, status_list, trusted, against)
    reason = Reason.STATUS_STALE if result.state is StatusState.STALE else Reason.STATUS_INVALID
    return Force(answer=Answer.COULD_NOT_CHECK, reason=reason, findings=result.findings, against=against)


def _verified_list(
    current: Round, item: Fetched, entry: StatusEntry, trusted: TrustList
) -> VerifiedStatusList | Force:
    verified = _signed_by_registry(current, item, trusted)
    if verified is None:
        return unsure(
            Reason.STATUS_INVALID,
            ProblemType.STATUS_VERIFICATION_ERROR,
            "The status list is not signed by the registry.",
            entry.pointer,
        )
    try:
        return current.memoised(
            f"list:{item.url}",
            VerifiedStatusList,
            lambda: parse_status_list(verified, url=item.url, digest=item.digest),
            size=lambda status_list: len(status_list.bits),
            of=item.digest,
        )
    except ProtocolError as error:
        return Force(answer=Answer.COULD_NOT_CHECK, reason=Reason.STATUS_INVALID, findings=error.findings)


def _signed_by_registry(current: Round, item: Fetched, trusted: TrustList) -> Mapping[str, JsonValue] | None:
    """The document that a valid proof of a recognised status registry covers.

    The credential's own issuer is not enough: whoever stole its key could sign "not revoked" with it.
    """
    return current.standing(
        f"signed:{item.url}",
        dict,
        lambda apart: _judge_signature(apart, item, trusted),
        size=PARSED_TIMES * len(item.body),
        of=f"{item.digest}:{current.used.get(trusted.url)}",
    )


def _judge_signature(current: Round, item: Fetched, trusted: TrustList) -> Signed | None:
    """As ``_signed_by_registry``, judged anew."""
    received = current.memoised(
        f"received:{item.url}",
        Reading,
        lambda: _receive(item),
        size=parsed_size(item.body),
        of=item.digest,
    )
    signer = received.issuer
    if signer is None or signer not in trusted.issuers:
        return None
    if STATUS_REGISTRY_ROLE not in trusted.issuers[signer].roles:
        return None
    if received.token is not None:
        authentic = check_token(current, received.token, signer, trusted, digest=item.digest)
    else:
        authentic = check_authentic(current, received, signer, trusted)
    if authentic.document is None:
        return None
    return Signed(value=authentic.document, since=authentic.since, until=authentic.until)


def _receive(item: Fetched) -> Reading:
    """What was fetched, as a credential or ``vc+jwt``; nobody's when it is neither by its shape."""
    token = None
    try:
        if item.body.startswith(_JWT_START):
            token = parse_credential_jwt(item.body.decode("ascii"))
        document = parse_credential(item.body).document if token is None else token.document
    except (ProtocolError, UnicodeDecodeError):
        return Reading(digest=item.digest, length=0, document={})
    shape_of = check_credential_shape_1_1 if is_vcdm_1_1(document) else check_credential_shape
    if shape_of(document):
        return Reading(digest=item.digest, length=0, document={})
    return Reading(
        digest=item.digest,
        url=item.url,
        length=len(item.body),
        document=document,
        token=token,
        issuer=issuer_id(document),
        proofs=() if token is not None else read_proofs(document),
    )


def _withdrawn(
    current: Round,
    entry: StatusEntry,
    status_list: VerifiedStatusList,
    trusted: TrustList,
    against: tuple[CheckedAgainst, ...],
) -> Force:
    note = _note(current, entry, status_list, trusted)
    if entry.purpose is StatusPurpose.SUSPENSION:
        # A note of another kind is about the other list: this bit is older or newer than the notes.
        since = note.since.isoformat() if note and note.kind is ChangeKind.SUSPENDED else None
        return Force(answer=Answer.NO, reason=Reason.SUSPENDED, against=against, since=since)
    is_replaced = note is not None and note.kind is ChangeKind.SUPERSEDED
    detail = "The issuer has replaced it." if is_replaced else "The issuer's registry has revoked it."
    return Force(
        answer=Answer.NO,
        reason=Reason.REPLACED if is_replaced else Reason.REVOKED,
        findings=(Finding(type=ProblemType.REVOKED, detail=detail, pointer=entry.pointer),),
        against=against,
        since=note.since.isoformat() if note and note.kind is not ChangeKind.SUSPENDED else None,
    )


def _note(
    current: Round, entry: StatusEntry, status_list: VerifiedStatusList, trusted: TrustList
) -> StatusNote | None:
    """What the signed status notes say; None where they are absent or do not hold.

    The notes only add to a *no*, so nothing that is wrong with them changes the answer.
    """
    url = notes_url(entry.list_url)
    if url is None:
        return None
    item = current.fetched(url)
    if isinstance(item, Unavailable):
        return None
    verified = _signed_by_registry(current, item, trusted)
    if verified is None:
        return None
    try:
        notes = current.memoised(
            f"notes:{item.url}",
            VerifiedStatusNotes,
            lambda: parse_status_notes(verified, url=item.url, digest=item.digest),
            size=parsed_size(item.body),
            of=item.digest,
        )
    except ProtocolError:
        return None
    return note_for(entry, notes) if notes.issuer == status_list.issuer else None
