"""What partitions by month and COPY would give on PostgreSQL, beside what there is, in one run.

    python -m loadtest.tables [--rows 1000000]

On a throwaway server. *As it is* is the registry's log of changes with its indexes. *By month* is the same
with a partition for each of 24 months; an index over all of it must then name the moment, so that nothing in
the database stops a certificate from being ended twice. Rows are inserted 500 at once, as revoking does.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, MetaData, create_engine, text

from revocation.tables import metadata, status_change
from tests.postgresql_server import make_server, servers_folder

MONTHS = 24
CHUNK = 500
CHUNKS = 20
LOOKUPS = 500
_FIRST = "TIMESTAMPTZ '2024-12-01 00:00:00+00'"
_MICROSECONDS = "(extract(epoch FROM {moment}) * 1000000)::bigint"
AS_IT_IS, BY_MONTH = "as_it_is", "by_month"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line for each question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table at the beginning")
    rows = parser.parse_args(arguments).rows
    with servers_folder() as folder:
        server = make_server(folder / "server", max_wal_size="4GB")
        try:
            engine = create_engine(server.url.replace("postgresql://", "postgresql+psycopg://"))
            _measure(engine, rows)
            engine.dispose()
        finally:
            server.stop()


def _measure(engine: Engine, rows: int) -> None:
    with engine.begin() as connection:
        _make(connection)
        _fill(connection, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    sys.stdout.write(
        f"{rows:,} rows, {MONTHS} months\n{'':<44}{'as it is':>12}{'by month':>12}{'ratio':>8}\n"
    )
    questions: dict[str, Callable[[Engine, str], float]] = {
        "insert 500, ms a row": _inserted,
        "insert 500 by COPY, ms a row": _copied,
        "changes of one certificate, ms": _looked_up,
        "changes of a list and index, ms": _looked_up_in_list,
        "the newest 50, ms": _newest,
        "indexes, MB": _index_size,
        "a month taken away, s": _month_taken_away,
    }
    for question, ask in questions.items():
        plain, parted = ask(engine, AS_IT_IS), ask(engine, BY_MONTH)
        sys.stdout.write(f"{question:<44}{plain:>12.3f}{parted:>12.3f}{parted / plain:>8.2f}\n")


def _make(connection: Connection) -> None:
    """Both tables with the columns and indexes of the registry's own."""
    connection.execute(text("CREATE SCHEMA own; SET search_path = own"))
    own = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(own)
    own.create_all(connection)
    connection.execute(text("SET search_path = public"))
    connection.execute(text(f"CREATE TABLE {AS_IT_IS} (LIKE own.status_change INCLUDING ALL)"))
    connection.execute(
        text(f"CREATE TABLE {BY_MONTH} (LIKE own.status_change INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
    )
    connection.execute(text(f"ALTER TABLE {BY_MONTH} ADD PRIMARY KEY (seq, at)"))
    ended = "WHERE kind IN ('revoked', 'superseded')"
    connection.execute(text(f"CREATE UNIQUE INDEX ON {BY_MONTH} (credential_id, at) {ended}"))
    connection.execute(text(f"CREATE INDEX ON {BY_MONTH} (list_id, list_index)"))
    connection.execute(text(f"CREATE INDEX ON {BY_MONTH} (credential_id)"))
    for month in range(MONTHS):
        since, until = _month(month), _month(month + 1)
        bounds = connection.execute(text(f"SELECT {since}, {until}")).one()
        connection.execute(
            text(
                f"CREATE TABLE {BY_MONTH}_{month} PARTITION OF {BY_MONTH} "
                f"FOR VALUES FROM ({bounds[0]}) TO ({bounds[1]})"
            )
        )


def _month(number: int) -> str:
    return _MICROSECONDS.format(moment=f"({_FIRST} + interval '{number} months')")


def _fill(connection: Connection, rows: int) -> None:
    """The same rows in both: even over the months, their certificates in no order."""
    last = f"({_month(MONTHS)} - {_month(0)} - 1)"
    select = (
        "SELECT n, 'list-' || n % 80, n / 80, 'revocation', 'urn:uuid:' || md5(n::text), 'revoked', 'FRAUD', "
        f"NULL, NULL, 'officer', 'request', {_month(0)} + (n::numeric / {rows} * {last})::bigint, NULL, "
        f"'officer', NULL FROM generate_series(1, {rows}) AS n"
    )
    for table in (AS_IT_IS, BY_MONTH):
        connection.execute(text(f"INSERT INTO {table} {select}"))


def _new_rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    """The rows of a chunk of now: behind all others."""
    found = connection.execute(text(f"SELECT max(seq), max(at) FROM {table}")).one()
    names = [column.name for column in status_change.columns]
    return [
        dict.fromkeys(names)
        | {
            "seq": found[0] + number,
            "list_id": f"list-{number % 80}",
            "list_index": number,
            "purpose": "revocation",
            "credential_id": f"urn:uuid:new-{found[0] + number}",
            "kind": "revoked",
            "reason": "FRAUD",
            "actor": "officer",
            "request_id": "request",
            "at": found[1],
            "approver": "officer",
        }
        for number in range(1, CHUNK + 1)
    ]


def _in_chunks(engine: Engine, table: str, put: Callable[[Connection, list[dict[str, Any]]], None]) -> float:
    """Milliseconds for a row, the median of ``CHUNKS`` transactions."""
    seconds = []
    for _ in range(CHUNKS):
        with engine.connect() as connection:
            rows = _new_rows(connection, table)
            connection.rollback()
            began = time.perf_counter()
            with connection.begin():
                put(connection, rows)
            seconds.append(time.perf_counter() - began)
    return 1000 * median(seconds) / CHUNK


def _inserted(engine: Engine, table: str) -> float:
    columns = [column.name for column in status_change.columns]
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + c for c in columns)})"
    return _in_chunks(engine, table, lambda connection, rows: _execute(connection, statement, rows))


