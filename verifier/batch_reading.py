"""What somebody brought to a batch, as rows: files, members of ZIP files, lines of lists, pasted lines.

Nothing is checked here and nothing leaves memory: the names of files and members are only shown. What
cannot be read is a row with a reason; only too many rows are an error of the whole.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Final

from runtime.i18n import gettext_noop
from vc.errors import RangeError
from verifier.batch_archive import Budget, UnreadableMember, is_archive, open_archive
from verifier.batch_lists import read_list, things_in

MOST_WITHOUT_ACCOUNT: Final = 30
MOST_WITH_ACCOUNT: Final = 200
TOO_MANY_WITHOUT_ACCOUNT: Final = gettext_noop(
    "This is more than 30 certificates, and nothing was checked. Send at most 30 at a time, or sign in with "
    "the account of a licensed organisation, which may send 200."
)
TOO_MANY_WITH_ACCOUNT: Final = gettext_noop(
    "This is more than 200 certificates, and nothing was checked. Send at most 200 at a time."
)
NESTED: Final = gettext_noop("A ZIP file inside a ZIP file is not opened. Send what is in it by itself.")
EMPTY_ARCHIVE: Final = gettext_noop("There is no file in this ZIP.")

_MAX_NAME: Final = 160
# Characters that make a name read otherwise than it is written (Unicode Bidirectional Algorithm 2).
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
# What operating systems put beside people's files.
_CLUTTER: Final = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """One file as it was sent; ``name`` may be a path below the folder that was chosen."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One thing that was brought, exactly, and the name it came under.

    ``name`` is that of a file, "" for what was pasted; ``line`` counts from 1 and is None for a whole
    file. ``is_text`` says that it is one thing out of a text; ``problem`` is a message id, None where it
    can be looked at.
    """

    name: str
    brought: bytes
    line: int | None = None
    is_text: bool = False
    problem: str | None = None
    digest: str = field(init=False)
    """SHA-256 of what was brought, in hexadecimal."""

    def __post_init__(self) -> None:
        # Frozen: this is the one way to set what follows from the other fields.
        object.__setattr__(self, "digest", sha256(self.brought).hexdigest())


def read_rows(files: Iterable[Upload], pasted: str, *, most: int) -> tuple[Row, ...]:
    """The rows of everything that was brought, in its order.

    Raises ``RangeError`` for more than ``most`` of them.
    """
    rows = tuple(islice(_rows(files, pasted), most + 1))
    require_at_most(most, len(rows))
    return rows


def require_at_most(most: int, count: int) -> None:
    """Raises ``RangeError``, which says how many may be sent at once, where ``count`` is more."""
    if count > most:
        raise RangeError(TOO_MANY_WITH_ACCOUNT if most >= MOST_WITH_ACCOUNT else TOO_MANY_WITHOUT_ACCOUNT)


def clean_name(name: str) -> str:
    """``name`` for showing: without what cannot be seen or turns the rest around, 160 characters at most."""
    shown = "".join(
        character
        for character in unicodedata.normalize("NFC", name.replace("\\", "/"))
        if character not in _BIDI_CONTROLS and unicodedata.category(character) not in _UNSEEN
    ).strip()
    return shown if len(shown) <= _MAX_NAME else f"…{shown[1 - _MAX_NAME :]}"


def _rows(files: Iterable[Upload], pasted: str) -> Iterator[Row]:
    budget = Budget()
    for upload in files:
        name = clean_name(upload.name)
        if is_archive(upload.data):
            yield from _rows_of_archive(name, upload.data, budget)
        elif not _is_clutter(upload.name):
            yield from _rows_of_file(name, upload.data)
    for thing in things_in(pasted):
        yield _row_of_text("", thing.line, thing.text, thing.problem)


def _rows_of_archive(name: str, data: bytes, budget: Budget) -> Iterator[Row]:
    found = False
    try:
        for member in open_archive(data, budget):
            if _is_clutter(member.name):
                continue
            found = True
            inside = clean_name(f"{name}/{member.name}")
            try:
                content = member.read()
            except UnreadableMember as error:
                yield Row(name=inside, brought=b"", problem=error.reason)
                continue
            if is_archive(content):
                yield Row(name=inside, brought=b"", problem=NESTED)
            else:
                yield from _rows_of_file(inside, content)
    except UnreadableMember as error:
        yield Row(name=name, brought=data, problem=error.reason)
        return
    if not found:
        yield Row(name=name, brought=data, problem=EMPTY_ARCHIVE)


def _rows_of_file(name: str, data: bytes) -> Iterator[Row]:
    listed = read_list(name, data)
    if listed is None:
        yield Row(name=name, brought=data)
    elif isinstance(listed, str):
        yield Row(name=name, brought=data, problem=listed)
    else:
        for thing in listed:
            yield _row_of_text(name, thing.line, thing.text, thing.problem)


def _row_of_text(name: str, line: int, text: str, problem: str | None) -> Row:
    return Row(name=name, line=line, brought=text.encode(), is_text=True, problem=problem)


def _is_clutter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[-1].startswith(".") or parts[-1].lower() in _CLUTTER or "__MACOSX" in parts
