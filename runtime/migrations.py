"""Alembic, driven from the program: every service upgrades its own tables when it starts.

A service's ``migrations/env.py`` is three lines::

    from issuer.store import metadata
    from runtime.migrations import run_migrations

    run_migrations(metadata)

On PostgreSQL others go on meanwhile, with the code of before. So a migration only adds. One that takes
something away says from which revision on the code does without it: ``needs_code = "0031"``.
"""

import importlib.util
import re
import threading
import time
from pathlib import Path
from typing import Final

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.exc import OperationalError

from runtime.database import StorageUnavailable
from runtime.settings import require_service_name

# Alembic keeps the running environment in a module: one upgrade at a time in a process.
_ONE_AT_A_TIME: Final = threading.Lock()
LOCK_MILLISECONDS: Final = 2_000
_LOCK_SECONDS: Final = 120
_PAUSE_SECONDS: Final = 0.5
# SQLSTATEs where a lock was not had within lock_timeout, or two waited for each other and this one gave way:
# a migration of several tables holds some while it waits for the next, as those who write do.
_LOCK_NOT_HAD: Final = ("55P03", "40P01")
_USABLE: Final = re.compile(r"(?P<revision>[0-9]{4}) is usable by code from (?P<needs_code>[0-9]{4})")


def migrations_folder(service: str) -> Path:
    """The ``migrations`` folder inside the package of ``service``."""
    spec = importlib.util.find_spec(require_service_name(service))
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"there is no package {service}")
    return Path(next(iter(spec.submodule_search_locations))) / "migrations"


def upgrade(connection: Connection, *, service: str, folder: Path | None = None) -> None:
    """Run every migration that ``connection``'s database lacks. A second process waits for the first.

    SQLite: all or nothing, inside the open transaction, which holds the write lock. PostgreSQL: on a
    connection without a transaction, which is closed afterwards; each migration is all or nothing, and one
    that does not get a lock soon lets the others go on and tries again. Raises ``StorageUnavailable`` where
    the tables are newer than this program and not said to be usable by it.
    """
    config = Config()
    # The setting is a ConfigParser value, in which a percent sign is special.
    location = str(folder or migrations_folder(service)).replace("%", "%%")
    config.set_main_option("script_location", location)
    config.attributes["connection"] = connection
    try:
        with _ONE_AT_A_TIME:
            if connection.dialect.name == "postgresql":
                _upgrade_online(connection, config, service)
            else:
                command.upgrade(config, "head")
    except CommandError as error:
        if isinstance(error.__cause__, ResolutionError):
            raise StorageUnavailable("The tables were made by a newer version of this product.") from error
        raise


def _upgrade_online(connection: Connection, config: Config, service: str) -> None:
    try:
        connection.exec_driver_sql("SET statement_timeout = 0")
        lock = text("SELECT pg_advisory_lock(hashtext(:name))")
        connection.execute(lock, {"name": f"passport migrations {service}"})
        # Whoever waits for a table in use makes everybody wait who comes after.
        connection.exec_driver_sql(f"SET lock_timeout = {LOCK_MILLISECONDS}")
        connection.commit()
        scripts = ScriptDirectory.from_config(config)
        if not _is_newer_and_usable(connection, scripts):
            _say_who_can_use(connection, scripts)
            _upgrade_in_tries(connection, config)
            # New tables had nothing yet to write it on.
            _say_who_can_use(connection, scripts)
    finally:
        # The lock and the settings end with the session.
        connection.invalidate()


def _upgrade_in_tries(connection: Connection, config: Config) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            command.upgrade(config, "head")
        except OperationalError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in _LOCK_NOT_HAD or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _is_newer_and_usable(connection: Connection, scripts: ScriptDirectory) -> bool:
    """Whether another version made the tables and said that the code of this one can go on with them."""
    current = MigrationContext.configure(connection).get_current_revision()
    said = _said(connection)
    connection.rollback()
    head = scripts.get_current_head()
    match = _USABLE.fullmatch(said)
    if current is None or head is None or match is None or current <= head:
        return False
    return current <= match["revision"] and head >= match["needs_code"]


def _say_who_can_use(connection: Connection, scripts: ScriptDirectory) -> None:
    """Written before the tables change: whoever reads it while they do is refused too early, not too late."""
    if not inspect(connection).has_table("alembic_version"):
        connection.rollback()
        return
    needs = [getattr(script.module, "needs_code", "0000") for script in scripts.walk_revisions()]
    said = f"{scripts.get_current_head()} is usable by code from {max(needs)}"
    if _said(connection) != said:
        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{said}'")
    connection.commit()


def _said(connection: Connection) -> str:
    query = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")
    return str(connection.execute(query).scalar() or "")


def run_migrations(metadata: MetaData) -> None:
    """The body of every ``migrations/env.py``: run what ``upgrade`` asked for."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=connection.dialect.name == "postgresql",
    )
    with context.begin_transaction():
        context.run_migrations()


def schema_differences(connection: Connection, metadata: MetaData) -> tuple[str, ...]:
    """How the migrated database differs from the tables in the code; nothing where they agree."""
    differences = compare_metadata(MigrationContext.configure(connection), metadata)
    return tuple(repr(difference) for difference in differences)
