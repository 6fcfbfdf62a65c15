"""A simulator of a phone without a browser, and of the gateways of SMS, USSD and Telegram behind it.

It says in a warning, on its page and on every answer that it is a simulator. No network carries anything:
what is typed goes to the wallet's doors as the gateways would bring it.
"""

import html
import warnings
from dataclasses import dataclass
from typing import Final

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from passport.simulators.messages import MessageSimulator, shown
from passport.simulators.rld import SimulatorWarning
from runtime.entropy import random_below, random_token
from runtime.menu_settings import MenuDoor, door_token
from runtime.service import ServiceContext
from vc.errors import MalformedValue
from wallet_api.contacts import normal_address
from wallet_api.menus.routes import SECRET_HEADER
from wallet_api.messages import Channel

_HEADERS: Final = {"X-Simulator": "phone and its gateways (no network carries anything)"}
_MAX_TYPED: Final = 4_096
_MAX_NUMBER: Final = 40
_SHOWN: Final = 8
_CHANNELS: Final = {MenuDoor.SMS: Channel.SMS, MenuDoor.TELEGRAM: Channel.TELEGRAM}
_NAMES: Final = {MenuDoor.USSD: "USSD", MenuDoor.SMS: "SMS", MenuDoor.TELEGRAM: "Telegram"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Phone:
    """What stands in the form. ``entries`` are those of the USSD session so far, joined by ``*``."""

    door: MenuDoor = MenuDoor.USSD
    number: str = ""
    entries: str = ""
    screen: str = ""


class PhoneSimulator:
    """Sends to the wallet what somebody types on the page, and shows what comes back."""

    def __init__(self, context: ServiceContext, messages: MessageSimulator) -> None:
        """Warn. ``messages`` takes what the wallet answers by SMS and Telegram."""
        warnings.warn("A phone is simulated, and its gateways.", SimulatorWarning, stacklevel=2)
        self._context = context
        self._messages = messages
        self._update_id = random_below(1 << 40)
        self.app = Starlette(
            routes=[Route("/", self._show), Route("/", self._press, methods=["POST"])],
        )

    async def say(self, door: MenuDoor, number: str, text: str) -> httpx2.Response:
        """Bring ``text`` to the wallet's door as its gateway would; of USSD all entries, joined by ``*``."""
        token = door_token(self._context.settings, door) or ""
        headers = (
            {SECRET_HEADER: token} if door is MenuDoor.TELEGRAM else {"Authorization": f"Bearer {token}"}
        )
        return await self._context.peers.client("wallet_api").post(
            f"/wallet/menus/{door.value}",
            json=self._body(door, number, text),
            headers=headers,
            auth=httpx2.Auth(),
        )

    def _body(self, door: MenuDoor, number: str, text: str) -> dict[str, object]:
        if door is MenuDoor.SMS:
            return {"from": number, "text": text, "id": random_token(80)}
        if door is MenuDoor.USSD:
            return {"session": random_token(80), "from": number, "text": text}
        self._update_id += 1
        chat = {"id": int(number), "type": "private"}
        message = {"message_id": self._update_id, "date": 0, "chat": chat, "text": text}
        return {"update_id": self._update_id, "message": message}

    async def _show(self, request: Request) -> Response:
        return self._page(_Phone())

    async def _press(self, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=4) as form:
            fields = {name: str(value)[:_MAX_TYPED] for name, value in form.items()}
        named = fields.get("door", "")
        door = MenuDoor(named) if named in set(MenuDoor) else MenuDoor.USSD
        number, typed = fields.get("number", "")[:_MAX_NUMBER].strip(), fields.get("text", "")
        try:
            address = normal_address(_CHANNELS.get(door, Channel.SMS), number)
        except MalformedValue:
            return self._page(_Phone(door=door, number=number, screen="A number, please."))
        if door is not MenuDoor.USSD:
            answer = await self.say(door, address, typed)
            screen = "" if answer.is_success else f"The door answered {answer.status_code}."
            return self._page(_Phone(door=door, number=address, screen=screen))
        entries = "*".join(part for part in (fields.get("entries", ""), typed) if part)
        screen = (await self.say(door, address, entries)).text
        is_over = not screen.startswith("CON ")
        return self._page(
            _Phone(door=door, number=address, entries="" if is_over else entries, screen=screen)
        )

    def _page(self, phone: _Phone) -> Response:
        return HTMLResponse(_TEMPLATE.format(**self._parts(phone)), headers=_HEADERS)

    def _parts(self, phone: _Phone) -> dict[str, str]:
        doors = "".join(
            f"<label><input type='radio' name='door' value='{door.value}'"
            f"{' checked' if door is phone.door else ''}> {name}</label> "
            for door, name in _NAMES.items()
        )
        channel = _CHANNELS.get(phone.door)
        came = [one for one in self._messages.sent if one.to == phone.number and one.channel == channel]
        return {
            "doors": doors,
            "number": html.escape(phone.number, quote=True),
            "entries": html.escape(phone.entries, quote=True),
            "screen": html.escape(phone.screen).replace("\n", "<br>"),
            "came": "".join(f"<li>{shown(one)}</li>" for one in came[-_SHOWN:]),
        }


_TEMPLATE: Final = """<!doctype html><html lang='en'><meta charset='utf-8'>
<meta name='viewport' content='width=device-width, initial-scale=1'><title>SIMULATOR: phone</title>
<h1>SIMULATOR / ក្លែងធ្វើ: a phone without a browser</h1>
<p>No network carries anything. Use an invented number, and a PIN that is nobody's.</p>
<form method='post' action='.'>
<p>{doors}</p>
<p><label>Number of the phone, or of the Telegram chat<br>
<input name='number' value='{number}' maxlength='40' required autocomplete='off'></label></p>
<p><label>Type<br><input name='text' maxlength='200' autocomplete='off' autofocus></label></p>
<input type='hidden' name='entries' value='{entries}'>
<p><button>Send, or dial</button></p>
</form>
<p><strong>{screen}</strong></p>
<ul>{came}</ul>
<p><a href='/simulators/messages/'>All messages</a></p></html>"""
