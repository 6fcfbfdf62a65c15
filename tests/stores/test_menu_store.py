"""``wallet_api.menus.talk_store`` and ``chat_store`` on both databases: what is counted, and what is once."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from runtime.database import Database
from tests.stores.race import race
from wallet_api.menus import chat_store, talk_store
from wallet_api.menus.chat_store import SealedChat
from wallet_api.menus.talk import Step
from wallet_api.menus.talk_store import STEP_LASTS, TRIES, Talk

SERVICE = "wallet_api"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
SENT, OTHER = "a" * 64, "b" * 64
AWAITING = Talk(language="en", step=Step.CARD)


@pytest.fixture
def awaiting(database: Database) -> Database:
    """A number was sent to ``p``, and is awaited."""
    database.write_now(partial(talk_store.put_talk, now=NOW, number_hash=SENT), "p", AWAITING)
    return database


def use(database: Database, number_hash: str, *, later: timedelta = timedelta(0)) -> bool:
    return database.write_now(partial(talk_store.use_number, now=NOW + later), "p", number_hash)


def test_of_one_message_brought_several_times_at_once_one_is_taken(database: Database) -> None:
    take = partial(talk_store.take_message, message_index="m", now=NOW)
    taken, refused = race(database, [take] * 8)
    assert (sorted(taken), refused) == ([False] * 7 + [True], [])


def test_a_number_that_was_sent_is_used_once_by_several_at_once(awaiting: Database) -> None:
    used, refused = race(
        awaiting, [partial(talk_store.use_number, address_index="p", number_hash=SENT, now=NOW)] * 3
    )
    assert (sorted(used), refused) == ([False, False, True], [])


def test_guesses_at_once_each_count(awaiting: Database) -> None:
    guess = partial(talk_store.use_number, address_index="p", number_hash=OTHER, now=NOW)
    used, refused = race(awaiting, [guess] * 8)
    assert (used, refused) == ([False] * 8, [])
    assert not use(awaiting, SENT), "the right one is no longer good"


def test_it_is_good_for_as_many_tries_as_are_promised(awaiting: Database) -> None:
    for _ in range(TRIES - 1):
        assert not use(awaiting, OTHER)
    assert use(awaiting, SENT)


def test_it_is_good_for_ten_minutes(awaiting: Database) -> None:
    assert not use(awaiting, SENT, later=STEP_LASTS)
    assert use(awaiting, SENT, later=STEP_LASTS - timedelta(seconds=1))


def test_a_further_number_ends_the_one_before(awaiting: Database) -> None:
    awaiting.write_now(partial(talk_store.put_talk, now=NOW, number_hash=OTHER), "p", AWAITING)
    assert not use(awaiting, SENT)
    assert use(awaiting, OTHER)


def test_a_talk_is_at_the_top_again_after_a_silence_and_keeps_its_language(awaiting: Database) -> None:
    def talk(later: timedelta) -> Talk | None:
        return awaiting.read_now(partial(talk_store.talk_or_none, now=NOW + later), "p")

    assert talk(STEP_LASTS - timedelta(seconds=1)) == AWAITING
    assert talk(STEP_LASTS) == Talk(language="en", step=Step.TOP)


def test_the_first_two_messages_of_somebody_at_once_are_both_written(database: Database) -> None:
    put = partial(talk_store.put_talk, address_index="q", talk=AWAITING, now=NOW)
    written, refused = race(database, [put] * 4)
    assert (written, refused) == ([None] * 4, [])


def test_what_fell_silent_is_forgotten_and_nothing_else(awaiting: Database) -> None:
    awaiting.write_now(partial(talk_store.take_message, now=NOW), "m")
    awaiting.write_now(talk_store.forget_older, NOW)
    assert not awaiting.write_now(partial(talk_store.take_message, now=NOW), "m")
    awaiting.write_now(talk_store.forget_older, NOW + timedelta(seconds=1))
    assert awaiting.write_now(partial(talk_store.take_message, now=NOW), "m")
    assert awaiting.read_now(partial(talk_store.talk_or_none, now=NOW), "p") is None


def chat(holder: str, *, good_from: str = "2026-11-27T03:00:00Z", index: str = "c") -> SealedChat:
    return SealedChat(holder_index=holder, chat_index=index, sealed=b"\x00\xff", good_from=good_from)


def chats(database: Database, index: str = "c", *, at: datetime = NOW) -> list[str]:
    found = database.read_now(partial(chat_store.chats_with, good_at=at), index)
    return [one.holder_index for one in found]


def test_several_people_may_have_one_chat_and_each_has_one(database: Database) -> None:
    for one in (chat("h2"), chat("h1"), chat("h3", index="d"), chat("h3")):
        database.write_now(chat_store.put_chat, one)
    assert chats(database) == ["h1", "h2", "h3"]
    assert chats(database, "d") == []


def test_a_chat_opens_nothing_before_it_is_good_nor_once_its_holder_is_forgotten(database: Database) -> None:
    def put(connection: Connection) -> None:
        chat_store.put_chat(connection, chat("h1"))
        chat_store.put_chat(connection, chat("h2", good_from="2026-11-28T03:00:00Z"))

    database.write_now(put)
    assert chats(database) == ["h1"]
    database.write_now(chat_store.forget_holder, "h1")
    assert chats(database) == []
    assert chats(database, at=NOW + timedelta(days=1)) == ["h2"]
