"""The issuer's job of destroying: nothing older than its limit is left in any table."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from issuer import store
from issuer.sealed import Sealed
from runtime.database import Database
from runtime.retention import PREVIEW, SHEET, before
from runtime.settings import Settings
from tests.stores.issuer_rows import NOW
from tests.stores.test_issuer_sealed import fill, new_class, sealed  # noqa: F401 - a fixture

SERVICE = "issuer"


def run_at(database: Database, sealed: Sealed, days: float) -> None:  # noqa: F811
    now, settings = NOW + timedelta(days=days), Settings(mode="demo")
    database.write_now(
        sealed.sweep,
        previews_before=before(settings, PREVIEW, now).isoformat(),
        sheets_before=before(settings, SHEET, now).isoformat(),
    )


def keys_alive(connection: Connection) -> int:
    table = store.metadata.tables["person_key"]
    return len(connection.execute(select(table).where(table.c.wrapped.is_not(None))).all())


@pytest.mark.parametrize("state", [store.PREVIEW, store.DISCARDED])
def test_what_was_never_issued_goes_with_its_keys(
    database: Database,
    sealed: Sealed,  # noqa: F811
    state: str,
) -> None:
    new = new_class(2)
    new.values["state"] = state
    database.write_now(sealed.add_class, new)
    run_at(database, sealed, 30)
    assert database.read_now(keys_alive) == 3
    run_at(database, sealed, 30.01)
    assert database.read_now(keys_alive) == 0
    assert database.read_now(store.rows_of, "class") == []
    found: Any = database.read_now(store.get_class, "class", "poipet")
    assert (found.original, found.filename, found.problems, found.state) == (b"", b"", b"", store.DISCARDED)


def test_the_sheet_of_an_issued_list_goes_and_the_certificates_stay(
    database: Database,
    sealed: Sealed,  # noqa: F811
) -> None:
    fill(database, sealed)
    database.write_now(store.finish, "class")
    run_at(database, sealed, 90)
    assert database.read_now(sealed.get_class, "class", "poipet").original is not None
    run_at(database, sealed, 90.01)
    assert database.read_now(sealed.get_class, "class", "poipet").original is None
    assert database.read_now(sealed.issued, store.issued_by_token, "token-0").secured
    assert database.read_now(keys_alive) == 2
