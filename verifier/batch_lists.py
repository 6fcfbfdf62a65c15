"""Lists of links and codes: pasted, or in a text or CSV file, one to a line or in one column of it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from runtime.i18n import gettext_noop
from vc.card.text import is_card_text
from verifier.extract import link_or_none
from verifier.sentences import NOT_A_CODE

MAX_LIST_BYTES: Final = 1_000_000
NOT_TEXT: Final = gettext_noop("This list cannot be read. Save it as CSV in UTF-8 and send it again.")
LIST_TOO_LARGE: Final = gettext_noop("This list is larger than 1 MB. Send the links or codes alone.")
NO_LINKS: Final = gettext_noop("No link and no code was found in this list.")

# Far more than may be sent at once; whoever counts the rows says so.
_MAX_THINGS: Final = 1_000
_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_DELIMITERS: Final = (",", ";", "\t")
_BOMS_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
# What a text of one thing alone begins with; of several, every line does.
_JSON_START, _TOKEN_START = "{", "eyJ"


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """What stands in one line, counted from 1; ``problem`` is a message id, None where it is something."""

    line: int
    text: str
    problem: str | None = None


def read_list(name: str, data: bytes) -> tuple[Thing, ...] | str | None:
    """The things in a file that is a list by its name; None where it is one thing, or no list.

    A list that cannot be used as a whole gives the reason, a message id.
    """
    if not name.lower().endswith(_SUFFIXES) or not data:
        return None
    if len(data) > MAX_LIST_BYTES:
        return LIST_TOO_LARGE
    try:
        text = data.decode("utf-16" if data.startswith(_BOMS_UTF16) else "utf-8-sig")
    except UnicodeDecodeError:
        return NOT_TEXT
    if "\0" in text:
        return NOT_TEXT
    if _is_one_thing(text):
        return None
    things = list(islice(things_in(text), _MAX_THINGS))
    if all(thing.problem is not None for thing in things):
        return NO_LINKS
    if _is_heading(things[0]):
        del things[0]
    return tuple(things)


def things_in(text: str) -> Iterator[Thing]:
    """The things in a pasted text, one to a line; empty lines are passed over."""
    if _is_one_thing(text):
        yield Thing(line=1, text=text)
        return
    for number, line in enumerate(_lines(text), 1):
        if line.strip():
            found = _thing_in(line)
            yield Thing(line=number, text=found or line.strip(), problem=None if found else NOT_A_CODE)


def _is_one_thing(text: str) -> bool:
    """A credential or token may be written over many lines, and only its first begins as one."""
    lines = [line.strip() for line in _lines(text) if line.strip()]
    if not lines:
        return False
    if len(lines) == 1:
        return is_card_text(lines[0]) or lines[0].startswith((_JSON_START, _TOKEN_START))
    return lines[0].startswith((_JSON_START, _TOKEN_START)) and not _is_thing(lines[1])


def _is_heading(thing: Thing) -> bool:
    """Only what cannot be a mistyped code is taken for a heading, so that nothing is left out unseen."""
    return thing.problem is not None and not any(character.isdigit() for character in thing.text)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _thing_in(line: str) -> str | None:
    """The line itself, or the first of its cells, that is a link, a code, a token, a card or JSON."""
    # The last letter of a card may be a space.
    whole = line.lstrip() if is_card_text(line.lstrip()) else line.strip()
    if _is_thing(whole):
        return whole
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        for cell in map(str.strip, cells):
            if _is_thing(cell):
                return cell
    return None


def _is_thing(text: str) -> bool:
    is_known = text.startswith((_JSON_START, _TOKEN_START)) or is_card_text(text)
    return is_known or link_or_none(text) is not None
