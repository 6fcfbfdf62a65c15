"""What a monitor says about what it fetched, given what it saw before. Pure functions.

Each takes the state, moves it on where all is well, and leaves it where not: an alarm lasts until what
was seen is continued again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from passport.monitor.state import State
from runtime.checkpoints import CheckpointChecker, StoredCheckpoint, read_or_none
from vc.crypto.keys import PublicKey
from vc.crypto.merkle import Frontier
from vc.crypto.signed_note import NoteKey
from vc.model.evidence import Evidence, Fetched, Seen
from vc.trust.anchor import TrustAnchor
from vc.trust.root import parse_chain, require_chain
from vc.verify.policy import Policy
from vc.verify.round import Round
from vc.verify.trusted import Trust, trust_in_force

MAX_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """Something a monitor has to say about ``place``.

    ``wrong`` is False where it could not check, and where nothing is wrong yet: ``soon``.
    """

    place: str
    detail: str
    wrong: bool = True
    soon: bool = False


def read_trust(trust_list: Fetched, root: Fetched, anchor: TrustAnchor, now: datetime) -> Trust:
    """The trust list if the anchor leads to it and it is in force, or why not.

    The verifier's own check, so that both always agree about what an anchor is.
    """
    policy = Policy(
        trust_list_url=trust_list.url,
        trust_root_url=root.url,
        trust_anchor=anchor,
        refuse_demo_issuers=False,
    )
    evidence = Evidence(items={trust_list.url: trust_list, root.url: root})
    return trust_in_force(Round(evidence=evidence, policy=policy, now=now))


def judge_root_end(chain: bytes, anchor: TrustAnchor, now: datetime) -> Iterator[Observation]:
    """Whether the newest of verified root documents comes to its end soon."""
    root = require_chain(parse_chain(chain), anchor)[-1]
    if root.is_to_be_renewed(now):
        detail = f"it ends at {root.valid_until.isoformat()}: the next one should be signed"
        yield Observation(place="trust root", detail=detail, wrong=False, soon=True)


def judge_trust(state: State, seen: Seen) -> Iterator[Observation]:
    """Verified root and list must be the ones seen last, or newer ones."""
    root = _compare_numbers("trust root", (seen.root_version, seen.root_digest), state.root)
    trust_list = _compare_numbers("trust list", (seen.list_version, seen.list_digest), state.trust_list)
    if root is not None:
        yield root
    else:
        state.root = (seen.root_version, seen.root_digest)
    if trust_list is not None:
        yield trust_list
    else:
        state.trust_list = (seen.list_version, seen.list_digest)


def _compare_numbers(place: str, found: tuple[int, str], seen: tuple[int, str]) -> Observation | None:
    if found[0] < seen[0]:
        return Observation(place=place, detail=f"version {found[0]} after version {seen[0]}: rolled back")
    if found[0] == seen[0] and found[1] != seen[1]:
        return Observation(place=place, detail=f"two of version {found[0]}: a split view")
    return None


def judge_checkpoint_key(state: State, public_key: PublicKey) -> Iterator[Observation]:
    """The key of the checkpoints is the one seen first."""
    if state.key and state.key != public_key.multikey:
        yield Observation(place="checkpoint key", detail="it is another key than the one seen before")
    else:
        state.key = public_key.multikey


def judge_checkpoints(
    state: State, key: NoteKey, notes: Iterable[tuple[int, bytes]]
) -> Iterator[Observation]:
    """The checkpoints after the one seen last must each continue the one before."""
    before = read_or_none(state.note.encode(), key) if state.note else None
    tree = Frontier(state.size, tuple(bytes.fromhex(peak) for peak in state.peaks))
    checker = CheckpointChecker(key, tree=tree, before=before)
    for number, note in notes:
        faults = list(checker.check(StoredCheckpoint(number=number, note=note)))
        if faults:
            yield from (
                Observation(place=f"checkpoint {fault.number}", detail=fault.detail) for fault in faults
            )
            return
        state.size, state.note = number, note.decode()
        state.peaks = tuple(peak.hex() for peak in checker.tree.peaks)


def judge_newest_checkpoint(
    state: State, key: NoteKey, note: bytes, *, now: datetime, max_age: timedelta
) -> Iterator[Observation]:
    """What is called the newest must not be behind what was seen, nor old, nor over logs that fell silent."""
    newest = read_or_none(note, key)
    if newest is None:
        yield Observation(place="newest checkpoint", detail="its signature does not hold")
        return
    if newest.size < state.size:
        detail = f"number {newest.size} after number {state.size}: rolled back"
        yield Observation(place="newest checkpoint", detail=detail)
    if newest.at + max_age < now:
        yield Observation(place="newest checkpoint", detail="it is stale")
    for service, head in sorted(newest.heads.items()):
        if head.since is not None and head.since + max_age < now:
            detail = f"the log of {service} was last heard of at {head.since.isoformat()}"
            yield Observation(place="newest checkpoint", detail=detail, wrong=False)


def judge_same_checkpoint(place: str, seen: bytes, told: bytes) -> Iterator[Observation]:
    """A checkpoint once seen stays what it was."""
    if seen != told:
        yield Observation(place=place, detail="another one of this number was seen: a split view")
