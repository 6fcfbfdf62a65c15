"""``passport person``: what is held of one person, handed out to them or destroyed."""

import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Annotated, Any

import typer

from trust_registry.cli import credentials

app = typer.Typer(no_args_is_help=True, help="A person's own data: hand it out, or destroy it.")

Officer = Annotated[str, typer.Option("--as", help="The officer's name for signing in; asks the password.")]
Reason = Annotated[str, typer.Option(help="Why, in the officer's words; kept in the log.")]
_NUMBER = "RLD number"

_README = """\
អ្វីៗទាំងអស់ដែលលិខិតឆ្លងដែនជំនាញរក្សាទុកអំពីអ្នក។ ឯកសារនីមួយៗជារបស់សេវាមួយ។
ក្នុងថត credentials មានវិញ្ញាបនបត្ររបស់អ្នក ដូចដែលបានចុះហត្ថលេខា។

Everything the Skills Passport holds about you. Each file is one service's.
The folder credentials has your certificates, exactly as they were signed.
"""


@app.command("export")
def export(
    *,
    officer: Officer,
    reason: Reason,
    out: Annotated[Path, typer.Option(help="The ZIP file to write; it must not be there yet.")],
) -> None:
    """Write everything that every service holds of a person; asks the person's RLD number."""
    from trust_registry import officers

    if out.exists():
        raise typer.BadParameter("This file is there already.")
    number = str(typer.prompt(_NUMBER))
    held = asyncio.run(officers.export_person(credentials(officer), number, reason=reason))
    # Nobody else on this machine may read it.
    out.touch(mode=0o600, exist_ok=False)
    out.write_bytes(_zip(held))
    typer.echo("Written. Hand it to the person, then destroy it here.")


@app.command("erase")
def erase(*, officer: Officer, reason: Reason) -> None:
    """Propose to destroy what is held of a person; nothing is destroyed before a second officer agrees."""
    from trust_registry import officers

    number = str(typer.prompt(_NUMBER))
    proposal = asyncio.run(officers.propose_erasure(credentials(officer), number, reason=reason))
    typer.echo(f"Proposal {proposal} waits for another person: passport person approve {proposal} --as …")


@app.command("approve")
def approve(
    *, proposal: Annotated[int, typer.Argument(help="The proposal's number.")], officer: Officer
) -> None:
    """Agree as the second officer, and destroy it in every service; this cannot be undone."""
    from trust_registry import officers

    number = str(typer.prompt(_NUMBER))
    erased = asyncio.run(officers.approve_erasure(credentials(officer), proposal, number))
    for service, there_was in sorted(erased.items()):
        typer.echo(f"{service}: {'destroyed' if there_was else 'held nothing'}")


def _zip(held: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README)
        for service, data in held.items():
            archive.writestr(f"{service}.json", json.dumps(data, ensure_ascii=False, indent=2))
        for item in held["issuer"]["certificates"]:
            if item["credential"] is not None:
                name = item["credential_id"].removeprefix("urn:uuid:")
                archive.writestr(f"credentials/{name}.json", item["credential"])
    return packed.getvalue()
