"""The settings as rows of a table, for the documentation."""

from dataclasses import dataclass

from runtime.settings import PREFIX, Settings
from runtime.sign_in_settings import SignInSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingDescription:
    """One row of the settings table: the variable, what it may hold, and what it is for."""

    variable: str
    type_name: str
    default: str
    description: str


def describe_settings() -> tuple[SettingDescription, ...]:
    """Every setting in the order of this file, for the documentation."""
    rows = []
    # What is inherited comes first in the model and last on the page.
    fields = sorted(Settings.model_fields.items(), key=lambda pair: pair[0] in SignInSettings.model_fields)
    for name, field in fields:
        default = "" if field.default_factory is not None or field.default is None else str(field.default)
        annotation = field.annotation
        type_name = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        rows.append(
            SettingDescription(
                variable=PREFIX + name.upper(),
                type_name=type_name.replace("typing.", "").replace("pydantic.types.", ""),
                default=default,
                description=field.description or "",
            )
        )
    return tuple(rows)
