"""Alembic's entry for the wallet."""

from runtime.migrations import run_migrations
from wallet_api.tables import metadata

run_migrations(metadata)
