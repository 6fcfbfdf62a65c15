"""Answers given before the framework: for what costs less than its way through it.

A quick answer is for plain requests alone, and may decline any of them: whatever is said in the query, in a
cookie or of who asks, whatever is written in an unusual way, comes slowly or is wrong goes to the route of
the same path, which defines the answer. So nothing is refused here, and nothing is answered otherwise than by
the route; headers, counts and log lines are those of every answer (``runtime.manners``).
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import tracing
from runtime.aside import LONG_BYTES
from runtime.logging import get_logger, places_of
from runtime.manners import Header, Manners
from runtime.request_id import answering

_PATIENCE_SECONDS: Final = 1.0
_JSON: Final = b"application/json"
_ELSEWHERE: Final = frozenset(
    {b"authorization", b"cookie", b"content-encoding", b"transfer-encoding", b"upgrade", b"expect"}
)
_ANSWER: Final[tuple[Header, ...]] = ((b"content-type", _JSON), (b"cache-control", b"no-store"))
_ENGLISH: Final = ""

_log = get_logger("fast_lane")


class QuickAnswer(Protocol):
    """The quick way of one route."""

    async def __call__(self, body: bytes, accept_language: str) -> bytes | None:
        """The JSON of an answer of status 200 to the JSON ``body``, or None where the route must answer.

        ``accept_language`` is that header's value, empty without one.
        """


class FastLane:
    """The quick answers of one application, by the path of their route, in front of ``app``."""

    def __init__(self, app: ASGIApp, manners: Manners, answers: Mapping[str, QuickAnswer]) -> None:
        self._app = app
        self._manners = manners
        self._answers = answers
        self._headers = manners.completed(_ANSWER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or leave it to the application."""
        answer = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        language = None if answer is None else _plain_language(scope)
        if answer is None or language is None or tracing.is_on():
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        received = _Received(receive)
        body = await received.whole()
        if body is not None:
            request_id = self._manners.new_request_id()
            with answering(request_id):
                written = await self._written(answer, body, language)
            if written is not None:
                await self._send(send, written, request_id)
                seconds = time.perf_counter() - started
                self._manners.record(
                    request_id, route=scope["path"], method="POST", status=200, seconds=seconds
                )
                return
        await self._app(scope, received.again, send)

    async def _written(self, answer: QuickAnswer, body: bytes, language: str) -> bytes | None:
        try:
            return await answer(body, language)
        except Exception as error:  # noqa: BLE001 - a bug of the quick way must not keep the route from answering
            _log.error(
                "a quick answer failed", error=type(error).__name__, places=places_of(error.__traceback__)
            )
            return None

    async def _send(self, send: Send, written: bytes, request_id: str) -> None:
        headers = [
            *self._headers,
            (b"content-length", b"%d" % len(written)),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": written})


class _Received:
    """The body of one request: taken where it comes soon, and given again where that was of no use."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._taken: list[Message] = []

    async def whole(self) -> bytes | None:
        """All of the body; None where it is too long, does not come soon, or whoever sends it is gone."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while True:
                    message = await self._receive()
                    self._taken.append(message)
                    if message["type"] != "http.request":
                        return None
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            return None
        if len(self._taken) == 1:
            return bytes(self._taken[0].get("body", b""))
        return b"".join([message.get("body", b"") for message in self._taken])

    async def again(self) -> Message:
        """What was taken once more, and then whatever still comes."""
        return self._taken.pop(0) if self._taken else await self._receive()


def _plain_language(scope: Scope) -> str | None:
    """What is said of languages by a plain POST of a short JSON body; None for any other request."""
    if scope["method"] != "POST" or scope["query_string"]:
        return None
    language, kinds, length = None, 0, None
    for name, value in scope["headers"]:
        if name in _ELSEWHERE:
            return None
        if name == b"content-type":
            kinds += 1 if value == _JSON else 2
        elif name == b"content-length":
            length = value
        elif name == b"accept-language" and language is None:
            language = value.decode("latin-1")
    is_short = length is not None and length.isdigit() and len(length) <= 5 and int(length) <= LONG_BYTES
    return (language or _ENGLISH) if kinds == 1 and is_short else None
