"""``trust_registry.provider_store``, on both databases."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from runtime.database import Database
from tests.stores.race import race
from trust_registry import provider_store
from trust_registry.provider_store import StoredAttempt

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
ATTEMPT = StoredAttempt(
    token_hash="a" * 64,
    username=None,
    session_hash=None,
    wanted="/trust/registrar",
    expires=NOW + timedelta(minutes=10),
)


def test_an_attempt_comes_back_once(database: Database) -> None:
    database.write_now(provider_store.insert_attempt, ATTEMPT, NOW)
    assert database.write_now(provider_store.take_attempt, ATTEMPT.token_hash, NOW) == ATTEMPT
    assert database.write_now(provider_store.take_attempt, ATTEMPT.token_hash, NOW) is None


def test_of_one_attempt_taken_at_the_same_moment_one_is_given(database: Database) -> None:
    database.write_now(provider_store.insert_attempt, ATTEMPT, NOW)
    take = partial(provider_store.take_attempt, token_hash=ATTEMPT.token_hash, now=NOW)
    given, refused = race(database, [take] * 4)
    assert refused == []
    assert [one for one in given if one is not None] == [ATTEMPT]


def test_attempts_whose_time_is_over_are_dropped(database: Database) -> None:
    database.write_now(provider_store.insert_attempt, ATTEMPT, NOW)
    later = StoredAttempt(
        token_hash="b" * 64, username="c", session_hash="d" * 64, wanted="", expires=NOW + timedelta(hours=1)
    )
    database.write_now(provider_store.insert_attempt, later, ATTEMPT.expires)
    assert database.write_now(provider_store.take_attempt, ATTEMPT.token_hash, NOW) is None
    assert database.write_now(provider_store.take_attempt, later.token_hash, NOW) == later


@pytest.mark.parametrize(
    "links",
    [[("s" * 64, f"account-{number}") for number in range(4)], [(str(n) * 64, "account") for n in range(4)]],
    ids=["one person there", "one account here"],
)
def test_of_links_made_at_the_same_moment_one_stands(
    database: Database, links: list[tuple[str, str]]
) -> None:
    made, refused = race(
        database,
        [
            partial(provider_store.insert_link, subject_index=index, username=username, now=NOW)
            for index, username in links
        ],
    )
    assert refused == []
    assert sorted(made) == [False, False, False, True]
    assert len(database.read_now(provider_store.linked_accounts)) == 1


def test_an_account_that_was_unlinked_can_be_linked_again(database: Database) -> None:
    link = partial(provider_store.insert_link, subject_index="s" * 64, username="account", now=NOW)
    assert database.write_now(link)
    assert not database.write_now(link)
    assert database.write_now(provider_store.delete_link, "account")
    assert not database.write_now(provider_store.delete_link, "account")
    assert database.read_now(provider_store.linked_account_or_none, "s" * 64) is None
    assert database.write_now(link)
