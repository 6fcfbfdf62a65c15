"""``passport serve``: run the service."""

from typing import Annotated

import typer


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to bind. Other than loopback: https, fresh sign-ins.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind.")] = None,
    only: Annotated[str | None, typer.Option(help="Run one service alone: verifier.")] = None,
) -> None:
    """Run the passport: every service in one process, in the demo with its demo world."""
    if only not in (None, "verifier"):
        raise typer.BadParameter("only the verifier can run alone so far", param_hint="--only")
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.serving import run_server

    run_server(host=host, port=port, verifier_alone=only is not None)
