"""``passport wallet find``, ``recover`` and ``confirm``: a new PIN for whoever lost theirs, on a server."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from trust_registry.cli import credentials

if TYPE_CHECKING:
    from passport.desk_client import DeskClient

Officer = Annotated[str, typer.Option("--as", help="The officer's name for signing in; asks the password.")]
Server = Annotated[str, typer.Option(help="The server's origin, as https://passport.example.")]
Help = Annotated[str, typer.Argument(help="The help's id, as `passport wallet find` printed it.")]

_HELP: Final = "/wallet/api/kiosk/help"


def find(
    *,
    server: Server,
    officer: Officer,
    reason: Annotated[str, typer.Option(help="Why: no-pin, forgotten, lost or taken; kept in the log.")],
    scanned: Annotated[
        bool, typer.Option("--scanned", help="Ask for a certificate's code or link instead.")
    ] = False,
) -> None:
    """Find one person who is here, and begin to help them; asks whom. They are told that there is news.

    Who it is about is typed and never part of the command, which others on the machine can see.
    """
    from passport.desk_client import signed_in

    with signed_in(server, credentials(officer)) as desk:
        body = {"reason": reason}
        if scanned:
            body["printed"] = str(typer.prompt("Code or link"))
        else:
            body["rld_number"] = str(typer.prompt("RLD number"))
            body["birth_year"] = str(typer.prompt("Year of birth"))
        found = desk.post_json(_HELP, body)
    typer.echo(f"{found['name_latin']}, born {found['birth_date']}. Compare the face with an identity paper.")
    typer.echo(f"Help {found['id']}")


def recover(
    help_id: Help,
    *,
    server: Server,
    officer: Officer,
    with_code: Annotated[
        bool,
        typer.Option("--with-code", help="Confirm by a code to the person's phone, which they have here."),
    ] = False,
) -> None:
    """Give a person a new PIN, which they type, once two have confirmed who it is; run it for each step.

    The officer says to have compared the face; another officer confirms it, or a code to the phone.
    """
    from passport.desk_client import signed_in

    with signed_in(server, credentials(officer)) as desk:
        standing = desk.get_json(f"{_HELP}/{help_id}")
        if not standing["confirmed"] and standing["waits_as"] is None:
            standing = _compare(desk, help_id, with_code=with_code)
        if not standing["confirmed"]:
            typer.echo(f"Another officer confirms it: passport wallet confirm {standing['waits_as']} --as …")
            return
        done = standing if standing["done"] else _finish(desk, help_id)
    left = sorted(what for what, is_ended in done["ended"].items() if not is_ended)
    typer.echo("The new PIN is set.")
    typer.echo(
        f"Could not be ended yet, tried again by itself: {', '.join(left)}." if left else "All is ended."
    )


def confirm(
    number: Annotated[int, typer.Argument(help="The number under which it waits.")],
    *,
    server: Server,
    officer: Officer,
) -> None:
    """Confirm as another officer who a person is, whom you see, too; asks their RLD number."""
    from passport.desk_client import signed_in

    with signed_in(server, credentials(officer)) as desk:
        typer.confirm("Do you see the person, and compared the face with an identity paper?", abort=True)
        rld_number = str(typer.prompt("RLD number"))
        desk.post_json(f"/wallet/api/kiosk/waiting/{number}", {"rld_number": rld_number})
    typer.echo("Confirmed. The other officer goes on.")


def _compare(desk: "DeskClient", help_id: str, *, with_code: bool) -> dict[str, Any]:
    typer.confirm("Is the face that of an identity paper you saw?", abort=True)
    body = {"compared": "paper", "second": "code" if with_code else "officer"}
    standing = desk.post_json(f"{_HELP}/{help_id}/compare", body)
    if not with_code:
        return standing
    while not desk.post_json(f"{_HELP}/{help_id}/code", {"code": str(typer.prompt("Code"))})["right"]:
        typer.echo("That is another code.")
    return desk.get_json(f"{_HELP}/{help_id}")


def _finish(desk: "DeskClient", help_id: str) -> dict[str, Any]:
    typer.echo("The person types a PIN of six digits; nobody else looks.")
    pin = str(typer.prompt("New PIN", hide_input=True, confirmation_prompt=True))
    return desk.post_json(f"{_HELP}/{help_id}/finish", {"new_pin": pin})
