"""XML Schema dateTime values as VCDM 2.0 section 4.9 (dateTimeStamp) uses them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from vc.errors import MalformedValue

_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,12}))?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)
# The spelling this product writes, which ``datetime.fromisoformat`` reads in the same way, and sooner.
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_MAX_OFFSET = timedelta(hours=14)
_ONE_HOUR = timedelta(hours=1)
# One certificate is read for its shape and for its dates; a class has the same dates.
_REMEMBERED: Final = 4_096


@lru_cache(maxsize=_REMEMBERED)
def parse_timestamp(text: str, *, require_offset: bool = True) -> datetime:
    """Read an XSD dateTimeStamp into an aware datetime in UTC.

    With ``require_offset`` False a dateTime without offset is read as UTC. Digits of a second beyond
    the sixth are cut. Raises MalformedValue for any other spelling, for a day or hour that does not
    exist (24:00 and leap seconds included), and for an offset beyond 14 hours.
    """
    if _USUAL.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise MalformedValue("A time names a day or hour that does not exist.") from None
    match = _TIMESTAMP.fullmatch(text)
    if match is None or (require_offset and match["offset"] is None):
        raise MalformedValue("A time is not an XML Schema dateTimeStamp.")
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        zone = _offset(match["offset"])
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedValue("A time names a day or hour that does not exist.") from None


def format_timestamp(moment: datetime) -> str:
    """Spell an aware datetime as ``YYYY-MM-DDTHH:MM:SSZ``; fractions of a second are cut.

    Raises ValueError for a naive datetime, which is a fault of the caller.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime cannot be written")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def format_exact_timestamp(moment: datetime) -> str:
    """As ``format_timestamp`` with six digits of a second, so that reading it gives ``moment`` again."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime cannot be written")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _offset(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    past_hour = timedelta(minutes=int(text[4:6]))
    distance = timedelta(hours=int(text[1:3])) + past_hour
    if past_hour >= _ONE_HOUR or distance > _MAX_OFFSET:
        raise ValueError("offset out of range")
    return timezone(-distance if text[0] == "-" else distance)
