"""From the append-only log of status changes to the state of every index.

What is published is the fold of the log, nothing else: there is no second place where a bit lives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vc.status.entries import StatusPurpose


class ChangeKind(StrEnum):
    """What a change did. *Revoked* and *superseded* are final; *suspended* ends with *reinstated*.

    *Succeeded* names what replaces a credential that was revoked before: it stays ended, as superseded.
    """

    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    SUCCEEDED = "succeeded"

    @property
    def purpose(self) -> StatusPurpose:
        """The purpose of the list that this change is about."""
        is_passing = self in (ChangeKind.SUSPENDED, ChangeKind.REINSTATED)
        return StatusPurpose.SUSPENSION if is_passing else StatusPurpose.REVOCATION

    @property
    def is_end(self) -> bool:
        """Whether it ends a credential."""
        return self in (ChangeKind.REVOKED, ChangeKind.SUPERSEDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusChange:
    """One line of the log. ``seq`` gives the order, ``at`` is aware UTC.

    ``until`` is when a suspension ends by itself, unless it is renewed; None: when somebody ends it.
    """

    seq: int
    index: int
    kind: ChangeKind
    at: datetime
    successor: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexState:
    """The state of one index: what happened to it first, and when."""

    kind: ChangeKind
    since: datetime
    successor: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """The state of every index the log speaks of: ``ended`` for ever, ``suspended`` for now.

    An index may be in both; it is the end that counts then.
    """

    ended: Mapping[int, IndexState]
    suspended: Mapping[int, IndexState]

    def indexes(self, purpose: StatusPurpose) -> Mapping[int, IndexState]:
        """The indexes that are set in the list of this purpose."""
        return self.suspended if purpose is StatusPurpose.SUSPENSION else self.ended

    def state_of(self, index: int) -> IndexState | None:
        """What holds for one index; None while it is in force."""
        return self.ended.get(index) or self.suspended.get(index)

    def combined(self) -> Mapping[int, IndexState]:
        """Index → what holds for it, for every index that is not in force."""
        return {**self.suspended, **self.ended}


def fold(changes: Iterable[StatusChange]) -> Folded:
    """The state that the log amounts to.

    Of an end the earliest stands, so ``ended`` only grows with the log; what succeeds it first stays its
    successor. A suspension renewed keeps the day it began.
    """
    ended: dict[int, IndexState] = {}
    suspended: dict[int, IndexState] = {}
    for change in sorted(changes, key=lambda change: change.seq):
        if change.kind is ChangeKind.REINSTATED:
            suspended.pop(change.index, None)
        elif change.kind is ChangeKind.SUSPENDED:
            standing = suspended.get(change.index)
            since = change.at if standing is None else standing.since
            suspended[change.index] = IndexState(kind=change.kind, since=since, until=change.until)
        elif change.kind is ChangeKind.SUCCEEDED:
            _succeed(ended, change)
        else:
            state = IndexState(kind=change.kind, since=change.at, successor=change.successor)
            ended.setdefault(change.index, state)
    return Folded(ended=ended, suspended=suspended)


def _succeed(ended: dict[int, IndexState], change: StatusChange) -> None:
    """What was revoked reads as superseded, since the day it was revoked; nothing begins or ends."""
    standing = ended.get(change.index)
    if standing is not None and standing.kind is ChangeKind.REVOKED:
        ended[change.index] = IndexState(
            kind=ChangeKind.SUPERSEDED, since=standing.since, successor=change.successor
        )
