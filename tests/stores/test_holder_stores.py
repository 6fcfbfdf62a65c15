"""PINs, phones and recoveries of holders on both databases: what is counted is counted, what is once is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Connection, select, update

from runtime.database import Database
from runtime.settings import Settings
from tests.stores.race import race
from vc.encoding.timestamps import format_timestamp
from vc.errors import PassportError
from wallet_api import access_store, phone_store, pin_store, recovery_store
from wallet_api.phone_store import SealedPhone
from wallet_api.pin_store import Locked, SealedPin, Try
from wallet_api.pin_tables import holder_pin, phone_code

SERVICE = "wallet_api"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
T = TypeVar("T")
PIN = SealedPin(holder_index="h1", salt=b"s" * 16, slot_a=b"a", slot_b=b"b", chosen=b"c")
PHONE = SealedPhone(
    holder_index="h1", phone_index="p1", sealed=b"x", good_from=format_timestamp(NOW + timedelta(hours=24))
)


@pytest.fixture
def pins(database: Database) -> Database:
    for holder in ("h1", "h2"):
        assert database.write_now(pin_store.insert_pin, replace(PIN, holder_index=holder), now=NOW)
    return database


def at_once(database: Database, count: int, function: Callable[[Connection], T]) -> list[T]:
    """What those got who were not refused for the throng."""

    def run(_: int) -> T | PassportError:
        try:
            return database.write_now(function)
        except PassportError as refused:
            return refused

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(run, range(count)))
    return [outcome for outcome in outcomes if not isinstance(outcome, PassportError)]


def tries_of(database: Database, holder: str) -> int:
    query = select(holder_pin.c.tries).where(holder_pin.c.holder_index == holder)
    return int(database.read_now(lambda connection: connection.scalar(query)) or 0)


def test_a_hundred_guesses_at_once_count_as_a_hundred(pins: Database) -> None:
    """Row 36: five are looked at, whoever is quick; other holders are unaffected."""
    found = at_once(pins, 100, partial(pin_store.count_try, holder_index="h1", now=NOW))
    assert sum(isinstance(one, Try) for one in found) == pin_store.TRIES
    assert sum(isinstance(one, Try) and one.locks for one in found) == 1
    assert isinstance(pins.write_now(pin_store.count_try, "h1", now=NOW), Locked)
    assert (tries_of(pins, "h1"), tries_of(pins, "h2")) == (5, 0)
    assert isinstance(pins.write_now(pin_store.count_try, "h2", now=NOW), Try)


def test_a_restart_forgives_no_try(pins: Database, settings: Settings) -> None:
    for _ in range(pin_store.TRIES):
        pins.write_now(pin_store.count_try, "h1", now=NOW)
    again = Database.open(settings, SERVICE)
    assert isinstance(again.write_now(pin_store.count_try, "h1", now=NOW), Locked)
    again.close()


def test_locks_last_longer_each_time_until_the_pin_was_right(pins: Database) -> None:
    now, lasted = NOW, []
    for _ in range(4):
        for _ in range(pin_store.TRIES):
            assert isinstance(pins.write_now(pin_store.count_try, "h1", now=now), Try)
        locked = pins.write_now(pin_store.count_try, "h1", now=now)
        assert isinstance(locked, Locked)
        lasted.append(locked.until - now)
        now = locked.until
    assert lasted == [*pin_store.LOCKS, pin_store.LOCKS[-1]]
    pins.write_now(pin_store.forget_tries, "h1")
    for _ in range(pin_store.TRIES):
        pins.write_now(pin_store.count_try, "h1", now=now)
    locked = pins.write_now(pin_store.count_try, "h1", now=now)
    assert isinstance(locked, Locked)
    assert locked.until == now + pin_store.LOCKS[0]


def test_a_try_that_was_about_another_is_taken_back_with_its_lock(pins: Database) -> None:
    for _ in range(pin_store.TRIES - 1):
        pins.write_now(pin_store.count_try, "h1", now=NOW)
    last = pins.write_now(pin_store.count_try, "h1", now=NOW)
    assert isinstance(last, Try)
    pins.write_now(pin_store.uncount_try, "h1", locked=last.locks)
    assert tries_of(pins, "h1") == pin_store.TRIES - 1
    again = pins.write_now(pin_store.count_try, "h1", now=NOW)
    assert isinstance(again, Try)
    assert again.locks


def test_a_pin_is_changed_five_times_a_day(pins: Database) -> None:
    found = at_once(pins, 30, partial(pin_store.count_change, holder_index="h1", now=NOW))
    assert found.count(True) == pin_store.CHANGES
    assert pins.write_now(pin_store.count_change, "h1", now=NOW + timedelta(hours=25))


def test_of_two_changes_at_once_one_is_written(pins: Database) -> None:
    writes = [
        partial(pin_store.replace_pin, pin=replace(PIN, slot_a=new), before=PIN, now=NOW)
        for new in (b"1", b"2")
    ]
    done, _ = race(pins, writes)
    assert done.count(True) == 1


def test_a_first_pin_is_set_once(database: Database) -> None:
    done, refused = race(database, [partial(pin_store.insert_pin, pin=PIN, now=NOW)] * 3)
    assert (done.count(True), len(done) + len(refused)) == (1, 3)


def test_a_hundred_wrong_codes_at_once_count_as_a_hundred(database: Database) -> None:
    for phone in ("p1", "p2"):
        assert database.write_now(phone_store.put_code, phone, "hash", now=NOW)
    found = at_once(database, 100, partial(phone_store.count_code_try, phone_index="p1", now=NOW))
    assert found.count("hash") == phone_store.TRIES
    assert database.write_now(phone_store.count_code_try, "p2", now=NOW) == "hash"
    assert not database.write_now(phone_store.put_code, "p1", "other", now=NOW + timedelta(minutes=2))
    assert database.write_now(phone_store.put_code, "p1", "other", now=NOW + phone_store.LOCK_LASTS)


def test_wrong_codes_are_counted_over_all_codes_of_a_quarter_of_an_hour(database: Database) -> None:
    now = NOW
    for _ in range(phone_store.TRIES):
        assert database.write_now(phone_store.put_code, "p1", "hash", now=now)
        assert database.write_now(phone_store.count_code_try, "p1", now=now) == "hash"
        now += phone_store.BETWEEN_CODES
    assert not database.write_now(phone_store.put_code, "p1", "hash", now=now)


def test_a_right_code_and_its_pass_are_used_once(database: Database) -> None:
    database.write_now(phone_store.put_code, "p1", "hash", now=NOW)
    takes = [
        partial(phone_store.take_code, phone_index="p1", code_hash="hash", pass_hash=f"pass-{n}", now=NOW)
        for n in range(3)
    ]
    done, _ = race(database, takes)
    assert done.count(True) == 1
    kept = str(database.read_now(lambda connection: connection.scalar(select(phone_code.c.pass_hash))))
    assert database.read_now(phone_store.phone_with_pass, kept, now=NOW) == "p1"
    assert database.read_now(phone_store.phone_with_pass, kept, now=NOW + phone_store.PASS_LASTS) is None
    done, _ = race(database, [partial(phone_store.end_pass, pass_hash=kept)] * 3)
    assert done.count(True) == 1


def test_a_phone_is_good_from_its_moment_on_and_goes_with_its_holder(database: Database) -> None:
    database.write_now(phone_store.put_phone, PHONE)
    database.write_now(phone_store.put_code, "p1", "hash", now=NOW)
    assert database.read_now(phone_store.phones_with, "p1", good_at=NOW) == ()
    good = NOW + timedelta(hours=24)
    assert database.read_now(phone_store.phones_with, "p1", good_at=good) == (PHONE,)
    database.write_now(phone_store.forget_holder, "h1")
    assert database.read_now(phone_store.phones_with, "p1") == ()
    assert database.write_now(phone_store.count_code_try, "p1", now=NOW) is None


def begin(connection: Connection, recovery_id: str = "r1") -> None:
    recovery_store.begin(
        connection,
        recovery_id=recovery_id,
        holder_index="h1",
        person=b"sealed",
        officer="officer",
        reason="lost",
        now=NOW,
        expires=NOW + timedelta(hours=2),
    )


def test_a_recovery_is_compared_and_finished_once(database: Database) -> None:
    database.write_now(begin)
    assert not database.write_now(recovery_store.finish, "r1", now=NOW), "nobody compared"
    compares = [partial(recovery_store.compare, recovery_id="r1", compared=how) for how in ("photo", "paper")]
    assert race(database, compares)[0].count(True) == 1
    late = NOW + timedelta(hours=2)
    assert not database.write_now(recovery_store.finish, "r1", now=late)
    finishes = [partial(recovery_store.finish, recovery_id="r1", now=NOW)] * 3
    assert race(database, finishes)[0].count(True) == 1
    (due,) = database.read_now(recovery_store.due, now=NOW)
    assert (due.recovery_id, due.sessions_ended) == ("r1", False)
    database.write_now(recovery_store.note_ended, "r1", "sessions")
    database.write_now(recovery_store.settle, "r1", again_at=NOW + timedelta(minutes=1))
    assert database.read_now(recovery_store.due, now=NOW) == ()
    database.write_now(recovery_store.forget_older, NOW + timedelta(days=400))
    (due,) = database.read_now(recovery_store.due, now=late)
    assert (due.sessions_ended, due.attempts) == (True, 1), "what is left to do is not forgotten"
    database.write_now(recovery_store.settle, "r1", again_at=None)
    database.write_now(recovery_store.forget_older, NOW + timedelta(days=400))
    assert database.read_now(recovery_store.recovery_or_none, "r1") is None


def test_wrong_codes_of_a_recovery_are_counted(database: Database) -> None:
    database.write_now(begin)
    database.write_now(recovery_store.compare, "r1", "paper", code_hash="hash")
    found = at_once(database, 50, partial(recovery_store.count_code_try, recovery_id="r1"))
    assert found.count("hash") == recovery_store.CODE_TRIES
    takes = [partial(recovery_store.take_code, recovery_id="r1", code_hash="hash", now=NOW)] * 3
    assert race(database, takes)[0].count(True) == 1


def test_looks_are_forgotten_by_age_and_with_their_holder(database: Database) -> None:
    for entry, holder, at in (("e1", "h1", NOW), ("e2", "h1", NOW + timedelta(days=1)), ("e3", "h2", NOW)):
        database.write_now(access_store.insert_entry, entry, holder, b"x", at=at)
    found = database.read_now(access_store.entries_of_holder, "h1", limit=10)
    assert [entry for entry, _, _ in found] == ["e2", "e1"]
    database.write_now(access_store.forget_older, NOW + timedelta(hours=1))
    assert len(database.read_now(access_store.entries_of_holder, "h1", limit=10)) == 1
    database.write_now(access_store.forget_holder, "h1")
    assert database.read_now(access_store.entries_of_holder, "h1", limit=10) == ()


def test_a_lock_that_is_over_counts_anew(pins: Database) -> None:
    past = format_timestamp(NOW - timedelta(minutes=1))
    pins.write_now(
        lambda connection: connection.execute(update(holder_pin).values(tries=5, locked_until=past)).rowcount
    )
    one = pins.write_now(pin_store.count_try, "h1", now=NOW)
    assert isinstance(one, Try)
    assert (one.locks, tries_of(pins, "h1")) == (False, 1)
