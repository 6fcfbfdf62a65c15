"""Cards of the simulator's centre, and the pieces they are made of."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import base45
import cbor2

from runtime.entropy import throwaway_signer
from tests.simulator import LIST_ID, IssuerWorld
from vc.card.claims import FACT_NUMBERS, Card, CardKind, Fact, StatusPlace, write_claims
from vc.card.text import PREFIX, key_name
from vc.cose.sign1 import KID, sign_sign1
from vc.crypto.keys import Signer
from vc.issue.card import complete_card, prepare_card

CARD_INDEX, FIRST_INDEX, SECOND_INDEX = 100_000, 70_001, 70_002


def place(index: int, list_id: str = LIST_ID) -> StatusPlace:
    return StatusPlace(list_id=list_id, index=index)


def fact(**overrides: Any) -> Fact:
    values: dict[str, Any] = {
        "type_number": FACT_NUMBERS["RPLCertificate"],
        "code": "CON-BRL-1",
        "day": date(2026, 5, 20),
        "status": place(FIRST_INDEX),
        "level": 1,
    }
    return Fact(**(values | overrides))


COURSE = fact(
    type_number=FACT_NUMBERS["TrainingCertificate"], code="HACCP", status=place(SECOND_INDEX), level=None
)


def card(world: IssuerWorld, **overrides: Any) -> Card:
    """A card with both names and two facts, issued an hour ago."""
    issued_at = world.now - timedelta(hours=1)
    values: dict[str, Any] = {
        "card_id": bytes(range(16)),
        "kind": CardKind.WORK,
        "name_khmer": "សុខ ដារ៉ា",
        "name_latin": "SOK DARA",
        "birth_year": 1994,
        "issued_at": issued_at,
        "expires_at": issued_at + timedelta(days=1826),
        "status": place(CARD_INDEX),
        "facts": (fact(), COURSE),
    }
    return Card(**(values | overrides))


def issue(world: IssuerWorld, made: Card | None = None, *, signer: Signer | None = None) -> str:
    """The text of a card as the centre (or ``signer``) issues it."""
    prepared = prepare_card(made or card(world), throwaway=throwaway_signer())
    return complete_card(prepared, signer or world.centre).text


def sealed(
    world: IssuerWorld, payload: bytes, header: dict[Any, Any] | None = None, signer: Signer | None = None
) -> str:
    """Whatever ``payload`` is, under the centre's key name, signed by the centre or by ``signer``."""
    named = header or {KID: key_name(world.centre.public_key.multikey)}
    message = sign_sign1(named, payload, signer or world.centre)
    return PREFIX + str(base45.b45encode(message[1:]), "ascii")


def members(world: IssuerWorld) -> dict[int, Any]:
    """The claims of a good card, to be spoilt."""
    claims: dict[int, Any] = cbor2.loads(write_claims(card(world)))
    return claims


def renamed(world: IssuerWorld, khmer: str, latin: str) -> Card:
    return replace(card(world), name_khmer=khmer, name_latin=latin)
