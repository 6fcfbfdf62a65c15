"""Whether a process can do what it is there for: what it needs, and which of that is missing.

*Alive* is another question (``GET /health``): a process that answers at all is alive.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from runtime.logging import get_logger

CHECK_SECONDS: Final = 2.0
"""Whoever takes longer to answer could not be checked."""
_KEEP_SECONDS: Final = 1.0

_log = get_logger(__name__)


class Part(StrEnum):
    """What a service may need."""

    DATABASE = "database"
    KEYRING = "keyring"
    REGISTRY = "registry"
    TRUST_LIST = "trust_list"


class State(StrEnum):
    """How a part is: there, not there, or honestly neither."""

    OK = "ok"
    MISSING = "missing"
    COULD_NOT_CHECK = "could not check"


class Status(StrEnum):
    """What the parts come to. *limited*: some of the work is done, and done right."""

    READY = "ready"
    LIMITED = "limited"
    NOT_READY = "not ready"


class Need(StrEnum):
    """What it means that a part is not *ok*."""

    ALWAYS = "always"
    """Without it nothing can be done: the service is not ready."""
    TO_BEGIN = "to begin"
    """Not ready until it was there once; after that, limited."""
    FOR_SOME = "for some"
    """Limited: other replicas could do no better, and what is left of the work is wanted."""


Check = Callable[[], Awaitable[State]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """The state of every part, by service and part, and what they come to."""

    status: Status
    parts: Mapping[tuple[str, Part], State]


@dataclass(kw_only=True, slots=True)
class _Needed:
    check: Check
    need: Need
    was_there: bool = False


@dataclass(kw_only=True, slots=True)
class ReadinessChecks:
    """What the services of one process need. The answer is kept for a second: anyone may ask."""

    _needed: dict[tuple[str, Part], _Needed] = field(default_factory=dict)
    _flight: "asyncio.Task[Readiness] | None" = None
    _kept: Readiness | None = None
    _kept_at: float = 0.0

    def add(self, service: str, part: Part, check: Check, need: Need) -> None:
        """Have ``check`` asked for ``part`` of ``service``. What it raises counts as *could not check*."""
        self._needed[service, part] = _Needed(check=check, need=need)

    async def look(self) -> Readiness:
        """How everything is now. Never raises."""
        if self._kept is not None and time.monotonic() - self._kept_at < _KEEP_SECONDS:
            return self._kept
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._look())
        # Shielded: one caller hanging up must not take the answer from the others.
        return await asyncio.shield(self._flight)

    async def _look(self) -> Readiness:
        states = await asyncio.gather(*(_state(needed.check) for needed in self._needed.values()))
        worst = Status.READY
        for needed, state in zip(self._needed.values(), states, strict=True):
            if state is State.OK:
                needed.was_there = True
            elif needed.need is Need.ALWAYS or (needed.need is Need.TO_BEGIN and not needed.was_there):
                worst = Status.NOT_READY
            elif worst is Status.READY:
                worst = Status.LIMITED
        parts = dict(zip(self._needed, states, strict=True))
        self._kept, self._kept_at = Readiness(status=worst, parts=parts), time.monotonic()
        return self._kept


async def _state(check: Check) -> State:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever went wrong, nothing was found out
        _log.warning("a part could not be checked", error=type(error).__name__)
        return State.COULD_NOT_CHECK
