"""Every metric this product exports: its name, what it means, and the closed set each label is from.

No label holds a URL, an id, a name or anything a stranger wrote: a label's values are listed here, or are
the route templates, job states and part names of the program itself. ``docs/reference/metrics.md`` is drawn
from this table.
"""

from dataclasses import dataclass
from typing import Final, Literal

from runtime.settings import SERVICES
from vc.model.verdict import Answer, Outcome, Question, Reason

Kind = Literal["counter", "gauge", "histogram"]

OTHER: Final = "other"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATUS_CLASSES: Final = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
DOCUMENT_KINDS: Final = ("trust_list", "trust_root", "did_document", "status_list", OTHER)
FETCH_OUTCOMES: Final = ("fetched", "unchanged", "rolled_back", "unavailable")
REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LAG_BUCKETS: Final = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)

LABELS: Final[dict[str, tuple[str, ...] | None]] = {
    "service": SERVICES,
    "route": None,
    "method": (*METHODS, OTHER),
    "status": STATUS_CLASSES,
    "question": tuple(Question),
    "answer": tuple(Answer),
    "reason": tuple(Reason),
    "outcome": tuple(Outcome),
    "kind": DOCUMENT_KINDS,
    "result": FETCH_OUTCOMES,
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


REQUEST_SECONDS: Final = Definition(
    name="passport_request_seconds",
    kind="histogram",
    labels=("service", "route", "method", "status"),
    meaning="Time from a request's head to the end of its answer, in seconds.",
    buckets=REQUEST_BUCKETS,
)
RATE_LIMITED: Final = Definition(
    name="passport_rate_limited",
    kind="counter",
    labels=("service", "route"),
    meaning="Requests answered with 429: too many tries.",
)
VERDICTS: Final = Definition(
    name="passport_verdicts",
    kind="counter",
    labels=("question", "answer", "reason"),
    meaning="Verdicts reached, four for each verification.",
)
DECISIONS: Final = Definition(
    name="passport_decisions",
    kind="counter",
    labels=("outcome",),
    meaning="Decisions drawn from four verdicts.",
)

DEFINITIONS: Final = (REQUEST_SECONDS, RATE_LIMITED, VERDICTS, DECISIONS)
