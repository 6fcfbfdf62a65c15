"""``runtime.audit_log``, on both databases: every kind of tampering is found and its place named."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import psycopg
import pytest
from sqlalchemy import Connection, make_url, text

from runtime.audit_log import (
    BEGINNING,
    Entry,
    Tampering,
    check_chain,
    entries,
    entry_hash,
    record,
    require_head,
    rows_root,
)
from runtime.database import Database
from runtime.request_id import answering
from tests.stores.race import race
from vc.encoding.strict_json import JsonValue
from vc.errors import ConflictError

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FACTS = ("seq", "at", "actor", "act", "object", "reason", "approver", "request_id", "rows_root")
Sql = Callable[..., None]


def noting(number: int) -> Callable[[Connection], None]:
    """A store function whose act is only its own entry."""
    entry = Entry(actor="sokha", act="accreditation.grant", object=str(number), approver="dara")
    return partial(record, entry=entry, now=NOW)


@pytest.fixture
def log(database: Database) -> Database:
    """A chain of six entries."""
    for number in range(6):
        database.write_now(noting(number))
    return database


@pytest.fixture
def tamper(request: pytest.FixtureRequest, log: Database) -> Sql:
    """SQL as somebody runs it who owns the database and takes the triggers away first."""

    def run(statement: str, **values: object) -> None:
        if log.is_sqlite:
            log.write_now(_without_triggers, statement, values)
            return
        url = make_url(request.getfixturevalue("stores_url")).render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(f"SET search_path = {SERVICE}")
            for name in values:
                statement = statement.replace(f":{name}", f"%({name})s")
            connection.execute(statement, values)

    return run


def _without_triggers(connection: Connection, statement: str, values: dict[str, object]) -> None:
    names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
    for name in connection.execute(names).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text(statement), values)


def _execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def found(database: Database, published: Sequence[tuple[int, str]] = ()) -> list[tuple[int, str]]:
    """(entry, what is wrong) for everything that ``check_chain`` finds."""

    def check(connection: Connection) -> list[Tampering]:
        return list(check_chain(connection, SERVICE, published))

    return [(item.seq, item.detail) for item in database.read_now(check)]


def head(database: Database) -> tuple[int, str]:
    """(size, hash) of the chain."""
    standing = database.read_now(require_head)
    return standing.size, standing.hash


def test_entries_come_back_in_order_and_the_chain_holds(log: Database) -> None:
    rows = log.read_now(lambda connection: list(entries(connection)))
    assert [(row["seq"], row["object"]) for row in rows] == [(n + 1, str(n)) for n in range(6)]
    assert rows[0]["previous"] == BEGINNING
    assert head(log) == (6, rows[-1]["hash"])
    assert found(log, [(0, BEGINNING), (3, rows[2]["hash"]), head(log)]) == []


def test_an_entry_carries_the_id_of_the_request_being_answered(database: Database) -> None:
    with answering("outer"):
        with answering("inner"):
            database.write_now(noting(1))
        database.write_now(noting(2))
    database.write_now(noting(3))
    rows = database.read_now(lambda connection: list(entries(connection)))
    assert [row["request_id"] for row in rows[:2]] == ["inner", "outer"]
    assert len(rows[2]["request_id"]) > 10


def test_an_act_that_is_rolled_back_leaves_no_entry(log: Database) -> None:
    before = head(log)

    def act(connection: Connection) -> None:
        noting(7)(connection)
        raise ConflictError("The act could not be done.")

    with pytest.raises(ConflictError):
        log.write_now(act)
    assert head(log) == before
    assert found(log) == []


def test_writers_at_the_same_moment_make_one_chain(database: Database) -> None:
    _, refusals = race(database, [noting(number) for number in range(6)])
    assert refusals == []
    rows = database.read_now(lambda connection: list(entries(connection)))
    assert sorted(row["object"] for row in rows) == [str(number) for number in range(6)]
    assert (head(database)[0], found(database)) == (6, [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'dara' WHERE seq = 2",
        "DELETE FROM audit_entry WHERE seq = 6",
        "UPDATE audit_head SET size = 5",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_itself_forbids_changes(log: Database, statement: str) -> None:
    with pytest.raises(Exception, match=r"append-only|only grows"):
        log.write_now(lambda connection: connection.execute(text(statement)))
    assert found(log) == []


def test_postgresql_forbids_truncate(log: Database) -> None:
    if log.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    for table in ("audit_entry", "audit_head"):
        with pytest.raises(Exception, match=r"append-only|only grows"):
            log.write_now(_execute, f"TRUNCATE {table}")


@pytest.mark.parametrize("column", ["at", "actor", "act", "object", "approver", "request_id", "previous"])
def test_a_changed_byte_is_found(log: Database, tamper: Sql, column: str) -> None:
    tamper(f"UPDATE audit_entry SET {column} = '~' || substr({column}, 2) WHERE seq = 3")
    assert (3, "its content is not what was hashed") in found(log)


@pytest.mark.parametrize("column", ["reason", "rows_root"])
def test_a_member_added_afterwards_is_found(log: Database, tamper: Sql, column: str) -> None:
    tamper(f"UPDATE audit_entry SET {column} = 'x' WHERE seq = 3")
    assert found(log) == [(3, "its content is not what was hashed")]


def test_a_changed_hash_is_found(log: Database, tamper: Sql) -> None:
    tamper("UPDATE audit_entry SET hash = :hash WHERE seq = 3", hash="a" * 64)
    assert found(log) == [
        (3, "its content is not what was hashed"),
        (4, "it does not follow the entry before it"),
    ]


@pytest.mark.parametrize("seq", [1, 3])
def test_a_deleted_entry_is_found(log: Database, tamper: Sql, seq: int) -> None:
    tamper("DELETE FROM audit_entry WHERE seq = :seq", seq=seq)
    assert found(log) == [(seq, "this entry is missing")]


def test_a_deleted_last_entry_is_found(log: Database, tamper: Sql) -> None:
    tamper("DELETE FROM audit_entry WHERE seq = 6")
    assert found(log) == [(6, "the head says 6 entries and 5 are there")]


def test_a_head_with_another_hash_is_found(log: Database, tamper: Sql) -> None:
    tamper("UPDATE audit_head SET hash = :hash", hash="a" * 64)
    assert found(log) == [(6, "the head says another hash")]


def test_entries_in_another_order_are_found(log: Database, tamper: Sql) -> None:
    tamper("UPDATE audit_entry SET seq = CASE seq WHEN 2 THEN 30 ELSE 20 END WHERE seq IN (2, 3)")
    tamper("UPDATE audit_entry SET seq = CASE seq WHEN 30 THEN 3 ELSE 2 END WHERE seq IN (20, 30)")
    places = [seq for seq, _ in found(log)]
    assert places[0] == 2
    assert {2, 3} <= set(places)


def test_a_log_cut_off_with_its_head_is_found_by_a_checkpoint(log: Database, tamper: Sql) -> None:
    published = head(log)
    digest = log.read_now(lambda connection: list(entries(connection)))[3]["hash"]
    tamper("DELETE FROM audit_entry WHERE seq > 4")
    tamper("UPDATE audit_head SET size = 4, hash = :hash", hash=digest)
    assert found(log) == []
    assert found(log, [published]) == [(5, "a checkpoint says 6 entries and only 4 are there")]


def test_a_suffix_rewritten_with_right_hashes_is_found_by_a_checkpoint(log: Database, tamper: Sql) -> None:
    published = head(log)
    rows = log.read_now(lambda connection: list(entries(connection)))
    last = rows[2]["hash"]
    for row in rows[3:]:
        facts = {name: row[name] for name in FACTS} | {"actor": "somebody-else"}
        digest = entry_hash(SERVICE, facts, previous=last)
        tamper(
            "UPDATE audit_entry SET actor = :actor, previous = :previous, hash = :hash WHERE seq = :seq",
            actor="somebody-else",
            previous=last,
            hash=digest,
            seq=row["seq"],
        )
        last = digest
    tamper("UPDATE audit_head SET hash = :hash", hash=last)
    assert found(log) == []
    assert found(log, [published]) == [(6, "a checkpoint says another hash here")]


def test_a_head_that_is_gone_stops_every_act_and_is_named(log: Database, tamper: Sql) -> None:
    tamper("DELETE FROM audit_head")
    with pytest.raises(Exception, match="lost its head"):
        log.write_now(noting(7))
    assert found(log) == [(6, "the head of the chain is gone")]


def test_a_root_over_rows_names_every_row_and_their_order() -> None:
    rows: list[JsonValue] = [{"credential": "a"}, {"credential": "b"}, {"credential": "c"}]
    assert len({rows_root(rows), rows_root(rows[:2]), rows_root(rows[::-1]), rows_root([])}) == 4
