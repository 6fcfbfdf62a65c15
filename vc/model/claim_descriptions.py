"""What the claims of a credential's subject are called, for wallets that show them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas import read_json, read_part_schemas, read_schema, read_type

# What tells readers how to read the rest, and says nothing of anybody.
_NOT_SHOWN = frozenset({"id", "type", "localized"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimDescription:
    """One claim: a member of ``credentialSubject``. ``names`` are by language; English is among them.

    ``is_always_there`` where no credential of the type is issued without it.
    """

    claim: str
    names: Mapping[str, str]
    is_always_there: bool


@cache
def claims_of(type_name: str) -> tuple[ClaimDescription, ...]:
    """The claims of a credential type, whom it is about first. Raises FileNotFoundError for no such type."""
    schema = read_schema(type_name)
    required = frozenset(_required(schema))
    # A type that was added as a folder alone has its clerks' words for its own claims.
    names = {**_column_titles(type_name), **_names()}
    return tuple(
        ClaimDescription(
            claim=claim, names=names.get(claim, {"en": claim}), is_always_there=claim in required
        )
        for claim in dict.fromkeys(_properties(schema))
        if claim not in _NOT_SHOWN
    )


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    for part in _parts(schema):
        yield from part.get("properties", {})


def _required(schema: Mapping[str, Any]) -> Iterator[str]:
    for part in _parts(schema):
        yield from part.get("required", ())


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema and what it builds on, that first."""
    if "$ref" in schema:
        yield from _parts(read_part_schemas()[schema["$ref"]])
    yield schema


def _column_titles(type_name: str) -> Mapping[str, Mapping[str, str]]:
    columns = read_type(type_name)["columns"]
    return {column["claim"]: column["title"] for column in columns if "claim" in column}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    names: dict[str, dict[str, str]] = read_json("claim_names.json")["names"]
    return MappingProxyType({claim: MappingProxyType(words) for claim, words in names.items()})
