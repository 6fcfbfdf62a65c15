"""A card is signed only as it was linted and prepared, and a permission works once."""

from dataclasses import replace

import pytest

from runtime.entropy import throwaway_signer
from tests.simulator import IssuerWorld, signer_for
from tests.unit.vc.card.cards import card, fact
from vc.card.claims import write_claims
from vc.card.text import parse_card
from vc.errors import ConflictError, ProtocolError
from vc.issue.card import complete_card, prepare_card, resume_card

WORLD = IssuerWorld()


def test_what_is_signed_is_what_was_prepared() -> None:
    prepared = prepare_card(card(WORLD), throwaway=throwaway_signer())
    signed = complete_card(prepared, WORLD.centre)
    received = parse_card(signed.text)
    assert received.message.payload == prepared.payload == write_claims(card(WORLD))
    assert received.signed == signed.signed


def test_a_permission_to_sign_a_card_works_once() -> None:
    prepared = prepare_card(card(WORLD), throwaway=throwaway_signer())
    complete_card(prepared, WORLD.centre)
    with pytest.raises(ConflictError):
        complete_card(prepared, WORLD.centre)


def test_resuming_a_recorded_intent_gives_the_same_card() -> None:
    prepared = prepare_card(card(WORLD), throwaway=throwaway_signer())
    resumed = resume_card(prepared.payload, throwaway=throwaway_signer())
    assert complete_card(resumed, WORLD.centre).text == complete_card(prepared, WORLD.centre).text


def test_a_recorded_intent_that_was_altered_is_linted_again() -> None:
    payload = write_claims(replace(card(WORLD), facts=(fact(code="1234567890"),)))
    with pytest.raises(ProtocolError):
        resume_card(payload, throwaway=throwaway_signer())


@pytest.mark.parametrize("number", ["123456789", "1234567890"])
def test_a_number_of_a_register_is_never_signed(number: str) -> None:
    for made in (
        replace(card(WORLD), name_latin=f"SOK {number}"),
        replace(card(WORLD), facts=(fact(code=number),)),
    ):
        with pytest.raises(ProtocolError):
            prepare_card(made, throwaway=throwaway_signer())


def test_three_facts_are_refused() -> None:
    facts = tuple(fact(code=f"CON-{number}") for number in range(3))
    with pytest.raises(ProtocolError, match="two facts"):
        prepare_card(replace(card(WORLD), facts=facts), throwaway=throwaway_signer())


def test_a_signer_whose_signature_does_not_verify_brings_forth_nothing() -> None:
    class Broken:
        public_key = WORLD.centre.public_key
        verification_method = WORLD.centre.verification_method

        def sign(self, data: bytes) -> bytes:
            return signer_for("other", "did:web:other.example").sign(data)

    prepared = prepare_card(card(WORLD), throwaway=throwaway_signer())
    with pytest.raises(ProtocolError, match="does not verify"):
        complete_card(prepared, Broken())
