"""What a client of the house saw while things broke: what was asked, what was acknowledged, what was served.

What was sent and never answered may stand either way; everything acknowledged must be so for ever.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One issued credential as the desk handed it out, and its place in a list."""

    credential_id: str
    raw: bytes
    list_id: str
    list_path: str
    index: int


def held_from(raw: bytes) -> Held:
    """What a certificate (JSON) says of itself."""
    document = orjson.loads(raw)
    status = document["credentialStatus"]
    entry = status[0] if isinstance(status, list) else status
    path = urlsplit(str(entry["statusListCredential"])).path
    return Held(
        credential_id=str(document["id"]),
        raw=raw,
        list_id=path.rsplit("/", 2)[1],
        list_path=path,
        index=int(entry["statusListIndex"]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One act of the load: when it ended (monotonic seconds), how long it took, and how it went.

    ``is_good``: the service did what it is there for. ``is_open``: it said that it could not check.
    """

    act: str
    at: float
    seconds: float
    is_good: bool
    is_open: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The newest version of one published list that was served at one door, and its ended indexes."""

    version: int
    ended: frozenset[int]


@dataclass(kw_only=True)
class Ledger:
    """Written by the load, read by whoever judges; one for the whole life of a house.

    ``given`` counts the awards that were used up, of those there are to give in the demo world.
    """

    given: int = 0
    asked_classes: dict[str, int] = field(default_factory=dict)
    approved: dict[str, int] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    revoked: dict[str, float] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    bodies: dict[tuple[str, int], str] = field(default_factory=dict)
    served: dict[tuple[str, str], Served] = field(default_factory=dict)
    longest_still_good: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, act: str, began: float, *, is_good: bool, is_open: bool = False) -> None:
        """Note how one act went."""
        now = time.monotonic()
        with self._lock:
            self.answers.append(
                Answer(act=act, at=now, seconds=now - began, is_good=is_good, is_open=is_open)
            )

    def saw_list(self, door: str, url: str, served: Served, digest: str) -> None:
        """Note what was served: at one door nothing goes back, and no version has two bodies anywhere."""
        with self._lock:
            before = self.served.get((door, url))
            if before is not None and served.version < before.version:
                self.wrong["an older list was served after a newer one"] += 1
            if before is not None and not served.ended >= before.ended:
                self.wrong["a published bit went away"] += 1
            if self.bodies.setdefault((url, served.version), digest) != digest:
                self.wrong["one version was published twice"] += 1
            self.served[door, url] = served

    def saw_verdict(self, held: Held, outcome: str, asked_at: float) -> None:
        """Note what a verifier said; only what nobody asked for is wrong while things break."""
        acknowledged = self.revoked.get(held.credential_id)
        if outcome == "rejected" and held.credential_id not in self.asked:
            self.wrong["called revoked though nobody asked for it"] += 1
        if outcome == "accepted" and acknowledged is not None:
            self.longest_still_good = max(self.longest_still_good, asked_at - acknowledged)

    def since(self, moment: float) -> Sequence[Answer]:
        """The answers from ``moment`` (monotonic) on."""
        with self._lock:
            return [answer for answer in self.answers if answer.at >= moment]
