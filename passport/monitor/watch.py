"""One look at a deployment: fetch what everybody may fetch, judge it, remember it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from passport.monitor import judge
from passport.monitor.judge import Observation
from passport.monitor.lists import PATH, Said, judge_agreement, judge_status_list
from passport.monitor.state import State
from runtime import fetch
from runtime.checkpoints import KEY_ID, origin_of, read_or_none
from runtime.clock import Clock
from runtime.fetch import FetchResult
from vc.crypto.signed_note import NoteKey
from vc.did.documents import find_verification_method, parse_document
from vc.encoding.strict_json import parse_json_object
from vc.errors import MalformedValue, ProtocolError
from vc.model.evidence import Fetched
from vc.trust.anchor import TrustAnchor
from vc.trust.trust_list import TrustList
from vc.verify.trusted import Trust

MOST_CHECKPOINTS: Final = 2_000
"""How many checkpoints one look reads at most; the next goes on from there."""

Get = Callable[[str], Awaitable[FetchResult]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """A deployment, and how old its newest checkpoint may be."""

    base: str
    did_host: str
    anchor: TrustAnchor
    max_age: timedelta


class Watch:
    """Looks at one deployment, again and again."""

    def __init__(self, watched: Watched, get: Get, clock: Clock, state: State) -> None:
        """``state`` is moved on by every look."""
        self._watched = watched
        self._fetch = get
        self._clock = clock
        self.state = state

    async def look(self) -> list[Observation]:
        """Everything there is to say now; empty when all is well."""
        found = [item async for item in self._look()]
        return list(dict.fromkeys(found))

    async def _look(self) -> AsyncIterator[Observation]:
        trust: Trust | None = None
        trust_list, root = await self._get("/trust/list"), await self._get("/trust/root")
        if trust_list is None or root is None:
            yield _unavailable("trust list" if trust_list is None else "trust root")
        else:
            trust = judge.read_trust(trust_list, root, self._watched.anchor, self._clock.now())
            for finding in trust.findings:
                yield Observation(place="trust list", detail=finding.detail)
            if trust.seen is not None:
                for item in judge.judge_root_end(root.body, self._watched.anchor, self._clock.now()):
                    yield item
                for item in judge.judge_trust(self.state, trust.seen):
                    yield item
        async for item in self._status_lists(None if trust is None else trust.trust_list):
            yield item
        async for item in self._checkpoints():
            yield item

    async def _status_lists(self, trust: TrustList | None) -> AsyncIterator[Observation]:
        index = await self._get("/status/lists")
        named = None if index is None else self._named_lists(index.body)
        if named is None:
            yield _unavailable("index of status lists")
            named = set()
        said: list[Said] = []
        for url in sorted(self.state.lists.keys() - named if index is not None else ()):
            yield Observation(place=url, detail="it is not among the published lists any more")
        for url in sorted(named | self.state.lists.keys()):
            fetched = await self._get(url.removeprefix(self._watched.base))
            if fetched is None or trust is None:
                yield _unavailable(url)
                continue
            now = self._clock.now()
            for item in judge_status_list(self.state, trust, url, fetched.body, now):
                if isinstance(item, Said):
                    said.append(item)
                else:
                    yield item
        for item in judge_agreement(said):
            yield item

    def _named_lists(self, body: bytes) -> set[str] | None:
        try:
            lists = parse_json_object(body).get("lists")
        except ProtocolError:
            return None
        if not isinstance(lists, list):
            return None
        base = self._watched.base
        return {
            url
            for url in lists
            if isinstance(url, str) and url.startswith(base) and PATH.fullmatch(url.removeprefix(base))
        }

    async def _checkpoints(self) -> AsyncIterator[Observation]:
        key = await self._key_or_none()
        newest = await self._get("/trust/checkpoints/latest")
        if key is None or newest is None:
            yield _unavailable("checkpoints")
            return
        wrong_key = list(judge.judge_checkpoint_key(self.state, key.public_key))
        for item in wrong_key:
            yield item
        if wrong_key:
            return
        now, max_age = self._clock.now(), self._watched.max_age
        for item in judge.judge_newest_checkpoint(self.state, key, newest.body, now=now, max_age=max_age):
            yield item
        async for item in self._history(key, newest.body):
            yield item

    async def _history(self, key: NoteKey, newest: bytes) -> AsyncIterator[Observation]:
        """From the checkpoint seen last to what is called the newest, each in turn."""
        told = read_or_none(newest, key)
        if told is None:
            return
        if self.state.size and told.size >= self.state.size:
            place = f"checkpoint {self.state.size}"
            again = await self._get(f"/trust/checkpoints/{self.state.size}")
            if again is None:
                yield _unavailable(place)
            else:
                for item in judge.judge_same_checkpoint(place, self.state.note.encode(), again.body):
                    yield item
        async for item in self._walk(key, told.size):
            yield item
        if told.size == self.state.size:
            place = f"checkpoint {told.size}"
            for item in judge.judge_same_checkpoint(place, self.state.note.encode(), newest):
                yield item

    async def _walk(self, key: NoteKey, newest: int) -> AsyncIterator[Observation]:
        until = min(newest, self.state.size + MOST_CHECKPOINTS)
        for number in range(self.state.size + 1, until + 1):
            note = await self._get(f"/trust/checkpoints/{number}")
            if note is None:
                yield _unavailable(f"checkpoint {number}")
                return
            faults = list(judge.judge_checkpoints(self.state, key, [(number, note.body)]))
            for item in faults:
                yield item
            if faults:
                return
        if until < newest:
            detail = f"{newest - until} more checkpoints are to be read; look again"
            yield Observation(place="checkpoints", detail=detail, wrong=False)

    async def _key_or_none(self) -> NoteKey | None:
        fetched = await self._get("/trust/audit/did.json")
        if fetched is None:
            return None
        did = f"did:web:{self._watched.did_host}:trust:audit"
        try:
            method = find_verification_method(
                parse_document(did, fetched.body), f"{did}#{KEY_ID}", "assertionMethod"
            )
            if method is None:
                return None
            return NoteKey(name=origin_of(self._watched.did_host), public_key=method.public_key)
        except (ProtocolError, MalformedValue):
            return None

    async def _get(self, path: str) -> Fetched | None:
        url = self._watched.base + path
        result = await self._fetch(url)
        if not isinstance(result, fetch.Fetched):
            return None
        return Fetched(url=url, body=result.body, fetched_at=result.fetched_at)


def _unavailable(place: str) -> Observation:
    return Observation(place=place, detail="it could not be had", wrong=False)
