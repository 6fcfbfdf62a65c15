"""``passport worker``: a process that issues class lists."""

import typer


def worker() -> None:
    """Issue class lists until stopped, beside servers with PASSPORT_WORKERS=0; on SQLite one at a time."""
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.workers import work
    from runtime.logging import configure_logging
    from runtime.settings import load_settings

    configure_logging()
    typer.echo("Waiting for class lists to issue. Ctrl-C ends it; what is in hand is taken up again.")
    work(load_settings())