def _execute(connection: Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    connection.execute(text(statement), rows)


def _copied(engine: Engine, table: str) -> float:
    return _in_chunks(engine, table, lambda connection, rows: _copy(connection, table, rows))


def _copy(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("COPY is psycopg's")
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(rows[0])}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def _asked(engine: Engine, statement: str, parameters: Iterable[dict[str, Any]]) -> float:
    """Milliseconds for one question, the median."""
    seconds = []
    with engine.connect() as connection:
        for each in parameters:
            began = time.perf_counter()
            connection.execute(text(statement), each).all()
            seconds.append(time.perf_counter() - began)
    return 1000 * median(seconds)


def _looked_up(engine: Engine, table: str) -> float:
    statement = f"SELECT * FROM {table} WHERE credential_id = 'urn:uuid:' || md5(:n)"
    return _asked(engine, statement, ({"n": str(1 + 37 * n)} for n in range(LOOKUPS)))


def _looked_up_in_list(engine: Engine, table: str) -> float:
    statement = f"SELECT * FROM {table} WHERE list_id = :list AND list_index = :place"
    return _asked(engine, statement, ({"list": f"list-{n % 80}", "place": n} for n in range(LOOKUPS)))


def _newest(engine: Engine, table: str) -> float:
    return _asked(engine, f"SELECT * FROM {table} ORDER BY seq DESC LIMIT 50", [{}] * 50)


def _index_size(engine: Engine, table: str) -> float:
    query = "SELECT sum(pg_indexes_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname ~ :name"
    with engine.connect() as connection:
        size = connection.execute(text(query), {"name": rf"^{table}(_\d+)?$"}).scalar_one()
    return float(size) / 1_000_000


def _month_taken_away(engine: Engine, table: str) -> float:
    """Until its room is free again for others."""
    began = time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if table == BY_MONTH:
            connection.execute(text(f"DROP TABLE {BY_MONTH}_0"))
        else:
            connection.execute(text(f"DELETE FROM {table} WHERE at < {_month(1)}"))
            connection.execute(text(f"VACUUM {table}"))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
