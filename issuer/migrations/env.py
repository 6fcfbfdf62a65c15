from issuer import assisted_tables as assisted_tables  # noqa: PLC0414 - its tables join the metadata
from issuer.openid4vci import tables as openid4vci_tables  # noqa: F401 - as well
from issuer.store import metadata
from runtime.migrations import run_migrations

run_migrations(metadata)
