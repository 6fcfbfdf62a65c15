"""Answers given at the door, before the framework routes a request: for what costs less than its way there.

A quick answer is for plain requests alone, and may decline any of them: whatever is said in the query or by
who asks, whatever is written in an unusual way or wrong goes to the route of the same path, which defines the
answer. So nothing is refused here, and nothing is answered here that the route would answer otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.types import Scope, Send

_JSON: Final = "application/json"


class QuickAnswer(Protocol):
    """The quick way of one route."""

    async def __call__(self, body: bytes, accept_language: str | None) -> bytes | None:
        """The JSON of an answer of status 200 to the JSON ``body``, or None where the route must answer.

        ``accept_language`` is that header's value.
        """


@dataclass(frozen=True, slots=True)
class _Template:
    """What logs and metrics want to know of a route."""

    path: str


class FastLane:
    """The quick answers of one application, by the path of their route."""

    def __init__(self, answers: Mapping[str, QuickAnswer]) -> None:
        self._lanes = {path: (_Template(path), answer) for path, answer in answers.items()}

    async def answered(self, scope: Scope, kind: str | None, body: bytes, send: Send) -> bool:
        """Whether the request with this ``body`` of media type ``kind`` was answered."""
        lane = self._lanes.get(scope["path"])
        if lane is None or kind != _JSON or scope["method"] != "POST" or scope["query_string"]:
            return False
        accept_language = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                return False
            if name == b"accept-language" and accept_language is None:
                accept_language = value.decode("latin-1")
        template, answer = lane
        written = await answer(body, accept_language)
        if written is None:
            return False
        scope["route"] = template
        headers = [
            (b"cache-control", b"no-store"),
            (b"content-length", b"%d" % len(written)),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": written})
        return True
