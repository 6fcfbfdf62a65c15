"""``passport audit``: is what the audit logs say still what was written?"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from vc.errors import PassportError

app = typer.Typer(no_args_is_help=True, help="The audit logs: who did what.")

_EX_UNAVAILABLE = 69


@app.callback()
def audit() -> None:
    """Keep ``verify`` a command of its own, whatever else joins it."""


@app.command("verify")
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", help="A signed checkpoint kept elsewhere; may be given more than once.", exists=True
        ),
    ] = None,
) -> None:
    """Check every audit log from its beginning, and every checkpoint; exit 1 and name what was changed.

    Exit 69 where something could not be checked.
    """
    from runtime.audit_check import check_deployment
    from runtime.settings import load_settings

    try:
        notes = [path.read_bytes() for path in against or ()]
        report = check_deployment(load_settings(), notes)
    except (PassportError, OSError) as error:
        reason = (
            str(error) if isinstance(error, PassportError) else "A checkpoint kept elsewhere cannot be read."
        )
        _say({"answer": "could not check", "reason": reason}, f"Could not check: {reason}", as_json)
        raise typer.Exit(_EX_UNAVAILABLE) from error
    tampering = [{"log": item.service, "entry": item.seq, "detail": item.detail} for item in report.tampering]
    answer = "tampered" if tampering else "whole"
    lines = [f"{item['log']}, entry {item['entry']}: {item['detail']}" for item in tampering]
    sizes = ", ".join(f"{service} {size}" for service, size in report.entries.items())
    lines.append(f"Entries: {sizes}. Checkpoints: {report.checkpoints}.")
    lines.append(f"{len(tampering)} found." if tampering else "Every audit log is whole.")
    body = {
        "answer": answer,
        "entries": report.entries,
        "checkpoints": report.checkpoints,
        "tampering": tampering,
    }
    _say(body, "\n".join(lines), as_json)
    if tampering:
        raise typer.Exit(1)


def _say(body: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps(body) if as_json else text)
