"""What one process counts and measures, for Prometheus to scrape.

One registry for each process: in the all-in-one process the services share it, apart each has its own.
Nothing personal can get in: a label's values come from closed sets (``runtime.metric_definitions``), and a
route that no service declared is counted as *other*. What cannot be measured is absent, never the old value.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from runtime.logging import get_logger
from runtime.metric_definitions import (
    DECISIONS,
    DEFINITIONS,
    FETCHES,
    LABELS,
    MEASURED,
    METHODS,
    OTHER,
    RATE_LIMITED,
    REQUEST_SECONDS,
    STATUS_CLASSES,
    VERDICTS,
    Definition,
    DocumentKind,
    Measure,
)
from runtime.readiness import CHECK_SECONDS
from vc.model.verdict import Answer, Decision, Outcome, Question, Reason, Verification

_TOO_MANY_REQUESTS: Final = 429
_STATUS_OF: Final = dict(enumerate(STATUS_CLASSES))
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Measured:
    """One value looked up at a scrape; ``labels`` in the order of the definition."""

    definition: Definition
    value: float
    labels: tuple[str, ...]


_Answered = tuple[Question, Answer, Reason]
Measuring = Callable[[], Awaitable[Iterable[Measured]]]


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
        self._fetches = self._counter(FETCHES)
        self._gauges = {
            definition.name: self._gauge(definition)
            for definition in DEFINITIONS
            if definition.kind == "gauge"
        }
        self._measures: dict[tuple[str, Measure], Measuring] = {}
        self._measured: dict[tuple[str, Measure], tuple[Measured, ...]] = {}
        # Looked up by what the caller has at hand: the library's own look-up takes longer than counting.
        self._request_series: dict[tuple[str, str, str, int], Histogram] = {}
        for outcome in Outcome:
            self._decisions.labels(outcome.value)
        # Told to the library at a scrape: one count for a verification costs a fifth of five.
        self._verifications: dict[tuple[Outcome, tuple[_Answered, ...]], int] = {}

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

    def labels_of(self, service: str, route: str | None, method: str) -> tuple[str, str]:
        """Method and route as they are counted: *other* for what a stranger made up."""
        return (method if method in METHODS else OTHER), self._known_route(service, route)

    def verification(self, verification: Verification, decision: Decision) -> None:
        """Count one verification: its four verdicts, and the decision drawn from them."""
        answered = tuple([(v.question, v.answer, v.reason) for v in verification.verdicts.values()])
        key = (decision.outcome, answered)
        self._verifications[key] = self._verifications.get(key, 0) + 1

    def fetch(self, service: str, kind: DocumentKind, result: str) -> None:
        """Count one document asked for; ``result`` is one of the label's values."""
        self._fetches.labels(_one_of("service", service), kind.value, _one_of("result", result)).inc()

    def add_measure(self, service: str, measure: Measure, look_up: Measuring) -> None:
        """Have ``look_up`` give its values at each scrape; whatever it raises, they are then absent."""
        self._measures[service, measure] = look_up

    async def scrape(self) -> bytes:
        """Everything, measured anew, in the text format of Prometheus (version 0.0.4)."""
        taken = await asyncio.gather(*(self._take(look_up) for look_up in self._measures.values()))
        for key, found in zip(self._measures, taken, strict=True):
            self._set(key, found)
        return self.text()

    def text(self) -> bytes:
        """What was counted, and what the last scrape measured."""
        for (outcome, answered), count in self._verifications.items():
            self._decisions.labels(outcome.value).inc(count)
            for verdict in answered:
                self._verdicts.labels(*(part.value for part in verdict)).inc(count)
        self._verifications.clear()
        return generate_latest(self._registry)

    async def _take(self, look_up: Measuring) -> tuple[Measured, ...] | None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return tuple(await look_up())
        except Exception as error:  # noqa: BLE001 - one measure in trouble must not hide the others
            _log.warning("something could not be measured", error=type(error).__name__)
            return None

    def _set(self, key: tuple[str, Measure], found: tuple[Measured, ...] | None) -> None:
        for before in self._measured.pop(key, ()):
            self._gauges[before.definition.name].remove(*before.labels)
        for measured in found or ():
            definition = measured.definition
            values = (_one_of(*pair) for pair in zip(definition.labels, measured.labels, strict=True))
            self._gauges[definition.name].labels(*values).set(measured.value)
        self._measured[key] = found or ()
        service, measure = key
        self._gauges[MEASURED.name].labels(service, measure.value).set(found is not None)

    def _new_request_series(self, service: str, route: str, method: str, status_class: int) -> Histogram:
        known_method, named = self.labels_of(service, route, method)
        series = self._requests.labels(
            _one_of("service", service),
            named,
            known_method,
            _STATUS_OF.get(status_class, STATUS_CLASSES[0]),
        )
        # What a stranger makes up, a method or a path, is not kept.
        if (known_method, named) == (method, route):
            self._request_series[service, route, method, status_class] = series
        return series

    def _known_route(self, service: str, route: str | None) -> str:
        return route if route is not None and (service, route) in self._routes else OTHER

    def _counter(self, definition: Definition) -> Counter:
        return Counter(definition.name, definition.meaning, definition.labels, registry=self._registry)

    def _gauge(self, definition: Definition) -> Gauge:
        return Gauge(definition.name, definition.meaning, definition.labels, registry=self._registry)

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
