"""What the issuer keeps no longer than it must: see ``runtime.retention``."""

from issuer.service.desk import Desk
from runtime.retention import PREVIEW, SHEET, before


async def sweep(desk: Desk) -> None:
    """Destroy what is over its limit, by the desk's clock."""
    context = desk.context
    now = context.clock.now()
    await context.database.write(
        desk.sealed.sweep,
        previews_before=before(context.settings, PREVIEW, now).isoformat(),
        sheets_before=before(context.settings, SHEET, now).isoformat(),
    )
