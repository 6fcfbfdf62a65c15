"""What is counted and measured of published documents: asked for, and held in memory."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from runtime.documents import Holding, Source
from runtime.fetch import Fetched, FetchResult, NotModified
from runtime.metric_definitions import (
    FETCHED,
    HELD,
    HELD_AGE,
    HELD_SIGNED,
    UNCHANGED,
    DocumentKind,
    Held,
    Measure,
)
from runtime.metrics import Measured
from runtime.readiness import Need, Part, State
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.model.verdict import Reason
from vc.status.notes import notes_url

_NOTES: Final = "/status/notes/"
_TOKENS: Final = "/status/tokens/"
_BAD: Final = frozenset({Reason.TRUST_LIST_INVALID, Reason.TRUST_LIST_ROLLED_BACK})


class CountedSource:
    """The network, with every document that is asked for counted by kind and outcome."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._source: Source = context.fetcher

    async def get(self, url: str, *, etag: str | None = None) -> FetchResult:
        """See ``runtime.documents.Source``."""
        result = await self._source.get(url, etag=etag)
        settings = self._context.settings
        kind = kind_of(url, settings.trust_list_location, settings.trust_root_location)
        self._context.metrics.fetch(self._context.service, kind, _outcome(result))
        return result


def kind_of(url: str, trust_list_url: str, trust_root_url: str) -> DocumentKind:
    """What the document at ``url`` is, by its place alone."""
    if url == trust_list_url:
        return DocumentKind.TRUST_LIST
    if url == trust_root_url:
        return DocumentKind.TRUST_ROOT
    if notes_url(url) is not None or _TOKENS in url:
        return DocumentKind.STATUS_LIST
    if _NOTES in url:
        return DocumentKind.STATUS_NOTES
    return DocumentKind.DID_DOCUMENT if url.endswith("/did.json") else DocumentKind.OTHER


def measure_held(context: ServiceContext, shell: VerificationShell) -> None:
    """Measure the documents that ``shell`` holds, and have its trust list looked at for readiness."""
    service, policy = context.service, shell.policy

    async def look_up() -> Iterable[Measured]:
        by_kind: dict[DocumentKind, list[Holding]] = {}
        for holding in shell.in_use():
            kind = kind_of(holding.url, policy.trust_list_url, policy.trust_root_url)
            by_kind.setdefault(kind, []).append(holding)
        now = context.clock.now()
        return [one for kind, found in by_kind.items() for one in _of_kind(service, kind, found, now)]

    async def trust_list() -> State:
        trust = await shell.trust()
        if trust.trust_list is not None:
            return State.OK
        return State.MISSING if trust.reason in _BAD else State.COULD_NOT_CHECK

    context.metrics.add_measure(service, Measure.HELD, look_up)
    context.readiness.add(service, Part.TRUST_LIST, trust_list, Need.TO_BEGIN)


def _of_kind(service: str, kind: DocumentKind, found: Iterable[Holding], now: datetime) -> Iterable[Measured]:
    found = tuple(found)
    counts = Counter(Held.FAILING if one.is_failing else Held.FRESH for one in found)
    for held in Held:
        yield Measured(HELD, counts[held], (service, kind.value, held.value))
    got = [one.got_at for one in found if one.got_at is not None]
    if got:
        yield Measured(HELD_AGE, (now - min(got)).total_seconds(), (service, kind.value))
    signed = [one.signed_at for one in found if one.signed_at is not None]
    if signed:
        yield Measured(HELD_SIGNED, (now - min(signed)).total_seconds(), (service, kind.value))


def _outcome(result: FetchResult) -> str:
    if isinstance(result, Fetched):
        return FETCHED
    return UNCHANGED if isinstance(result, NotModified) else result.reason.value
