"""What is once, or counted, about shares and copies: kept by the database, whoever is at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from runtime.database import Database
from wallet_api import share_store
from wallet_api.share_store import SealedCopy, SealedShare

SERVICE = "wallet_api"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
THREADS = 8


def sealed(share_id: str = "S1", **changes: Any) -> SealedShare:
    fields: dict[str, Any] = {
        "share_id": share_id,
        "holder_index": "holder",
        "token_index": f"token {share_id}",
        "recipient_index": "agency",
        "presentations": b"sealed",
        "receipt": b"receipt",
        "made_at": NOW,
        "expires_at": NOW + HOUR,
        "views_left": 1,
    }
    return SealedShare(**(fields | changes))


def keep(database: Database, share: SealedShare, *names: str) -> None:
    database.write_now(share_store.insert_share, share, names)


def at_once(what: Callable[[], bool], threads: int = THREADS) -> list[bool]:
    barrier = Barrier(threads)

    def run() -> bool:
        barrier.wait()
        return what()

    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(threads)]]


@pytest.mark.parametrize("views", [1, 3])
def test_of_parallel_opens_no_more_see_it_than_there_are_views(database: Database, views: int) -> None:
    keep(database, sealed(views_left=views))
    opened = at_once(lambda: database.write_now(share_store.use_view, "S1", NOW))
    assert sum(opened) == views
    left = database.read_now(share_store.share_or_none, "S1")
    assert left is not None
    assert left.views_left == 0


def test_a_copy_is_taken_once(database: Database) -> None:
    copy = SealedCopy(
        copy_id="C1",
        holder_index="holder",
        credential_id="urn:x",
        text=b"t",
        holder_key=b"k",
        received_at=NOW,
    )
    database.write_now(share_store.insert_copies, [copy])
    assert sum(at_once(lambda: database.write_now(share_store.take_copy, "C1"))) == 1
    assert database.read_now(share_store.copies_of, "holder", "urn:x") == ()


def test_a_link_leads_to_one_share(database: Database) -> None:
    keep(database, sealed())
    with pytest.raises(IntegrityError):
        keep(database, sealed("S2", token_index="token S1"))


@pytest.mark.parametrize(
    ("share", "at"),
    [
        (sealed(views_left=0), NOW),
        (sealed(), NOW + HOUR),
        (sealed(), NOW + 2 * HOUR),
    ],
    ids=["used up", "at its end", "after it"],
)
def test_what_has_ended_is_not_opened(database: Database, share: SealedShare, at: datetime) -> None:
    keep(database, share)
    assert not database.write_now(share_store.use_view, "S1", at)


def test_what_was_stopped_is_not_opened_and_is_destroyed(database: Database) -> None:
    keep(database, sealed(views_left=9))
    assert database.write_now(stop, "another holder") == ()
    assert database.write_now(stop, "holder") == ("S1",)
    assert database.write_now(stop, "holder") == (), "once"
    assert not database.write_now(share_store.use_view, "S1", NOW)
    left = database.read_now(share_store.share_or_none, "S1")
    assert left is not None
    assert left.presentations is None


def stop(connection: Any, holder: str) -> tuple[str, ...]:
    return share_store.stop_shares(connection, holder, ["S1", "S2"], NOW)


def test_of_a_stop_and_opens_at_the_same_moment_no_open_comes_after(database: Database) -> None:
    keep(database, sealed(views_left=20))

    def open_and_stop() -> bool:
        database.write_now(share_store.use_view, "S1", NOW)
        return bool(database.write_now(stop, "holder"))

    assert sum(at_once(open_and_stop)) == 1
    assert not database.write_now(share_store.use_view, "S1", NOW)


def test_used_up_and_over_is_destroyed_and_a_receipt_stays_for_its_time(database: Database) -> None:
    keep(database, sealed("S1"), "name")
    keep(database, sealed("S2", views_left=5), "name")
    assert database.write_now(share_store.use_view, "S1", NOW)
    database.write_now(share_store.drop_used_up, "S1")
    database.write_now(share_store.drop_used_up, "S2")
    assert [one.presentations for one in both(database)] == [None, b"sealed"]
    database.write_now(share_store.destroy_expired, NOW + HOUR)
    assert [one.presentations for one in both(database)] == [None, None]
    database.write_now(share_store.forget_ended, NOW + HOUR)
    assert len(both(database)) == 2
    database.write_now(share_store.forget_ended, NOW + HOUR + timedelta(seconds=1))
    assert both(database) == []


def both(database: Database) -> list[SealedShare]:
    found = database.read_now(share_store.shares_of, "holder")
    return sorted(found, key=lambda one: one.share_id)


def test_an_agency_finds_what_is_shared_with_it_alone(database: Database) -> None:
    keep(database, sealed("S1"), "link", "code")
    keep(database, sealed("S2", recipient_index="other"), "link")
    keep(database, sealed("S3", recipient_index=None), "link")
    for name in ("link", "code"):
        found = database.read_now(share_store.shares_for, "agency", name, NOW)
        assert [one.share_id for one in found] == ["S1"]
    assert database.read_now(share_store.shares_for, "agency", "another", NOW) == ()
    assert database.read_now(share_store.shares_for, "agency", "link", NOW + HOUR) == ()


def test_what_stands_is_neither_stopped_nor_over(database: Database) -> None:
    keep(database, sealed("S1", views_left=0))
    keep(database, sealed("S2", holder_index="another"))
    database.write_now(stop, "another")
    assert database.read_now(share_store.standing, ["S1", "S2", "S9"], NOW) == {"S1"}
    assert database.read_now(share_store.standing, ["S1", "S2"], NOW + HOUR) == frozenset()


def test_a_holder_is_told_at_most_once_an_hour(database: Database) -> None:
    def looked(at: datetime) -> None:
        database.write_now(tell_soon, at)

    def due(at: datetime) -> tuple[str, ...]:
        found: tuple[str, ...] = database.read_now(to_tell, at)
        return found

    looked(NOW)
    looked(NOW)
    assert due(NOW) == ("holder",)
    database.write_now(share_store.told, "holder", NOW)
    looked(NOW + timedelta(minutes=1))
    assert due(NOW + timedelta(minutes=59)) == ()
    assert due(NOW + HOUR) == ("holder",)


def tell_soon(connection: Any, at: datetime) -> None:
    share_store.tell_soon(connection, "holder", at, between=HOUR)


def to_tell(connection: Any, at: datetime) -> tuple[str, ...]:
    return share_store.to_tell(connection, at, limit=10)
