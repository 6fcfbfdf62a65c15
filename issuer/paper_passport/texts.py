"""The words of a passport, in every language that it is printed in."""

from collections.abc import Callable, Mapping
from typing import Final

from runtime.i18n import gettext_noop
from runtime.pages import DEMO_WARNING

KHMER: Final = "km"

FREE: Final = gettext_noop(
    "This passport, its reprint and its checking are free. If anybody asks you for money for it, "
    "do not pay, and call %(hotline)s."
)
ATTESTS: Final[Mapping[str, str]] = {
    "rpl": gettext_noop("Was assessed, and can do this work:"),
    "training": gettext_noop("Completed this training:"),
}
RECORDED: Final = gettext_noop("This is recorded:")

_LABELS: Final[Mapping[str, str]] = {
    "title": gettext_noop("Skills Passport"),
    "born": gettext_noop("Year of birth"),
    "printed": gettext_noop("Printed on"),
    "number": gettext_noop("Certificate number"),
    "centre": gettext_noop("Issued by"),
    "day": gettext_noop("Date"),
    "level": gettext_noop("CQF level"),
    "part": gettext_noop("in part"),
    "how": gettext_noop(
        "Check each certificate: scan its code, or open %(host)s and type the letters below it. Only then do "
        "you see whether it is still in force."
    ),
    "whose": gettext_noop("Compare the name and the year of birth with an identity document."),
    "cut": gettext_noop("Cut these cards out along the marks. Each is checked without a network."),
    "limits": gettext_noop(
        "This is no visa, selection or legalisation. Authorities abroad may still ask for papers or a test "
        "of their own."
    ),
    # By the state of a printed photo (``issuer.passport_card.PrintedPhoto``).
    "photo none": gettext_noop("no photo"),
    "photo withheld": gettext_noop("photo not shown"),
    "photo not asked": gettext_noop("photo not at hand"),
    "free": FREE,
    "demo": DEMO_WARNING,
}

Translate = Callable[[str, str], str]
"""Language and English text → the text in that language."""


def words_of(language: str, translate: Translate, *, host: str, hotline: str) -> Mapping[str, str]:
    """Every label in one language, by its name in the template."""
    filled = {"host": host, "hotline": hotline}
    return {name: _filled(translate(language, text), filled) for name, text in _LABELS.items()}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return text % values if "%(" in text else text
