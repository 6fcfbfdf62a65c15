"""What is measured of the registry: how old the lists are that it serves, and what is not in them yet."""

from collections.abc import Iterable

import anyio.to_thread

from revocation import measure_store
from revocation.publication import VALIDITY
from revocation.service import Registry
from runtime.metric_definitions import (
    CHANGES,
    LAG,
    PUBLISHED,
    PUBLISHED_AGE,
    PUBLISHED_REMAINING,
    DocumentKind,
    Measure,
)
from runtime.metrics import Measured
from runtime.readiness import Need, Part, State
from runtime.service import ServiceContext

_KIND = (DocumentKind.STATUS_LIST.value,)


def measure_registry(context: ServiceContext, registry: Registry) -> None:
    """Measure at each scrape; and have a registry that does not start known as not ready for all its work."""
    service = context.service

    async def published() -> Iterable[Measured]:
        signed = await anyio.to_thread.run_sync(registry.signed_at)
        if not signed:
            return (Measured(PUBLISHED, 0, _KIND),)
        age = context.clock.now() - min(signed)
        return (
            Measured(PUBLISHED, len(signed), _KIND),
            Measured(PUBLISHED_AGE, age.total_seconds(), _KIND),
            Measured(PUBLISHED_REMAINING, (VALIDITY - age).total_seconds(), _KIND),
        )

    async def changes() -> Iterable[Measured]:
        waiting = await context.database.read(measure_store.unpublished)
        lag = 0.0 if waiting.oldest is None else (context.clock.now() - waiting.oldest).total_seconds()
        return (Measured(CHANGES, waiting.count, (service,)), Measured(LAG, lag, (service,)))

    async def started() -> State:
        return State.OK if registry.trouble is None else State.MISSING

    context.metrics.add_measure(service, Measure.PUBLISHED, published)
    context.metrics.add_measure(service, Measure.CHANGES, changes)
    context.readiness.add(service, Part.REGISTRY, started, Need.FOR_SOME)
