"""Asking a body for a fact and its day, person by person; one port, whoever is asked.

What comes back are the cells of a class list and nothing else: no number of the body's own, no finding.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from runtime.i18n import gettext_noop

NSSF, HEALTH = "nssf", "health"

BODIES: Final[Mapping[str, str]] = {
    NSSF: gettext_noop("the National Social Security Fund"),
    HEALTH: gettext_noop("the Department of Labour Medicine"),
}
"""Who is asked, by the slug of the credential type."""

Cells = Mapping[str, str]
"""The type's own columns by key, as somebody would write them into a class list."""


class StatusPort(Protocol):
    """A body that knows. ``ask`` raises ``RldUnavailable`` where there is no answer that can be used."""

    async def aclose(self) -> None:
        """Give back what asking needs; called once, at the end."""

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Cells | None]:
        """What is known of each RLD number, None where nothing is; every number has an entry."""
