"""Alembic's entry for the trust registry."""

from runtime.migrations import run_migrations
from trust_registry import people_tables as people_tables  # noqa: PLC0414 - its tables join the metadata
from trust_registry import provider_tables as provider_tables  # noqa: PLC0414
from trust_registry.tables import metadata

run_migrations(metadata)
