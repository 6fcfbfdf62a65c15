"""Alembic, driven from the program: every service upgrades its own tables when it starts.

A service's ``migrations/env.py`` is three lines::

    from issuer.store import metadata
    from runtime.migrations import run_migrations

    run_migrations(metadata)
"""

import importlib.util
import threading
from pathlib import Path
from typing import Final

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, text

from runtime.database import StorageUnavailable
from runtime.settings import require_service_name

# Alembic keeps the running environment in a module: one upgrade at a time in a process.
_ONE_AT_A_TIME: Final = threading.Lock()


def migrations_folder(service: str) -> Path:
    """The ``migrations`` folder inside the package of ``service``."""
    spec = importlib.util.find_spec(require_service_name(service))
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"there is no package {service}")
    return Path(next(iter(spec.submodule_search_locations))) / "migrations"


def upgrade(connection: Connection, *, service: str, folder: Path | None = None) -> None:
    """Run every migration that ``connection``'s database lacks, inside its open transaction.

    All or nothing. A second process waits for the first: SQLite through the write lock that the
    transaction holds already, PostgreSQL through an advisory lock that ends with it. Raises
    ``StorageUnavailable`` where the tables are newer than this program.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
        connection.execute(lock, {"name": f"passport migrations {service}"})
    config = Config()
    # The setting is a ConfigParser value, in which a percent sign is special.
    location = str(folder or migrations_folder(service)).replace("%", "%%")
    config.set_main_option("script_location", location)
    config.attributes["connection"] = connection
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
    except CommandError as error:
        if isinstance(error.__cause__, ResolutionError):
            raise StorageUnavailable("The tables were made by a newer version of this product.") from error
        raise


def run_migrations(metadata: MetaData) -> None:
    """The body of every ``migrations/env.py``: run what ``upgrade`` asked for."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def schema_differences(connection: Connection, metadata: MetaData) -> tuple[str, ...]:
    """How the migrated database differs from the tables in the code; nothing where they agree."""
    differences = compare_metadata(MigrationContext.configure(connection), metadata)
    return tuple(repr(difference) for difference in differences)
