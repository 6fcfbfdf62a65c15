"""Windows of time, all half open: [from, until)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import require_time
from vc.trust.reading import time_or_none


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspension:
    """A time in which a right did not stand; ``until`` is None while nobody has lifted it."""

    start: datetime
    until: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether the right did not stand at ``moment``."""
        return is_within(moment, self.start, self.until)


def parse_suspension(entry: Mapping[str, JsonValue], pointer: str) -> Suspension:
    """Read one suspension. Raises ``MalformedValue``."""
    start = require_time(entry.get("from"), f"{pointer}/from")
    until = time_or_none(entry.get("until"), f"{pointer}/until")
    if until is not None and until <= start:
        raise MalformedValue("A suspension must end after it begins.", pointer=f"{pointer}/until")
    return Suspension(start=start, until=until)


def is_within(moment: datetime, start: datetime, until: datetime | None) -> bool:
    """Whether ``start`` ≤ ``moment`` < ``until``; None is no end."""
    return start <= moment and (until is None or moment < until)
