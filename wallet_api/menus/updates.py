"""What Telegram sends to the webhook of a bot: the ``Update`` of the Bot API, read as far as it is needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramMessage:
    """A text that somebody wrote to the bot alone. ``update_id`` is the same when it is brought again."""

    update_id: int
    chat: str
    message_id: int
    text: str


def read_update(update: Mapping[str, JsonValue]) -> TelegramMessage | None:
    """The message of an ``Update``; None for everything else there is: groups, pictures, edits, calls.

    Telegram adds members at will, so that unknown ones are passed over. Raises ``MalformedValue`` for what
    is no ``Update``.
    """
    update_id = _whole(update.get("update_id"))
    if update_id is None:
        raise MalformedValue("An update has a number.", pointer="/update_id")
    message = update.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(chat, dict) or chat.get("type") != "private":
        return None
    chat_id, message_id, text = _whole(chat.get("id")), _whole(message.get("message_id")), message.get("text")
    if chat_id is None or message_id is None or not isinstance(text, str):
        return None
    return TelegramMessage(update_id=update_id, chat=str(chat_id), message_id=message_id, text=text)


def _whole(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
