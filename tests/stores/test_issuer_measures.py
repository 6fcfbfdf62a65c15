"""``issuer.measure_store``: what is begun and not done, on both databases."""

from datetime import timedelta

from issuer import job_store, measure_store, reservations, store
from runtime.database import Database
from runtime.metric_definitions import RowState, WorkState
from tests.stores.issuer_rows import NOW, centre, class_list, intended, intent

SERVICE = "issuer"


def test_what_is_begun_and_not_done_is_counted_by_how_far_it_is(database: Database) -> None:
    database.write_now(store.register_centre, centre())
    assert database.read_now(measure_store.unfinished, NOW).rows == {}
    database.write_now(store.add_class, class_list("class"))
    database.write_now(store.change_state, "class", "poipet", store.PREVIEW, store.ISSUING)
    rows = [intent(name, row=number) for number, name in enumerate("abc")]
    database.write_now(reservations.reserve, rows)
    database.write_now(store.record_intents, [intended(name) for name in "ab"])
    database.write_now(store.begin_signing, ["intent-a"], NOW.isoformat())
    database.write_now(job_store.beat, "one", NOW)
    database.write_now(job_store.beat, "other", NOW - timedelta(hours=1))
    found = database.read_now(measure_store.unfinished, NOW - timedelta(minutes=1))
    assert found.lists == {WorkState.ISSUING: 1}
    assert found.rows == {RowState.SIGNING: 1, RowState.INTENDED: 1, RowState.RESERVED: 1}
    assert found.workers == 1
    database.write_now(job_store.fail, "class")
    assert database.read_now(measure_store.unfinished, NOW).lists == {WorkState.FAILED: 1}
