"""Time as an argument: everything that needs the present asks a ``Clock``."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows the present."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime with microseconds."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place


class FixedClock:
    """A clock that stands still until it is moved; for tests and for replaying evidence."""

    def __init__(self, at: datetime) -> None:
        """Start at ``at``; a naive datetime raises ``ValueError``."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The time this clock was last set to."""
        return self._at

    def advance(self, step: timedelta) -> None:
        """Move by ``step``; a negative step moves back, as real clocks sometimes do."""
        self._at += step
