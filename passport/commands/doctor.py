"""``passport doctor``: what is wrong with this deployment, in plain words."""

from typing import Annotated

import typer

from runtime.settings import SERVICES


def doctor(
    only: Annotated[
        str | None, typer.Option(help="The service that runs here, where the others run apart.")
    ] = None,
) -> None:
    """Check settings, databases, keys and built files. Exits 0 when all is well, 1 when not."""
    if only not in (None, *SERVICES):
        raise typer.BadParameter(f"one of {', '.join(SERVICES)}", param_hint="--only")
    from passport.diagnosis import find_problems

    problems = list(find_problems(only))
    for problem in problems:
        typer.echo(f"- {problem}")
    if problems:
        raise typer.Exit(1)
    typer.echo("All is well.")
