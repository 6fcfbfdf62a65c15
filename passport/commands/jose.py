"""``passport jose``: secure or verify one file as JWT, SD-JWT or COSE, for outside test suites."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vc.errors import ProtocolError

app = typer.Typer(
    no_args_is_help=True, help="Secure or verify one file with JOSE or COSE; for outside test suites only."
)


class Feature(StrEnum):
    """What is secured, and how."""

    CREDENTIAL_JOSE = "credential_jose"
    PRESENTATION_JOSE = "presentation_jose"
    CREDENTIAL_SDJWT = "credential_sdjwt"
    PRESENTATION_SDJWT = "presentation_sdjwt"
    CREDENTIAL_COSE = "credential_cose"
    PRESENTATION_COSE = "presentation_cose"


InputFile = Annotated[
    Path, typer.Option("--input", exists=True, dir_okay=False, help="The document, or what secures it.")
]
KeyFile = Annotated[
    Path,
    typer.Option("--key", exists=True, dir_okay=False, help="JSON with publicKeyJwk and secretKeyJwk."),
]
WhichFeature = Annotated[Feature, typer.Option(help="What is secured, and how.")]
OutputFile = Annotated[Path, typer.Option("--output", dir_okay=False, help="Where the result goes, as JSON.")]


@app.command()
def issue(
    *,
    input_file: InputFile,
    key: KeyFile,
    feature: WhichFeature,
    output: OutputFile,
    sd: Annotated[
        str | None,
        typer.Option(help='JSON array of what to disclose one by one: ["credentialSubject.name"].'),
    ] = None,
) -> None:
    """Secure the document in the input file with the secret key; never in production."""
    # Local, as below: help should not wait for the core.
    from passport.conformance import command_line

    command_line.require_demo()
    if sd is not None and feature not in (Feature.CREDENTIAL_SDJWT, Feature.PRESENTATION_SDJWT):
        raise typer.BadParameter("only SD-JWT discloses parts", param_hint="--sd")
    try:
        paths = command_line.parse_paths(sd or "[]")
        data = command_line.issue(input_file.read_bytes(), key.read_bytes(), feature, paths)
    except ProtocolError as error:
        _write(output, "failure", str(error))
    else:
        _write(output, "success", data)


@app.command()
def verify(*, input_file: InputFile, key: KeyFile, feature: WhichFeature, output: OutputFile) -> None:
    """Verify what is in the input file with the public key; never in production."""
    from passport.conformance import command_line

    command_line.require_demo()
    try:
        command_line.verify(input_file.read_bytes(), key.read_bytes(), feature)
    except ProtocolError as error:
        _write(output, "failure", str(error))
    else:
        _write(output, "success", "")


def _write(output: Path, result: str, data: str) -> None:
    try:
        output.write_text(json.dumps({"result": result, "data": data}), encoding="utf-8")
    except OSError:
        raise typer.BadParameter("cannot be written", param_hint="--output") from None
