"""Telling the RLD what became of certificates: type, title, level, day and status, and nothing of health.

What is to be told was written in the transaction of the act (``issuer.feed_store``). What cannot be told
is tried again, later each time.
"""

from datetime import date, datetime, timedelta
from typing import Final

from issuer import feed_store
from issuer.clients import registry_changes
from issuer.rld.port import Notice, NoticeStatus, RldUnavailable
from issuer.service.desk import Desk
from issuer.store import Record
from issuer.unsealed import Intent
from runtime.logging import get_logger
from runtime.personal_data_table import HEALTH

_FIRST_PAUSE: Final = timedelta(seconds=15)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_MAX_DOUBLINGS: Final = 12
_log = get_logger("issuer")


async def read_registry(desk: Desk) -> None:
    """Take over what the registry revoked since it was last asked. Raises ``EvidenceUnavailable``."""
    database = desk.context.database
    client = desk.context.peers.client("revocation")
    while True:
        after = int(await database.read(feed_store.position_of, feed_store.REGISTRY) or "0")
        page = await registry_changes(client, after)
        if page.newest < after:
            # The registry was rebuilt and counts anew; what is known already is not told twice.
            page = await registry_changes(client, 0)
        if not page.changes:
            return
        await database.write(feed_store.take_changes, page.changes, str(page.last))


async def tell_all(desk: Desk) -> None:
    """Tell the RLD everything that is due; the first failure ends the round."""
    database = desk.context.database
    while due := await database.read(feed_store.due_notices, feed_store.instant(desk.context.clock.now())):
        for record in due:
            if not await _tell(desk, record):
                return


async def _tell(desk: Desk, record: Record) -> bool:
    database = desk.context.database
    opened = await database.read(desk.sealed.issued_by_intents, [record.intent_id])
    if not opened or opened[0].data_class == HEALTH:
        await database.write(feed_store.drop_notice, record.notice_id)
        return True
    try:
        await desk.rld.notify(_notice(record, opened[0]))
    except RldUnavailable as error:
        due_at = feed_store.instant(desk.context.clock.now() + pause_after(record.attempts))
        await database.write(feed_store.record_untold, record.notice_id, error.trouble.value, due_at)
        _log.warning("notice_postponed", reason=error.trouble.value, count=record.attempts + 1)
        return False
    now = feed_store.instant(desk.context.clock.now())
    await database.write(feed_store.record_told, record.notice_id, now)
    return True


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many earlier attempts: doubled each time, six hours at most."""
    return min(_FIRST_PAUSE * (1 << min(attempts, _MAX_DOUBLINGS)), _LONGEST_PAUSE)


def _notice(record: Record, intent: Intent) -> Notice:
    return Notice(
        notice_id=record.notice_id,
        rld_number=intent.details.rld_number,
        credential_type=intent.details.credential_type,
        title=intent.details.name,
        level=_level(intent),
        on=_day(record.happened_at),
        status=NoticeStatus(record.status),
    )


def _level(intent: Intent) -> int | None:
    achievement = intent.details.subject.get("achievement")
    level = achievement.get("cqfLevel") if isinstance(achievement, dict) else None
    return level if isinstance(level, int) else None


def _day(instant: str) -> date:
    return datetime.fromisoformat(instant).date()
