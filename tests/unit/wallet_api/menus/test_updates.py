"""What Telegram sends, as far as it is read."""

from typing import Any

import pytest

from vc.errors import MalformedValue
from wallet_api.menus.updates import TelegramMessage, read_update


def update(**changes: Any) -> dict[str, Any]:
    message = {"message_id": 7, "date": 0, "chat": {"id": 4711, "type": "private"}, "text": "1"}
    return {"update_id": 9, "message": message | changes}


def test_a_text_written_to_the_bot_alone_is_read() -> None:
    assert read_update(update()) == TelegramMessage(update_id=9, chat="4711", message_id=7, text="1")


def test_members_nobody_knows_are_passed_over() -> None:
    assert read_update(update(entities=[], from_={"is_bot": False})) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"chat": {"id": 4711, "type": "group"}},
        {"chat": {"id": 4711}},
        {"chat": {"id": True, "type": "private"}},
        {"chat": 4711},
        {"text": None},
        {"text": 1},
        {"message_id": "7"},
    ],
    ids=["group", "no-type", "chat-id-is-true", "chat-is-a-number", "picture", "number-text", "text-id"],
)
def test_what_is_no_text_for_the_bot_alone_is_passed_over(changes: dict[str, Any]) -> None:
    assert read_update(update(**changes)) is None


def test_other_updates_are_passed_over() -> None:
    assert read_update({"update_id": 9, "edited_message": update()["message"]}) is None


@pytest.mark.parametrize("update_id", [None, "9", True, 1.5])
def test_what_has_no_number_is_no_update(update_id: Any) -> None:
    with pytest.raises(MalformedValue):
        read_update(update() | {"update_id": update_id})
