from issuer.store import metadata
from runtime.migrations import run_migrations

run_migrations(metadata)
