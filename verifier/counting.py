"""How often certificates are presented, as counts of nobody; and how often codes are guessed.

A count is of one issuer, one kind and one day, never of a certificate, a person or whoever asked. It is kept
only where the operator has said so; wrong codes are counted everywhere, since they are about nobody.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from runtime.i18n import PHNOM_PENH
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from vc.encoding.strict_json import JsonValue
from vc.errors import PassportError
from vc.model.credential_types import credential_types
from vc.model.verdict import Answer, Decision, Question, Verification
from verifier import store

FEW: Final = 10
DAYS: Final = 30
GUESS: Final = "guess"
_PAUSE_SECONDS: Final = 20.0
_BURST: Final = 100
"""So many on one day are unusual where they are also ``_TIMES`` what is usual."""
_TIMES: Final = 5
_GUESSES: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Presented:
    """How many of an issuer's certificates of one kind were presented lately; None for few."""

    issuer: str
    kind: str
    count: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusual:
    """A day on which very many were presented (*burst*), or very many wrong codes typed (*guessing*)."""

    rule: str
    issuer: str
    day: str
    count: int


class Counting:
    """The counts of one process, written down every few seconds."""

    def __init__(self, context: ServiceContext) -> None:
        """Begin with nothing."""
        self._context = context
        self._new: Counter[tuple[str, str, str]] = Counter()

    @property
    def counts_presentations(self) -> bool:
        """Whether the operator wants presentations counted."""
        return self._context.settings.count_presentations

    def presented(self, verification: Verification, decision: Decision) -> None:
        """Count its verdicts for the operator and, where it is authentic, that it was presented."""
        self._context.metrics.verification(verification, decision)
        if not self.counts_presentations:
            return
        kind = _kind_of(verification.document or {})
        is_genuine = verification.verdicts[Question.AUTHENTIC].answer is Answer.YES
        if is_genuine and kind and verification.issuer is not None:
            self._new[self._today(), verification.issuer, kind] += 1

    def guessed(self) -> None:
        """Count a code or link that means nothing."""
        self._new[self._today(), "", GUESS] += 1

    async def run(self) -> None:
        """Keep writing them down; ends only by cancellation."""
        await keep_doing(self.flush, every_seconds=_PAUSE_SECONDS, failure="counts could not be kept")

    async def flush(self) -> None:
        """Write down what was counted since the last time; what cannot be written is kept."""
        new, self._new = self._new, Counter()
        try:
            if new:
                await self._context.database.write(store.count_presented, new)
        except PassportError:
            self._new.update(new)
            raise

    async def lately(self) -> list[Presented]:
        """What was presented in the last days, by issuer and kind."""
        totals: Counter[tuple[str, str]] = Counter()
        for (_, issuer, kind), count in (await self._counts()).items():
            if kind != GUESS:
                totals[issuer, kind] += count
        return [
            Presented(issuer=issuer, kind=kind, count=count if count >= FEW else None)
            for (issuer, kind), count in sorted(totals.items())
        ]

    async def unusual(self) -> list[Unusual]:
        """Days with very many presentations or wrong codes."""
        by_sort: dict[tuple[str, str], dict[str, int]] = {}
        for (day, issuer, kind), count in (await self._counts()).items():
            by_sort.setdefault((issuer, kind), {})[day] = count
        found = []
        for (issuer, kind), days in by_sort.items():
            for day, count in days.items():
                if kind == GUESS and count >= _GUESSES:
                    found.append(Unusual(rule="guessing", issuer="", day=day, count=count))
                elif kind != GUESS and _is_burst(days, day):
                    found.append(Unusual(rule="burst", issuer=issuer, day=day, count=count))
        return sorted(found, key=lambda one: (-one.count, one.day))

    async def _counts(self) -> Mapping[tuple[str, str, str], int]:
        since = self._context.clock.now().astimezone(PHNOM_PENH) - timedelta(days=DAYS)
        return await self._context.database.read(store.presented_since, since.date().isoformat())

    def _today(self) -> str:
        return self._context.clock.now().astimezone(PHNOM_PENH).date().isoformat()


def _is_burst(days: Mapping[str, int], day: str) -> bool:
    others = sum(count for other, count in days.items() if other != day)
    return days[day] >= _BURST and days[day] >= _TIMES * max(others / (DAYS - 1), 1)


def _kind_of(document: Mapping[str, JsonValue]) -> str:
    types = document.get("type")
    names: Sequence[JsonValue] = types if isinstance(types, list) else []
    known = credential_types()
    return next((known[name].slug for name in names if isinstance(name, str) and name in known), "")
