"""``passport trust``: the register of who may issue and who may ask, for operators."""

from typing import Annotated

import typer

from trust_registry import client_cli, root_cli

app = typer.Typer(no_args_is_help=True, help="The trust registry: accreditations and the signed list.")
app.add_typer(root_cli.app, name="root")
app.add_typer(client_cli.app, name="client")


@app.command("list")
def show() -> None:
    """Show every accreditation and licence, and how each stands now."""
    # Local, as below: the service is imported only by the command that needs it.
    from trust_registry.operator import register_lines

    for line in register_lines():
        typer.echo(line)


@app.command("setup")
def setup(
    *,
    authority_en: Annotated[str, typer.Option(help="The authority's name in English.")],
    authority_km: Annotated[str, typer.Option(help="The authority's name in Khmer.")],
    registrar: Annotated[str, typer.Option(help="The name the first registrar signs in with.")],
    name: Annotated[str, typer.Option(help="The first registrar's own name.")],
) -> None:
    """Begin a deployment: register the authority; invite its first registrar by a link shown once."""
    from trust_registry.operator import set_up

    link = set_up(authority=(authority_en, authority_km), registrar=(registrar, name))
    typer.echo("Give this link to the first registrar. It works once, for seven days:")
    typer.echo(link)
