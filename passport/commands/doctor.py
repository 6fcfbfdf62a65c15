"""``passport doctor``: what is wrong with this deployment, in plain words."""

import typer


def doctor() -> None:
    """Check settings, databases, keys and built files. Exits 0 when all is well, 1 when not."""
    from passport.diagnosis import find_problems

    problems = list(find_problems())
    for problem in problems:
        typer.echo(f"- {problem}")
    if problems:
        raise typer.Exit(1)
    typer.echo("All is well.")
