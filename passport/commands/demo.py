"""``passport demo``: the whole journey as one narrated command."""

from pathlib import Path
from typing import Annotated

import anyio
import typer


def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything the demo makes; made if absent.")],
) -> None:
    """Walk the whole journey, from a class list to a share, a phone and a fraud; every file stays in OUT."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter("must be a new or empty folder", param_hint="--out")
    out.mkdir(parents=True, exist_ok=True)
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.narrated import run_journey
    from runtime.logging import configure_logging

    configure_logging(level="WARNING")
    anyio.run(run_journey, out, typer.echo)
