"""What a Token Status List says about one token: valid, invalid, suspended, or could not check.

draft-ietf-oauth-status-list section 8.3. As with Bitstring lists, a recognised status registry must have
signed it, an end counts even on a list too old to clear anybody, and no failure is read as "valid".
"""

from dataclasses import dataclass
from datetime import datetime

from vc.cose.sign1 import KID, UnverifiedSign1, to_be_signed, verify_sign1
from vc.crypto.keys import PublicKey
from vc.did.resolve import did_of
from vc.encoding.strict_json import Limits
from vc.errors import Finding, ProblemType, ProtocolError
from vc.jose.jws import UnverifiedJws, verify_jws
from vc.model.evidence import Evidence, Fetched, Need, Unavailable
from vc.model.verdict import Answer, CheckedAgainst, Reason
from vc.status.token_documents import TokenStatusList, read_list_cwt, read_list_jwt
from vc.status.token_entries import TokenStatusEntry
from vc.status.token_status_list import StatusType
from vc.trust.trust_list import STATUS_REGISTRY_ROLE, TrustList
from vc.verify.authentic import ASSERTION, Authenticity, NamedKey, judge_history, resolve_key
from vc.verify.force import Force, unsure
from vc.verify.policy import Policy
from vc.verify.round import PARSED_TIMES, Round, Signed, Waiting
from vc.verify.trusted import trust_in_force

_JWT_START = b"eyJ"
_LIMITS = Limits(max_bytes=12_000_000, max_members=1_000)
_FAILED = ProblemType.STATUS_VERIFICATION_ERROR


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """A list as it was read; ``token_list`` is None where it is none."""

    token_list: TokenStatusList | None = None
    message: UnverifiedJws | UnverifiedSign1 | None = None

    @property
    def key_id(self) -> str | None:
        if isinstance(self.message, UnverifiedJws):
            return self.message.key_id
        kid = None if self.message is None else self.message.protected.get(KID)
        return kid.decode("ascii", "replace") if isinstance(kid, bytes) else None

    @property
    def signed(self) -> bytes:
        if isinstance(self.message, UnverifiedJws):
            return self.message.signing_input
        if self.message is None:
            return b""
        return to_be_signed(self.message.protected_bytes, self.message.payload)

    def holds(self, key: PublicKey) -> bool:
        if isinstance(self.message, UnverifiedJws):
            return verify_jws(self.message, key)
        return self.message is not None and verify_sign1(self.message, key)


def check_token_status(current: Round, entry: TokenStatusEntry, trusted: TrustList) -> Force:
    """Judge ``entry``. Raises ``Waiting`` while the list or the registry's keys are missing."""
    item = current.fetched(entry.list_url)
    if isinstance(item, Unavailable):
        return unsure(
            Reason.STATUS_UNAVAILABLE,
            ProblemType.STATUS_RETRIEVAL_ERROR,
            "The status list could not be fetched.",
            entry.pointer,
        )
    token_list = _signed_by_registry(current, item, trusted)
    if token_list is None or token_list.url != entry.list_url:
        return unsure(
            Reason.STATUS_INVALID, _FAILED, "The status list is not this one of the registry.", entry.pointer
        )
    try:
        value = token_list.value_at(entry.index)
    except ProtocolError as error:
        return Force(answer=Answer.COULD_NOT_CHECK, reason=Reason.STATUS_INVALID, findings=error.findings)
    against = (
        CheckedAgainst(
            kind="statusList",
            name=entry.list_url,
            version=None if token_list.version is None else str(token_list.version),
            as_of=token_list.issued_at,
            fetched_at=item.fetched_at,
        ),
    )
    return _judge(entry, value, against, is_old=_is_outdated(current, token_list))


