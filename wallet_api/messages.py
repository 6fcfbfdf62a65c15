"""Messages to phones and mail boxes: one port, and who stands behind it.

A message says that there is news in the passport, never of what, why, or who looked: phones are shared,
lent and taken. What it is about is read after signing in.
"""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, Final, Protocol

import httpx2
from anyio import to_thread

from runtime.entropy import random_token
from runtime.logging import get_logger
from runtime.secret_files import private_folder, write_atomically
from runtime.service import ServiceContext
from vc.errors import EvidenceUnavailable

_TIMEOUT_SECONDS: Final = 10.0
_log = get_logger("wallet_api")

# Plain Khmer of at most 70 characters: what fits one message of a phone.
NEWS: Final = "មានដំណឹងក្នុងលិខិតឆ្លងដែនជំនាញរបស់អ្នក។"
CODE: Final = "លេខកូដរបស់អ្នក៖ {code}។ កុំប្រាប់អ្នកណា។"


class Channel(StrEnum):
    """How somebody wants to be told."""

    SMS = "sms"
    TELEGRAM = "telegram"
    EMAIL = "email"


class MessageNotSent(EvidenceUnavailable):
    """The message did not reach whoever carries it; it may be tried again."""


class Messenger(Protocol):
    """Who carries messages of one channel."""

    async def send(self, address: str, text: str) -> None:
        """Hand the message over. Raises ``MessageNotSent``."""


class NobodyCarries:
    """No gateway is set: it is logged that there was a message, and to nobody that it was told."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def send(self, address: str, text: str) -> None:
        """Raises ``MessageNotSent``."""
        _log.warning("message_without_gateway", reason=self._channel.value)
        raise MessageNotSent("No gateway is set for this channel.")


class EmailFolder:
    """Each message as a file (RFC 5322) in a folder, which a mail server empties."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def send(self, address: str, text: str) -> None:
        """Write the file, whole or not at all."""
        message = EmailMessage()
        message["To"] = address
        message["Subject"] = NEWS
        message["Date"] = format_datetime(self._context.clock.now())
        message.set_content(text)
        path = self._context.settings.data_dir / "outbox" / f"{random_token(80)}.eml"
        try:
            await to_thread.run_sync(private_folder, path.parent)
            await to_thread.run_sync(write_atomically, path, bytes(message))
        except OSError as error:
            raise MessageNotSent("The e-mail could not be put into its folder.") from error


class SmsGateway:
    """A gateway that takes ``{"to", "text"}`` as JSON with a bearer token, and answers 2xx."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        self._client = client
        self._token = token

    async def send(self, address: str, text: str) -> None:
        """Raises ``MessageNotSent``."""
        headers = {"Authorization": f"Bearer {self._token}"}
        response = await _post(self._client, "messages", {"to": address, "text": text}, headers)
        if not response.is_success:
            raise MessageNotSent("The SMS gateway did not take the message.")


class TelegramBot:
    """The Telegram Bot API as far as it is used; an address is a chat id."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        self._client = client
        self._token = token

    async def send(self, address: str, text: str) -> None:
        """Raises ``MessageNotSent``."""
        await self._call("sendMessage", {"chat_id": address, "text": text})

    async def send_with_keys(self, address: str, text: str, keys: Sequence[str]) -> None:
        """``sendMessage`` with a keyboard of ``keys``, two in a row. Raises ``MessageNotSent``."""
        rows = [[{"text": key} for key in keys[start : start + 2]] for start in range(0, len(keys), 2)]
        markup = {"keyboard": rows, "resize_keyboard": True, "is_persistent": True}
        await self._call("sendMessage", {"chat_id": address, "text": text, "reply_markup": markup})

    async def send_picture(self, address: str, png: bytes, caption: str) -> None:
        """``sendPhoto`` with a picture of ours. Raises ``MessageNotSent``."""
        photo = ("code.png", png, "image/png")
        await self._call("sendPhoto", {"chat_id": address, "caption": caption}, photo=photo)

    async def take_back(self, address: str, message_id: int) -> None:
        """``deleteMessage``: take a message out of the chat, theirs or ours. Raises ``MessageNotSent``."""
        await self._call("deleteMessage", {"chat_id": address, "message_id": message_id})

    async def _call(
        self, method: str, body: Mapping[str, object], *, photo: tuple[str, bytes, str] | None = None
    ) -> None:
        path = f"bot{self._token}/{method}"
        if photo is None:
            response = await _post(self._client, path, body, {})
        else:
            response = await _post(self._client, path, None, {}, data=body, files={"photo": photo})
        try:
            is_taken = response.json().get("ok") is True
        except (ValueError, AttributeError):
            is_taken = False
        if not is_taken:
            raise MessageNotSent("Telegram did not take the message.")


def open_messengers(context: ServiceContext) -> Mapping[Channel, Messenger]:
    """Who carries messages here, as the settings say; in a demo the simulators of the front door."""
    settings = context.settings
    sms_token, telegram_token = settings.sms_gateway_token, settings.telegram_token
    messengers: dict[Channel, Messenger] = {Channel.EMAIL: EmailFolder(context)}
    sms = _client(context, settings.sms_gateway_url, "sms")
    telegram = _client(context, settings.telegram_url, "telegram")
    messengers[Channel.SMS] = (
        NobodyCarries(Channel.SMS)
        if sms is None
        else SmsGateway(sms, "" if sms_token is None else sms_token.get_secret_value())
    )
    messengers[Channel.TELEGRAM] = (
        NobodyCarries(Channel.TELEGRAM)
        if telegram is None
        else TelegramBot(telegram, "demo" if telegram_token is None else telegram_token.get_secret_value())
    )
    return messengers


def _client(context: ServiceContext, url: str | None, name: str) -> httpx2.AsyncClient | None:
    if url is not None:
        return httpx2.AsyncClient(base_url=url, follow_redirects=False, trust_env=False)
    if context.settings.is_demo:
        return context.peers.client("passport", f"/simulators/messages/{name}")
    return None


async def _post(
    client: httpx2.AsyncClient,
    path: str,
    body: Mapping[str, object] | None,
    headers: dict[str, str],
    **form: Any,
) -> httpx2.Response:
    """POST ``body`` as JSON, or where it is None ``data`` and ``files`` as a form."""
    try:
        return await client.post(path, json=body, headers=headers, timeout=_TIMEOUT_SECONDS, **form)
    except httpx2.HTTPError:
        # Not chained: what goes wrong here may name the address that holds the bot's token.
        raise MessageNotSent("The gateway could not be reached.") from None
