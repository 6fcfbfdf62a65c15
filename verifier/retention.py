"""What the verifier keeps no longer than it must: see ``runtime.retention``."""

from runtime.retention import ACCESS, before
from runtime.service import ServiceContext
from verifier import store


async def sweep(context: ServiceContext) -> None:
    """Delete what is over its limit, by the service's clock."""
    limit = before(context.settings, ACCESS, context.clock.now())
    await context.database.write(store.forget_access, limit)
