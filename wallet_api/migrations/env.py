"""Alembic's entry for the wallet."""

from runtime.migrations import run_migrations
from wallet_api import pin_tables as pin_tables  # noqa: PLC0414 - its tables join the metadata
from wallet_api import share_tables as share_tables  # noqa: PLC0414 - likewise
from wallet_api.menus import tables as menu_tables  # noqa: F401 - likewise
from wallet_api.open_wallet import tables as tables  # noqa: PLC0414 - likewise
from wallet_api.tables import metadata

run_migrations(metadata)
