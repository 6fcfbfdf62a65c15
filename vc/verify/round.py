"""One round: the evidence at hand, what is still needed, and what rests on what."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from vc.model.evidence import Evidence, Fetched, Unavailable
from vc.verify.policy import Policy

T = TypeVar("T")


class Waiting(Exception):
    """The round cannot go on; ``Round.needs`` names what is missing.

    Control flow inside one round, never an error outside.
    """


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
        missing = {url for url in urls if url not in self.evidence.items}
        if missing:
            self.needs |= missing
            raise Waiting

    def fetched(self, url: str) -> Fetched | Unavailable:
        """What the shell got for ``url``. Raises ``Waiting`` when it has not been asked yet."""
        self.require(url)
        item = self.evidence.items[url]
        if isinstance(item, Fetched):
            self.used[url] = digest(item.body)
        return item

    def memoised(self, key: str, kind: type[T], compute: Callable[[], T]) -> T:
        """The result of deterministic work named by ``key``, computed once."""
        known = self.evidence.memo.get(key)
        if isinstance(known, kind):
            return known
        result = compute()
        self.evidence.memo[key] = result
        return result


def digest(body: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(body).hexdigest()
