"""Fetching and checking the roots and the trust list, from the pinned anchor on.

    the pinned keys  →  chain of root documents  →  a key that may sign the list  →  the list

What is refused: a chain with a gap, a fork or too few signatures; a list by a key the newest root
does not name now; a list made under a newer root than is at hand (mix and match); either of them
out of its time (freeze); either of them older than one seen before, or another of the same number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from vc.crypto.keys import PublicKey
from vc.errors import Finding, ProblemType, ProtocolError
from vc.model.credential import check_credential_shape, issuer_id, parse_credential, types_of
from vc.model.evidence import Evidence, Fetched, Need, Remembered, Seen, Unavailable
from vc.model.verdict import CheckedAgainst, Reason
from vc.proof.data_integrity import check_proof_options, parse_proofs, verify_proof
from vc.trust.root import ListKey, Root, parse_chain, require_chain
from vc.trust.trust_list import LIST_LIMITS, TrustList, parse_trust_list
from vc.trust.windows import is_within
from vc.verify.policy import Policy
from vc.verify.round import Round, Waiting, parsed_size

TRUST_LIST_TYPE = "TrustListCredential"


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """The trust list in force, or why there is none. ``reason`` is set when there is none."""

    trust_list: TrustList | None
    reason: Reason | None = None
    findings: tuple[Finding, ...] = ()
    against: tuple[CheckedAgainst, ...] = ()
    seen: Seen | None = None


# The one list that answers lean on now; with what else it hangs on it lies in the memo under this name.
_IN_FORCE: Final = "trust in force"


class _InForce(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was found in force, on what grounds, and the time in which that stays so."""

    trust: Trust
    list_item: Fetched
    root_item: Fetched
    policy: Policy
    seen: Seen | None
    since: datetime
    until: datetime

    def holds(self, current: Round, list_item: Fetched, root_item: Fetched) -> bool:
        """Whether nothing that it hangs on has changed since."""
        return (
            self.list_item is list_item
            and self.root_item is root_item
            and self.since <= current.now < self.until
            and (self.policy is current.policy or self.policy == current.policy)
            and (self.seen is current.evidence.seen or self.seen == current.evidence.seen)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _CheckedRoot:
    root: Root | None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _CheckedList:
    trust_list: TrustList | None
    key: ListKey | None = None
    detail: str = ""


def step_trust(evidence: Evidence, policy: Policy, now: datetime) -> Need | Trust:
    """One round for the trust list alone: the URLs still needed, or the list in force. As ``step``."""
    current = Round(evidence=evidence, policy=policy, now=now)
    try:
        return trust_in_force(current)
    except Waiting:
        return Need(urls=frozenset(current.needs))


def trust_in_force(current: Round) -> Trust:
    """The verified, unexpired trust list. Raises ``Waiting`` while it or the roots are missing."""
    policy = current.policy
    current.require(policy.trust_list_url, policy.trust_root_url)
    list_item, root_item = current.fetched(policy.trust_list_url), current.fetched(policy.trust_root_url)
    if isinstance(list_item, Unavailable) or isinstance(root_item, Unavailable):
        return _none(Reason.TRUST_LIST_UNAVAILABLE, "The trust list or its root could not be fetched.")
    known = current.evidence.memo.get(_IN_FORCE)
    standing = None if known is None else known.value
    if isinstance(standing, _InForce) and standing.holds(current, list_item, root_item):
        return standing.trust
    return _judge_trust(current, list_item, root_item)


def _judge_trust(current: Round, list_item: Fetched, root_item: Fetched) -> Trust:
    """As ``trust_in_force``, judged anew; a good list is remembered for as long as nothing ends or begins."""
    policy = current.policy
    root = _newest_root(current, root_item)
    if isinstance(root, Trust):
        return root
    anchor = policy.trust_anchor
    # Hashed once, as evidence: a list may be large, and this is the hot path.
    list_digest = current.used[list_item.url]
    checked = current.memoised(
        f"trust:{anchor.did}:{list_item.url}",
        _CheckedList,
        lambda: _check_list(current, list_item, root),
        size=parsed_size(list_item.body),
        of=f"{list_digest}:{root.digest}",
    )
    if checked.trust_list is None or checked.key is None:
        return _none(Reason.TRUST_LIST_INVALID, checked.detail)
    fault = _list_fault(current, root, checked.trust_list, checked.key)
    if fault is not None:
        return fault
    seen = Seen(
        root_version=root.version,
        root_digest=root.digest,
        list_version=checked.trust_list.version,
        list_digest=list_digest,
        list_key=checked.key.public_key_multibase,
    )
    if current.evidence.seen is not None and _goes_back(current, seen, current.evidence.seen, root):
        return _none(Reason.TRUST_LIST_ROLLED_BACK, "The trust list or its root is older than one seen.")
    trust = _trust(checked.trust_list, root, seen, list_item=list_item, root_item=root_item)
    moments = list(_turning_points(root, checked.trust_list, policy.max_skew))
    standing = _InForce(
        trust=trust,
        list_item=list_item,
        root_item=root_item,
        policy=policy,
        seen=current.evidence.seen,
        since=max(moment for moment in moments if moment <= current.now),
        until=min(moment for moment in moments if moment > current.now),
    )
    current.evidence.memo[_IN_FORCE] = Remembered(value=standing, size=0)
    return trust


def _turning_points(root: Root, trust_list: TrustList, skew: timedelta) -> Iterator[datetime]:
    """Every moment at which time alone may change what is said of this root and list."""
    yield from (root.valid_from - skew, root.valid_until)
    yield from (trust_list.valid_from - skew, trust_list.valid_until)
    for key in root.list_keys:
        yield key.valid_from - skew
        if key.valid_until is not None:
            yield key.valid_until


def _trust(trust_list: TrustList, root: Root, seen: Seen, *, list_item: Fetched, root_item: Fetched) -> Trust:
    against = (
        CheckedAgainst(
            kind="trustRoot",
            name=root_item.url,
            version=str(root.version),
            as_of=root.valid_from,
            fetched_at=root_item.fetched_at,
        ),
        CheckedAgainst(
            kind="trustList",
            name=trust_list.url,
            version=str(trust_list.version),
            as_of=trust_list.valid_from,
            fetched_at=list_item.fetched_at,
        ),
    )
    return Trust(trust_list=trust_list, against=against, seen=seen)


def _newest_root(current: Round, item: Fetched) -> Root | Trust:
    """The newest root, in force now; otherwise why there is none."""
    anchor = current.policy.trust_anchor
    checked = current.memoised(
        f"root:{anchor.did}:{anchor.text}",
        _CheckedRoot,
        lambda: _check_root(current, item),
        size=parsed_size(item.body),
        of=current.used[item.url],
    )
    root = checked.root
    if root is None:
        return _none(Reason.TRUST_LIST_INVALID, checked.detail)
    if not root.valid_from - current.policy.max_skew <= current.now < root.valid_until:
        return _none(Reason.TRUST_LIST_UNAVAILABLE, "The newest root at hand is not in force now.")
    return root


def _check_root(current: Round, item: Fetched) -> _CheckedRoot:
    """Signatures and shape of the chain; a pure function of the bytes and the anchor."""
    try:
        return _CheckedRoot(root=require_chain(parse_chain(item.body), current.policy.trust_anchor)[-1])
    except ProtocolError as error:
        return _CheckedRoot(root=None, detail=str(error))


def _check_list(current: Round, item: Fetched, root: Root) -> _CheckedList:
    """Signature and shape; a pure function of the bytes, the URL, the root's DID and the root."""
    try:
        document = parse_credential(item.body, LIST_LIMITS).document
        if check_credential_shape(document) or TRUST_LIST_TYPE not in types_of(document):
            return _CheckedList(trust_list=None, detail="What was fetched is not a trust list.")
        if issuer_id(document) != current.policy.trust_anchor.did or document.get("id") != item.url:
            return _CheckedList(trust_list=None, detail="The trust list is not the root's, or not this one.")
        proofs = parse_proofs(document)
        if len(proofs) != 1 or check_proof_options(
            proofs[0], purpose="assertionMethod", domain=None, challenge=None
        ):
            return _CheckedList(trust_list=None, detail="The trust list must carry one proof.")
        for key in root.list_keys:
            result = verify_proof(document, proofs[0], PublicKey.from_multikey(key.public_key_multibase))
            if result.verified_document is not None:
                return _CheckedList(trust_list=parse_trust_list(result.verified_document), key=key)
    except ProtocolError:
        return _CheckedList(trust_list=None, detail="The trust list could not be read.")
    detail = "The trust list is not signed by a key that the newest root names."
    return _CheckedList(trust_list=None, detail=detail)


def _list_fault(current: Round, root: Root, trust_list: TrustList, key: ListKey) -> Trust | None:
    """What time and the root say against a rightly signed list."""
    # Now, too: whoever has a retired key dates the list as they please.
    if not (key.may_sign_at(trust_list.valid_from) and _may_sign_now(current, key)):
        return _none(Reason.TRUST_LIST_INVALID, "The trust list is signed with a key outside its time.")
    if trust_list.root_version > root.version:
        return _none(Reason.TRUST_LIST_UNAVAILABLE, "The trust list names a newer root than is at hand.")
    skew = current.policy.max_skew
    if not trust_list.valid_from - skew <= current.now < trust_list.valid_until:
        return _none(Reason.TRUST_LIST_UNAVAILABLE, "The trust list at hand is not in force now.")
    return None


def _may_sign_now(current: Round, key: ListKey) -> bool:
    """Whether the key is in its time; as elsewhere, a clock behind by ``max_skew`` does not end an answer."""
    return is_within(current.now, key.valid_from - current.policy.max_skew, key.valid_until)


def _goes_back(current: Round, at_hand: Seen, seen: Seen, root: Root) -> bool:
    """Whether what is at hand is older than what was seen, or another of the same number.

    A list whose key the root has ended since is not compared: whoever stole that key may have
    counted up to any number.
    """
    if at_hand.root_version < seen.root_version:
        return True
    if at_hand.root_version == seen.root_version and at_hand.root_digest != seen.root_digest:
        return True
    standing = {key.public_key_multibase for key in root.list_keys if _may_sign_now(current, key)}
    if seen.list_key not in standing:
        return False
    if at_hand.list_version == seen.list_version:
        return at_hand.list_digest != seen.list_digest
    return at_hand.list_version < seen.list_version


def _none(reason: Reason, detail: str) -> Trust:
    finding = Finding(type=ProblemType.TRUST_LIST_UNAVAILABLE, detail=detail)
    return Trust(trust_list=None, reason=reason, findings=(finding,))
