"""The parsers of passport cards, as ``parsers`` has them."""

from tests.property import samples
from tests.property.parsers import Parser, parser
from tests.unit.vc.card.cards import card, issue, members, sealed
from vc.card.claims import parse_claims, write_claims
from vc.card.text import UnknownCardVersion, parse_card
from vc.encoding.plain_cbor import read_deterministic, read_plain, write_deterministic
from vc.errors import MalformedValue, RangeError

_PAYLOAD = write_claims(card(samples.WORLD))

CARD_PARSERS: tuple[Parser, ...] = (
    parser(
        "vc.encoding.plain_cbor.read_plain",
        lambda raw: read_plain(raw, max_depth=5),
        _PAYLOAD,
        MalformedValue,
    ),
    parser(
        "vc.encoding.plain_cbor.read_deterministic",
        lambda raw: read_deterministic(raw, max_depth=5),
        _PAYLOAD,
        MalformedValue,
    ),
    parser("vc.card.claims.parse_claims", parse_claims, _PAYLOAD, MalformedValue, RangeError),
    parser(
        "vc.card.claims.parse_claims",
        lambda claims: parse_claims(write_deterministic(claims)),
        members(samples.WORLD),
        MalformedValue,
        RangeError,
    ),
    parser(
        "vc.card.text.parse_card",
        parse_card,
        issue(samples.WORLD),
        MalformedValue,
        RangeError,
        UnknownCardVersion,
    ),
    parser(
        "vc.card.text.parse_card",
        lambda payload: parse_card(sealed(samples.WORLD, payload)),
        _PAYLOAD,
        MalformedValue,
        RangeError,
    ),
)
