"""What a card says, and its CBOR: RFC 8392 claims beside one private claim of our own.

Every member must be there and known. A card of another shape is another version, with a prefix of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Final

from vc.card.names import pack_text, unpack_text
from vc.encoding.plain_cbor import read_deterministic, write_deterministic
from vc.errors import MalformedValue, RangeError

MAX_FACTS: Final = 2
CARD_ID_BYTES: Final = 16
PART: Final = 0
"""Stands for the level where only a part of the qualification was awarded, which states none."""

# RFC 8392 section 4; integers below -65536 are for private use (section 9.1).
_EXP, _IAT, _CTI, _CARD = 4, 6, 7, -65537
_KIND, _KHMER, _LATIN, _BIRTH_YEAR, _LIST, _INDEX, _FACTS = range(1, 8)
# The payload, the private claim, the facts, a fact, the status of a fact.
_MAX_DEPTH = 5
_LIST_ID_LETTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")
_MAX_LIST_ID = 64
_MAX_INDEX = 2**32
_MAX_LEVEL = 8
_BIRTH_YEARS = range(1900, 2100)
_EPOCH = date(1970, 1, 1)
_MAX_DAYS = 47_482
_MAX_TIME = 4_102_444_800
_LEAST_FACT = 4


class CardKind(IntEnum):
    """What is shown together. Nobody who asks about work gets to see health, nor the reverse."""

    WORK = 1
    HEALTH = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class FactType:
    """A credential type as a card names it: our type name, and the kind of card it may stand on."""

    name: str
    kind: CardKind


FACT_TYPES: Final[Mapping[int, FactType]] = {
    1: FactType(name="RPLCertificate", kind=CardKind.WORK),
    2: FactType(name="TrainingCertificate", kind=CardKind.WORK),
    64: FactType(name="HealthCheckStatus", kind=CardKind.HEALTH),
}
FACT_NUMBERS: Final[Mapping[str, int]] = {known.name: number for number, known in FACT_TYPES.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusPlace:
    """One bit of one of the registry's lists: the list's id, not its URL, and the index."""

    list_id: str
    index: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One certificate in short. ``code`` is that of the qualification or course, or what was found.

    ``level`` is the CQF level where the award states one, ``is_part`` whether only a part of the
    qualification was awarded, ``status`` the certificate's own, so that a card ends with it.
    """

    type_number: int
    code: str
    day: date
    status: StatusPlace
    level: int | None = None
    is_part: bool = False

    @property
    def type_name(self) -> str:
        """The credential type, as in an accreditation."""
        return FACT_TYPES[self.type_number].name


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Everything a card says. ``card_id`` is 16 random bytes, times are aware and of whole seconds."""

    card_id: bytes
    kind: CardKind
    name_khmer: str
    name_latin: str
    birth_year: int
    issued_at: datetime
    expires_at: datetime
    status: StatusPlace
    facts: tuple[Fact, ...]


def write_claims(card: Card) -> bytes:
    """The payload to be signed. Raises RangeError or MalformedValue for what no card may say."""
    payload = write_deterministic(
        {
            _EXP: int(card.expires_at.timestamp()),
            _IAT: int(card.issued_at.timestamp()),
            _CTI: card.card_id,
            _CARD: {
                _KIND: int(card.kind),
                _KHMER: pack_text(card.name_khmer),
                _LATIN: pack_text(card.name_latin),
                _BIRTH_YEAR: card.birth_year,
                _LIST: card.status.list_id,
                _INDEX: card.status.index,
                _FACTS: [_write_fact(fact, card.status.list_id) for fact in card.facts],
            },
        }
    )
    if parse_claims(payload) != card:
        raise MalformedValue("The card does not read as it was written.")
    return payload


def parse_claims(payload: bytes) -> Card:
    """Read a payload. Raises MalformedValue or RangeError (``vc.errors``) for all but a card as above."""
    claims = _members(read_deterministic(payload, max_depth=_MAX_DEPTH), (_EXP, _IAT, _CTI, _CARD))
    own = _members(claims[_CARD], range(_KIND, _FACTS + 1))
    card_id = claims[_CTI]
    if not isinstance(card_id, bytes) or len(card_id) != CARD_ID_BYTES:
        raise MalformedValue("The card's identifier is not 16 bytes.")
    list_id = _list_id(own[_LIST])
    kind = _whole(own[_KIND], CardKind.WORK, CardKind.HEALTH)
    card = Card(
        card_id=card_id,
        kind=CardKind(kind),
        name_khmer=unpack_text(own[_KHMER]),
        name_latin=unpack_text(own[_LATIN]),
        birth_year=_whole(own[_BIRTH_YEAR], _BIRTH_YEARS.start, _BIRTH_YEARS.stop - 1),
        issued_at=_time(claims[_IAT]),
        expires_at=_time(claims[_EXP]),
        status=StatusPlace(list_id=list_id, index=_whole(own[_INDEX], 0, _MAX_INDEX)),
        facts=_read_facts(own[_FACTS], list_id),
    )
    if card.expires_at <= card.issued_at:
        raise RangeError("The card ends before it begins.")
    if any(FACT_TYPES[fact.type_number].kind is not card.kind for fact in card.facts):
        raise MalformedValue("A fact stands on a card of another kind.")
    return card


def _write_fact(fact: Fact, list_id: str) -> list[object]:
    place = fact.status
    same = place.list_id == list_id
    written: list[object] = [
        fact.type_number,
        pack_text(fact.code),
        (fact.day - _EPOCH).days,
        place.index if same else [place.list_id, place.index],
    ]
    if fact.is_part:
        return [*written, PART]
    return written if fact.level is None else [*written, fact.level]


def _read_facts(value: object, list_id: str) -> tuple[Fact, ...]:
    if not isinstance(value, list) or not value:
        raise MalformedValue("A card states facts.")
    if len(value) > MAX_FACTS:
        raise RangeError("A card states two facts at most.")
    facts = tuple(_read_fact(item, list_id) for item in value)
    if len(set(facts)) != len(facts):
        raise MalformedValue("A card states one fact twice.")
    return facts


def _read_fact(value: object, list_id: str) -> Fact:
    if not isinstance(value, list) or len(value) not in (_LEAST_FACT, _LEAST_FACT + 1):
        raise MalformedValue("A fact of the card has another shape.")
    number, code, days, place = value[:_LEAST_FACT]
    if type(number) is not int or number not in FACT_TYPES:
        raise MalformedValue("A fact of the card is of a type that is not known.")
    level = _whole(value[_LEAST_FACT], PART, _MAX_LEVEL) if len(value) > _LEAST_FACT else None
    return Fact(
        type_number=number,
        code=unpack_text(code),
        day=_EPOCH + timedelta(days=_whole(days, 0, _MAX_DAYS)),
        status=_read_place(place, list_id),
        level=None if level == PART else level,
        is_part=level == PART,
    )


def _read_place(value: object, list_id: str) -> StatusPlace:
    if not isinstance(value, list):
        return StatusPlace(list_id=list_id, index=_whole(value, 0, _MAX_INDEX))
    if len(value) != 2 or value[0] == list_id:
        raise MalformedValue("The status of a fact has another shape.")
    return StatusPlace(list_id=_list_id(value[0]), index=_whole(value[1], 0, _MAX_INDEX))


def _members(value: object, known: "tuple[int, ...] | range") -> Mapping[int, object]:
    """The members of a map that has exactly the ``known`` ones, all of them understood here."""
    if not isinstance(value, dict):
        raise MalformedValue("A part of the card is not a map.")
    if set(value) - set(known):
        raise MalformedValue("The card has a claim that is not known here.")
    if set(known) - set(value):
        raise MalformedValue("The card lacks a claim.")
    return value


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int:
        raise MalformedValue("A whole number is expected on the card.")
    if not least <= value <= most:
        raise RangeError("A number on the card is out of bounds.")
    return value


def _time(value: object) -> datetime:
    return datetime.fromtimestamp(_whole(value, 0, _MAX_TIME), UTC)


def _list_id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_LIST_ID or set(value) - _LIST_ID_LETTERS:
        raise MalformedValue("The card does not name a status list.")
    return value
