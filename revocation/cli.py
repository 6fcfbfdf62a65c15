"""``passport status``: audit what is published, and repair what only a person may repair."""

import typer

from vc.errors import PassportError

app = typer.Typer(no_args_is_help=True, help="The status registry: audit and repair.")


@app.command("fsck")
def check() -> None:
    """Derive every published bit again from the log; exit 1 and name what differs."""
    # Local, as below: the service is imported only by the command that needs it.
    from revocation.audit import find_differences

    found = find_differences()
    if found is None:
        typer.echo("The registry has no key yet: nothing was ever published.")
        return
    for line in found:
        typer.echo(line)
    typer.echo("The published lists are the fold of the log." if not found else f"{len(found)} found.")
    if found:
        raise typer.Exit(1)


@app.command("recover")
def recover() -> None:
    """Bring database, journal and published lists together where the service refuses to.

    An empty database is rebuilt from the journal. A lost journal is begun anew, and every list is
    closed, since which indexes were given out meanwhile is not known.
    """
    from revocation.audit import recover_registry

    try:
        recover_registry()
    except PassportError as error:
        typer.echo(f"Not recovered: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("Recovered. The service goes on by itself within seconds.")
