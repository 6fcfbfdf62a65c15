"""``issuer.count_store``: what a decision of the registrar touches, on both databases."""

import pytest

from issuer import store
from issuer.count_store import IssuedCount, count_issued
from issuer.reservations import reserve
from runtime.database import Database
from tests.stores.issuer_rows import CREATED, centre, class_list, done, intended, intent

SERVICE = "issuer"
EARLIER = "2026-01-01T00:00:00+00:00"
# More than one statement of the store asks for at once.
MANY = tuple(f"urn:uuid:elsewhere-{number}" for number in range(1_200))


@pytest.fixture
def desk(database: Database) -> Database:
    """A centre that issued three certificates, one of them long ago, and only began a fourth."""
    database.write_now(store.register_centre, centre())
    database.write_now(store.add_class, class_list("class", rows=4))
    rows = [intent(name, row=row, created=CREATED) for row, name in enumerate("abcd")]
    rows[0]["created"] = EARLIER
    database.write_now(reserve, rows)
    database.write_now(store.record_intents, [intended(name) for name in "abc"])
    database.write_now(store.record_issued, [done(name) for name in "abc"])
    return database


def counted(desk: Database, *ended: str, slug: str = "poipet") -> list[tuple[int, int, int, int]]:
    found = desk.read_now(count_issued, slug, CREATED, ended)
    return [figures(count) for count in found]


def figures(count: IssuedCount) -> tuple[int, int, int, int]:
    return count.issued, count.issued_since, count.in_force, count.in_force_since


def test_what_is_not_issued_yet_is_not_counted(desk: Database) -> None:
    assert counted(desk) == [(3, 2, 3, 2)]


def test_what_was_revoked_is_counted_as_issued_and_not_as_in_force(desk: Database) -> None:
    assert counted(desk, "urn:uuid:b") == [(3, 2, 2, 1)]
    assert counted(desk, "urn:uuid:a") == [(3, 2, 2, 2)]
    assert counted(desk, "urn:uuid:a", "urn:uuid:b", "urn:uuid:c") == [(3, 2, 0, 0)]


def test_it_is_found_among_however_many_that_are_not_counted(desk: Database) -> None:
    assert counted(desk, "urn:uuid:d", *MANY, "urn:uuid:c") == [(3, 2, 2, 1)]


def test_another_centre_has_figures_of_its_own(desk: Database) -> None:
    assert counted(desk, "urn:uuid:b", slug="pailin") == []
