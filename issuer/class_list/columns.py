"""The columns of a class list, and the headings by which each is recognised."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from issuer.class_list.khmer import match_key_khmer
from issuer.class_list.texts import identifier
from schemas import read_json, read_type
from vc.model.credential_types import types_by_slug


class CellKind(StrEnum):
    """How the text of a cell is read."""

    PERSON = "person"
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    CODE = "code"
    UNITS = "units"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One value a cell may have, and how that value is printed.

    ``issues_nothing`` names the rule by which the row is left out.
    """

    value: str | bool
    titles: Mapping[str, str]
    printed_titles: Mapping[str, str]
    words: frozenset[str]
    issues_nothing: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: its key in code, its headings, a note for the clerk, and what it becomes.

    ``claim`` is the member of the credential's subject that takes the value, one of a list where
    ``many``; ``localized`` the member of its localized block that takes the titles of a code. ``says`` is
    the rule a value breaks that cannot be one. ``may_be_empty``: the column must be there, and a cell of
    it need not be filled. ``choices`` are those of a choice,
    ``list_name`` the code list of a code, ``least`` and ``most`` the bounds of a number, ``of`` the
    column of the qualification that units belong to. ``future`` lets a date lie after today. The
    ``example`` of a date may be a number of days before the day it is shown.
    """

    key: str
    kind: CellKind
    titles: Mapping[str, str]
    notes: Mapping[str, str]
    required: bool
    may_be_empty: bool
    aliases: tuple[str, ...]
    claim: str | None
    many: bool
    localized: str | None
    says: str
    example: str | int | None
    choices: tuple[Choice, ...]
    list_name: str
    least: int
    most: int
    of: str
    future: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeRule:
    """A rule over several cells: a name of ``issuer.class_list.type_rules`` and what it needs."""

    rule: str
    given: Mapping[str, Any]


@cache
def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a list of this type (a slug), in the order of the template."""
    persons = read_json("types/person_columns.json")["columns"]
    own = read_type(types_by_slug()[kind].name)["columns"]
    return tuple(_column(entry) for entry in (*persons, *own))


@cache
def columns_by_key(kind: str) -> Mapping[str, Column]:
    """``columns_of`` by key."""
    return MappingProxyType({column.key: column for column in columns_of(kind)})


@cache
def rules_of(kind: str) -> tuple[TypeRule, ...]:
    """The rules over several cells of a list of this type."""
    return tuple(
        TypeRule(rule=entry["rule"], given=MappingProxyType(entry))
        for entry in read_type(types_by_slug()[kind].name)["rules"]
    )


_NOT_IN_A_HEADING = re.compile(r"[^\w\u1780-\u17ff]|_")


def heading_key(text: str) -> str:
    """The form in which headings are compared: no case, spaces, punctuation or invisible signs."""
    folded = match_key_khmer(unicodedata.normalize("NFKC", text))
    return _NOT_IN_A_HEADING.sub("", folded.casefold())


@cache
def recognised_headings(kind: str) -> Mapping[str, Column]:
    """Every accepted heading of a list of this type, in the form of :func:`heading_key`."""
    return MappingProxyType(
        {
            heading_key(text): column
            for column in columns_of(kind)
            for text in (column.key, *column.titles.values(), *column.aliases)
        }
    )


def word_key(text: str) -> str:
    """The form in which the words of a choice are compared."""
    return " ".join(identifier(text).replace("-", " ").replace("_", " ").split())


def _column(entry: Mapping[str, Any]) -> Column:
    return Column(
        key=entry["key"],
        kind=CellKind(entry.get("kind", CellKind.PERSON)),
        titles=MappingProxyType(entry["title"]),
        notes=MappingProxyType(entry["note"]),
        required=entry.get("required", True),
        may_be_empty=entry.get("may_be_empty", False),
        aliases=tuple(entry.get("aliases", ())),
        claim=entry.get("claim"),
        many=entry.get("many", False),
        localized=entry.get("localized"),
        says=entry.get("says", ""),
        example=entry.get("example"),
        choices=tuple(_choices(entry.get("choices", ()))),
        list_name=entry.get("list", ""),
        least=entry.get("least", 0),
        most=entry.get("most", 0),
        of=entry.get("of", ""),
        future=entry.get("future", False),
    )


def _choices(entries: Iterable[Mapping[str, Any]]) -> Iterable[Choice]:
    for entry in entries:
        words = (str(entry["value"]), *entry["title"].values(), *entry.get("words", ()))
        yield Choice(
            value=entry["value"],
            titles=MappingProxyType(entry["title"]),
            printed_titles=MappingProxyType(entry.get("printed_title", entry["title"])),
            words=frozenset(word_key(word) for word in words),
            issues_nothing=entry.get("issues_nothing"),
        )
