"""Alembic's entry for the trust registry."""

from runtime.migrations import run_migrations
from trust_registry.tables import metadata

run_migrations(metadata)
