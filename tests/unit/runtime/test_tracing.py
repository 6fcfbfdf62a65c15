"""Traces: linked over services, silent about people, and in nobody's way when nobody takes them."""

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest
from fastapi import APIRouter, Request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import ValidationError
from sqlalchemy import Connection, text

from runtime.auth import service_token
from runtime.clients import AsgiApp, Peers
from runtime.clock import FixedClock
from runtime.http import build_app
from runtime.logging import configure_logging
from runtime.service import ServiceContext, context_of
from runtime.settings import Settings
from runtime.tracing import Attribute, is_on, name_of, tracing
from tests.unit.runtime.small_service import KNOWN

pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]

STRANGE = f"00-{'ab' * 16}-{'cd' * 8}-01"
asking = APIRouter()


def touch(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


@asking.get("/issuer/ask/{name}")
async def ask(request: Request, name: str) -> dict[str, str]:
    context = context_of(request)
    await context.database.read(touch)
    answer = await context.peers.client("issuer").get(f"/issuer/told/{name}")
    return {"told": answer.text}


@asking.get("/issuer/told/{name}")
async def told(request: Request, name: str) -> dict[str, str]:
    if name == "bug-marker-71":
        raise RuntimeError("marker-71")
    return {"traceparent": request.headers.get("traceparent", "")}


@pytest.fixture
async def asked(context: ServiceContext) -> AsyncIterator[httpx2.AsyncClient]:
    """A service that asks itself as its own peer, in this process."""
    apps: dict[str, AsgiApp] = {}
    object.__setattr__(context, "peers", Peers(context.settings, context.clock, "issuer", apps))
    app = build_app(context, title="Test", routers=[asking], sessions=KNOWN)
    apps["issuer"] = app
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


@contextmanager
def traced(sample: float = 1.0) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    with tracing(Settings(trace_sample=sample), exporter=exporter):
        yield exporter


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


async def test_one_trace_leads_from_the_request_to_the_database_and_the_peer(
    asked: httpx2.AsyncClient,
) -> None:
    with traced() as exporter:
        answer = await asked.get("/issuer/ask/marker-71?q=marker-72")
    spans = by_name(exporter)
    request = spans["GET /issuer/ask/{name}"]
    store, call = spans["read touch"], spans["ask issuer"]
    peer = spans["GET /issuer/told/{name}"]
    assert parent_of(request) is None
    assert parent_of(store) == parent_of(call) == request.context.span_id
    assert parent_of(peer) == call.context.span_id
    assert len({span.context.trace_id for span in spans.values()}) == 1
    assert dict(request.attributes or {}) == {
        "passport.service": "issuer",
        "passport.request_id": answer.headers["x-request-id"],
        "http.request.method": "GET",
        "http.route": "/issuer/ask/{name}",
        "http.response.status_code": 200,
    }
    assert call.attributes == {
        "passport.peer": "issuer",
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }


async def test_spans_say_nothing_of_anybody_not_even_of_a_fault(asked: httpx2.AsyncClient) -> None:
    with traced() as exporter:
        await asked.get("/issuer/ask/bug-marker-71?q=marker-72", headers={"User-Agent": "marker-73"})
        await asked.request("MARKER", "/issuer/nowhere/marker-74")
    said = [span.to_json() for span in exporter.get_finished_spans()]
    assert len(said) == 5
    assert "marker" not in "".join(said).lower()
    for span in exporter.get_finished_spans():
        assert not span.events
        assert set(span.attributes or {}) <= {attribute.value for attribute in Attribute}


async def test_what_a_store_function_raises_is_not_in_its_span(context: ServiceContext) -> None:
    def fail(_connection: Connection) -> None:
        raise RuntimeError("marker-71")

    with traced() as exporter:
        with pytest.raises(RuntimeError):
            await context.database.read(fail)
        await context.database.write(touch)
    failed, written = exporter.get_finished_spans()
    assert not failed.events
    assert "marker" not in failed.to_json()
    assert written.name == "write touch"


async def test_a_strangers_traceparent_is_not_taken_over(
    asked: httpx2.AsyncClient, context: ServiceContext
) -> None:
    token = service_token(
        caller="verifier", audience="issuer", settings=context.settings, now=context.clock.now()
    )
    elsewhere = service_token(
        caller="verifier", audience="revocation", settings=context.settings, now=context.clock.now()
    )
    with traced() as exporter:
        for authorization in (None, "Bearer nonsense", f"Bearer {elsewhere}", f"Bearer {token}"):
            headers = {"traceparent": STRANGE}
            if authorization is not None:
                headers["Authorization"] = authorization
            await asked.get("/issuer/told/x", headers=headers)
    taken = [f"{span.context.trace_id:032x}" == "ab" * 16 for span in exporter.get_finished_spans()]
    assert taken == [False, False, False, True]


async def test_the_sample_decides_for_whole_traces(asked: httpx2.AsyncClient) -> None:
    with traced(0.0) as exporter:
        answer = await asked.get("/issuer/ask/x")
    assert exporter.get_finished_spans() == ()
    flags = json.loads(answer.json()["told"])["traceparent"].rpartition("-")[2]
    assert int(flags, 16) & 1 == 0


async def test_a_log_line_names_the_trace(
    asked: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    with traced() as exporter:
        await asked.get("/issuer/told/x")
    await asked.get("/issuer/told/x")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"request"' in line]
    (span,) = exporter.get_finished_spans()
    assert [line["trace_id"] for line in lines] == [f"{span.context.trace_id:032x}", None]


async def test_without_an_endpoint_nothing_is_traced(asked: httpx2.AsyncClient) -> None:
    with tracing(Settings()):
        assert not is_on()
        answer = await asked.get("/issuer/ask/x")
    assert json.loads(answer.json()["told"]) == {"traceparent": ""}


class Collector:
    """A collector of OTLP over HTTP on this machine; ``status`` is what it answers."""

    def __init__(self, status: int = 200) -> None:
        self.received: list[ExportTraceServiceRequest] = []
        self.paths: list[str] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.paths.append(self.path)
                collector.received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


async def test_a_real_collector_gets_what_was_traced(asked: httpx2.AsyncClient) -> None:
    collector = Collector()
    with tracing(Settings(otlp_endpoint=f"{collector.url}/", trace_sample=1.0)):
        await asked.get("/issuer/ask/marker-71")
    collector.close()
    assert set(collector.paths) == {"/v1/traces"}
    resources = [resource for request in collector.received for resource in request.resource_spans]
    spans = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    assert {span.name for span in spans} == {
        "GET /issuer/ask/{name}",
        "GET /issuer/told/{name}",
        "ask issuer",
        "read touch",
    }
    assert resources[0].resource.attributes[0].value.string_value == "skills-passport"
    assert not any(b"marker" in request.SerializeToString() for request in collector.received)


@pytest.mark.parametrize("status", [None, 400, 500])
async def test_a_collector_in_trouble_harms_no_request(asked: httpx2.AsyncClient, status: int | None) -> None:
    collector = None if status is None else Collector(status)
    endpoint = "http://127.0.0.1:9" if collector is None else collector.url
    began = time.monotonic()
    with tracing(Settings(otlp_endpoint=endpoint, trace_sample=1.0)):
        for _ in range(5):
            assert (await asked.get("/issuer/told/x")).status_code == 200
    assert time.monotonic() - began < 30
    if collector is not None:
        collector.close()


def test_a_function_is_named_as_in_the_program() -> None:
    assert name_of(touch) == "touch"
    assert name_of(FixedClock.now) == "FixedClock.now"


@pytest.mark.parametrize("endpoint", ["collector:4318", "ftp://x.example", "http://a:b@x.example"])
def test_an_endpoint_that_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ValidationError):
        Settings(otlp_endpoint=endpoint)
