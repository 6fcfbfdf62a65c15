"""What is looked up of every service at each scrape: its connections, its disk, and how ready it is."""

import shutil
from collections.abc import Iterable

import anyio.to_thread

from runtime.metric_definitions import CONNECTIONS, CONNECTIONS_ALLOWED, DISK_FREE, DISK_SIZE, READY, Measure
from runtime.metrics import Measured, Metrics
from runtime.readiness import ReadinessChecks, State
from runtime.service import ServiceContext


def measure_readiness(metrics: Metrics, service: str, checks: ReadinessChecks) -> None:
    """Measure how every part of this process is; ``service`` is the one that faces the port."""

    async def look_up() -> Iterable[Measured]:
        found = await checks.look()
        return [
            Measured(READY, float(state is State.OK), (of, part.value))
            for (of, part), state in found.parts.items()
        ]

    metrics.add_measure(service, Measure.READINESS, look_up)


def measure_process(context: ServiceContext) -> None:
    """Measure what a service holds: database connections, and room on its disk."""
    service = context.service

    async def look_up() -> Iterable[Measured]:
        disk = await anyio.to_thread.run_sync(shutil.disk_usage, context.settings.data_dir)
        in_use, allowed = context.database.connections()
        return (
            Measured(CONNECTIONS, in_use, (service,)),
            Measured(CONNECTIONS_ALLOWED, allowed, (service,)),
            Measured(DISK_FREE, disk.free, (service,)),
            Measured(DISK_SIZE, disk.total, (service,)),
        )

    context.metrics.add_measure(service, Measure.PROCESS, look_up)
