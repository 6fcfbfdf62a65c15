"""The text of a card: one spelling, read strictly, with every single fault refused for what it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import base45
import cbor2
import pytest

from tests.simulator import IssuerWorld
from tests.unit.vc.card.cards import CARD_INDEX, card, fact, issue, members, place, renamed, sealed
from vc.card.claims import parse_claims, write_claims
from vc.card.names import pack_text, unpack_text
from vc.card.text import PREFIX, UnknownCardVersion, key_name, parse_card, symbol_for
from vc.encoding.plain_cbor import write_deterministic
from vc.errors import MalformedValue, ProtocolError, RangeError

WORLD = IssuerWorld()
GOOD = issue(WORLD)
OWN = -65537


def raw_of(text: str) -> bytes:
    return bytes(base45.b45decode(text.removeprefix(PREFIX)))


def text_of(raw: bytes) -> str:
    return PREFIX + str(base45.b45encode(raw), "ascii")


def test_a_card_reads_as_it_was_made() -> None:
    received = parse_card(GOOD)
    assert received.card == card(WORLD)
    assert received.key_name == key_name(WORLD.centre.public_key.multikey)


def test_the_text_holds_only_what_the_alphanumeric_mode_has() -> None:
    assert set(GOOD) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert GOOD.startswith("PC1:")


def test_a_typical_card_fits_version_13_at_level_q_and_the_longest_version_14_at_m() -> None:
    assert symbol_for(GOOD).level == "Q"
    longest = issue(WORLD, renamed(WORLD, "ក" * 60, "A" * 60))
    assert (symbol_for(longest).level, symbol_for(longest).max_version) == ("M", 14)


def test_a_card_that_does_not_fit_is_not_signed() -> None:
    with pytest.raises(RangeError, match="too much on this card"):
        issue(WORLD, renamed(WORLD, "ក" * 90, "A" * 90))


def test_nothing_of_a_register_or_a_photo_has_a_place_on_a_card() -> None:
    payload = cbor2.loads(write_claims(card(WORLD)))
    assert sorted(payload) == [OWN, 4, 6, 7]
    assert sorted(payload[OWN]) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(GOOD.replace("PC1:", "PC2:"), UnknownCardVersion, id="another version"),
        pytest.param(GOOD.replace("PC1:", "pc1:"), MalformedValue, id="prefix in small letters"),
        pytest.param(GOOD.replace("PC1:", "HC1:"), MalformedValue, id="prefix of another scheme"),
        pytest.param(GOOD.removeprefix(PREFIX), MalformedValue, id="no prefix"),
        pytest.param(PREFIX, MalformedValue, id="nothing after the prefix"),
        pytest.param(GOOD[:-1] + "a", MalformedValue, id="a letter outside of base45"),
        pytest.param(GOOD + "\n", MalformedValue, id="a line end that the decoder drops"),
        pytest.param(GOOD[:-4], MalformedValue, id="cut short"),
        pytest.param(PREFIX + ":::", MalformedValue, id="base45 beyond two bytes"),
        pytest.param(PREFIX + "0" * 600, RangeError, id="more than a symbol holds"),
        pytest.param(text_of(raw_of(GOOD) + b"\0"), MalformedValue, id="a trailing byte"),
        pytest.param(text_of(b"\xd2" + raw_of(GOOD)), MalformedValue, id="a second spelling with a tag"),
        pytest.param(text_of(b"\x83" + raw_of(GOOD)[1:]), MalformedValue, id="no COSE_Sign1"),
        pytest.param(
            sealed(WORLD, write_claims(card(WORLD)), {4: bytes(7)}), MalformedValue, id="a key name too short"
        ),
        pytest.param(
            sealed(WORLD, write_claims(card(WORLD)), {4: "8 bytes!"}), MalformedValue, id="a key name as text"
        ),
        pytest.param(
            sealed(WORLD, write_claims(card(WORLD)), {4: bytes(8), 3: 61}),
            MalformedValue,
            id="a header that is not known",
        ),
        pytest.param(
            sealed(WORLD, write_claims(card(WORLD)), {4: bytes(8), 2: [4]}),
            MalformedValue,
            id="a critical header",
        ),
    ],
)
def test_a_text_with_one_fault_is_refused(text: str, error: type[ProtocolError]) -> None:
    with pytest.raises(error):
        parse_card(text)


def _set(path: tuple[int, ...], value: Any) -> Callable[[Any], Any]:
    def change(claims: Any) -> None:
        at = claims
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


def _drop(*path: int) -> Callable[[Any], Any]:
    def change(claims: Any) -> None:
        at = claims
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]

    return change


FAULTS: dict[str, Callable[[Any], Any]] = {
    "a claim that is not known": _set((8,), b""),
    "an own claim that is not known": _set((OWN, 8), 1),
    "no expiry": _drop(4),
    "no time of issue": _drop(6),
    "no identifier": _drop(7),
    "no name in Khmer": _drop(OWN, 2),
    "no status": _drop(OWN, 6),
    "an expiry as a text": _set((4,), "2031"),
    "an expiry as true": _set((4,), True),
    "an expiry before the issue": _set((4,), 1),
    "an expiry beyond every calendar": _set((4,), 2**63),
    "a negative time": _set((6,), -1),
    "an identifier of fifteen bytes": _set((7,), bytes(15)),
    "an identifier as a text": _set((7,), "0" * 16),
    "a kind that is not known": _set((OWN, 1), 3),
    "a work fact on a health card": _set((OWN, 1), 2),
    "a name that is empty": _set((OWN, 2), ""),
    "a name as a number": _set((OWN, 3), 7),
    "a name that could be shorter": _set((OWN, 2), "សុខ"),
    "a Latin name as bytes": _set((OWN, 3), b"SOK DARA"),
    "a name that turns its direction": _set((OWN, 3), "SOK \u202eARAD"),
    "a name with a line end": _set((OWN, 3), "SOK\nDARA"),
    "a name that ends in a space": _set((OWN, 3), "SOK DARA "),
    "a name of a hundred and one letters": _set((OWN, 3), "A" * 101),
    "a birth year of three digits": _set((OWN, 4), 994),
    "a birth date": _set((OWN, 4), 19940307),
    "a list named by its URL": _set((OWN, 5), "https://attacker.example/list"),
    "a list of no name": _set((OWN, 5), ""),
    "a negative index": _set((OWN, 6), -1),
    "an index as a text": _set((OWN, 6), "5"),
    "no facts": _set((OWN, 7), []),
    "facts that are no array": _set((OWN, 7), {}),
    "three facts": lambda claims: claims[OWN][7].append([2, "PDO", 20000, 9]),
    "one fact twice": lambda claims: claims[OWN][7].__setitem__(1, claims[OWN][7][0]),
    "a fact of a type that is not known": _set((OWN, 7, 0, 0), 63),
    "a fact whose type is true": _set((OWN, 7, 0, 0), True),
    "a fact without its day": _drop(OWN, 7, 1, 2),
    "a fact with a sixth member": lambda claims: claims[OWN][7][0].append(1),
    "a fact before every calendar": _set((OWN, 7, 0, 2), -1),
    "a level beyond the framework": _set((OWN, 7, 0, 4), 9),
    "a level as a text": _set((OWN, 7, 0, 4), "1"),
    "a fact that names the card's own list": lambda c: c[OWN][7][0].__setitem__(3, [c[OWN][5], 1]),
    "a fact whose list has no index": _set((OWN, 7, 0, 3), ["2025-1"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_claims_with_one_fault_are_refused(fault: str) -> None:
    claims = members(WORLD)
    FAULTS[fault](claims)
    with pytest.raises(ProtocolError):
        parse_card(sealed(WORLD, write_deterministic(claims)))


def _nested(depth: int) -> bytes:
    return b"\x81" * depth + b"\x00"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(cbor2.dumps(members(WORLD))[::-1], id="no CBOR"),
        pytest.param(cbor2.dumps(dict(reversed(members(WORLD).items()))), id="claims in another order"),
        pytest.param(
            write_claims(card(WORLD)).replace(b"\xa4\x04", b"\xa5\x04\x00\x04", 1), id="a claim twice"
        ),
        pytest.param(b"\xbf" + write_claims(card(WORLD))[1:] + b"\xff", id="a map of indefinite length"),
        pytest.param(write_claims(card(WORLD)) + b"\0", id="a byte behind the claims"),
        pytest.param(
            write_claims(card(WORLD)).replace(b"\x19\x07\xca", b"\x1a\0\0\x07\xca"), id="a longer number"
        ),
        pytest.param(cbor2.dumps(members(WORLD) | {4: 1.9e9}, canonical=True), id="a fraction"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(61, members(WORLD)), canonical=True), id="a tag"),
        pytest.param(b"\xd8\x1c\x81\xd8\x1d\x00", id="a structure that holds itself"),
        pytest.param(_nested(400), id="four hundred arrays in one another"),
        pytest.param(b"", id="no payload"),
    ],
)
def test_a_payload_in_another_spelling_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_card(sealed(WORLD, payload))


def test_bytes_that_look_like_tags_inside_of_an_identifier_are_no_tags() -> None:
    made = card(WORLD, card_id=b"\xd8\x1c\xd8\x1d" * 4)
    assert parse_claims(write_claims(made)) == made


def test_a_fact_of_another_list_a_part_and_a_level_read_as_written() -> None:
    made = card(
        WORLD,
        facts=(fact(status=place(3, "2025-1")), fact(level=None, is_part=True)),
        status=place(CARD_INDEX),
    )
    assert parse_claims(write_claims(made)) == made


@pytest.mark.parametrize("text", ["សុខ", "SOK", "SOK សុខ", "ឈ្មោះ\u200bវែង", "本田", "Åse សុខ", "ក" * 100])
def test_every_name_has_one_spelling(text: str) -> None:
    packed = pack_text(text)
    assert unpack_text(packed) == text
    assert isinstance(packed, bytes) == (text in ("សុខ", "SOK សុខ", "ក" * 100))


def test_the_time_of_a_card_is_of_whole_seconds() -> None:
    with pytest.raises(MalformedValue, match="as it was written"):
        write_claims(card(WORLD, issued_at=datetime(2026, 1, 1, 0, 0, 0, 5, UTC)))
