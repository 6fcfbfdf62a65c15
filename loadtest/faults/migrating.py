"""The tables of a later version are made while this one works, and every process is started again on them."""

import shutil
import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect

from loadtest.faults.house_faults import Under
from loadtest.faults.load import CHECK, READ
from runtime import migrations
from runtime.database import Database
from runtime.settings import SERVICES, load_settings

REVISION: Final = "9000"
_PROGRAM: Final = '''"""What the rules let a later version do: columns with defaults, and indexes."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    for table in {tables}:
        op.add_column(table, sa.Column("planted", sa.Integer, nullable=False, server_default="7"))
        op.create_index(f"planted_{{table}}", table, ["planted"])


def downgrade():
    raise NotImplementedError
'''


def migrate_under_load(under: Under, folder: Path) -> None:
    """Bring every service's tables to a later version's, then start each process of this one on them.

    Nothing may fail meanwhile that needs no database; the processes of this version go on, and start again.
    """
    began = time.monotonic()
    for service in SERVICES:
        if migrations.migrations_folder(service).is_dir():
            under.facts[f"{service}_seconds"] = _migrate(under, service, folder / service)
    under.until_all_succeed(time.monotonic())
    for name in under.house.names:
        if name.startswith(("verifier", "proxy")):
            continue
        under.house.restart(name)
    under.facts["all_acts_succeed_after_seconds"] = under.until_all_succeed(time.monotonic())
    under.require_answered(began, CHECK, READ)


def _migrate(under: Under, service: str, folder: Path) -> float:
    """Seconds that the migration of one service took."""
    settings = load_settings(
        data_dir=folder / "data", **{f"{service}_database_url": under.house.postgres.urls[service]}
    )
    database = Database.open(settings, service)
    try:
        tables = database.read_now(_tables, service)
        _plant(service, folder, tables)
        began = time.monotonic()
        with database.engine.connect() as connection:
            migrations.upgrade(connection, service=service, folder=folder / "migrations")
        seconds = time.monotonic() - began
        planted = database.read_now(_planted, service)
    finally:
        database.close()
    if planted != set(tables):
        under.broken.append(f"the tables of {service} are not those of the later version")
    return seconds


def _tables(connection: Connection, service: str) -> list[str]:
    found = inspect(connection).get_table_names(schema=service)
    return sorted(name for name in found if name != "alembic_version")


def _planted(connection: Connection, service: str) -> set[str]:
    inspector = inspect(connection)
    return {
        name
        for name in _tables(connection, service)
        if any(column["name"] == "planted" for column in inspector.get_columns(name, schema=service))
    }


def _plant(service: str, folder: Path, tables: list[str]) -> None:
    """The service's migrations, and one more."""
    own = migrations.migrations_folder(service)
    shutil.copytree(own, folder / "migrations")
    versions = folder / "migrations" / "versions"
    before = max(file.name[:4] for file in versions.glob("[0-9]*.py"))
    program = _PROGRAM.format(revision=REVISION, before=before, tables=tables)
    (versions / f"{REVISION}_planted.py").write_text(program, encoding="utf-8")
