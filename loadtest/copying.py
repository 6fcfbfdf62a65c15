"""How much of issuing a class list goes into inserting many rows at once: all that COPY could shorten.

    python -m loadtest.copying [--rows 300]

The desk issues two lists on a throwaway PostgreSQL, from the sheet to the stored certificates, in one
process; the first warms up. The time of statements that insert more than one row is counted for each table.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import Engine, event

from loadtest.bulk import issue_list
from passport.demo_world.in_process import demo_client
from passport.demo_world.people import draw_people
from runtime.logging import configure_logging
from tests.cheap_costs import cheap_key_stretching
from tests.crash.issuing_life import sheet_of
from tests.journey.test_first_journey import desk_of
from tests.postgresql_server import make_server, servers_folder
from tests.stores.postgresql import apply_roles, make_database, role_urls, url_settings

_WARMING_ROWS = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each table and one for the whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=300, help="rows of the list, 900 at most")
    rows = parser.parse_args(arguments).rows
    configure_logging(level="ERROR")
    with cheap_key_stretching(), servers_folder() as folder:
        server = make_server(folder / "server")
        try:
            url = make_database(server.url, "passport")
            apply_roles(url)
            whole, spent = anyio.run(_measure, folder / "data", url, rows)
        finally:
            server.stop()
    lines = {"the whole": whole, **spent}
    sys.stdout.write(f"{rows} rows\n{'inserted into':<24}{'ms a row':>10}{'per cent':>10}\n")
    for name, seconds in lines.items():
        sys.stdout.write(f"{name:<24}{1000 * seconds / rows:>10.3f}{100 * seconds / whole:>10.1f}\n")


async def _measure(folder: Path, url: str, rows: int) -> tuple[float, dict[str, float]]:
    """Seconds for the whole list, and in inserts of many rows for each table."""
    people = draw_people(rows + _WARMING_ROWS)
    settings: dict[str, Any] = url_settings(role_urls(url))
    async with demo_client(folder, people, **settings) as client:
        desk = desk_of(client)
        await issue_list(client, desk, sheet_of(people[:_WARMING_ROWS]))
        with _counted() as spent:
            whole, _ = await issue_list(client, desk, sheet_of(people[_WARMING_ROWS:]))
    return whole, spent


@contextmanager
def _counted() -> Iterator[dict[str, float]]:
    """Seconds in statements that insert many rows, by table, of every engine of this process."""
    spent: dict[str, float] = {}
    began: dict[int, float] = {}

    def before(_connection: Any, cursor: Any, *_rest: Any) -> None:
        began[id(cursor)] = time.perf_counter()

    def after(
        _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        seconds = time.perf_counter() - began.pop(id(cursor))
        if statement.startswith("INSERT INTO") and many and len(parameters) > 1:
            table = statement.split()[2]
            spent[table] = spent.get(table, 0) + seconds

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield spent
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


if __name__ == "__main__":
    main()
