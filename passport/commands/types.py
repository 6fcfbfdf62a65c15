"""``passport types`` and ``passport template``: what can be certified, and a list to fill in for it."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vc.model.credential_types import CredentialType


class HeadingLanguage(Enum):
    """The languages a template's headings come in."""

    KHMER = "km"
    ENGLISH = "en"


def types() -> None:
    """Show every credential type: name, short name, schema version, who may issue it."""
    # Local, as below: the product is imported only by the command that needs it.
    from vc.model.credential_types import credential_types

    for entry in credential_types().values():
        issuers = ", ".join(sorted(entry.issuers))
        typer.echo(f"{entry.name:<27} {entry.slug:<12} {entry.version:<4} {issuers}")


def template(
    credential_type: Annotated[str, typer.Argument(help="Name or short name, as passport types shows.")],
    out: Annotated[Path, typer.Option(help="The Excel workbook to write (.xlsx).")],
    lang: Annotated[HeadingLanguage, typer.Option(help="Language of the headings.")] = HeadingLanguage.KHMER,
) -> None:
    """Write a list to fill in: headings, an example row, choices to pick from, and a sheet that explains."""
    from issuer.class_list import example_row, sample_class_list
    from runtime.clock import SystemClock
    from runtime.i18n import Translator

    entry = require_type(credential_type)
    if out.suffix.lower() != ".xlsx":
        raise typer.BadParameter("must end in .xlsx", param_hint="--out")
    translator = Translator()
    out.write_bytes(
        sample_class_list(
            entry.slug,
            "xlsx",
            lang.value,
            [example_row(entry.slug, today=SystemClock().now().date(), lang=lang.value)],
            translate=lambda text: translator.gettext(lang.value, text),
        )
    )
    typer.echo(f"{out}: a list of the type {entry.name} with one example row, to be replaced.")


def require_type(name: str) -> "CredentialType":
    """The type called ``name``. Raises ``typer.BadParameter``."""
    from vc.model.credential_types import type_called

    entry = type_called(name)
    if entry is None:
        raise typer.BadParameter("is no credential type; passport types shows them")
    return entry
