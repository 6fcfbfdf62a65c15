"""The one way out: every document this product fetches comes through ``Fetcher``.

A URL may come from a stranger's credential. Hence: https to public addresses only, plus what the
settings name; the host is resolved once and exactly that address is connected to; no redirects, no
cookies, no credentials, no compression, little time, little size. ``Fetcher.post_form`` is the same way
for the one question that has to carry credentials: a code exchanged at the identity provider; and
``Fetcher.post_json`` for what is told to addresses that others gave. ``Fetcher.exchange`` is for
protocols whose refusals are read too.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx2
from opentelemetry.trace import SpanKind

from runtime.addresses import is_public_address, resolve
from runtime.clients import AsgiApp
from runtime.clock import Clock
from runtime.origins import parse_origin
from runtime.settings import SERVICES, Settings
from runtime.tracing import Attribute, span

Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]

_MAX_URL_LENGTH: Final = 2_000
# An entity tag of RFC 9110 section 8.8.3; anything else is not sent back.
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,256}"')
# Strangers' hosts share this many slots, so that slow ones cannot take the whole process.
_STRANGER_SLOTS: Final = 16
# Printable ASCII that RFC 3986 lets a URL hold; a backslash is what browsers and servers disagree on.
_URL = re.compile(r"[A-Za-z0-9:/?@!$&'()*+,;=\-._~%\[\]]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_USER_AGENT: Final = "skills-passport"


class UnavailableReason(StrEnum):
    """Why a document could not be had."""

    URL_REFUSED = "url-refused"
    ADDRESS_REFUSED = "address-refused"
    NAME_UNKNOWN = "name-unknown"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too-large"
    REDIRECTED = "redirected"
    STATUS = "status"
    ENCODED = "encoded"
    NOT_IN_BUNDLE = "not-in-bundle"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """The document at ``url`` as it was at ``fetched_at``; ``etag`` is for asking again."""

    url: str
    body: bytes
    etag: str | None
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What was answered at ``url``, a refusal included. ``headers`` are by name in small letters."""

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotModified:
    """The document at ``url`` is still the one whose ``etag`` was sent."""

    url: str
    etag: str
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Unavailable:
    """The document at ``url`` could not be had; that says nothing about the document."""

    url: str
    reason: UnavailableReason


FetchResult = Fetched | NotModified | Unavailable


