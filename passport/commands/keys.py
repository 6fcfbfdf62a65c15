"""``passport keys``: the keys that seal what is kept of people."""

from typing import Annotated

import typer

from vc.errors import PassportError

app = typer.Typer(no_args_is_help=True, help="The keys that seal what is kept of people.")


@app.callback()
def keys() -> None:
    """Keep ``rotate-data`` a command of its own, whatever else joins it."""


@app.command("rotate-data")
def rotate_data(
    service: Annotated[
        str, typer.Argument(help="The service: issuer, wallet_api, trust_registry or verifier.")
    ],
    forget_old: Annotated[
        bool,
        typer.Option("--forget-old", help="Then destroy older keys; older backups can be opened no more."),
    ] = False,
) -> None:
    """Wrap every person's data key in a new key. The service may go on running.

    No value is sealed anew. Without ``--forget-old`` the older key stays, and with it every backup.
    """
    from runtime.database import Database
    from runtime.keyring import Keyring
    from runtime.personal_data import PersonalData
    from runtime.personal_data_table import DATA_CLASSES
    from runtime.settings import load_settings

    if service not in _SERVICES:
        raise typer.BadParameter("This service keeps nothing sealed.")
    try:
        settings = load_settings()
        database = Database.open(settings, service)
        try:
            database.upgrade()
            personal = PersonalData.open(settings, Keyring.open(settings, service))
            rotated = {name: personal.rotate(database, name) for name in DATA_CLASSES}
            gone = {name: personal.forget_unused(database, name) for name in DATA_CLASSES if forget_old}
        finally:
            database.close()
    except (PassportError, OSError) as error:
        typer.echo(f"The keys could not be rotated: {error}", err=True)
        raise typer.Exit(1) from error
    for name, (version, count) in rotated.items():
        typer.echo(f"{service}, {name} data: key {version} is in use; data keys wrapped in it: {count}.")
    if forget_old:
        for name, versions in gone.items():
            typer.echo(f"Older keys of {name} data destroyed: {', '.join(map(str, versions)) or 'none'}.")
        typer.echo("Older backups stay shut.")
    else:
        typer.echo("Older keys are kept. Once the older backups are gone: --forget-old destroys them.")


_SERVICES = ("issuer", "trust_registry", "verifier", "wallet_api")
