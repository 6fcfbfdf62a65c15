"""How every service's application is put together: the same doors, headers and manners."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import problems, tracing
from runtime.auth import SESSION_COOKIE, NotAuthenticated, Sessions, parse_service_token
from runtime.fast_lane import FastLane, QuickAnswer
from runtime.logging import get_logger, places_of
from runtime.manners import Manners
from runtime.measures import measure_process
from runtime.parts import watch_parts
from runtime.problems import CrossSiteRequest, render_problem
from runtime.request_id import answering
from runtime.route_templates import route_templates
from runtime.service import ServiceContext
from runtime.sessions import RemoteSessions
from runtime.settings import Settings
from runtime.strict_reader import StrictReader
from runtime.tracing import Attribute

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# The reader of QR codes is WebAssembly; nothing else of the pages that have it may do more than others.
CONTENT_SECURITY_POLICY_OF_READER: Final = CONTENT_SECURITY_POLICY.replace(
    "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"
)
# same-origin and not no-referrer: under no-referrer browsers send "Origin: null" with our own forms,
# which would leave older ones without any proof that a form is ours. Other sites get no referrer in both.
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# On what verifying needs (keys, lists, contexts): a verifier that is a page of another origin reads it.
OPEN_TO_ALL_ORIGINS: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_HSTS: Final = "max-age=31536000"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# What a form on another site can send without asking first (Fetch standard, CORS-safelisted).
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")

_log = get_logger("http")


def build_app(
    context: ServiceContext,
    *,
    title: str,
    routers: Sequence[APIRouter],
    lifespan: Lifespan | None = None,
    sessions: Sessions | None = None,
    quick_answers: Mapping[str, QuickAnswer] = MappingProxyType({}),
) -> FastAPI:
    """The application of one service: ``routers`` behind the strict reader, with ``context`` in its state.

    ``quick_answers`` are given to plain requests before all that, by the path of a route.

    Routes find the context by ``runtime.service.context_of(request)``. Without ``sessions`` the trust
    registry is asked who is signed in.
    """
    app = ServiceApp(
        title=title,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # What is traced and counted, and in which words, is said by ``Envelope``.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = context
    app.state.sessions = sessions or RemoteSessions(
        service=context.service, peers=context.peers, settings=context.settings, clock=context.clock
    )
    for router in routers:
        app.include_router(router)
    context.metrics.declare_routes(context.service, route_templates(app.routes))
    watch_parts(context)
    measure_process(context)
    problems.install(app)
    # Added last is met first.
    app.add_middleware(StrictReader, settings=context.settings)
    app.add_middleware(SameSiteOnly, settings=context.settings)
    manners = Manners(context, _headers_of(context))
    app.add_middleware(Envelope, context=context, manners=manners)
    if quick_answers:
        unknown = quick_answers.keys() - set(route_templates(app.routes))
        if unknown:
            raise ValueError(f"a quick answer without a route: {sorted(unknown)}")
        app.lane = FastLane(app.route, manners, quick_answers)
    return app


def _headers_of(context: ServiceContext) -> Mapping[str, str]:
    if context.settings.is_https:
        return {**SECURITY_HEADERS, "Strict-Transport-Security": _HSTS}
    return SECURITY_HEADERS


class ServiceApp(FastAPI):
    """The application of one service, with its fast lane in front of everything else."""

    lane: FastLane | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await (self.lane or self.route)(scope, receive, send)

    async def route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection by the framework."""
        await super().__call__(scope, receive, send)


class Envelope:
    """ASGI middleware around everything: request id, security headers, log line, count, last resort."""

    def __init__(self, app: ASGIApp, *, context: ServiceContext, manners: Manners) -> None:
        """Stand around ``app``, which is a service with this ``context``."""
        self._app = app
        self._service = context.service
        self._settings = context.settings
        self._clock = context.clock
        self._manners = manners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._manners.new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        if not tracing.is_on():
            await self._answer(scope, receive, send, request_id, None)
            return
        with self._traced(scope, request_id) as span:
            await self._answer(scope, receive, send, request_id, span)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, span: Span | None
    ) -> None:
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                identified = (b"x-request-id", request_id.encode())
                message["headers"] = [*self._manners.completed(message["headers"]), identified]
            await send(message)

        try:
            with answering(request_id):
                await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the edge of the process: a bug must not show its inside
            self._report(error, request_id)
            if status == 0:
                await render_problem(Request(scope, receive), error)(scope, receive, send_with_headers)
        finally:
            self._manners.record(
                request_id,
                # The template and not the path: paths hold codes that open pages.
                route=getattr(scope.get("route"), "path", None),
                method=scope["method"],
                status=status,
                seconds=time.perf_counter() - started,
                span=span,
            )

    def _traced(self, scope: Scope, request_id: str) -> AbstractContextManager[Span | None]:
        attributes = {Attribute.SERVICE: self._service, Attribute.REQUEST_ID: request_id}
        parent = self._parent_or_none(Headers(scope=scope))
        return tracing.span("request", attributes, kind=SpanKind.SERVER, parent=parent)

    def _parent_or_none(self, headers: Headers) -> Context | None:
        """The span of one of our services that asks; a stranger's is not taken over."""
        traceparent = headers.get(tracing.TRACEPARENT)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if traceparent is None or not token:
            return None
        try:
            parse_service_token(token, audience=self._service, settings=self._settings, now=self._clock.now())
        except NotAuthenticated:
            return None
        return tracing.parent_in(traceparent)

    def _report(self, error: Exception, request_id: str) -> None:
        _log.error(
            "unexpected error",
            service=self._service,
            request_id=request_id,
            error=type(error).__name__,
            places=places_of(error.__traceback__),
        )


class SameSiteOnly:
    """ASGI middleware: what a browser sends in a session's name must come from our own pages.

    The cookie is SameSite=Strict already; this also holds where a browser does not keep to that,
    and keeps other sites from signing somebody in.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Stand in front of ``app``, whose pages are at the base URL of ``settings``."""
        self._app = app
        self._origin = settings.base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS:
            headers = Headers(scope=scope)
            from_us = self._comes_from_us(headers)
            has_session = f"{SESSION_COOKIE}=" in headers.get("cookie", "") and "authorization" not in headers
            is_form = headers.get("content-type", "").lower().startswith(_FORM_TYPES)
            # Silence proves nothing for a session; for a form it is what programs do.
            if (from_us is not True and has_session) or (from_us is False and is_form):
                error = CrossSiteRequest("This must be sent from our own pages.")
                await render_problem(Request(scope, receive), error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _comes_from_us(self, headers: Headers) -> bool | None:
        """Whether the browser says that our page sent this; None where it says nothing."""
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            return fetch_site == "same-origin"
        origin = headers.get("origin")
        if origin is None:
            return None
        # The host as the browser addressed it, too: a demo is reached by more than one name.
        return origin == self._origin or (origin != "null" and urlsplit(origin).netloc == headers.get("host"))
