"""What every answer of a service carries, and what is kept of it: headers, a name, a count, a log line."""

from collections.abc import Iterable, Mapping
from typing import Final

from opentelemetry.trace import Span

from runtime import tracing
from runtime.entropy import random_token
from runtime.logging import log_request
from runtime.service import ServiceContext
from runtime.tracing import Attribute

_REQUEST_ID_BITS: Final = 80

Header = tuple[bytes, bytes]
"""Name in lower case and value, as ASGI has them."""


class Manners:
    """Those of one service; ``headers`` are given with every answer that has none of that name."""

    def __init__(self, context: ServiceContext, headers: Mapping[str, str]) -> None:
        self._service = context.service
        self._metrics = context.metrics
        self._headers = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())

    def new_request_id(self) -> str:
        """A name for one request, in the answer and in the log."""
        return random_token(_REQUEST_ID_BITS)

    def completed(self, headers: Iterable[Header]) -> list[Header]:
        """``headers`` with ours where they say nothing; without a request id."""
        complete = [pair for pair in headers if pair[0] != b"x-request-id"]
        said = {name for name, _ in complete}
        complete += [pair for pair in self._headers if pair[0] not in said]
        if b"etag" not in said and b"cache-control" not in said:
            complete.append((b"cache-control", b"no-store"))
        return complete

    def record(
        self,
        request_id: str,
        *,
        route: str | None,
        method: str,
        status: int,
        seconds: float,
        span: Span | None = None,
    ) -> None:
        """Count and log one request. ``route`` is its template and not the path, which may open a page."""
        self._metrics.request(self._service, route, method, status, seconds)
        if span is not None:
            known, named = self._metrics.labels_of(self._service, route, method)
            span.update_name(f"{known} {named}")
            span.set_attributes(
                {Attribute.METHOD.value: known, Attribute.ROUTE.value: named, Attribute.STATUS.value: status}
            )
        log_request(
            service=self._service,
            request_id=request_id,
            trace_id=None if span is None else tracing.trace_id_or_none(),
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
