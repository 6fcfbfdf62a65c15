"""One round: the evidence at hand, what is still needed, and what rests on what."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from vc.model.evidence import Evidence, Fetched, Remembered, Unavailable
from vc.verify.policy import Policy

T = TypeVar("T")

# Measured: 5 to 8 for documents of ours, 26 for nothing but small objects.
PARSED_TIMES: Final = 8


class Waiting(Exception):
    """The round cannot go on; ``Round.needs`` names what is missing.

    Control flow inside one round, never an error outside.
    """


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature covers that was found good, and the time it says it counts in; None: no such end."""

    value: object
    since: datetime | None
    until: datetime | None


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that was found good under ``policy``, resting on what ``used`` names by digest."""

    signed: Signed
    policy: Policy
    used: Mapping[str, str]


@dataclass(kw_only=True, slots=True)
class Round:
    """Collects needs and used evidence while the pure steps run."""

    evidence: Evidence
    policy: Policy
    now: datetime
    needs: set[str] = field(default_factory=set)
    used: dict[str, str] = field(default_factory=dict)

    def require(self, *urls: str) -> None:
        """Ask for all of ``urls`` in one go. Raises ``Waiting`` unless all are at hand."""
        items = self.evidence.items
        for url in urls:
            if url not in items:
                self.needs |= {url for url in urls if url not in items}
                raise Waiting

    def fetched(self, url: str) -> Fetched | Unavailable:
        """What the shell got for ``url``. Raises ``Waiting`` when it has not been asked yet."""
        item = self.evidence.items.get(url)
        if item is None:
            self.needs.add(url)
            raise Waiting
        if isinstance(item, Fetched):
            self.used[url] = item.digest
        return item

    def memoised(
        self, key: str, kind: type[T], compute: Callable[[], T], *, size: Callable[[T], int], of: str = ""
    ) -> T:
        """The result of deterministic work named by ``key`` and ``of``, computed once.

        ``size`` says about how many bytes of memory it holds, for a memo with bounds. ``of`` is the version
        of something that is published again and again: only of the last one is the result kept.
        """
        known = self.evidence.memo.get(key)
        if known is not None and known.of == of and isinstance(known.value, kind):
            return known.value
        result = compute()
        self.evidence.memo[key] = Remembered(value=result, size=size(result), of=of)
        return result

    def standing(
        self, key: str, kind: type[T], judge: "Callable[[Round], Signed | None]", *, size: int, of: str = ""
    ) -> T | None:
        """What ``judge`` finds well signed, judged again only where something that it rests on has changed.

        ``key`` and ``of``, as in ``memoised``, name all that it is given; what it fetches and what time it is
        are looked at here. That it finds nothing is never remembered. Raises ``Waiting`` as ``judge`` does.
        """
        known = self.evidence.memo.get(key)
        standing = None if known is None or known.of != of else known.value
        if not isinstance(standing, _Standing) or not self._still_holds(standing):
            apart = Round(evidence=self.evidence, policy=self.policy, now=self.now, needs=self.needs)
            signed = judge(apart)
            self.used |= apart.used
            if signed is None:
                return None
            standing = _Standing(signed=signed, policy=self.policy, used=apart.used)
            self.evidence.memo[key] = Remembered(value=standing, size=size, of=of)
        value = standing.signed.value
        return value if isinstance(value, kind) else None

    def _still_holds(self, standing: _Standing) -> bool:
        if standing.policy is not self.policy and standing.policy != self.policy:
            return False
        skew, since, until = self.policy.max_skew, standing.signed.since, standing.signed.until
        if (since is not None and since > self.now + skew) or (
            until is not None and until <= self.now - skew
        ):
            return False
        items = [self.fetched(url) for url in standing.used]
        return all(isinstance(item, Fetched) and standing.used[item.url] == item.digest for item in items)


def parsed_size(body: bytes) -> Callable[[object], int]:
    """About what a JSON document holds once it is parsed: objects of Python take many times its text."""
    return lambda _parsed: PARSED_TIMES * len(body)


def digest(body: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(body).hexdigest()
