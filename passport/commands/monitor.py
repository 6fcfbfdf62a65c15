"""``passport monitor``: watch a deployment from outside, with nothing but what it publishes."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from passport.monitor.judge import Observation
    from passport.monitor.rounds import Rounds

_EX_UNAVAILABLE: Final = 69


def monitor(
    *,
    base: Annotated[str, typer.Option(help="Origin of the deployment, as in https://passport.example.")],
    state: Annotated[
        Path | None, typer.Option(help="File in which to remember what was seen.", dir_okay=False)
    ] = None,
    anchor: Annotated[
        str | None, typer.Option(help="Trust anchor. Without it: the setting trust_anchor.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once; what happens without --every.")] = False,
    every: Annotated[int | None, typer.Option(help="Look again after so many seconds.", min=1)] = None,
    rounds: Annotated[int, typer.Option(help="How often to look, with --every.", min=1)] = 1,
    max_age: Annotated[
        int, typer.Option(help="How old the newest checkpoint may be, in seconds.", min=1)
    ] = 3600,
) -> None:
    """Check trust list, status lists and checkpoints from outside: signed, fresh, never going back.

    Exit 0 when all is well, 1 with the place named when not, 69 where something could not be checked. What
    must be done soon, as signing the next root, is said and changes no status.
    """
    if once and every is not None:
        raise typer.BadParameter("one look, or one every so often", param_hint="--once, --every")
    from passport.monitor.rounds import open_rounds

    looking = open_rounds(base=base, state=state, anchor=anchor, max_age=max_age)
    worst = 0
    for number in range(rounds if every is not None else 1):
        if number:
            time.sleep(every or 0)
        worst = max(worst, _look(looking), key=(0, _EX_UNAVAILABLE, 1).index)
    if worst:
        raise typer.Exit(worst)


def _look(looking: "Rounds") -> int:
    found = looking.look()
    for item in found:
        typer.echo(f"{_word(item)} {item.place}: {item.detail}")
    if all(item.soon for item in found):
        typer.echo("All is well.")
        return 0
    return 1 if any(item.wrong for item in found) else _EX_UNAVAILABLE


def _word(item: "Observation") -> str:
    if item.soon:
        return "SOON"
    return "WRONG" if item.wrong else "NOT CHECKED"
