"""Invitations, second factors and sessions used twice at once, on both databases: one use counts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text

from runtime.database import Database
from tests.stores.race import race
from tests.stores.test_trust_registry_store import CENTRE, CLERK
from trust_registry import people_store, staff, store
from trust_registry.life import Act
from trust_registry.people_store import Session, Stage, Totp
from trust_registry.staff import MAX_CODES, Acceptance

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
LINK, CODE = "a" * 64, "b" * 64
SESSION = Session(
    token_hash="c" * 64,
    username="clerk",
    stamp="d" * 64,
    stage=Stage.SECOND_STEP,
    created=NOW,
    last_seen=NOW,
    expires=LATER,
)


@pytest.fixture
def people(database: Database) -> Database:
    """A clerk who is invited, has an authenticator app and a recovery code, and is half signed in."""

    def populate(connection: Connection) -> None:
        store.insert_organisation(connection, CENTRE)
        store.put_account(connection, replace(CLERK, active=False))
        people_store.put_invitation(connection, LINK, "clerk", LATER, CODE)
        people_store.put_totp(connection, Totp(username="clerk", sealed=b"sealed", confirmed=True))
        people_store.put_recovery_codes(connection, "clerk", ["e" * 64, "f" * 64])
        people_store.insert_session(connection, SESSION)

    database.write_now(populate)
    return database


def acceptances(passwords: tuple[str, ...], code: str) -> list[Callable[[Connection], Acceptance]]:
    return [
        partial(staff._accept, hashed_token=LINK, password_hash=password, code_hash=code, now=NOW)
        for password in passwords
    ]


def audited(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT act FROM audit_entry ORDER BY seq")).scalars())


def test_of_two_acceptances_of_one_invitation_at_once_one_sets_the_password(people: Database) -> None:
    done, refused = race(people, acceptances(("first", "second", "third"), CODE))
    assert refused == []
    assert sorted(done) == [Acceptance.DONE, Acceptance.NO_LONGER_GOOD, Acceptance.NO_LONGER_GOOD]
    account = people.read_now(store.account_or_none, "clerk")
    assert account is not None
    assert account.active
    assert account.password_hash in ("first", "second", "third")
    assert people.read_now(audited) == ["account.accept"]


def test_wrong_codes_at_once_count_one_by_one(people: Database) -> None:
    done, _ = race(people, acceptances(("guess",) * MAX_CODES, "0" * 64))
    assert done == [Acceptance.WRONG_CODE] * MAX_CODES
    right = people.write_now(staff._accept, LINK, "late", CODE, now=NOW)
    assert right is Acceptance.NO_LONGER_GOOD


def test_one_code_of_an_app_is_taken_once_of_several_at_once(people: Database) -> None:
    take = partial(people_store.take_totp_step, username="clerk", sealed=b"sealed", step=100)
    done, refused = race(people, [take] * 3)
    assert (sorted(done), refused) == ([False, False, True], [])
    assert not people.write_now(people_store.take_totp_step, "clerk", b"sealed", 100)
    assert people.write_now(people_store.take_totp_step, "clerk", b"sealed", 101)


def test_one_recovery_code_is_taken_once_of_several_at_once(people: Database) -> None:
    take = partial(people_store.take_recovery_code, username="clerk", code_hash="e" * 64)
    done, refused = race(people, [take] * 3)
    assert (sorted(done), refused) == ([False, False, True], [])
    assert people.read_now(people_store.recovery_codes_left, "clerk") == 1


def test_one_question_is_answered_once_of_several_at_once(people: Database) -> None:
    people.write_now(people_store.set_challenge, SESSION.token_hash, "question")
    done, refused = race(people, [partial(people_store.take_challenge, token_hash=SESSION.token_hash)] * 3)
    assert refused == []
    assert sorted(done, key=str) == [None, None, "question"]


def test_a_session_that_ends_while_it_is_seen_has_ended(people: Database) -> None:
    token = SESSION.token_hash
    ends = NOW + timedelta(minutes=1)
    see = partial(people_store.see_session, token_hash=token, now=ends)
    end = partial(people_store.revoke_session, token_hash=token, now=ends)
    race(people, [see, end, see])
    found = people.read_now(people_store.session_or_none, token)
    assert found is not None
    assert found.revoked == ends
    people.write_now(people_store.revoke_session, token, LATER)
    found = people.read_now(people_store.session_or_none, token)
    assert found is not None
    assert found.revoked == ends, "one that has ended keeps its first moment"


def test_of_an_invitation_and_being_switched_off_at_once_the_account_is_off_or_was_taken_up(
    people: Database,
) -> None:
    """Whichever comes last counts: nobody is let in by a link that was closed before."""
    account = people.read_now(store.account_or_none, "clerk")
    assert account is not None
    act = Act(actor="registrar", reason="", at=NOW)
    switch = partial(staff._switch_off, account=account, act=act)
    at_once: list[Callable[[Connection], object]] = [*acceptances(("first",), CODE), switch]
    race(people, at_once)
    found = people.read_now(store.account_or_none, "clerk")
    assert found is not None
    order = people.read_now(audited)
    assert found.active is (order[-1] == "account.accept")
    assert "account.accept" not in order[order.index("account.switch-off") :]
    assert people.read_now(people_store.invitation_or_none, LINK, NOW) is None
