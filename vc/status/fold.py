"""From the append-only log of status changes to the state of every index.

What is published is the fold of the log, nothing else: there is no second place where a bit lives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What a change did. Both are final; a superseded credential has a successor instead."""

    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusChange:
    """One line of the log. ``seq`` gives the order, ``at`` is aware UTC."""

    seq: int
    index: int
    kind: ChangeKind
    at: datetime
    successor: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexState:
    """The state of one index: what happened to it first, and when."""

    kind: ChangeKind
    since: datetime
    successor: str | None


def fold(changes: Iterable[StatusChange]) -> Mapping[int, IndexState]:
    """Index → state for every index the log speaks of; the earliest change of an index stands.

    Revocation is final, so the result only grows with the log.
    """
    states: dict[int, IndexState] = {}
    for change in sorted(changes, key=lambda change: change.seq):
        states.setdefault(
            change.index, IndexState(kind=change.kind, since=change.at, successor=change.successor)
        )
    return states
