"""``passport card``: what a passport card says, and whether it may be relied on."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from passport.exits import StatedExit

_EXITS: Final = {"accepted": 0, "rejected": 1, "undetermined": 2}


def card(
    *,
    card: Annotated[
        str, typer.Argument(help="A picture or PDF with the card's code, or the text of the code (PC1:…).")
    ],
    world: Annotated[
        Path | None,
        typer.Option(
            help="Folder that `passport demo` made, whose cards these are. Without it: the one FILE lies in.",
            file_okay=False,
            exists=True,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Print what a passport card says and its four verdicts.

    Exit 0 when it is accepted, 1 when it is rejected, 2 where it could not be checked or read.
    """
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.card_check import Unreadable, check_card, describe
    from runtime.logging import configure_logging

    configure_logging(level="ERROR")
    try:
        answer = check_card(card, world)
    except Unreadable as error:
        typer.echo(json.dumps({"answer": "could not read"}) if as_json else str(error))
        raise StatedExit(_EXITS["undetermined"]) from error
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else describe(answer))
    decision: Any = answer["decision"]
    raise StatedExit(_EXITS[decision["outcome"]])
