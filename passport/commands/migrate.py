"""``passport migrate``: the tables of this version, before anything of this version runs."""

from typing import Annotated

import typer


def migrate(
    *,
    only: Annotated[str | None, typer.Option(help="One service alone, such as issuer.")] = None,
) -> None:
    """Bring the tables of every service to this version; a service that starts does so, too."""
    # Local: the database layer is imported here, which no other command should wait for.
    from runtime.database import Database
    from runtime.migrations import migrations_folder
    from runtime.settings import SERVICES, load_settings

    storing = tuple(service for service in SERVICES if migrations_folder(service).is_dir())
    if only is not None and only not in storing:
        raise typer.BadParameter(f"one of {', '.join(storing)}", param_hint="--only")
    settings = load_settings()
    for service in storing if only is None else (only,):
        database = Database.open(settings, service)
        try:
            database.upgrade()
        finally:
            database.close()
        typer.echo(f"{service}: the tables are those of this version.")
