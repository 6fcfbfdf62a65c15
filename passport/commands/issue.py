"""``passport issue``: a whole class list from the command line."""

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
        bool, typer.Option("--dry-run", help="Say what would come of it; sign nothing.")
    ] = False,
) -> None:
    """Issue every good row of a class list, and say of each what came of it; exit 0 when every row is good.

    Outside the demo only with --dry-run: there, certificates are issued at the desk.
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
