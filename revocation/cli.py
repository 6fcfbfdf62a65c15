"""``passport status``: audit what is published, and repair what only a person may repair."""

import typer

from revocation import fsck, ledger
from revocation.publisher import KEY_ID
from revocation.service import files_of, journal_of
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.settings import load_settings
from vc.errors import NotFound, PassportError

app = typer.Typer(no_args_is_help=True, help="The status registry: audit and repair.")

_SERVICE = "revocation"


@app.command("fsck")
def check() -> None:
    """Derive every published bit again from the log; exit 1 and name what differs."""
    settings = load_settings()
    try:
        public_key = Keyring.open(settings, _SERVICE).public_key(KEY_ID)
    except NotFound:
        typer.echo("The registry has no key yet: nothing was ever published.")
        return
    database = Database.open(settings, _SERVICE)
    try:
        found = database.read_now(
            fsck.check_published, files_of(settings), public_key, base_url=settings.base_url
        )
    finally:
        database.close()
    for item in found:
        index = "" if item.index is None else f" index {item.index}"
        typer.echo(f"list {item.list_id} {item.representation}{index}: {item.detail}")
    typer.echo("The published lists are the fold of the log." if not found else f"{len(found)} found.")
    if found:
        raise typer.Exit(1)


@app.command("recover")
def recover() -> None:
    """Bring database, journal and published lists together where the service refuses to.

    An empty database is rebuilt from the journal. A lost journal is begun anew, and every list is
    closed, since which indexes were given out meanwhile is not known.
    """
    settings = load_settings()
    database = Database.open(settings, _SERVICE)
    try:
        database.upgrade()
        published = tuple(files_of(settings).bits())
        database.write_now(ledger.recover, journal_of(settings), published, now=SystemClock().now())
    except PassportError as error:
        typer.echo(f"Not recovered: {error}", err=True)
        raise typer.Exit(1) from error
    finally:
        database.close()
    typer.echo("Recovered. The service goes on by itself within seconds.")
