"""The doors of the menus: where the gateways hand over what somebody sent.

A gateway shows its token before anything is read. What it hands over is never an error: whatever cannot be
answered is taken, so that the gateway does not bring it again.
"""

import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from runtime.auth import NotAuthenticated
from runtime.logging import get_logger
from runtime.menu_settings import MenuDoor, door_token
from runtime.qr import qr_png
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import MalformedValue
from wallet_api.contacts import normal_address
from wallet_api.menus.answering import Answer, Menus, Said
from wallet_api.menus.talk import is_pin
from wallet_api.menus.updates import TelegramMessage, read_update
from wallet_api.menus.words import Text
from wallet_api.messages import Channel, MessageNotSent, Messenger, TelegramBot

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_MAX_TEXT: Final = 4_096
_MAX_ID: Final = 200
_log = get_logger("wallet_api")

router = APIRouter(prefix="/wallet/menus", dependencies=[Depends(rate_limit("menu-door", "3000/minute"))])


def require_gateway(door: MenuDoor) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency: only the gateway of ``door`` is let in, by its token."""

    async def check(request: Request) -> None:
        expected = door_token(context_of(request).settings, door)
        if door is MenuDoor.TELEGRAM:
            shown = request.headers.get(SECRET_HEADER, "")
        else:
            scheme, _, shown = request.headers.get("authorization", "").partition(" ")
            shown = shown if scheme.lower() == "bearer" else ""
        if expected is None or not hmac.compare_digest(shown.encode(), expected.encode()):
            raise NotAuthenticated("This door is for its gateway.")

    return check


def menus_of(request: Request) -> Menus:
    """The menus of the application that answers ``request``."""
    menus = request.app.state.menus
    if not isinstance(menus, Menus):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return menus


class IncomingSms(BaseModel):
    """An SMS as a gateway hands it over. ``id`` is the same when it is brought again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sender: str = Field(alias="from", min_length=1, max_length=40)
    text: str = Field(max_length=_MAX_TEXT)
    id: str = Field(min_length=1, max_length=_MAX_ID)


class UssdRequest(BaseModel):
    """A step of a USSD session: everything that was typed in it, joined by ``*``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    session: str = Field(min_length=1, max_length=_MAX_ID)
    sender: str = Field(alias="from", min_length=1, max_length=40)
    text: str = Field(max_length=_MAX_TEXT)


@router.post("/telegram", dependencies=[Depends(require_gateway(MenuDoor.TELEGRAM))])
async def telegram(request: Request, update: Annotated[dict[str, Any], Body()]) -> dict[str, bool]:
    """The webhook of the bot: an ``Update`` of the Bot API. The answer goes to the chat."""
    message = read_update(update)
    if message is None:
        return {"ok": True}
    said = Said(
        door=MenuDoor.TELEGRAM,
        address=message.chat,
        text=message.text,
        message_id=str(message.update_id),
    )
    answer = await menus_of(request).reply(said)
    bot = _messenger(request, Channel.TELEGRAM)
    if isinstance(bot, TelegramBot):
        await _answer_chat(bot, menus_of(request), message, answer)
    return {"ok": True}


@router.post("/sms", status_code=202, dependencies=[Depends(require_gateway(MenuDoor.SMS))])
async def sms(request: Request, body: IncomingSms) -> dict[str, bool]:
    """An SMS that came in. The answer goes the way of every SMS."""
    try:
        number = normal_address(Channel.SMS, body.sender)
    except MalformedValue:
        # A name in the place of a number: nobody can be answered there.
        return {"accepted": True}
    said = Said(door=MenuDoor.SMS, address=number, text=body.text, message_id=body.id)
    answer = await menus_of(request).reply(said)
    if answer is not None:
        await _send(_messenger(request, Channel.SMS).send(number, answer.text))
    return {"accepted": True}


@router.post("/ussd", dependencies=[Depends(require_gateway(MenuDoor.USSD))])
async def ussd(request: Request, body: UssdRequest) -> Response:
    """A screen: ``CON`` and a text that awaits an answer, or ``END`` and the last one."""
    number = normal_address(Channel.SMS, body.sender)
    answer = await menus_of(request).screen(number, body.text)
    return PlainTextResponse(f"{'END' if answer.is_over else 'CON'} {answer.text}")


async def _answer_chat(
    bot: TelegramBot, menus: Menus, message: TelegramMessage, answer: Answer | None
) -> None:
    # Wherever in the talk it was typed, also twice: a PIN does not stay to be scrolled back to.
    is_deleted = not is_pin(message.text) or await _send(bot.take_back(message.chat, message.message_id))
    if answer is None:
        return
    for card in answer.cards:
        png = await anyio.to_thread.run_sync(qr_png, card.link)
        await _send(bot.send_picture(message.chat, png, card.code))
    texts = [answer.text]
    if not is_deleted:
        texts.append(menus.words.say(answer.language, Text.DELETE_PIN))
    if answer.text == menus.words.say(answer.language, Text.HELP):
        texts.append(menus.words.say(answer.language, Text.CHAT, chat=message.chat))
    await _send(bot.send_with_keys(message.chat, "\n\n".join(texts), menus.words.keys(answer.language)))


async def _send(sending: Awaitable[None]) -> bool:
    """Whether it was sent. Whoever gets no answer asks again."""
    with suppress(MessageNotSent):
        await sending
        return True
    _log.warning("message_not_sent", reason="menu")
    return False


def _messenger(request: Request, channel: Channel) -> Messenger:
    messenger: Messenger = request.app.state.messengers[channel]
    return messenger
