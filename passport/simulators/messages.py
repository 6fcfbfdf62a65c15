"""A simulator of an SMS gateway and of Telegram's Bot API: it keeps what was sent, and shows it.

It says in a warning, on its page and on every answer that it is a simulator. Nothing reaches any phone.
"""

import base64
import html
import warnings
from collections import deque
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from passport.simulators.rld import SimulatorWarning

KEPT: Final = 200
_HEADERS: Final = {"X-Simulator": "messages (nothing reaches any phone)"}
_MAX_TEXT: Final = 4_096


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A message as it was handed over; ``keys`` are the buttons under it, ``picture`` a PNG."""

    channel: str
    to: str
    text: str
    keys: tuple[str, ...] = ()
    picture: bytes | None = None


class MessageSimulator:
    """Takes messages as the two gateways do. ``is_away`` makes it fail as a gateway that is down."""

    def __init__(self) -> None:
        """Warn, and begin with no message."""
        warnings.warn("Messages go to a simulator, to no phone.", SimulatorWarning, stacklevel=2)
        self.sent: deque[Sent] = deque(maxlen=KEPT)
        self.deleted: deque[tuple[str, int]] = deque(maxlen=KEPT)
        self.is_away = False
        self.app = Starlette(
            routes=[
                Route("/", self._show),
                Route("/sms/messages", self._sms, methods=["POST"]),
                Route("/telegram/bot{token}/sendMessage", self._telegram, methods=["POST"]),
                Route("/telegram/bot{token}/sendPhoto", self._photo, methods=["POST"]),
                Route("/telegram/bot{token}/deleteMessage", self._delete, methods=["POST"]),
            ]
        )

    async def _sms(self, request: Request) -> Response:
        body = await request.json()
        to, text = body.get("to"), body.get("text")
        if self.is_away:
            return JSONResponse({}, status_code=503, headers=_HEADERS)
        if not isinstance(to, str) or not isinstance(text, str) or len(text) > _MAX_TEXT:
            return JSONResponse({}, status_code=400, headers=_HEADERS)
        self.sent.append(Sent(channel="sms", to=to, text=text))
        return JSONResponse({"accepted": True}, status_code=202, headers=_HEADERS)

    async def _telegram(self, request: Request) -> Response:
        body = await request.json()
        to, text = body.get("chat_id"), body.get("text")
        if self.is_away or not isinstance(to, str) or not isinstance(text, str) or len(text) > _MAX_TEXT:
            return JSONResponse({"ok": False, "error_code": 400}, status_code=400, headers=_HEADERS)
        rows = (body.get("reply_markup") or {}).get("keyboard", [])
        keys = tuple(str(key["text"]) for row in rows for key in row)
        self.sent.append(Sent(channel="telegram", to=to, text=text, keys=keys))
        return JSONResponse({"ok": True, "result": {"text": text}}, headers=_HEADERS)

    async def _photo(self, request: Request) -> Response:
        async with request.form(max_files=1, max_fields=3) as form:
            to, text, photo = form.get("chat_id"), form.get("caption"), form.get("photo")
            picture = await photo.read() if isinstance(photo, UploadFile) else b""
        if self.is_away or not isinstance(to, str) or not isinstance(text, str) or not picture:
            return JSONResponse({"ok": False, "error_code": 400}, status_code=400, headers=_HEADERS)
        self.sent.append(Sent(channel="telegram", to=to, text=text, picture=picture))
        return JSONResponse({"ok": True, "result": {"caption": text}}, headers=_HEADERS)

    async def _delete(self, request: Request) -> Response:
        body = await request.json()
        chat, message_id = body.get("chat_id"), body.get("message_id")
        if self.is_away or not isinstance(chat, str) or not isinstance(message_id, int):
            return JSONResponse({"ok": False, "error_code": 400}, status_code=400, headers=_HEADERS)
        self.deleted.append((chat, message_id))
        return JSONResponse({"ok": True, "result": True}, headers=_HEADERS)

    async def _show(self, request: Request) -> Response:
        rows = "".join(
            f"<tr><td>{html.escape(one.channel)}</td><td>{html.escape(one.to)}</td><td>{shown(one)}</td></tr>"
            for one in reversed(self.sent)
        )
        page = (
            "<!doctype html><html lang='en'><meta charset='utf-8'><title>SIMULATOR: messages</title>"
            "<h1>SIMULATOR / ក្លែងធ្វើ: messages that reach no phone</h1>"
            f"<table><tr><th>Channel</th><th>To</th><th>Text</th></tr>{rows}</table></html>"
        )
        return HTMLResponse(page, headers=_HEADERS)


def shown(one: Sent) -> str:
    """A message as HTML, with its picture and its buttons."""
    parts = [html.escape(one.text).replace("\n", "<br>")]
    if one.picture is not None:
        data = base64.b64encode(one.picture).decode()
        parts.insert(0, f"<img alt='QR' width='200' src='data:image/png;base64,{data}'><br>")
    if one.keys:
        parts.append("<br>" + " ".join(f"[{html.escape(key)}]" for key in one.keys))
    return "".join(parts)
