"""``passport trust``: the register of who may issue and who may ask, for operators."""

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
