"""Synthetic rows in the databases of issuer and status registry, as many as a country issues.

The rows are written past the stores (``executemany`` on SQLite, ``COPY`` on PostgreSQL), with keys spread as
real ones are and short fillers where a real row holds sealed bytes; they are read by the stores themselves.
Row ``n`` of the registry stands in list ``n // 131,072``, and one row in a hundred has ended.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from sqlalchemy import Table, make_url

from issuer.tables import issuance
from revocation.tables import status_change, status_entry, status_list
from runtime.settings import Settings
from tests.simulator import LIST_LENGTH

ENDED_ONE_IN: Final = 100
_AT: Final = "2026-11-22T03:00:00Z"
_AT_MICROSECONDS: Final = 1_795_316_400_000_000
_CLASS_ROWS: Final = 1_000
Row = dict[str, Any]


def name_of(kind: str, number: int) -> str:
    """The key of row ``number``: 20 letters that lie anywhere in an index, the same in every run."""
    return hashlib.blake2b(f"{kind}{number}".encode(), digest_size=10).hexdigest()


def credential_id(number: int) -> str:
    """The id of credential ``number`` in both databases."""
    return f"urn:uuid:{name_of('credential', number)}"


def list_id(number: int) -> str:
    """The id of the list that row ``number`` stands in."""
    return f"flat-{number // LIST_LENGTH}"


def issuances(start: int, end: int, filler: int = 16) -> Iterator[Row]:
    """Issued rows ``start`` to ``end`` of the issuer; ``filler`` is the size of what is sealed, in bytes."""
    for n in range(start, end):
        yield {
            "intent_id": name_of("intent", n),
            "class_id": name_of("class", n // _CLASS_ROWS),
            "row": n % _CLASS_ROWS,
            "centre_slug": f"centre-{n % 2_000}",
            "credential_id": credential_id(n),
            "award_key": name_of("award", n),
            "certificate_number": f"FLT-2026-{n:09d}",
            "token": name_of("token", n),
            "code": name_of("code", n),
            "person": name_of("person", n // 5),
            "data_class": "general",
            "dataset": bytes(filler),
            "cryptosuite": "eddsa-jcs-2022",
            "key_id": "centre-1",
            "created": _AT,
            "state": "issued",
            "document": bytes(filler),
            "proof_config": b"{}",
            "secured": bytes(filler),
            "digest": hashlib.sha256(str(n).encode()).digest(),
            "issued_at": _AT,
            "delivered_at": _AT,
            "tallied": "issued",
        }


def _lists(start: int, end: int) -> Iterator[Row]:
    for first in range(start, end, LIST_LENGTH):
        if first % LIST_LENGTH == 0:
            yield {
                "list_id": list_id(first),
                "pool": "general",
                "suspends": True,
                "length": LIST_LENGTH,
                "permutation_key": bytes(32),
                "next_counter": LIST_LENGTH,
                "closed": True,
                "opened_at": _AT_MICROSECONDS,
                "version": 0,
            }


def _entries(start: int, end: int) -> Iterator[Row]:
    for n in range(start, end):
        yield {
            "list_id": list_id(n),
            "list_index": n % LIST_LENGTH,
            "intent_id": name_of("intent", n),
            "credential_id": credential_id(n),
            "issuer": f"did:web:skills-passport.example:centres:centre-{n % 2_000}",
            "cryptosuite": "eddsa-jcs-2022",
            "allocated_by": "issuer",
            "allocated_at": _AT_MICROSECONDS,
        }


def _changes(start: int, end: int) -> Iterator[Row]:
    for n in range(-(-start // ENDED_ONE_IN) * ENDED_ONE_IN, end, ENDED_ONE_IN):
        yield {
            "list_id": list_id(n),
            "list_index": n % LIST_LENGTH,
            "purpose": "revocation",
            "credential_id": credential_id(n),
            "kind": "revoked",
            "reason": "FRAUD",
            "actor": "officer",
            "request_id": name_of("request", n),
            "at": _AT_MICROSECONDS,
        }


_Maker = Callable[[int, int], Iterable[Row]]
_ISSUER: Final[Sequence[tuple[Table, _Maker]]] = ((issuance, issuances),)
_REGISTRY: Final[Sequence[tuple[Table, _Maker]]] = (
    (status_list, _lists),
    (status_entry, _entries),
    (status_change, _changes),
)


def fill(settings: Settings, service: str, start: int, end: int) -> None:
    """Add rows ``start`` (a whole number of lists) to ``end`` to the database of issuer or revocation."""
    tables = _ISSUER if service == "issuer" else _REGISTRY
    url = settings.database_url_for(service)
    if url is None:
        _fill_file(settings.data_dir / f"{service}.sqlite3", tables, start, end)
    else:
        _fill_server(url, service, tables, start, end)


def _fill_file(path: Path, tables: Sequence[tuple[Table, _Maker]], start: int, end: int) -> None:
    with sqlite3.connect(path) as connection:
        # This connection alone: rows that can be made again need not survive a power cut.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA cache_size=-{psutil.virtual_memory().available // 2 // 1024}")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            f" AND tbl_name IN ({', '.join('?' * len(tables))})",
            [table.name for table, _ in tables],
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        for table, make in tables:
            names = _columns(make, start, end)
            if not names:
                continue
            marks = ", ".join(f":{name}" for name in names)
            quoted = ", ".join(f'"{name}"' for name in names)
            connection.executemany(
                f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', make(start, end)
            )
        for _, statement in indexes:
            connection.execute(statement)
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _fill_server(
    url: str, service: str, tables: Sequence[tuple[Table, _Maker]], start: int, end: int
) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, options=f"-c search_path={service}") as connection:
        # As above; and what a row refers to is made by the same hand.
        for setting in ("synchronous_commit = off", "session_replication_role = replica"):
            connection.execute(f"SET {setting}")
        connection.execute("SET maintenance_work_mem = '1GB'")
        for table, make in tables:
            names = _columns(make, start, end)
            if not names:
                continue
            quoted = ", ".join(f'"{name}"' for name in names)
            with (
                _without_indexes(connection, table.name),
                connection.cursor().copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy,
            ):
                for row in make(start, end):
                    copy.write_row([row[name] for name in names])
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


_INDEXES: Final = """
    SELECT i.relname, k.conname, pg_get_indexdef(i.oid), pg_get_constraintdef(k.oid)
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u')
    WHERE x.indrelid = %s::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.oid AND f.contype = 'f')
"""


@contextmanager
def _without_indexes(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """Built when all rows are there: with keys that lie anywhere, each row would fetch a page of each."""
    found = connection.execute(_INDEXES, [table]).fetchall()
    for index, constraint, *_ in found:
        dropped = f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"'
        connection.execute(f'DROP INDEX "{index}"' if constraint is None else dropped)
    yield
    for _, constraint, index, text in found:
        added = f'ALTER TABLE "{table}" ADD CONSTRAINT "{constraint}" {text}'
        connection.execute(index if constraint is None else added)


def _columns(make: _Maker, start: int, end: int) -> list[str]:
    """The columns of the rows to add; none where there is no row to add."""
    return list(next(iter(make(start, end)), {}))
