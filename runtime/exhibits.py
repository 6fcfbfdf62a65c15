"""The documents that one verification, or several at one moment, look at: each is pinned at first sight."""

import asyncio
from datetime import datetime
from typing import Any, Final

from runtime.clock import Clock
from runtime.documents import DocumentStore
from vc.model.evidence import EvidenceItem, Unavailable

MAX_URLS: Final = 16
TOO_MANY_DOCUMENTS: Final = "too many documents"


class Exhibits(dict[str, EvidenceItem]):
    """The evidence of one verification: fresh documents at once, others after they were fetched.

    Each URL is pinned at first sight, so that all rounds of a verification see the same bytes. A ``dict`` and
    no mapping of our own: it is looked into some forty times for each verification.
    """

    def __init__(self, store: DocumentStore, clock: Clock, now: datetime) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._now = now
        self._asked = 0

    def begin(self) -> None:
        """Count anew what one verification asks for."""
        self._asked = 0

    def __contains__(self, url: object) -> bool:
        return super().__contains__(url) or (isinstance(url, str) and self.get(url) is not None)

    def __missing__(self, url: str) -> EvidenceItem:
        fresh = self._store.fresh_or_none(url, self._now)
        if fresh is None:
            raise KeyError(url)
        self[url] = fresh
        return fresh

    def get(self, url: str, default: Any = None) -> Any:
        """See ``Mapping.get``; what is fresh is pinned."""
        try:
            return self[url]
        except KeyError:
            return default

    async def obtain(self, urls: frozenset[str]) -> None:
        """Pin every one of ``urls``; those beyond the bound count as unavailable."""
        missing = sorted(urls - self.keys())
        within = missing[: MAX_URLS - self._asked]
        self._asked += len(within)
        for url, item in zip(within, await asyncio.gather(*map(self._store.get, within)), strict=True):
            self[url] = item
        self.refuse(frozenset(missing[len(within) :]))

    async def renew(self, urls: frozenset[str]) -> bool:
        """Forget everything pinned if any of ``urls`` could be had anew; whether it could."""
        is_newer = await self._store.renew(urls)
        if is_newer:
            self.clear()
        return is_newer

    def refuse(self, urls: frozenset[str]) -> None:
        """Say that ``urls`` are unavailable, without asking anyone."""
        now = self._clock.now()
        for url in urls:
            self[url] = Unavailable(url=url, reason=TOO_MANY_DOCUMENTS, tried_at=now)
