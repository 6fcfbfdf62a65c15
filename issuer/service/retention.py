"""What the issuer keeps no longer than it must: see ``runtime.retention``."""

from issuer import handover_store, visit_store
from issuer.openid4vci import grant_store, once_store, request_store
from issuer.service.desk import Desk
from runtime.retention import HANDOVER, OFFER, PREVIEW, SHEET, before


async def sweep(desk: Desk) -> None:
    """Destroy what is over its limit, by the desk's clock."""
    context = desk.context
    now = context.clock.now()
    await context.database.write(
        desk.sealed.sweep,
        previews_before=before(context.settings, PREVIEW, now).isoformat(),
        sheets_before=before(context.settings, SHEET, now).isoformat(),
    )
    over = before(context.settings, HANDOVER, now)
    await context.database.write(visit_store.forget_older, over)
    await context.database.write(handover_store.forget_older, over)
    await context.database.write(grant_store.sweep_grants, before(context.settings, OFFER, now))
    await context.database.write(request_store.sweep_requests, now)
    await context.database.write(once_store.sweep_once, now)
