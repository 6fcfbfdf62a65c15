"""What one process counts and measures, for Prometheus to scrape.

One registry for each process: in the all-in-one process the services share it, apart each has its own.
Nothing personal can get in: a label's values come from closed sets (``runtime.metric_definitions``), and a
route that no service declared is counted as *other*.
"""

from collections.abc import Iterable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from runtime.metric_definitions import (
    DECISIONS,
    LABELS,
    METHODS,
    OTHER,
    RATE_LIMITED,
    REQUEST_SECONDS,
    STATUS_CLASSES,
    VERDICTS,
    Definition,
)
from vc.model.verdict import Answer, Decision, Outcome, Question, Reason, Verification

_TOO_MANY_REQUESTS: Final = 429
_STATUS_OF: Final = dict(enumerate(STATUS_CLASSES))


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        # A second series for each counter, with the time it began: nobody asks for it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._routes: set[tuple[str, str]] = set()
        self._requests = self._histogram(REQUEST_SECONDS)
        self._limited = self._counter(RATE_LIMITED)
        self._verdicts = self._counter(VERDICTS)
        self._decisions = self._counter(DECISIONS)
        # Looked up by what the caller has at hand: the library's own look-up takes longer than counting.
        self._request_series: dict[tuple[str, str, str, int], Histogram] = {}
        self._verdict_series: dict[tuple[Question, Answer, Reason], Counter] = {}
        self._decision_series: dict[Outcome, Counter] = {
            outcome: self._decisions.labels(outcome.value) for outcome in Outcome
        }

    def declare_routes(self, service: str, templates: Iterable[str]) -> None:
        """Let ``templates`` be values of the label *route* for ``service``."""
        self._routes.update((service, template) for template in templates)

    def request(self, service: str, route: str | None, method: str, status: int, seconds: float) -> None:
        """Count one request. ``route`` is its template (None: no route), ``status`` 0 where none was sent."""
        key = (service, route or OTHER, method, status // 100)
        series = self._request_series.get(key)
        if series is None:
            series = self._new_request_series(*key)
        series.observe(seconds)
        if status == _TOO_MANY_REQUESTS:
            self._limited.labels(service, self._known_route(service, route)).inc()

    def verification(self, verification: Verification, decision: Decision) -> None:
        """Count one verification: its four verdicts, and the decision drawn from them."""
        for question, verdict in verification.verdicts.items():
            key = (question, verdict.answer, verdict.reason)
            series = self._verdict_series.get(key)
            if series is None:
                series = self._verdict_series[key] = self._verdicts.labels(*(part.value for part in key))
            series.inc()
        self._decision_series[decision.outcome].inc()

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus (version 0.0.4)."""
        return generate_latest(self._registry)

    def _new_request_series(self, service: str, route: str, method: str, status_class: int) -> Histogram:
        named = self._known_route(service, route)
        series = self._requests.labels(
            _one_of("service", service),
            named,
            method if method in METHODS else OTHER,
            _STATUS_OF.get(status_class, STATUS_CLASSES[0]),
        )
        # What a stranger makes up, a method or a path, is not kept.
        if named == route and method in METHODS:
            self._request_series[service, route, method, status_class] = series
        return series

    def _known_route(self, service: str, route: str | None) -> str:
        return route if route is not None and (service, route) in self._routes else OTHER

    def _counter(self, definition: Definition) -> Counter:
        return Counter(definition.name, definition.meaning, definition.labels, registry=self._registry)

    def _histogram(self, definition: Definition) -> Histogram:
        return Histogram(
            definition.name,
            definition.meaning,
            definition.labels,
            buckets=definition.buckets,
            registry=self._registry,
        )


def _one_of(label: str, value: str) -> str:
    values = LABELS[label]
    if values is None or value not in values:
        raise ValueError(f"not a value of the label {label}")
    return value
