"""What is measured of issuing: class lists and rows that are not done, and who is at work on them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from issuer import measure_store
from runtime.metric_definitions import CLASS_LISTS, ROWS, WORKERS, Measure, RowState, WorkState
from runtime.metrics import Measured
from runtime.service import ServiceContext

_SEEN: Final = timedelta(minutes=1)


def measure_issuing(context: ServiceContext) -> None:
    """Measure at each scrape."""

    async def look_up() -> Iterable[Measured]:
        found = await context.database.read(measure_store.unfinished, context.clock.now() - _SEEN)
        lists = (Measured(CLASS_LISTS, found.lists.get(state, 0), (state.value,)) for state in WorkState)
        rows = (Measured(ROWS, found.rows.get(state, 0), (state.value,)) for state in RowState)
        return (*lists, *rows, Measured(WORKERS, found.workers, (context.service,)))

    context.metrics.add_measure(context.service, Measure.ISSUING, look_up)
