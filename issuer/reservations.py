"""Fixing what a certificate will be called before anything is asked of anyone: a chunk of rows at a time."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import insert, select, update

from issuer.open_key import require_open
from issuer.store import Connection, Record, get_centre, known_awards, known_numbers
from issuer.tables import centre, issuance
from vc.errors import ConflictError

_AT_ONCE: Final = 50


def reserve(connection: Connection, intents: Sequence[dict[str, Any]]) -> None:
    """Fix the ids of these rows. Rows reserved earlier keep what they have.

    Certificate numbers are drawn here where a row brings none. Raises ``ConflictError`` when an
    award or number has been given out since the preview, and where the centre's key has ended.
    """
    reserved = _reserved_rows(connection, intents)
    new = [intent for intent in intents if (intent["class_id"], intent["row"]) not in reserved]
    if not new:
        return
    require_open(connection, new)
    awards = [intent["award_key"] for intent in new]
    if len(set(awards)) < len(awards) or known_awards(connection, awards):
        raise ConflictError("One of these awards has been issued meanwhile.")
    numbers = _numbers(connection, new)
    values = [{**intent, "certificate_number": number} for intent, number in zip(new, numbers, strict=True)]
    connection.execute(insert(issuance), values)


def _reserved_rows(connection: Connection, intents: Sequence[dict[str, Any]]) -> frozenset[tuple[str, int]]:
    query = select(issuance.c.class_id, issuance.c.row).where(
        issuance.c.class_id.in_({intent["class_id"] for intent in intents}),
        issuance.c.row.in_({intent["row"] for intent in intents}),
    )
    return frozenset((row.class_id, row.row) for row in connection.execute(query))


def _numbers(connection: Connection, intents: Sequence[dict[str, Any]]) -> list[str]:
    """The certificate number of each intent: that given by the clerk, else the centre's next."""
    drawn: dict[str, _Numbers] = {}
    used: set[tuple[str, str]] = set()
    for slug in {intent["centre_slug"] for intent in intents}:
        given = [i["certificate_number"] for i in intents if i["centre_slug"] == slug]
        given = [number for number in given if number]
        if len(set(given)) < len(given) or known_numbers(connection, slug, given):
            raise ConflictError("One of these certificate numbers has been given out meanwhile.")
        used |= {(slug, number) for number in given}
        drawn[slug] = _Numbers(get_centre(connection, slug))
    numbers = [
        intent["certificate_number"] or drawn[intent["centre_slug"]].draw(connection, intent, used)
        for intent in intents
    ]
    for slug, centre_numbers in drawn.items():
        connection.execute(
            update(centre).where(centre.c.slug == slug).values(next_number=centre_numbers.next)
        )
    return numbers


class _Numbers:
    """A centre's own numbers, drawn one after another; a number somebody wrote by hand is passed over."""

    def __init__(self, record: Record) -> None:
        self.next: int = record.next_number
        self._record = record
        self._known: dict[str, bool] = {}

    def draw(self, connection: Connection, intent: dict[str, Any], used: set[tuple[str, str]]) -> str:
        """The next number that nobody has; asks the database about some at a time."""
        while True:
            text = self._text(intent, self.next)
            if text not in self._known:
                some = [self._text(intent, number) for number in range(self.next, self.next + _AT_ONCE)]
                known = known_numbers(connection, self._record.slug, some)
                self._known |= {number: number in known for number in some}
            self.next += 1
            if not self._known[text] and (self._record.slug, text) not in used:
                return text

    def _text(self, intent: dict[str, Any], number: int) -> str:
        return f"{self._record.number_prefix}-{intent['created'][:4]}-{number:06d}"
