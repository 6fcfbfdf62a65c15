"""The unit costs of the capacity model that are sizes, measured; the rest come from the commands they name.

    python -m loadtest.capacity_measured [--rows 2000] [--write loadtest/capacity_inputs.json]

Rows are certificates that the demo's issuer really issues and delivers (SQLite): what the files of issuer,
registry, its journal and wallet grow by for each, audit logs included. Lists, notes and trust list are
published by a synthetic world and weighed as a verifier fetches them. ``--write`` puts the figures into the
file, where the others stay as they are.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
import orjson

from issuer.service.delivery import deliver_all
from loadtest.bulk import issue_list
from loadtest.flat_rows import fill, list_id
from loadtest.flat_world import WideWorld
from passport.demo_world.in_process import demo_client
from passport.demo_world.people import draw_people
from runtime.database import Database
from runtime.logging import configure_logging
from runtime.settings import Settings
from tests.cheap_costs import cheap_key_stretching
from tests.crash.issuing_life import sheet_of
from tests.journey.test_first_journey import desk_of
from tests.simulator import LIST_LENGTH, ORIGIN, TRUST_LIST_URL
from tests.unit.revocation.registry_world import open_world

COMMAND: Final = "python -m loadtest.capacity_measured"
_ISSUERS: Final = (100, 1_100)
_FIRST_ROWS: Final = 100
_STORES: Final = {
    "issuer_row_bytes": "issuer.sqlite3",
    "registry_row_bytes": "revocation.sqlite3",
    "journal_row_bytes": "*.journal",
    "wallet_row_bytes": "wallet_api.sqlite3",
}


def published_sizes() -> dict[str, float]:
    """What a list, a note and an issuer weigh."""
    some, many = (WideWorld(issuers=issuers) for issuers in _ISSUERS)
    lists = [world.documents[TRUST_LIST_URL] for world in (some, many)]
    notes = many.documents[f"{ORIGIN}/status/notes/wide-0"]
    added = _ISSUERS[1] - _ISSUERS[0]
    members = [_members(orjson.loads(body)) for body in lists]
    return {
        "list_bytes": len(many.documents[many.wide_list_url(0)]),
        "note_bytes": len(notes) / len(many.ended_indexes),
        "trust_issuer_bytes": (len(lists[1]) - len(lists[0])) / added,
        "trust_issuer_members": (members[1] - members[0]) / added,
    }


def _members(value: Any) -> int:
    """Members and elements, as the strict reader counts them."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return len(inner) + sum(_members(one) for one in inner)


def issued_costs(rows: int) -> dict[str, float]:
    """What one issued certificate adds to each store, in bytes, and the seconds that issuing it took."""
    with cheap_key_stretching(), TemporaryDirectory() as folder:
        return anyio.run(_issued_costs, Path(folder), rows)


async def _issued_costs(folder: Path, rows: int) -> dict[str, float]:
    people = draw_people(rows + _FIRST_ROWS)
    async with demo_client(folder, people) as client:
        desk = desk_of(client)
        # What a first list makes once is no part of what each row adds.
        await issue_list(client, desk, sheet_of(people[:_FIRST_ROWS]))
        await deliver_all(desk)
        before = _stored(folder)
        seconds, _ = await issue_list(client, desk, sheet_of(people[_FIRST_ROWS:]))
        await deliver_all(desk)
        after = _stored(folder)
    grown = {name: (after[name] - before[name]) / rows for name in _STORES}
    return grown | {"issue_seconds": seconds / rows}


def _stored(folder: Path) -> dict[str, int]:
    """Bytes in the files of each store, with nothing left beside a database."""
    for database in folder.rglob("*.sqlite3"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {
        cost: sum(file.stat().st_size for file in folder.rglob(pattern)) for cost, pattern in _STORES.items()
    }


def publishing_seconds() -> float:
    """Seconds of the wall to publish a full list, one entry in a hundred ended: the best of five."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        database = Database.open(settings, "revocation")
        database.upgrade()
        database.close()
        world = open_world(Path(folder))
        world.start()
        fill(settings, "revocation", 0, LIST_LENGTH)
        took = []
        for _ in range(5):
            began = time.perf_counter()
            world.publish(list_id(0))
            took.append(time.perf_counter() - began)
        world.database.close()
        return min(took)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", type=Path, help="the file of inputs to put the figures into")
    parser.add_argument("--rows", type=int, default=900, help="certificates to issue, 900 at most")
    chosen = parser.parse_args(arguments)
    configure_logging(level="ERROR")
    found = issued_costs(chosen.rows) | published_sizes() | {"publish_list_seconds": publishing_seconds()}
    for name, value in found.items():
        sys.stdout.write(f"{name:<24} {value:>14.4g}\n")
    if chosen.write is not None:
        document = orjson.loads(chosen.write.read_bytes())
        for name, value in found.items():
            document["costs"][name] = {"value": float(f"{value:.3g}"), "from": COMMAND}
        chosen.write.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