def _judge(
    entry: TokenStatusEntry, value: int, against: tuple[CheckedAgainst, ...], *, is_old: bool
) -> Force:
    if value == StatusType.INVALID:
        detail = "The issuer's registry has revoked it."
        finding = Finding(type=ProblemType.REVOKED, detail=detail, pointer=entry.pointer)
        return Force(answer=Answer.NO, reason=Reason.REVOKED, findings=(finding,), against=against)
    if is_old:
        finding = Finding(type=_FAILED, detail="The status list is out of date.", pointer=entry.pointer)
        return Force(
            answer=Answer.COULD_NOT_CHECK, reason=Reason.STATUS_STALE, findings=(finding,), against=against
        )
    if value == StatusType.SUSPENDED:
        return Force(answer=Answer.NO, reason=Reason.SUSPENDED, against=against)
    if value == StatusType.VALID:
        return Force(answer=Answer.YES, reason=Reason.NOT_REVOKED, against=against)
    return unsure(
        Reason.STATUS_TYPE_UNKNOWN, _FAILED, "The status has a value not known here.", entry.pointer
    )


def _is_outdated(current: Round, token_list: TokenStatusList) -> bool:
    now, skew = current.now, current.policy.max_skew
    expired = token_list.expires is None or _reached(now, token_list.expires)
    return expired or token_list.issued_at > now + skew


def _reached(now: datetime, end: datetime) -> bool:
    # No allowance at the end, as with every list.
    return now >= end


def _signed_by_registry(current: Round, item: Fetched, trusted: TrustList) -> TokenStatusList | None:
    """The list, if a recognised status registry signed it with a key in good standing."""
    return current.standing(
        f"signed-token-list:{item.url}",
        TokenStatusList,
        lambda apart: _judge_signature(apart, item, trusted),
        size=PARSED_TIMES * len(item.body),
        of=f"{item.digest}:{current.used.get(trusted.url)}",
    )


def _judge_signature(current: Round, item: Fetched, trusted: TrustList) -> Signed | None:
    """As ``_signed_by_registry``, judged anew; whether the list is out of date is asked apart."""
    read = current.memoised(
        f"token-list:{item.url}",
        _Read,
        lambda: _read(item.body),
        size=lambda found: 0 if found.token_list is None else len(found.token_list.packed),
        of=item.digest,
    )
    if read.token_list is None or read.key_id is None:
        return None
    try:
        signer = did_of(read.key_id)
    except ProtocolError:
        return None
    party = trusted.issuers.get(signer)
    if party is None or STATUS_REGISTRY_ROLE not in party.roles:
        return None
    named = NamedKey(verification_method=read.key_id, pointer="/kid", created=read.token_list.issued_at)
    key = resolve_key(current, named, signer, ASSERTION, trusted)
    if isinstance(key, Authenticity) or not _holds(current, item, read, key):
        return None
    judged = judge_history(current, trusted, signer, key, named, signed=read.signed)
    return Signed(value=read.token_list, since=None, until=None) if judged is None else None


def _holds(current: Round, item: Fetched, read: _Read, key: PublicKey) -> bool:
    return current.memoised(
        f"token-list-proof:{item.url}:{key.multikey}",
        bool,
        lambda: read.holds(key),
        size=lambda _held: 0,
        of=item.digest,
    )


def _read(body: bytes) -> _Read:
    try:
        if body.startswith(_JWT_START):
            jws, token_list = read_list_jwt(body.decode("ascii"), _LIMITS)
            return _Read(token_list=token_list, message=jws)
        message, token_list = read_list_cwt(body, _LIMITS)
        return _Read(token_list=token_list, message=message)
    except (ProtocolError, UnicodeDecodeError):
        return _Read()


def step_token_status(
    entry: TokenStatusEntry, evidence: Evidence, policy: Policy, now: datetime
) -> Need | Force:
    """One round over one place in a list alone, as ``vc.verify.step`` over a credential."""
    current = Round(evidence=evidence, policy=policy, now=now)
    try:
        trust = trust_in_force(current)
        if trust.trust_list is None:
            reason = trust.reason or Reason.TRUST_LIST_UNAVAILABLE
            return Force(answer=Answer.COULD_NOT_CHECK, reason=reason, findings=trust.findings)
        return check_token_status(current, entry, trust.trust_list)
    except Waiting:
        return Need(urls=frozenset(current.needs))
