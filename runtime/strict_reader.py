"""The door: every request body passes here, byte by byte, before the framework sees it.

JSON is read by the strict reader of the core, so that no later reader can understand it otherwise; forms
are checked; uploads are counted while they stream. The application then gets the very bytes received,
and finds the value read from JSON in ``request.state.json``.
"""

import asyncio
import re
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.aside import LONG_BYTES, aside
from runtime.problems import BodyTooLarge, BodyTooSlow, UnsupportedMediaType, render_problem
from runtime.settings import Settings
from vc.encoding.strict_json import Limits, parse_json
from vc.errors import MalformedValue, PassportError

_BODILESS_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Nothing but JSON makes sense there, whatever a client may call it.
_JSON_ONLY: Final = ("/credentials/", "/presentations/", "/cards/")
_JSON: Final = re.compile(r"application/(?:[a-z0-9.-]+\+)?json")
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
# What no field, path or query of ours holds: controls other than tab, newline and carriage return.
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PATH_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\ufffd]")


class _Disconnected(Exception):
    """The client went away while sending; nobody is left to answer."""


class StrictReader:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Stand in front of ``app`` with the limits of ``settings``."""
        self._app = app
        self._settings = settings
        self._limits = Limits(max_bytes=settings.max_body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer what is wrong with its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _require_plain_target(scope)
            if scope["method"] in _BODILESS_METHODS:
                await self._app(scope, receive, send)
                return
            kind = _media_type(scope)
            if kind == _MULTIPART:
                await self._stream(scope, receive, send)
                return
            body = await self._read_whole(scope, receive)
            if len(body) > LONG_BYTES:
                await aside(partial(self._check, scope, kind, body))
            else:
                self._check(scope, kind, body)
        except _Disconnected:
            return
        except PassportError as error:
            await render_problem(Request(scope, receive), error)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _check(self, scope: Scope, kind: str | None, body: bytes) -> None:
        if kind is not None and _JSON.fullmatch(kind):
            scope.setdefault("state", {})["json"] = parse_json(body, self._limits)
        elif scope["path"].startswith(_JSON_ONLY):
            raise UnsupportedMediaType("Send application/json.")
        elif kind == _FORM:
            _require_plain_form(body)
        elif body or kind is not None:
            raise UnsupportedMediaType("Send JSON or a form.")

    async def _read_whole(self, scope: Scope, receive: Receive) -> bytes:
        _require_declared_size(scope, self._settings.max_body_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_timeout_seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Disconnected
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._settings.max_body_bytes:
                        raise BodyTooLarge("The body is too large.")
        except TimeoutError:
            raise BodyTooSlow("The body did not arrive in time.") from None
        return bytes(body)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an upload through while it keeps to its size and time.

        What stops it is raised inside the application, which may turn it into an answer of its own;
        hence that answer is held back and the true one given.
        """
        if scope["path"].startswith(_JSON_ONLY):
            raise UnsupportedMediaType("Send application/json.")
        _require_declared_size(scope, self._settings.max_upload_bytes)
        upload = _Upload(receive, send, self._settings)
        try:
            await self._app(scope, upload.receive, upload.send)
        except PassportError as error:
            if error is not upload.stopped_by:
                raise
        if upload.stopped_by is not None and not upload.answered:
            raise upload.stopped_by


class _Upload:
    """The two channels of one multipart request, watched."""

    def __init__(self, receive: Receive, send: Send, settings: Settings) -> None:
        self._receive = receive
        self._send = send
        self._left = settings.max_upload_bytes
        self._complete = False
        self._deadline = asyncio.get_running_loop().time() + settings.body_timeout_seconds
        self.stopped_by: PassportError | None = None
        self.answered = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise self._stop(BodyTooSlow("The upload did not arrive in time.")) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise self._stop(BodyTooLarge("The upload is too large."))
        self._complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self.stopped_by is not None and not self.answered:
            return
        self.answered = True
        await self._send(message)

    def _stop(self, error: PassportError) -> PassportError:
        self.stopped_by = error
        return error


def _media_type(scope: Scope) -> str | None:
    """The one media type of the body in lower case. Raises ``UnsupportedMediaType``."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers):
        raise UnsupportedMediaType("Send the body without compression.")
    values = [value for name, value in headers if name == b"content-type"]
    if len(values) > 1:
        raise UnsupportedMediaType("Name one content type.")
    if not values:
        return None
    kind, _, parameters = values[0].decode("latin-1").lower().partition(";")
    charset = re.search(r"charset\s*=\s*\"?([^\";\s]*)", parameters)
    if charset is not None and charset.group(1) not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("Send text as UTF-8.")
    return kind.strip()


def _require_declared_size(scope: Scope, max_bytes: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > max_bytes:
            raise BodyTooLarge("The body is too large.")


def _require_plain_target(scope: Scope) -> None:
    if _PATH_CONTROLS.search(scope["path"]):
        raise MalformedValue("The path has a character that no path of ours has.")
    _require_plain_text(scope.get("query_string", b""), "query")


def _require_plain_form(body: bytes) -> None:
    if not body.isascii():
        raise MalformedValue("The form is not percent-encoded.")
    _require_plain_text(body, "form")


def _require_plain_text(encoded: bytes, where: str) -> None:
    decoded = unquote_to_bytes(encoded)
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedValue(f"The {where} is not valid UTF-8.") from None
    if _CONTROLS.search(decoded):
        raise MalformedValue(f"The {where} has a control character.")


def _replay(body: bytes, receive: Receive) -> Receive:
    """A channel that gives ``body`` once and then whatever still comes, which is the disconnect."""
    given = False

    async def replayed() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
