"""``issuer.store``: centres, their keys and class lists, on both databases."""

from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from issuer import job_store, store
from runtime.database import Database
from runtime.migrations import schema_differences
from tests.stores.issuer_rows import EVERY_BYTE, KHMER, centre, class_list, key
from tests.stores.race import race
from vc.errors import ConflictError, MalformedValue, NotFound

SERVICE = "issuer"


@pytest.fixture
def desk(database: Database) -> Database:
    """The store with one centre."""
    database.write_now(store.register_centre, centre())
    return database


def test_the_migrated_tables_are_the_tables_in_the_code(database: Database) -> None:
    assert database.read_now(schema_differences, store.metadata) == ()


def test_a_centre_is_registered_once_and_keeps_what_it_has(desk: Database) -> None:
    desk.write_now(store.register_centre, centre() | {"name_en": "Other"})
    desk.write_now(store.register_centre, centre("a-1", "A1"))
    assert [record.slug for record in desk.read_now(store.all_centres)] == ["a-1", "poipet"]
    found = desk.read_now(store.get_centre, "poipet")
    assert (found.name_en, found.name_km, found.next_number) == ("poipet", KHMER, 1)
    with pytest.raises(NotFound):
        desk.read_now(store.get_centre, "pailin")


@pytest.mark.parametrize("member", ["did", "number_prefix"])
def test_a_did_and_a_prefix_are_one_centres(desk: Database, member: str) -> None:
    with pytest.raises(IntegrityError):
        desk.write_now(store.register_centre, centre("pailin", "PL") | {member: centre()[member]})
    assert len(desk.read_now(store.all_centres)) == 1


def test_a_newer_key_ends_the_older_where_it_begins(desk: Database) -> None:
    desk.write_now(store.register_centre_key, key("one"))
    desk.write_now(store.register_centre_key, key("two", "2026-06-01T00:00:00Z"))
    desk.write_now(store.register_centre_key, key("one", "2027-01-01T00:00:00Z"))
    desk.write_now(store.register_centre_key, key("other", slug="pailin"))
    found = desk.read_now(store.keys_of, "poipet")
    assert [(record.key_id, record.valid_until) for record in found] == [
        ("one", "2026-06-01T00:00:00Z"),
        ("two", None),
    ]
    assert desk.read_now(store.current_key, "poipet").key_id == "two"
    with pytest.raises(NotFound):
        desk.read_now(store.current_key, "nowhere")


def test_a_class_list_comes_back_byte_for_byte_and_in_the_order_of_the_sheet(desk: Database) -> None:
    new = class_list("class", rows=12)
    new.values["original"] = EVERY_BYTE * 20_000
    desk.write_now(store.add_class, store.NewClass(values=new.values, rows=list(new.rows)[::-1]))
    found = desk.read_now(store.get_class, "class", "poipet")
    assert (found.original, found.filename) == (EVERY_BYTE * 20_000, b"sealed name")
    rows = desk.read_now(store.rows_of, "class")
    assert [record.row for record in rows] == list(range(12))
    assert {record.dataset for record in rows} == {b"sealed"}


def test_a_class_list_whose_rows_cannot_be_stored_is_not_kept_at_all(desk: Database) -> None:
    new = class_list("class", rows=2)
    new.rows[1]["title"] = "ក\x00"
    with pytest.raises(MalformedValue):
        desk.write_now(store.add_class, new)
    with pytest.raises(NotFound):
        desk.read_now(store.get_class, "class", "poipet")


def test_another_centres_class_list_is_not_found(desk: Database) -> None:
    desk.write_now(store.add_class, class_list("class"))
    with pytest.raises(NotFound):
        desk.read_now(store.get_class, "class", "pailin")
    with pytest.raises(NotFound):
        desk.write_now(store.change_state, "class", "pailin", store.PREVIEW, store.ISSUING)


def test_class_lists_are_listed_newest_first_without_the_discarded(desk: Database) -> None:
    for name, hours in (("old", -1), ("new", 1), ("now", 0), ("gone", 2)):
        desk.write_now(store.add_class, class_list(name, hours=hours))
    desk.write_now(store.add_class, class_list("other", "pailin"))
    desk.write_now(store.change_state, "gone", "poipet", store.PREVIEW, store.DISCARDED)
    listed = desk.read_now(store.classes_of, "poipet", {"general"})
    assert [record.id for record in listed] == ["new", "now", "old"]
    assert desk.read_now(store.classes_of, "poipet", {"health"}) == []
    (newest,) = desk.read_now(store.classes_of, "poipet", {"general"}, 1)
    assert newest.id == "new"
    assert not hasattr(newest, "original")


def test_a_class_list_is_decided_upon_once(desk: Database) -> None:
    desk.write_now(store.add_class, class_list("class"))
    desk.write_now(store.change_state, "class", "poipet", store.PREVIEW, store.ISSUING)
    with pytest.raises(ConflictError):
        desk.write_now(store.change_state, "class", "poipet", store.PREVIEW, store.DISCARDED)
    assert desk.read_now(job_store.waiting) == [("class", "poipet", 1)]
    desk.write_now(store.finish, "class")
    desk.write_now(store.finish, "class")
    assert desk.read_now(job_store.waiting) == []
    assert desk.read_now(store.get_class, "class", "poipet").state == store.DONE


def test_only_a_class_list_that_is_being_issued_is_finished(desk: Database) -> None:
    desk.write_now(store.add_class, class_list("class"))
    desk.write_now(store.finish, "class")
    assert desk.read_now(store.get_class, "class", "poipet").state == store.PREVIEW


def test_of_several_decisions_at_once_one_counts(desk: Database) -> None:
    desk.write_now(store.add_class, class_list("class"))
    decide = [
        partial(store.change_state, class_id="class", slug="poipet", before=store.PREVIEW, after=after)
        for after in (store.ISSUING, store.DISCARDED, store.ISSUING)
    ]
    decided, refused = race(desk, decide)
    assert len(decided) == 1
    assert [type(refusal) for refusal in refused] == [ConflictError] * 2
