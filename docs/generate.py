"""Writes the reference pages that are drawn from the code: ``python -m docs.generate``.

``tests/architecture/test_docs.py`` demands that the committed pages equal what this gives.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import typer

from docs import dashboard
from passport.cli import app
from passport.front import PROBLEM_MEANINGS
from runtime.auth import NotAuthenticated
from runtime.keyring import KeyringError
from runtime.metric_definitions import DEFINITIONS, LABELS
from runtime.problems import BodyTooLarge, BodyTooSlow, UnsupportedMediaType, problem_of
from runtime.retention import LIMITS
from runtime.settings import Settings
from runtime.settings_table import SettingDescription, describe_settings
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    MalformedValue,
    NotAuthorized,
    NotFound,
    ParseError,
    PassportError,
    ProblemType,
    RangeError,
    RateLimited,
    TransformationError,
    UnknownOption,
)
from vc.model.verdict import Reason
from verifier.sentences import NEXT_STEPS, SENTENCES

FOLDER: Final = Path(__file__).parent / "reference"
_NOTE: Final = "<!-- Written by `python -m docs.generate`. Do not edit by hand. -->"
_OWN: Final = "/problems#"

# The enumeration lists first the reasons for yes, then for no, then for could not check.
_FIRST_NO: Final = Reason.MALFORMED
_FIRST_UNSURE: Final = Reason.SUITE_UNKNOWN

_MEANINGS: Final[Mapping[ProblemType, str]] = {
    ProblemType.PARSING_ERROR: "The text is not JSON as it is read here, or it is too large or too deep.",
    ProblemType.CRYPTOGRAPHIC_SECURITY_ERROR: "The securing of the document does not hold.",
    ProblemType.MALFORMED_VALUE_ERROR: "A member is missing or has the wrong shape.",
    ProblemType.RANGE_ERROR: "A value is outside the range that its specification permits.",
    ProblemType.PROOF_GENERATION_ERROR: "A proof could not be made.",
    ProblemType.PROOF_VERIFICATION_ERROR: "A proof does not hold.",
    ProblemType.PROOF_TRANSFORMATION_ERROR: "The document cannot be put into canonical form without loss.",
    ProblemType.INVALID_DOMAIN_ERROR: "The proof was made for another domain.",
    ProblemType.INVALID_CHALLENGE_ERROR: "The proof was made for another challenge.",
    ProblemType.STATUS_RETRIEVAL_ERROR: "The status list could not be fetched.",
    ProblemType.STATUS_VERIFICATION_ERROR: "The status list is not rightly signed, or cannot be read.",
    ProblemType.STATUS_LIST_LENGTH_ERROR: "The status list is shorter or longer than permitted.",
    ProblemType.UNKNOWN_OPTION_PROVIDED: "An option or member was given that is not known here.",
}

_FAILURES: Final[Sequence[tuple[PassportError, str]]] = (
    (ParseError("x"), "The body is not JSON as it is read here"),
    (MalformedValue("x"), "A member is missing or has the wrong shape"),
    (RangeError("x"), "A value is outside its range"),
    (UnknownOption("x"), "An option or member is not known"),
    (NotAuthenticated("x"), "Nobody has shown who they are"),
    (NotAuthorized("x"), "This is not for this caller"),
    (NotFound("x"), "There is no such thing, or not for this caller"),
    (BodyTooSlow("x"), "The body did not arrive in time"),
    (ConflictError("x"), "It contradicts what is recorded"),
    (BodyTooLarge("x"), "The body is too large"),
    (UnsupportedMediaType("x"), "The body is of a kind that is not read here"),
    (TransformationError("x"), "The document cannot be put into canonical form"),
    (RateLimited("x", retry_after=5), "Too many tries; `Retry-After` says how long to wait"),
    (KeyringError("x"), "A signing key cannot be used"),
    (EvidenceUnavailable("x"), "Something that is needed could not be had"),
)

_TYPE_NAMES: Final[Mapping[str, str]] = {
    "str": "text",
    "str | None": "text",
    "Path": "folder",
    "pathlib.Path | None": "file",
    "bool": "true or false",
    "int": "whole number",
    "float": "number",
    "SecretStr | None": "secret text",
    "tuple[str, ...]": "list of texts",
    "dict[str, str]": "JSON object",
    "dict[str, runtime.agency_fees.AgencyFee]": "JSON object",
}


def generated_pages() -> dict[str, str]:
    """File name in ``docs/reference`` → its text."""
    return {
        "settings.md": settings_page(),
        "verdicts.md": verdicts_page(),
        "problems.md": problems_page(),
        "commands.md": commands_page(),
        "retention.md": retention_page(),
        "metrics.md": metrics_page(),
    }


def settings_page() -> str:
    """Every setting with its values, limits, default and purpose."""
    rows = [
        (f"`{row.variable}`", _values(row), _default(row), row.description) for row in describe_settings()
    ]
    return _page(
        "Settings",
        "Every setting is an environment variable. `passport doctor` names variables that begin with "
        "`PASSPORT_` and are not known. In demo mode nothing has to be set.",
        _table(("variable", "values", "default", "what it is for"), rows),
    )


def retention_page() -> str:
    """Every kind of personal data with the days it is kept, and why."""
    rows = [
        (
            limit.what,
            limit.service,
            f"{Settings.model_fields[limit.setting].default} days after {limit.since}",
            f"`PASSPORT_{limit.setting.upper()}`",
            f"{limit.reason} {limit.source}",
            limit.in_force,
        )
        for limit in LIMITS
    ]
    return _page(
        "Retention",
        "What is over its limit is destroyed or deleted by a job of the service that keeps it, every ten "
        "minutes. Certificates and what they say stay until their holder is erased.",
        _table(("what", "service", "kept", "setting", "why", "in force since"), rows),
    )


def metrics_page() -> str:
    """Every metric with its labels and meaning, and every value a label may have."""
    metrics = [
        (
            f"`{metric.name}{'_total' if metric.kind == 'counter' else ''}`",
            metric.kind,
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.meaning,
        )
        for metric in DEFINITIONS
    ]
    labels = [
        (f"`{label}`", "a route's template, or `other`" if values is None else _codes(values))
        for label, values in LABELS.items()
    ]
    return _page(
        "Metrics",
        "`GET /metrics` gives these in the text format of Prometheus, beside those of the process "
        "(`process_…`, `python_…`). [What to watch, and what to do](../how-to/watch-it-run.md).",
        _table(("metric", "kind", "labels", "meaning"), metrics),
        f"## Labels\n\nA label has no other values: no address, id or name can become one.\n\n"
        f"{_table(('label', 'values'), labels)}",
    )


def _codes(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def verdicts_page() -> str:
    """Every reason a verdict can have, with the sentence a person reads."""
    groups: dict[str, list[tuple[str, ...]]] = {"yes": [], "no": [], "could not check": []}
    answer = "yes"
    for reason in Reason:
        answer = {_FIRST_NO: "no", _FIRST_UNSURE: "could not check"}.get(reason, answer)
        steps = " ".join(NEXT_STEPS.get(reason, ())) or "–"
        groups[answer].append((f"`{reason.value}`", SENTENCES[reason], steps))
    parts = [
        f"## Reasons for *{name}*\n\n{_table(('reason', 'what the page says', 'what to do next'), rows)}"
        for name, rows in groups.items()
    ]
    return _page(
        "Verdicts and their reasons",
        "Each of the four verdicts has an answer (`yes`, `no`, `couldNotCheck`) and one reason. "
        "The page says the sentence in the reader's language; the API gives it in the language of "
        "`Accept-Language`, English by default. What the verdicts mean: "
        "[four verdicts](../explanation/four-verdicts.md).",
        *parts,
    )


def problems_page() -> str:
    """Problem types, and the HTTP status of each failure to process."""
    own = dict(PROBLEM_MEANINGS)
    types = [
        (f"`{kind.value}`", own[kind.name] if kind.value.startswith(_OWN) else _MEANINGS[kind])
        for kind in ProblemType
    ]
    failures = sorted(
        (str(problem_of(error).status), f"`{problem_of(error).type.name}`", meaning)
        for error, meaning in _FAILURES
    )
    return _page(
        "Problem types",
        "An answer that is a failure has the media type `application/problem+json` (RFC 9457): `type`, "
        "`title`, `status`, `detail`, sometimes `errors` (the findings, each with a JSON pointer) and "
        "`requestId`. It never repeats what was sent. A browser gets the same as a page.\n\n"
        "A *finding* in `problemDetails` of a verification has the same types, and comes with status 200.",
        f"## Failures and their status\n\n{_table(('status', 'type', 'when'), failures)}",
        "`POST /token` answers failures in the shape of OAuth 2.0 (`error`, `error_description`) instead.",
        f"## Every type\n\nTypes that begin with `{_OWN}` are given with our public origin in front, "
        f"and `GET /problems` explains them.\n\n{_table(('type', 'meaning'), types)}",
    )


def commands_page() -> str:
    """Every command and option, drawn from the command line itself."""
    root: Any = typer.main.get_command(app)
    parts = list(_commands(root, "passport"))
    return _page(
        "Commands",
        "`make setup` puts the command at `.venv/bin/passport`. Exit status: 0 when all went well, "
        "1 when the command found or met a problem, 64 for wrong usage, 78 when the settings are not "
        "good, 130 when it was interrupted.",
        *parts,
    )


def _commands(command: Any, path: str) -> Iterator[str]:
    for name, child in command.commands.items():
        full = f"{path} {name}"
        if hasattr(child, "commands"):
            yield from _commands(child, full)
            continue
        rows = [
            (
                ", ".join(f"`{opt}`" for opt in option.opts),
                "yes" if option.required else "no",
                option.help or "",
            )
            for option in child.params
        ]
        table = _table(("option", "required", "what it does"), rows) if rows else "No options."
        yield f"## `{full}`\n\n{' '.join((child.help or '').split())}\n\n{table}"


def _values(row: SettingDescription) -> str:
    literal = re.fullmatch(r"Literal\[(.*)\]", row.type_name)
    if literal:
        return " or ".join(f"`{value.strip().strip(chr(39))}`" for value in literal[1].split(","))
    name = _TYPE_NAMES[row.type_name]
    field = Settings.model_fields[row.variable.removeprefix("PASSPORT_").lower()]
    limits = {
        sign: value
        for item in field.metadata
        for sign in ("ge", "gt", "le")
        if (value := getattr(item, sign, None)) is not None
    }
    lowest = f"from {limits['ge']}" if "ge" in limits else f"above {limits['gt']}" if "gt" in limits else ""
    highest = f"to {limits['le']}" if "le" in limits else ""
    return " ".join(part for part in (name, lowest, highest) if part)


def _default(row: SettingDescription) -> str:
    if row.default and row.default != "()":
        return f"`{row.default}`"
    return "by mode" if row.type_name == "int" else "–"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", _NOTE, *parts)) + "\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(heads)]
    lines += [("---",) * len(lines[0])]
    lines += [
        tuple(cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") for cell in row)
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def main() -> None:
    """Write every generated page, and the dashboard."""
    for name, text in generated_pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    dashboard.FILE.write_text(dashboard.dashboard_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
