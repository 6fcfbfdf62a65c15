"""Alembic environment of the revocation service."""

from revocation.store import metadata
from runtime.migrations import run_migrations

run_migrations(metadata)
