"""``passport issue``: a whole class list from the command line to whoever approves it."""

from pathlib import Path
from typing import Annotated

import anyio
import typer

from passport.commands.types import require_type


def issue(
    *,
    file: Annotated[Path, typer.Argument(help="The class list: .xlsx or CSV.", exists=True, dir_okay=False)],
    credential_type: Annotated[str, typer.Option("--type", help="Name or short name of the type.")],
    centre: Annotated[str, typer.Option("--as", help="The id of the centre that issues.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it; keep nothing.")
    ] = False,
) -> None:
    """Submit the good rows of a class list for approval, and say what came of each; exit 0 if all are good.

    Outside the demo only with --dry-run: there, lists are submitted at the desk.
    """
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.class_issue import Order, issue_list
    from runtime.logging import configure_logging

    configure_logging(level="ERROR")
    order = Order(
        data=file.read_bytes(),
        filename=file.name,
        kind=require_type(credential_type).slug,
        centre=centre,
        is_dry_run=dry_run,
    )
    if not anyio.run(issue_list, order, typer.echo):
        raise typer.Exit(1)
