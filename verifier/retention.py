"""What the verifier keeps no longer than it must: see ``runtime.retention``."""

from runtime.retention import ACCESS, before
from runtime.service import ServiceContext
from verifier import harvest_store, store, watch_store
from verifier.harvesting import KEPT
from verifier.oid4vp import WalletRequests
from verifier.photo_comparing import PhotoComparisons


async def sweep(context: ServiceContext, wallet_requests: WalletRequests, photos: PhotoComparisons) -> None:
    """Delete what is over its limit, by the service's clock."""
    limit = before(context.settings, ACCESS, context.clock.now())
    await context.database.write(store.forget_access, limit)
    await context.database.write(harvest_store.forget_checked, context.clock.now() - KEPT)
    await context.database.write(watch_store.forget_watches, context.clock.now())
    await wallet_requests.sweep()
    await photos.sweep()
