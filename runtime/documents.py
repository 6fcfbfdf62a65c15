"""Fetched documents held by URL: refreshed when old, one flight per URL, never going backwards.

Nothing is decided here. When asking again fails, the bytes at hand stay the evidence with the time they
were got, and the core judges their age. For a document that could not be had a moment ago nobody waits long
again, since a silent host takes its whole time to fail: what is held is the answer, and asking goes on
without whoever asked. Held are at most ``MAX_DOCUMENTS`` and ``MAX_DOCUMENT_BYTES``.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from runtime import fetch
from runtime.clock import Clock
from runtime.least_recently_used import LeastRecentlyUsed
from vc.encoding import base64url
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ProtocolError
from vc.model.evidence import EvidenceItem, Fetched, Unavailable
from vc.status.notes import notes_url
from vc.trust.trust_list import LIST_LIMITS

MAX_DOCUMENTS: Final = 4_096
MAX_DOCUMENT_BYTES: Final = 128 * 1024 * 1024
FIRST_PAUSE_SECONDS: Final = 1
LONGEST_PAUSE_SECONDS: Final = 15
PATIENCE_SECONDS: Final = 0.25
"""How long one flight is waited for, by all who ask, where the last one failed a moment ago."""
FAILURE_KEPT: Final = timedelta(seconds=60)
"""After so long a failure says nothing any more, and the next flight is waited for as long as it takes."""
RENEW_AFTER: Final = timedelta(seconds=1)
"""What is younger is not asked for again, whatever a credential gives reason to."""
ROLLED_BACK: Final = "older than one already seen"

_JWS_PARTS: Final = 3
# As large as the largest list that is read at all: one that claims nothing could not be held to its order.
_PEEK_LIMITS: Final = LIST_LIMITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """How new a signed list says it is: version of a trust list, validFrom of either kind.

    ``digest`` (SHA-256, hex) tells apart two documents of one version.
    """

    version: int | None = None
    valid_from: datetime | None = None

    digest: str | None = None

    def contradicts(self, other: "Edition") -> bool:
        """Whether this is another document under the number that ``other`` has."""
        return self.version is not None and self.version == other.version and self.digest != other.digest

    def is_older_than(self, other: "Edition") -> bool:
        """Whether this edition goes back behind ``other``; what is not said is not compared."""
        if self.version is not None and other.version is not None and self.version != other.version:
            return self.version < other.version
        if self.valid_from is not None and other.valid_from is not None:
            return self.valid_from < other.valid_from
        return False


def edition_of(body: bytes) -> Edition:
    """The edition a document claims. Nothing is verified; unreadable bytes claim nothing.

    A chain of roots is as new as its last one, and no other chain for a signature more.
    """
    try:
        document = parse_json_object(_peeked(body), _PEEK_LIMITS)
        valid_from = document.get("validFrom")
        instant = parse_timestamp(valid_from) if isinstance(valid_from, str) else None
    except ProtocolError:
        return Edition()
    roots = document.get("roots")
    if isinstance(roots, list):
        return Edition(version=_version_in(roots[-1]) if roots else None)
    version = _version_in(document)
    digest = None if version is None else hashlib.sha256(body).hexdigest()
    return Edition(version=version, valid_from=instant, digest=digest)


def _peeked(body: bytes) -> bytes:
    """The JSON in ``body``, which may be the payload of a compact JWS."""
    parts = body.split(b".")
    if len(parts) != _JWS_PARTS or body.startswith(b"{"):
        return body
    return base64url.decode(parts[1].decode("ascii", "replace"), max_bytes=_PEEK_LIMITS.max_bytes)


def _version_in(document: JsonValue) -> int | None:
    subject = document.get("credentialSubject") if isinstance(document, dict) else None
    version = subject.get("version") if isinstance(subject, dict) else None
    return version if isinstance(version, int) and not isinstance(version, bool) else None


@dataclass(kw_only=True, slots=True)
class _Held:
    """One document and when it is to be asked for again."""

    item: EvidenceItem
    etag: str | None
    touched_at: datetime
    due_at: datetime
    failures: int = 0

    def is_due(self, now: datetime) -> bool:
        # A clock set back must not freeze a document until that clock has caught up again.
        return not self.touched_at <= now < self.due_at

    def failed_lately(self, now: datetime) -> bool:
        return self.failures > 0 and self.touched_at <= now < self.touched_at + FAILURE_KEPT

    @property
    def size(self) -> int:
        return len(self.item.body) if isinstance(self.item, Fetched) else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Flight:
    """One document being asked for, since an instant of the monotonic clock."""

    task: asyncio.Task[EvidenceItem]
    since: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Proven:
    """The newest edition whose signature was verified, and the bytes it was read from."""

    edition: Edition
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding:
    """One document that is held: when it was got (None: never), and signed, where that was proven."""

    url: str
    got_at: datetime | None
    signed_at: datetime | None
    is_failing: bool


class DocumentStore:
    """Fetched documents by URL: refreshed when old, one flight per URL, never going backwards."""

    def __init__(self, *, fetcher: "Source", clock: Clock, refresh: timedelta) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._refresh = refresh
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._bytes = 0
        self._flights: dict[str, _Flight] = {}
        self._proven: LeastRecentlyUsed[str, _Proven] = LeastRecentlyUsed(MAX_DOCUMENTS)

    def fresh_or_none(self, url: str, now: datetime | None = None) -> EvidenceItem | None:
        """What is held for ``url``, unless it is time (``now``, where the caller knows it) to ask again."""
        held = self._held.get(url)
        if held is None or held.is_due(now or self._clock.now()):
            return None
        # Another thread may have put another in its place meanwhile.
        with suppress(KeyError):
            self._held.move_to_end(url)
        return held.item

    async def get(self, url: str) -> EvidenceItem:
        """What is held for ``url`` after asking again where that is due. Never raises."""
        fresh = self.fresh_or_none(url)
        if fresh is not None:
            return fresh
        flight = self._flights.get(url)
        if flight is None:
            flight = _Flight(task=asyncio.create_task(self._fly(url)), since=time.monotonic())
            self._flights[url] = flight
            flight.task.add_done_callback(lambda _: self._flights.pop(url, None))
        held = self._held.get(url)
        if held is not None and held.failed_lately(self._clock.now()):
            patience = max(0.0, flight.since + PATIENCE_SECONDS - time.monotonic())
            if not (await asyncio.wait({flight.task}, timeout=patience))[0]:
                return held.item
        # Shielded: one caller hanging up must not take the answer from the others.
        return await asyncio.shield(flight.task)

    async def renew(self, urls: Iterable[str]) -> bool:
        """Ask again for what is held for ``urls`` before its time; whether any of it could be had.

        The same bytes had now say more than before: what they lack has not come since.
        """
        now, before = self._clock.now(), dict[str, EvidenceItem]()
        for url in urls:
            held = self._held.get(url)
            if held is not None and not held.touched_at <= now < held.touched_at + RENEW_AFTER:
                before[url], held.due_at = held.item, now
        if not before:
            return False
        after = await asyncio.gather(*map(self.get, before))
        return any(_is_newer(*pair) for pair in zip(before.values(), after, strict=True))

    def in_use(self) -> Iterator[Holding]:
        """What was asked for lately: an age of what nobody asks for again would alarm for nothing."""
        since = self._clock.now() - 2 * max(self._refresh, timedelta(seconds=LONGEST_PAUSE_SECONDS))
        for url, held in self._held.items():
            if held.touched_at >= since:
                proven = self._proven.get(url)
                yield Holding(
                    url=url,
                    got_at=held.item.fetched_at if isinstance(held.item, Fetched) else None,
                    signed_at=None if proven is None else proven.edition.valid_from,
                    is_failing=held.failures > 0,
                )

    def remember_proven(self, url: str, body: bytes) -> None:
        """Note that ``body``'s signature was verified: nothing older is taken for ``url`` again."""
        known = self._proven.get(url)
        # The very object: every verification comes here, and reading a long list takes longer than checking.
        if known is not None and known.body is body:
            return
        edition = edition_of(body)
        if known is None or known.edition.is_older_than(edition):
            self._proven[url] = _Proven(edition=edition, body=body)
        elif known.edition == edition:
            self._proven[url] = _Proven(edition=known.edition, body=body)

    async def _fly(self, url: str) -> EvidenceItem:
        held = self._held.get(url)
        answer = await self._fetcher.get(url, etag=held.etag if held is not None else None)
        now = self._clock.now()
        if isinstance(answer, fetch.NotModified):
            if held is not None and isinstance(held.item, Fetched):
                item = Fetched(url=url, body=held.item.body, fetched_at=now)
                return self._keep(url, item, held.etag, now)
            return self._failed(url, "not modified, though nothing is held", now)
        if isinstance(answer, fetch.Unavailable):
            return self._failed(url, answer.reason, now)
        proven = self._proven.get(url)
        if proven is not None:
            edition = edition_of(answer.body)
            if edition.is_older_than(proven.edition) or edition.contradicts(proven.edition):
                return self._failed(url, ROLLED_BACK, now)
        # A document out of a bundle was got long before now.
        item = Fetched(url=url, body=answer.body, fetched_at=answer.fetched_at)
        return self._keep(url, item, answer.etag, now)

    def _keep(self, url: str, item: Fetched, etag: str | None, now: datetime) -> EvidenceItem:
        self._ask_for_newer_notes(url, item, now)
        self._put(url, _Held(item=item, etag=etag, touched_at=now, due_at=now + self._refresh))
        return item

    def _ask_for_newer_notes(self, list_url: str, item: Fetched, now: datetime) -> None:
        """A changed list may have a bit that the notes at hand say nothing of yet."""
        notes, before = self._held.get(notes_url(list_url) or ""), self._held.get(list_url)
        unchanged = before is not None and isinstance(before.item, Fetched) and before.item.body == item.body
        if notes is not None and not unchanged:
            notes.due_at = now

    def _failed(self, url: str, reason: str, now: datetime) -> EvidenceItem:
        """Keep what is held, or say that there is nothing; ask again after a growing pause."""
        held = self._held.get(url)
        failures = held.failures if held is not None else 0
        pause = timedelta(seconds=min(FIRST_PAUSE_SECONDS * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS))
        item: EvidenceItem = Unavailable(url=url, reason=reason, tried_at=now)
        if held is not None and isinstance(held.item, Fetched):
            item = held.item
        etag = held.etag if held is not None else None
        self._put(url, _Held(item=item, etag=etag, touched_at=now, due_at=now + pause, failures=failures + 1))
        return item

    def _put(self, url: str, held: _Held) -> None:
        replaced = self._held.pop(url, None)
        self._bytes += held.size - (replaced.size if replaced is not None else 0)
        self._held[url] = held
        while len(self._held) > MAX_DOCUMENTS or (self._bytes > MAX_DOCUMENT_BYTES and len(self._held) > 1):
            _, forgotten = self._held.popitem(last=False)
            self._bytes -= forgotten.size


def _is_newer(before: EvidenceItem, after: EvidenceItem) -> bool:
    """Whether something was learned; having nothing now is no news, nor is what was had already."""
    return isinstance(after, Fetched) and after != before


class Source(Protocol):
    """What the store needs of ``runtime.fetch.Fetcher``."""

    async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
        """The document at ``url``, or that it did not change, or why it could not be had."""
        ...
