"""Alembic's entry for the verifier."""

from runtime.migrations import run_migrations
from verifier.tables import metadata

run_migrations(metadata)
