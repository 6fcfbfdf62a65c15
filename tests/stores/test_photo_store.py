"""What was said of a holder's photo, on each database: kept once for a share, sealed for minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from runtime.database import Database
from tests.stores.race import race
from vc.verify.registry_photo import PhotoAnswer, PhotoComparison
from verifier import photo_store as store
from verifier.photo_store import ShownShare

SERVICE = "verifier"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SHOWN = ShownShare(
    token_index="0a" * 32,
    licence_number="L-1",
    photo_at=NOW,
    sealed=b"sealed",
    open_until=NOW + timedelta(minutes=15),
    ends=NOW + timedelta(hours=1),
)
SAID = PhotoComparison(
    answer=PhotoAnswer.THIS_PERSON, organisation="Lotus Agency", photo_at=NOW, compared_at=LATER
)


def test_it_is_there_for_one_licence_and_for_minutes(database: Database) -> None:
    database.write_now(store.keep_shown, SHOWN)
    index = SHOWN.token_index
    assert database.read_now(store.shown_or_none, index, "L-1", NOW) == SHOWN
    assert database.read_now(store.shown_or_none, index, "L-2", NOW) is None
    assert database.read_now(store.shown_or_none, index, "L-1", SHOWN.open_until) is None
    assert database.read_now(store.comparison_or_none, index, "L-1") is None


def test_of_openings_at_the_same_moment_one_is_kept(database: Database) -> None:
    kept, refused = race(database, [partial(store.keep_shown, shown=SHOWN) for _ in range(4)])
    assert (kept, refused) == ([None] * 4, [])
    assert database.read_now(store.shown_or_none, SHOWN.token_index, "L-1", NOW) == SHOWN


def test_what_was_said_stays_when_the_share_is_opened_again(database: Database) -> None:
    index = SHOWN.token_index
    database.write_now(store.keep_shown, SHOWN)
    database.write_now(store.record_comparison, index, SAID, by="u-1")
    again = replace(SHOWN, photo_at=LATER, open_until=LATER + timedelta(minutes=15))
    database.write_now(store.keep_shown, again)
    assert database.read_now(store.shown_or_none, index, "L-1", LATER) == again
    assert database.read_now(store.comparison_or_none, index, "L-1") == SAID
    assert database.read_now(store.comparison_or_none, index, "L-2") is None


def test_what_was_shared_goes_first_and_what_was_said_with_the_share(database: Database) -> None:
    index = SHOWN.token_index
    database.write_now(store.keep_shown, SHOWN)
    database.write_now(store.record_comparison, index, SAID, by="u-1")
    assert database.read_now(store.closed, NOW) == ()
    database.write_now(store.forget_ended, SHOWN.ends)
    assert database.read_now(store.closed, SHOWN.open_until) == (index,), "never before its seal is gone"
    database.write_now(store.forget_share, index, "owner")
    assert database.read_now(store.closed, SHOWN.ends) == ()
    assert database.read_now(store.comparison_or_none, index, "L-1") == SAID
    database.write_now(store.forget_ended, SHOWN.ends)
    assert database.read_now(store.comparison_or_none, index, "L-1") is None
