"""``passport verify`` and ``passport bundle``: check files, with a network or without."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from passport.exits import StatedExit

if TYPE_CHECKING:
    from passport.verifying import FileAnswer
    from vc.encoding.strict_json import JsonObject
    from verifier.programme_checks import Wanted

_REJECTED: Final = 1
_UNDETERMINED: Final = 2


def verify(
    *,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Credentials, tokens, PDFs, pictures, the text of a card (PC1:…), or a link.",
        ),
    ],
    offline: Annotated[
        Path | None,
        typer.Option(help="Evidence bundle to judge by; nobody is contacted.", dir_okay=False, exists=True),
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Ask the verifier at this origin, as in https://passport.example.")
    ] = None,
    world: Annotated[
        Path | None,
        typer.Option(
            help="Folder that `passport demo` made. Without it: the one the first FILE lies in.",
            file_okay=False,
            exists=True,
        ),
    ] = None,
    anchor: Annotated[
        str | None, typer.Option(help="Trust anchor. Without it: the setting trust_anchor.")
    ] = None,
    programme: Annotated[
        str | None,
        typer.Option(
            help="Programme to check them against together, as kr-eps/construction or pre-departure/JP."
        ),
    ] = None,
    on: Annotated[
        str | None, typer.Option(help="Day for that check, as 2026-12-01. Without it: today.")
    ] = None,
    requester: Annotated[
        str, typer.Option(help="Who asks under that programme: public_body, permit_employer, employer…")
    ] = "public_body",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
) -> None:
    """Check each FILE: the four verdicts and what they come to, one line a file.

    With --programme, what is on record for it follows, requirement by requirement; that changes no status.

    Exit 1 if any is rejected, else 2 if any could not be checked or read, else 0.
    """
    if server is not None and (offline is not None or world is not None):
        raise typer.BadParameter("a server, a bundle or a demo world: one of them", param_hint="--server")
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.judging import Where
    from passport.verifying import describe, describe_programme, verify_files
    from runtime.logging import configure_logging

    configure_logging(level="ERROR")

    def say(answer: "FileAnswer") -> None:
        typer.echo(json.dumps(answer.as_json(), ensure_ascii=False) if as_json else describe(answer))

    def note(text: str) -> None:
        typer.echo(text, err=True)

    def say_programme(answer: "JsonObject") -> None:
        if as_json:
            typer.echo(json.dumps(answer, ensure_ascii=False))
        else:
            typer.echo("\n".join(describe_programme(answer)))

    answers = verify_files(
        files,
        Where(bundle=offline, world=world, anchor=anchor),
        server=server,
        say=say,
        note=note,
        wanted=_wanted(programme, on, requester),
        say_programme=say_programme,
    )
    outcomes = {answer.outcome for answer in answers}
    if "rejected" in outcomes:
        raise StatedExit(_REJECTED)
    raise StatedExit(_UNDETERMINED if outcomes - {"accepted"} else 0)


def _wanted(programme: str | None, on: str | None, requester: str) -> "Wanted | None":
    from runtime.clock import SystemClock
    from runtime.i18n import PHNOM_PENH
    from vc.errors import ProtocolError
    from verifier.programme_checks import read_wanted

    if programme is None:
        return None
    name, _, variant = programme.partition("/")
    today = SystemClock().now().astimezone(PHNOM_PENH).date()
    try:
        return read_wanted(name, variant=variant, on=on or "", requester=requester, today=today)
    except ProtocolError as error:
        raise typer.BadParameter(str(error), param_hint="--on, --requester") from None


def bundle(
    *,
    out: Annotated[Path, typer.Option(help="File to write.", dir_okay=False)],
    world: Annotated[
        Path | None,
        typer.Option(help="Folder that `passport demo` made.", file_okay=False, exists=True),
    ] = None,
) -> None:
    """Write an evidence bundle: all that `passport verify --offline` needs, as it stands now."""
    from passport.bundling import write_bundle_file
    from runtime.logging import configure_logging

    configure_logging(level="ERROR")
    for line in write_bundle_file(out, world):
        typer.echo(line)


def report(
    *,
    file: Annotated[Path, typer.Argument(help="Report (ZIP) of a batch.", dir_okay=False, exists=True)],
    anchor: Annotated[
        str | None, typer.Option(help="Trust anchor. Without it: the setting trust_anchor.")
    ] = None,
) -> None:
    """Check a signed report again from the evidence in it: nothing altered, every answer the same.

    Exit 0 when it holds, 1 when it does not.
    """
    from passport.reporting import describe_replay, replay_file
    from runtime.logging import configure_logging

    configure_logging(level="ERROR")
    result = replay_file(file, anchor)
    for line in describe_replay(result):
        typer.echo(line)
    raise StatedExit(0 if result.holds else _REJECTED)
