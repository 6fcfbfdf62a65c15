"""How much of what is to be issued is not done yet, as counts of nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from issuer.store import ISSUING, PAUSED
from issuer.tables import class_list, issuance, worker
from runtime.metric_definitions import RowState, WorkState
from vc.encoding.timestamps import format_timestamp


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfinished:
    """Class lists and rows by how far they are, and how many workers were seen lately."""

    lists: Mapping[WorkState, int]
    rows: Mapping[RowState, int]
    workers: int


def unfinished(connection: Connection, seen_since: datetime) -> Unfinished:
    """What is begun and not done."""
    by_state = (
        select(class_list.c.state, class_list.c.has_failed, func.count())
        .where(class_list.c.state.in_((ISSUING, PAUSED)))
        .group_by(class_list.c.state, class_list.c.has_failed)
    )
    lists: dict[WorkState, int] = {}
    for state, has_failed, count in connection.execute(by_state):
        work = WorkState.PAUSED if state == PAUSED else WorkState.ISSUING
        name = WorkState.FAILED if has_failed else work
        lists[name] = lists.get(name, 0) + count
    open_rows = (
        select(issuance.c.state, func.count())
        .where(issuance.c.state.in_([state.value for state in RowState]))
        .group_by(issuance.c.state)
    )
    workers = select(func.count()).where(worker.c.seen_at >= format_timestamp(seen_since))
    return Unfinished(
        lists=lists,
        rows={RowState(state): count for state, count in connection.execute(open_rows)},
        workers=connection.scalar(workers) or 0,
    )
