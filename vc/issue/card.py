"""Passport cards: prepare → (record the intent) → complete, by the laws of ``vc.issue``."""

from collections.abc import Iterator
from dataclasses import dataclass

from vc.card.claims import Card, parse_claims, write_claims
from vc.card.text import key_name, parse_card, symbol_for, write_card
from vc.cose.sign1 import KID, sign_sign1, verify_sign1
from vc.crypto.keys import PublicKey, Signer
from vc.errors import ConflictError, Finding, MalformedValue, ProblemType
from vc.issue.lints import IDENTITY_NUMBER


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedCard:
    """The text that leaves the house, for one intent, and what was signed."""

    text: str
    signed: bytes


class PreparedCard:
    """Permission to sign ``payload`` once; the payload is what the intent must record."""

    __slots__ = ("_used", "card", "payload")

    def __init__(self, card: Card, payload: bytes) -> None:
        self.card = card
        self.payload = payload
        self._used = False

    def use(self) -> None:
        """Spend the permission. Raises ``ConflictError`` on a second use."""
        if self._used:
            raise ConflictError("This permission to sign was used already.")
        self._used = True


def prepare_card(card: Card, *, throwaway: Signer) -> PreparedCard:
    """Lint a card and try it out without touching the issuer's key.

    Raises ``MalformedValue`` or ``RangeError`` for what no card may say, and for more than fits its QR code.
    """
    return _permit(card, write_claims(card), throwaway)


def resume_card(payload: bytes, *, throwaway: Signer) -> PreparedCard:
    """The permission for a recorded intent, as ``vc.issue.resume`` gives it for a credential."""
    return _permit(parse_claims(payload), payload, throwaway)


def complete_card(prepared: PreparedCard, signer: Signer) -> SignedCard:
    """Sign what was prepared, read it as a verifier does, and return the text.

    Raises ``ConflictError`` when the permission was used already, ``MalformedValue`` when the result does
    not read as what was prepared (it then goes nowhere).
    """
    prepared.use()
    return _require_same(_sign(prepared.payload, signer), prepared, signer.public_key)


def _permit(card: Card, payload: bytes, throwaway: Signer) -> PreparedCard:
    prepared = PreparedCard(card, payload)
    findings = tuple(identity_number(card))
    if findings:
        raise MalformedValue("The card may not be signed.", findings=findings)
    tried = _sign(payload, throwaway)
    symbol_for(tried)
    _require_same(tried, prepared, throwaway.public_key)
    return prepared


def identity_number(card: Card) -> Iterator[Finding]:
    """DESIGN: no number of an identity card, of the labour database or of the social security fund."""
    texts = (card.name_khmer, card.name_latin, *(fact.code for fact in card.facts))
    if any(IDENTITY_NUMBER.search(text) for text in texts):
        detail = "A text of the card holds what looks like a number of a register."
        yield Finding(type=ProblemType.PROOF_GENERATION_ERROR, detail=detail)


def _sign(payload: bytes, signer: Signer) -> str:
    return write_card(sign_sign1({KID: key_name(signer.public_key.multikey)}, payload, signer))


def _require_same(text: str, prepared: PreparedCard, public_key: PublicKey) -> SignedCard:
    received = parse_card(text)
    same = received.message.payload == prepared.payload and received.card == prepared.card
    if not (same and verify_sign1(received.message, public_key)):
        raise MalformedValue("The signed card does not verify.")
    return SignedCard(text=text, signed=received.signed)
