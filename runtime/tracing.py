"""Traces of some requests, by OpenTelemetry: off unless an endpoint is set, and never in anybody's way.

A span says what was done and how long it took, in words of the program: a route's template, a service, a
host, a function's name. It records no exception, whose text could name somebody. Spans are sent by a thread
of their own; what cannot be sent is dropped.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import httpx2
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runtime.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

TRACEPARENT: Final = "traceparent"
_TRACES_PATH: Final = "/v1/traces"
_EXPORT_SECONDS: Final = 5.0
_QUEUE: Final = 2_048
_PAUSE_MILLISECONDS: Final = 2_000
_PROPAGATOR: Final = TraceContextTextMapPropagator()
_NAME: Final = "skills-passport"


class Attribute(StrEnum):
    """What a span may say; every value is a word of the program, a number, a host or a request's id."""

    SERVICE = "passport.service"
    REQUEST_ID = "passport.request_id"
    METHOD = "http.request.method"
    ROUTE = "http.route"
    STATUS = "http.response.status_code"
    PEER = "passport.peer"
    HOST = "server.address"


class _State:
    """The tracer of this process, as logging is the process's."""

    tracer: Tracer | None = None


@contextmanager
def tracing(settings: Settings, *, exporter: "SpanExporter | None" = None) -> Iterator[None]:
    """Trace while inside, where ``settings`` name an endpoint (or an ``exporter`` is given).

    At the end what is still to be sent is sent, within seconds.
    """
    if exporter is None and settings.otlp_endpoint is None:
        yield
        return
    # local: half a second to import, for every command
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.trace_sample),
        resource=Resource({"service.name": _NAME}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter or _otlp_exporter(settings.otlp_endpoint or ""),
            max_queue_size=_QUEUE,
            schedule_delay_millis=_PAUSE_MILLISECONDS,
            export_timeout_millis=_EXPORT_SECONDS * 1000,
        )
    )
    _State.tracer = provider.get_tracer(_NAME)
    try:
        yield
    finally:
        _State.tracer = None
        provider.shutdown()


def _otlp_exporter(endpoint: str) -> "SpanExporter":
    import requests  # local, as above
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    session = requests.Session()
    # Nothing of the environment, a proxy say, decides where spans go.
    session.trust_env = False
    return OTLPSpanExporter(endpoint=endpoint + _TRACES_PATH, timeout=_EXPORT_SECONDS, session=session)


@contextmanager
def span(
    name: str,
    attributes: Mapping[Attribute, str | int],
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
) -> Iterator[Span | None]:
    """One span around what is inside; None where nothing is traced. ``parent``: other than the current."""
    if _State.tracer is None:
        yield None
        return
    with _State.tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        attributes={key.value: value for key, value in attributes.items()},
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        yield current


def is_on() -> bool:
    """Whether this process traces."""
    return _State.tracer is not None


def parent_in(traceparent: str) -> Context:
    """The context of a caller's span. Only for callers known to be ours: a stranger could fill the disk."""
    return _PROPAGATOR.extract({TRACEPARENT: traceparent}, Context())


def trace_id_or_none() -> str | None:
    """The id of the trace that is being recorded here, as log lines name it."""
    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid and context.trace_flags.sampled else None


def name_of(function: Callable[..., object]) -> str:
    """A function's name in the program, for the name of a span."""
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__qualname__", type(inner).__name__))


class TracedTransport(httpx2.AsyncBaseTransport):
    """Asks a peer, with a span around it that the peer's own spans hang from."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, peer: str) -> None:
        """Ask by way of ``inner``."""
        self._inner = inner
        self._peer = peer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See ``httpx2.AsyncBaseTransport``."""
        attributes: Mapping[Attribute, str | int] = {
            Attribute.PEER: self._peer,
            Attribute.METHOD: request.method,
        }
        with span(f"ask {self._peer}", attributes, kind=SpanKind.CLIENT) as current:
            if current is not None:
                _PROPAGATOR.inject(request.headers)
            response = await self._inner.handle_async_request(request)
            if current is not None:
                current.set_attribute(Attribute.STATUS.value, response.status_code)
            return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()
