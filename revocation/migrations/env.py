"""Alembic environment of the revocation service."""

from revocation.tables import metadata
from runtime.migrations import run_migrations

run_migrations(metadata)
