"""A verified card as a document, with the members that our checks and pages read of credentials."""

from urllib.parse import urlsplit
from uuid import UUID

from vc.card.claims import Card, CardKind, Fact, StatusPlace
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.status.entries import ENTRY_TYPE, StatusPurpose

CARD_TYPE = "PassportCard"
LIST_CRYPTOSUITE = "eddsa-jcs-2022"

_FOLDERS = {StatusPurpose.REVOCATION: "lists", StatusPurpose.SUSPENSION: "suspensions"}
_KIND_NAMES = {CardKind.WORK: "work", CardKind.HEALTH: "health"}


def card_urn(card_id: bytes) -> str:
    """A card's identifier as it is spelled outside of the card."""
    return UUID(bytes=card_id).urn


def document_of(card: Card, *, trust_list_url: str) -> JsonObject:
    """``card`` as a document. Its lists stand beside the trust list, so a card names no address."""
    parts = urlsplit(trust_list_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    places = (card.status, *(fact.status for fact in card.facts))
    return {
        "id": card_urn(card.card_id),
        "type": [CARD_TYPE],
        "cardKind": _KIND_NAMES[card.kind],
        "validFrom": format_timestamp(card.issued_at),
        "validUntil": format_timestamp(card.expires_at),
        "credentialSubject": {
            "nameKhmer": card.name_khmer,
            "nameLatin": card.name_latin,
            "birthYear": card.birth_year,
            "fact": [_fact(fact) for fact in card.facts],
        },
        "credentialStatus": [
            _entry(place, purpose, origin) for place in dict.fromkeys(places) for purpose in StatusPurpose
        ],
    }


def _fact(fact: Fact) -> JsonValue:
    written: JsonObject = {"type": fact.type_name, "code": fact.code, "day": fact.day.isoformat()}
    if fact.level is not None:
        written["cqfLevel"] = fact.level
    if fact.is_part:
        written["partial"] = True
    return written


def _entry(place: StatusPlace, purpose: StatusPurpose, origin: str) -> JsonValue:
    return {
        "type": ENTRY_TYPE,
        "statusPurpose": purpose.value,
        "statusListIndex": str(place.index),
        "statusListCredential": f"{origin}/status/{_FOLDERS[purpose]}/{place.list_id}/{LIST_CRYPTOSUITE}",
    }
