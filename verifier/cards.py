"""What a verified passport card says, read for showing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from schemas import read_json
from vc.card.document import CARD_TYPE
from vc.encoding.strict_json import JsonObject, JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class FactShown:
    """One fact. The titles are those of our own lists for its code, and None where they have it not.

    ``day`` is an ISO 8601 day. With ``is_part`` only a part of the qualification was awarded.
    """

    type_name: str
    code: str
    title_en: str | None
    title_km: str | None
    level: int | None
    is_part: bool
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CardShown:
    """A card: its kind (``work`` or ``health``), whom to compare with, and its facts."""

    kind: str
    name_khmer: str
    name_latin: str
    birth_year: int
    valid_until: str
    facts: tuple[FactShown, ...]


def card_or_none(document: Mapping[str, JsonValue] | None) -> CardShown | None:
    """The card in a *verified* document; None where that is something else."""
    if document is None or document.get("type") != [CARD_TYPE]:
        return None
    subject = document["credentialSubject"]
    if not isinstance(subject, dict):
        return None
    return CardShown(
        kind=str(document["cardKind"]),
        name_khmer=str(subject["nameKhmer"]),
        name_latin=str(subject["nameLatin"]),
        birth_year=int(str(subject["birthYear"])),
        valid_until=str(document["validUntil"])[:10],
        facts=tuple(_facts(subject["fact"])),
    )


def card_json(card: CardShown) -> JsonObject:
    """A card for programs; members without a value are left out."""
    return {
        "kind": card.kind,
        "nameKhmer": card.name_khmer,
        "nameLatin": card.name_latin,
        "birthYear": card.birth_year,
        "validUntil": card.valid_until,
        "facts": [_fact_json(fact) for fact in card.facts],
    }


def _fact_json(fact: FactShown) -> JsonValue:
    titles = {"en": fact.title_en, "km": fact.title_km}
    written: JsonObject = {
        "type": fact.type_name,
        "code": fact.code,
        "title": {language: title for language, title in titles.items() if title is not None},
        "day": fact.day,
        "partial": fact.is_part,
    }
    return written if fact.level is None else {**written, "cqfLevel": fact.level}


def _facts(value: JsonValue) -> Iterator[FactShown]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            type_name, code, level = str(item["type"]), str(item["code"]), item.get("cqfLevel")
            title_en, title_km = titles_of(type_name, code)
            yield FactShown(
                type_name=type_name,
                code=code,
                title_en=title_en,
                title_km=title_km,
                level=level if isinstance(level, int) else None,
                is_part=item.get("partial") is True,
                day=str(item["day"]),
            )


def titles_of(type_name: str, code: str) -> tuple[str | None, str | None]:
    """The English and Khmer title of a qualification or course; None for what stands on no list."""
    return titles_by_code(type_name).get(code, (None, None))


@cache
def titles_by_code(type_name: str) -> Mapping[str, tuple[str, str]]:
    """English and Khmer title of everything on our own list for this type, by code."""
    name = {"RPLCertificate": "qualifications", "TrainingCertificate": "courses"}.get(type_name)
    entries = [] if name is None else read_json(f"data/{name}.json")[name]
    return {entry["code"]: (entry["title_en"], entry["title_km"]) for entry in entries}
