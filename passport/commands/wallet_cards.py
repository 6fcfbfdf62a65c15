"""``passport wallet reprint`` and ``deliver-list``: passports on paper, from a server."""

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from trust_registry.cli import credentials

Officer = Annotated[str, typer.Option("--as", help="The officer's name for signing in; asks the password.")]
Server = Annotated[str, typer.Option(help="The server's origin, as https://passport.example.")]
Language = Annotated[str, typer.Option(help="The language beside Khmer: en, ms, th, ar, ja, ko.")]

_VISITS: Final = "/issuer/api/assisted/visits"
_PAUSE_SECONDS: Final = 2.0


def reprint(
    *,
    server: Server,
    officer: Officer,
    reason: Annotated[
        str, typer.Option(help="Why: first, lost, damaged, taken, changed or other; kept in the log.")
    ],
    out: Annotated[Path, typer.Option(help="The PDF to write; it must not be there yet.", dir_okay=False)],
    language: Language = "en",
    keep_cards: Annotated[
        bool, typer.Option("--keep-cards", help="Print once more; end no card that is out there.")
    ] = False,
    scanned: Annotated[
        bool, typer.Option("--scanned", help="Ask for the text of a certificate's or card's code instead.")
    ] = False,
) -> None:
    """End a person's cards, make new ones, and write their passport; asks whom it is about.

    Who it is about is typed and never part of the command, which others on the machine can see.
    """
    from passport.desk_client import signed_in

    if out.exists():
        raise typer.BadParameter("This file is there already.", param_hint="--out")
    with signed_in(server, credentials(officer)) as desk:
        visit = desk.post_json(_VISITS, _asked(scanned=scanned) | {"reason": reason})
        typer.echo(f"{visit['name_latin']}, born {visit['birth_year']}: {_counted(visit)}")
        if not keep_cards:
            made = desk.post_json(f"{_VISITS}/{visit['visit']}/cards", {})["cards"]
            typer.echo(f"The old cards are ended. New ones: {len(made)}.")
        pdf = desk.post_for_file(f"{_VISITS}/{visit['visit']}/passport", {"language": language})
    _write(out, pdf)
    typer.echo(f"Written: {out}. Print it at 100 %, hand it over, then destroy it here.")


def deliver_list(
    *,
    server: Server,
    officer: Officer,
    out: Annotated[
        Path, typer.Option(help="Folder for the files; it must not be there yet.", file_okay=False)
    ],
    province: Annotated[
        str | None, typer.Option(help="Code of a province of origin, as 02 for Battambang.")
    ] = None,
    class_list: Annotated[str | None, typer.Option("--class", help="Number of a class list.")] = None,
    language: Language = "en",
) -> None:
    """List people without a phone; write the list to sign, the list as a table, and their passports."""
    from passport.desk_client import signed_in

    if (province is None) == (class_list is None):
        raise typer.BadParameter("a province or a class list: one of them", param_hint="--province")
    if out.exists():
        raise typer.BadParameter("This folder is there already.", param_hint="--out")
    body = {"scope": "class", "place": class_list} if class_list else {"scope": "province", "place": province}
    with signed_in(server, credentials(officer)) as desk:
        made = desk.post_json("/issuer/api/handovers", body)
        while made["state"] == "gathering":
            typer.echo(f"{made['seen']} certificates were looked at.")
            time.sleep(_PAUSE_SECONDS)
            made = desk.get_json(f"/issuer/api/handovers/{made['list_id']}")
        waiting = [one for one in made["people"] if one["state"] == "waiting"]
        typer.echo(f"List {made['list_id']}: {len(waiting)} people without a phone.")
        if made["is_full"]:
            typer.echo("There are more; make another list for the rest.")
        if not waiting:
            return
        files = {
            "list.pdf": desk.get_file(made["list"]),
            "list.csv": desk.get_file(made["table"]),
            "passports.pdf": desk.post_form_for_file(made["passports"], {"language": language}),
        }
    out.mkdir(mode=0o700, parents=True)
    for name, data in files.items():
        _write(out / name, data)
    typer.echo(f"Written: list.pdf, list.csv and passports.pdf in {out}.")


def _asked(*, scanned: bool) -> dict[str, str]:
    if scanned:
        return {"text": str(typer.prompt("Text of the code"))}
    return {
        "rld_number": str(typer.prompt("RLD number")),
        "birth_year": str(typer.prompt("Year of birth")),
    }


def _counted(visit: dict[str, Any]) -> str:
    return f"{len(visit['certificates'])} certificates and {len(visit['cards'])} cards in force."


def _write(path: Path, data: bytes) -> None:
    # Nobody else on this machine may read it.
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(data)
