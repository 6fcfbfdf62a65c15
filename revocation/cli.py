"""``passport lists``: audit what is published, and repair what only a person may repair."""

from pathlib import Path
from typing import Annotated

import typer

from revocation.values import Reason
from vc.errors import PassportError

app = typer.Typer(no_args_is_help=True, help="The published status lists: audit, export and repair.")


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


@app.command("publish")
def publish(
    *, to: Annotated[Path, typer.Option(help="Folder that a web server or CDN serves.", file_okay=False)]
) -> None:
    """Copy every published document into a folder, under the path it has in its URL.

    Each file is put in place whole, and never an older one over a newer one. manifest.json beside them
    says the media type and the SHA-256 of each.
    """
    from revocation.operator import export_lists

    written, kept = export_lists(to)
    typer.echo(f"{written} written, {kept} were there already.")


def revoke(
    credential_ids: Annotated[list[str], typer.Argument(help="Ids of the credentials, urn:uuid:…")],
    *,
    reason: Annotated[Reason, typer.Option(help="Why.")],
    case: Annotated[str, typer.Option(help="Number of the case in your files.")],
) -> None:
    """Have credentials revoked: at once where the holder asked for it, else after an officer agreed.

    An officer signs in and agrees on the page that is named.
    """
    from revocation.operator import ask_to_revoke, revoke_as_asked

    if reason in (Reason.ABANDONED, Reason.SUPERSEDED):
        raise typer.BadParameter("only the issuer gives this reason", param_hint="--reason")
    if reason is Reason.HOLDER_REQUEST:
        count = revoke_as_asked(credential_ids, case=case)
        typer.echo(f"{count} revoked. Verifiers see it when the lists are published next.")
        return
    page = ask_to_revoke(credential_ids, reason=reason, case=case)
    typer.echo(f"Nothing is revoked yet. An officer must agree: {page}")
