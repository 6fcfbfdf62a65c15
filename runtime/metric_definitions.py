"""Every metric this product exports: its name, what it means, and the closed set each label is from.

No label holds a URL, an id, a name or anything a stranger wrote: a label's values are listed here, or are
the route templates of the program itself. ``docs/reference/metrics.md`` is drawn from this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from runtime.fetch import UnavailableReason
from runtime.readiness import Part
from runtime.settings import SERVICES
from vc.model.verdict import Answer, Outcome, Question, Reason

Kind = Literal["counter", "gauge", "histogram"]

OTHER: Final = "other"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATUS_CLASSES: Final = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
FETCHED: Final = "fetched"
UNCHANGED: Final = "unchanged"
REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class DocumentKind(StrEnum):
    """What a published document is."""

    TRUST_LIST = "trust_list"
    TRUST_ROOT = "trust_root"
    STATUS_LIST = "status_list"
    STATUS_NOTES = "status_notes"
    DID_DOCUMENT = "did_document"
    OTHER = "other"


class Held(StrEnum):
    """How a document held in memory is: asked for in time, or not to be had anew just now."""

    FRESH = "fresh"
    FAILING = "failing"


class WorkState(StrEnum):
    """What is to be done for a class list."""

    ISSUING = "issuing"
    PAUSED = "paused"
    FAILED = "failed"


class RowState(StrEnum):
    """How far the issuing of one row is, while it is not done."""

    RESERVED = "reserved"
    INTENDED = "intended"
    SIGNING = "signing"
    ABANDONED = "abandoned"


class Measure(StrEnum):
    """What is looked up at each scrape."""

    READINESS = "readiness"
    PROCESS = "process"
    PUBLISHED = "published"
    CHANGES = "changes"
    ISSUING = "issuing"
    HELD = "held"


LABELS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "service": SERVICES,
    "route": None,
    "method": (*METHODS, OTHER),
    "status": STATUS_CLASSES,
    "question": tuple(Question),
    "answer": tuple(Answer),
    "reason": tuple(Reason),
    "outcome": tuple(Outcome),
    "kind": tuple(DocumentKind),
    "result": (FETCHED, UNCHANGED, *UnavailableReason),
    "part": tuple(Part),
    "measure": tuple(Measure),
    "held": tuple(Held),
    "work": tuple(WorkState),
    "row": tuple(RowState),
}
"""Label → its values. None: the route templates that the services declare when they are put together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """One metric. ``name`` is as it is scraped, but for the ``_total`` of counters."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


def _gauge(name: str, labels: tuple[str, ...], meaning: str) -> Definition:
    return Definition(name=f"passport_{name}", kind="gauge", labels=labels, meaning=meaning)


def _counter(name: str, labels: tuple[str, ...], meaning: str) -> Definition:
    return Definition(name=f"passport_{name}", kind="counter", labels=labels, meaning=meaning)


REQUEST_SECONDS: Final = Definition(
    name="passport_request_seconds",
    kind="histogram",
    labels=("service", "route", "method", "status"),
    meaning="Time from a request's head to the end of its answer, in seconds.",
    buckets=REQUEST_BUCKETS,
)
RATE_LIMITED: Final = _counter(
    "rate_limited", ("service", "route"), "Requests answered with 429: too many tries."
)
VERDICTS: Final = _counter(
    "verdicts", ("question", "answer", "reason"), "Verdicts reached, four for each verification."
)
DECISIONS: Final = _counter("decisions", ("outcome",), "Decisions drawn from four verdicts.")
FETCHES: Final = _counter(
    "evidence_fetches", ("service", "kind", "result"), "Published documents asked for to check something."
)
READY: Final = _gauge(
    "ready", ("service", "part"), "1 where a part is there, 0 where it is missing or could not be checked."
)
MEASURED: Final = _gauge(
    "measured",
    ("service", "measure"),
    "1 where the other metrics of this kind could be looked up, 0 where they are absent from this scrape.",
)
CONNECTIONS: Final = _gauge(
    "database_connections_in_use", ("service",), "Database connections that something is being done with."
)
CONNECTIONS_ALLOWED: Final = _gauge(
    "database_connections_allowed", ("service",), "Database connections this process may have at once."
)
DISK_FREE: Final = _gauge("disk_free_bytes", ("service",), "Free space where the data folder is.")
DISK_SIZE: Final = _gauge("disk_size_bytes", ("service",), "Size of the disk where the data folder is.")
PUBLISHED: Final = _gauge("published_documents", ("kind",), "Signed documents that are served now.")
PUBLISHED_AGE: Final = _gauge(
    "published_age_seconds", ("kind",), "Time since the oldest of them was signed, in seconds."
)
PUBLISHED_REMAINING: Final = _gauge(
    "published_remaining_seconds", ("kind",), "Time until the first of them ends to count, in seconds."
)
CHANGES: Final = _gauge(
    "changes_unpublished", ("service",), "Changes of status that are in no published list."
)
LAG: Final = _gauge(
    "publish_lag_seconds",
    ("service",),
    "Time since the oldest of them was acknowledged, in seconds; 0 without any.",
)
CLASS_LISTS: Final = _gauge("class_lists", ("work",), "Class lists that are not issued whole.")
ROWS: Final = _gauge("class_rows", ("row",), "Rows of class lists that are begun and not issued yet.")
WORKERS: Final = _gauge("workers", ("service",), "Processes that issue class lists, seen in the last minute.")
HELD: Final = _gauge(
    "held_documents", ("service", "kind", "held"), "Published documents held in memory and in use."
)
HELD_AGE: Final = _gauge(
    "held_age_seconds", ("service", "kind"), "Time since the one held longest was last got, in seconds."
)
HELD_SIGNED: Final = _gauge(
    "held_signed_seconds", ("service", "kind"), "Time since the oldest of them was signed, in seconds."
)

DEFINITIONS: Final = (
    REQUEST_SECONDS,
    RATE_LIMITED,
    VERDICTS,
    DECISIONS,
    FETCHES,
    READY,
    MEASURED,
    CONNECTIONS,
    CONNECTIONS_ALLOWED,
    DISK_FREE,
    DISK_SIZE,
    PUBLISHED,
    PUBLISHED_AGE,
    PUBLISHED_REMAINING,
    CHANGES,
    LAG,
    CLASS_LISTS,
    ROWS,
    WORKERS,
    HELD,
    HELD_AGE,
    HELD_SIGNED,
)