class _GaveUp(Exception):
    """Ends one fetch with a reason."""

    def __init__(self, reason: UnavailableReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What is sent beside the address. With ``body`` the request is a POST."""

    etag: str | None = None
    body: bytes | None = None
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    any_success: bool = False
    """Whether every status of 200 to 299 is an answer, not 200 alone."""
    any_status: bool = False
    """Whether every status is an answer but those that lead elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Target:
    """Where a URL is really asked: ``origin`` after aliases, ``request_target`` as given."""

    origin: str
    scheme: str
    host: str
    port: int
    request_target: str
    is_named: bool


class Fetcher:
    """Fetches documents; concurrent requests for the same one share a flight."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        apps: Mapping[str, AsgiApp] | None = None,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """``apps``: origin → ASGI application of this process that answers it, without a socket.

        The mapping is looked into at each fetch, so it may be filled later.
        """
        self._settings = settings
        self._clock = clock
        self._apps = {} if apps is None else apps
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._aliases = dict(settings.origin_aliases)
        if settings.is_demo:
            did_origin = parse_origin("https://" + settings.did_host.replace("%3A", ":"))
            self._aliases.setdefault(did_origin, settings.base_url)
        self._named = _named_origins(settings) | set(self._aliases.values())
        self._flights: dict[tuple[str, str | None], asyncio.Task[FetchResult]] = {}
        self._stranger_slots = asyncio.Semaphore(_STRANGER_SLOTS)

    async def get(self, url: str, *, etag: str | None = None) -> FetchResult:
        """The document at ``url``; with ``etag``, only if it is another than that.

        Never raises for what the URL or the other side does: that is ``Unavailable``.
        """
        if etag is not None and not _ETAG.fullmatch(etag):
            etag = None
        key = (url, etag)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fetched(url, _Asked(etag=etag)))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        # Shielded: one caller going away must not fail the fetch for the others.
        return await asyncio.shield(flight)

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, authorization: str | None = None
    ) -> FetchResult:
        """What ``url`` answers to a form, under the same rules as ``get``; never shared, never repeated."""
        asked = _Asked(
            body=urlencode(fields).encode("ascii"),
            media_type="application/x-www-form-urlencoded",
            headers={} if authorization is None else {"Authorization": authorization},
        )
        return await self._fetched(url, asked)

    async def post_json(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> FetchResult:
        """What ``url`` answers to a JSON text, under the same rules as ``get``; every 2xx is an answer."""
        asked = _Asked(body=body, media_type="application/json", headers=headers, any_success=True)
        return await self._fetched(url, asked)

    async def exchange(
        self, url: str, *, body: bytes | None = None, media_type: str = "", headers: Mapping[str, str]
    ) -> Answered | Unavailable:
        """What ``url`` answers, whatever its status is, to a GET or with ``body`` to a POST.

        Under the same rules as ``get``; never shared, never repeated.
        """
        asked = _Asked(body=body, media_type=media_type, headers=headers, any_status=True)
        result = await self._guarded(url, asked)
        if isinstance(result, Answered | Unavailable):
            return result
        raise TypeError("an exchange has another answer")

    async def _fetched(self, url: str, asked: _Asked) -> FetchResult:
        result = await self._guarded(url, asked)
        if isinstance(result, Answered):
            raise TypeError("a fetch has another answer")
        return result

    async def _guarded(self, url: str, asked: _Asked) -> FetchResult | Answered:
        try:
            target = self._parse_target(url)
            async with asyncio.timeout(self._settings.fetch_timeout_seconds):
                if target.is_named or target.origin in self._apps:
                    return await self._ask(url, target, asked)
                async with self._stranger_slots:
                    return await self._ask(url, target, asked)
        except _GaveUp as end:
            return Unavailable(url=url, reason=end.reason)
        except TimeoutError:
            return Unavailable(url=url, reason=UnavailableReason.TIMEOUT)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError):
            return Unavailable(url=url, reason=UnavailableReason.UNREACHABLE)

    def _parse_target(self, url: str) -> _Target:
        if len(url) > _MAX_URL_LENGTH or not _URL.fullmatch(url):
            raise _GaveUp(UnavailableReason.URL_REFUSED)
        try:
            parts = urlsplit(url)
            asked = parse_origin(f"{parts.scheme}://{parts.netloc}")
        except ValueError:
            raise _GaveUp(UnavailableReason.URL_REFUSED) from None
        origin = self._aliases.get(asked, asked)
        request_target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        target = _target(origin, request_target, is_named=origin in self._named)
        if target.origin not in self._apps and not target.is_named and not _is_plain_https(target):
            raise _GaveUp(UnavailableReason.URL_REFUSED)
        return target

    async def _ask(self, url: str, target: _Target, asked: _Asked) -> FetchResult | Answered:
        app = self._apps.get(target.origin)
        connect_to = target.host if app is not None else await self._address(target)
        transport: httpx2.AsyncBaseTransport
        if app is not None:
            transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        else:
            # Made anew for each fetch: a pool keyed by address would lend a connection that was
            # authenticated for one host name to another host at the same address.
            transport = httpx2.AsyncHTTPTransport(verify=self._tls(target), trust_env=False)
        with span("fetch", {Attribute.HOST: target.host}, kind=SpanKind.CLIENT):
            async with transport:
                response = await transport.handle_async_request(_request(target, asked, connect_to))
                try:
                    return await self._read(url, asked, response)
                finally:
                    await response.aclose()

    async def _address(self, target: _Target) -> str:
        """The one address to connect to; every address of a stranger must be public."""
        try:
            addresses = await self._resolver(target.host, target.port)
        except OSError:
            raise _GaveUp(UnavailableReason.NAME_UNKNOWN) from None
        if not addresses:
            raise _GaveUp(UnavailableReason.NAME_UNKNOWN)
        if not target.is_named and not all(is_public_address(address) for address in addresses):
            raise _GaveUp(UnavailableReason.ADDRESS_REFUSED)
        return addresses[0]

    async def _read(self, url: str, asked: _Asked, response: httpx2.Response) -> FetchResult | Answered:
        now = self._clock.now()
        if response.status_code == 304 and asked.etag is not None:
            return NotModified(url=url, etag=asked.etag, fetched_at=now)
        if 300 <= response.status_code < 400:
            raise _GaveUp(UnavailableReason.REDIRECTED)
        is_answer = asked.any_status or (asked.any_success and response.is_success)
        if response.status_code != 200 and not is_answer:
            raise _GaveUp(UnavailableReason.STATUS)
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise _GaveUp(UnavailableReason.ENCODED)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._settings.fetch_max_bytes:
                raise _GaveUp(UnavailableReason.TOO_LARGE)
        if asked.any_status:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answered(url=url, status=response.status_code, body=bytes(body), headers=headers)
        answered = response.headers.get("etag")
        kept = answered if answered and _ETAG.fullmatch(answered) else None
        return Fetched(url=url, body=bytes(body), etag=kept, fetched_at=now)

    def _tls(self, target: _Target) -> ssl.SSLContext | bool:
        if target.scheme == "http":
            return False
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
        return self._ssl_context


def _named_origins(settings: Settings) -> set[str]:
    origins = {settings.base_url, *settings.trusted_origins}
    origins |= {settings.service_url(service) for service in SERVICES}
    if settings.trust_list_url:
        parts = urlsplit(settings.trust_list_url)
        origins.add(parse_origin(f"{parts.scheme}://{parts.netloc}"))
    return origins


def _target(origin: str, request_target: str, *, is_named: bool) -> _Target:
    parts = urlsplit(origin)
    return _Target(
        origin=origin,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        request_target=request_target,
        is_named=is_named,
    )


def _is_plain_https(target: _Target) -> bool:
    """What a stranger may name: a dotted host name on the default port of https."""
    return target.scheme == "https" and target.port == 443 and bool(_HOST.fullmatch(target.host))


def _request(target: _Target, asked: _Asked, connect_to: str) -> httpx2.Request:
    host = f"[{connect_to}]" if ":" in connect_to else connect_to
    headers = {
        "Host": target.origin.partition("://")[2],
        "Accept": "application/json, */*;q=0.1",
        "Accept-Encoding": "identity",
        "User-Agent": _USER_AGENT,
        "Connection": "close",
    }
    if asked.etag is not None:
        headers["If-None-Match"] = asked.etag
    headers |= asked.headers
    if asked.body is not None:
        headers["Content-Type"] = asked.media_type
    return httpx2.Request(
        "GET" if asked.body is None else "POST",
        f"{target.scheme}://{host}:{target.port}{target.request_target}",
        headers=headers,
        content=asked.body,
        # The certificate must be the host's although the connection goes to an address.
        extensions={"sni_hostname": target.host},
    )
