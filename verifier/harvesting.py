"""An asker who checks very many different people in an hour is collecting, and is stopped.

What is kept for that is a digest of licence, hour and certificate, for two days. Nobody without the
certificate's random identifier can tell from it what was checked.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from runtime.logging import get_logger
from runtime.service import ServiceContext
from vc.encoding.strict_json import JsonValue
from vc.errors import RateLimited
from vc.model.verdict import Verification
from verifier import harvest_store

KEPT: Final = timedelta(days=2)
_DIGEST_BYTES: Final = 16
_log = get_logger("harvesting")


async def require_not_harvesting(
    context: ServiceContext, licence_number: str | None, verifications: Iterable[Verification]
) -> None:
    """Note what an asker with a licence checked. Raises ``RateLimited`` beyond the hour's limit.

    Only what is authentic counts: forgeries tell nothing about anybody. An asker without a licence is
    limited by address, and sees no more of a stranger's certificate than stands on the paper.
    """
    if licence_number is None:
        return
    now = context.clock.now().astimezone(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    digests = frozenset(
        _digest(licence_number, hour, one) for one in verifications if one.document is not None
    )
    if not digests:
        return
    number = await context.database.write(harvest_store.note_checked, licence_number, hour, digests)
    if number > context.settings.harvest_per_hour:
        _log.warning("an asker checks very many people", licence_number=licence_number, number=number)
        wait = int((hour + timedelta(hours=1) - now).total_seconds()) + 1
        raise RateLimited("Too many different people were checked in this hour.", retry_after=wait)


async def busiest_days(context: ServiceContext) -> dict[str, int]:
    """Days on which somebody was beyond the limit, with how many it were in one hour."""
    most = await context.database.read(harvest_store.most_since, context.clock.now() - KEPT)
    return {day: number for day, number in most.items() if number > context.settings.harvest_per_hour}


def _digest(licence_number: str, hour: datetime, verification: Verification) -> bytes:
    named: JsonValue = (verification.document or {}).get("id")
    # A form without an identifier of its own is told apart by what it says.
    identity = str(named) if isinstance(named, str) else repr(sorted((verification.document or {}).items()))
    text = f"{licence_number}\n{hour.isoformat()}\n{verification.issuer}\n{identity}"
    return hashlib.sha256(text.encode()).digest()[:_DIGEST_BYTES]
