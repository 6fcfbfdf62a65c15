"""``passport trust client``: the programs that may ask for access tokens."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.auth import Role
from vc.errors import NotFound, ProtocolError

app = typer.Typer(no_args_is_help=True, help="API clients: programs that may ask for access tokens.")

ClientId = Annotated[str, typer.Argument(help="Small letters, digits, dots and dashes.")]


@app.command("add")
def add(
    client_id: ClientId,
    *,
    role: Annotated[Role, typer.Option(help="Whose work it does.")],
    organisation: Annotated[
        str | None, typer.Option(help="The organisation it belongs to, by its id in the registry.")
    ] = None,
    scope: Annotated[list[str] | None, typer.Option(help="What it may do; give it again for more.")] = None,
    public_key: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Its public key (JWK, Ed25519 or P-256)."),
    ] = None,
) -> None:
    """Let a program in, replacing one of the same id: by its keys, or else by a secret shown this once."""
    # Local, as below: help should not wait for the service.
    from trust_registry.operator import add_client

    keys = [path.read_bytes() for path in public_key or []]
    try:
        secret = add_client(client_id, role=role, organisation=organisation, scopes=scope or [], jwks=keys)
    except (ProtocolError, NotFound) as error:
        raise typer.BadParameter(str(error)) from None
    if secret is None:
        typer.echo(f"{client_id} shows itself by private_key_jwt.")
        return
    typer.echo(f"Keep this secret of {client_id} now: it is shown only this once.")
    typer.echo(secret)


@app.command("list")
def show() -> None:
    """Show every program, its role, and how it shows itself."""
    from trust_registry.operator import client_lines

    for line in client_lines():
        typer.echo(line)


@app.command("remove")
def remove(client_id: ClientId) -> None:
    """Let a program in no more. Access tokens it holds end by themselves within ten minutes."""
    from trust_registry.operator import remove_client

    try:
        remove_client(client_id)
    except NotFound as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"{client_id} is let in no more.")
