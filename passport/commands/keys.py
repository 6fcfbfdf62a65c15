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
    service: Annotated[str, typer.Argument(help="The service: issuer, wallet_api or trust_registry.")],
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
    from runtime.settings import load_settings

    if service not in _SERVICES:
        raise typer.BadParameter("This service keeps nothing sealed.")
    try:
        settings = load_settings()
        database = Database.open(settings, service)
        try:
            database.upgrade()
            personal = PersonalData.open(settings, Keyring.open(settings, service))
            version, count = personal.rotate(database)
            gone = personal.forget_unused(database) if forget_old else ()
        finally:
            database.close()
    except (PassportError, OSError) as error:
        typer.echo(f"The keys could not be rotated: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{service}: key {version} is in use; data keys wrapped in it: {count}.")
    if forget_old:
        typer.echo(f"Older keys destroyed: {', '.join(map(str, gone)) or 'none'}. Older backups stay shut.")
    else:
        typer.echo("Older keys are kept. Once the older backups are gone: --forget-old destroys them.")


_SERVICES = ("issuer", "trust_registry", "wallet_api")
