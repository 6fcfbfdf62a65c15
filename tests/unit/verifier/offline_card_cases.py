"""Situations that lie in the card itself."""

from datetime import timedelta

import base45
import cbor2

from tests.simulator import (
    CENTRE_DID,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from tests.unit.vc.card.cards import card, fact, issue, members, renamed, sealed
from tests.unit.verifier.offline_case import (
    GOOD,
    MALFORMED,
    OTHER_VERSION,
    Case,
    case_of,
    expect,
    not_authentic,
    status,
)
from vc.card.claims import FACT_NUMBERS, write_claims
from vc.card.text import PREFIX, key_name
from vc.cose.sign1 import KID, Label, sign_sign1
from vc.crypto.keys import KeyType
from vc.encoding.plain_cbor import write_deterministic


@expect(GOOD)
def good() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world))


@expect(GOOD)
def good_with_one_fact_in_part() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, card(world, facts=(fact(level=None, is_part=True),))))


@expect(GOOD)
def good_with_a_code_on_no_list() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, card(world, facts=(fact(code="__proto__", level=None),))))


@expect(GOOD)
def good_with_a_long_name() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, renamed(world, "សុខ\u200bដារ៉ា" * 4, "É" * 20)))


@expect(GOOD)
def good_with_a_p256_key() -> Case:
    world = IssuerWorld("eddsa-jcs-2022", KeyType.P256)
    return case_of(world, issue(world))


@expect(GOOD)
def good_with_a_p384_key() -> Case:
    world = IssuerWorld("eddsa-jcs-2022", KeyType.P384)
    return case_of(world, issue(world))


@expect(not_authentic("-proofInvalid"))
def p256_signature_by_another_key() -> Case:
    world = IssuerWorld("eddsa-jcs-2022", KeyType.P256)
    thief = signer_for("thief", CENTRE_DID, key_type=KeyType.P256)
    return case_of(world, sealed(world, write_claims(card(world)), signer=thief))


@expect(status("-expired"))
def expired_this_second() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, card(world, expires_at=world.now)))


@expect(GOOD)
def expires_in_a_second() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, card(world, expires_at=world.now + timedelta(seconds=1))))


@expect(status("-notYetValid"))
def not_yet_valid() -> Case:
    world = IssuerWorld()
    later = world.now + timedelta(seconds=301)
    return case_of(world, issue(world, card(world, issued_at=later, expires_at=later + timedelta(days=1))))


@expect(GOOD)
def issued_a_little_ahead_of_the_clock() -> Case:
    world = IssuerWorld()
    later = world.now + timedelta(seconds=300)
    return case_of(world, issue(world, card(world, issued_at=later, expires_at=later + timedelta(days=1))))


@expect(not_authentic("-proofInvalid"))
def signed_by_a_thief_under_the_centres_key_name() -> Case:
    world = IssuerWorld()
    thief = signer_for("thief", CENTRE_DID)
    return case_of(world, sealed(world, write_claims(card(world)), signer=thief))


@expect(not_authentic("-proofInvalid"))
def tampered_name() -> Case:
    world = IssuerWorld()
    raw = base45.b45decode(issue(world).removeprefix(PREFIX))
    text = PREFIX + str(base45.b45encode(raw.replace(b"SOK DARA", b"SOK DARE")), "ascii")
    return case_of(world, text)


@expect(not_authentic("?keyUnavailable", "-issuerUnknown"))
def signed_by_a_stranger() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, signer=did_key_signer("stranger")[1]))


def _text(text: str) -> Case:
    return case_of(IssuerWorld(), text)


@expect(MALFORMED)
def not_a_card() -> Case:
    return _text("hello")


@expect(MALFORMED)
def nothing_behind_the_prefix() -> Case:
    return _text("PC1:")


@expect(MALFORMED)
def not_base45() -> Case:
    return _text("PC1:abc")


@expect(MALFORMED)
def base45_in_small_letters() -> Case:
    return _text(PREFIX + issue(IssuerWorld()).removeprefix(PREFIX).lower())


@expect(MALFORMED)
def a_letter_missing_at_the_end() -> Case:
    return _text(issue(IssuerWorld())[:-1])


@expect(MALFORMED)
def a_space_at_the_end() -> Case:
    return _text(issue(IssuerWorld()) + " ")


@expect(MALFORMED)
def more_than_any_card_holds() -> Case:
    return _text(PREFIX + "0" * 525)


@expect(OTHER_VERSION)
def unknown_card_version() -> Case:
    return _text(issue(IssuerWorld()).replace("PC1:", "PC2:"))


@expect(OTHER_VERSION)
def unknown_card_version_of_three_digits() -> Case:
    return _text("PC100:")


@expect(MALFORMED)
def prefix_of_four_digits() -> Case:
    return _text("PC1000:")


def _claims(**changes: object) -> Case:
    """A rightly signed card whose claims are not those of a card; names are ``c7`` or ``own3``."""
    world = IssuerWorld()
    claims = members(world)
    for name, value in changes.items():
        place = claims[-65537] if name.startswith("own") else claims
        place[int(name.lstrip("cown"))] = value
    return case_of(world, sealed(world, write_deterministic(claims)))


@expect(MALFORMED)
def claim_that_is_not_known() -> Case:
    return _claims(c8={})


@expect(MALFORMED)
def card_identifier_too_short() -> Case:
    return _claims(c7=bytes(15))


@expect(MALFORMED)
def ends_before_it_begins() -> Case:
    return _claims(c4=1)


@expect(MALFORMED)
def kind_of_card_not_known() -> Case:
    return _claims(own1=3)


@expect(MALFORMED)
def work_on_a_card_of_health() -> Case:
    return _claims(own1=2)


@expect(MALFORMED)
def name_with_a_hidden_letter() -> Case:
    return _claims(own3="SOK\u202eDARA")


@expect(MALFORMED)
def name_spelled_in_the_longer_way() -> Case:
    return _claims(own2="សុខ")


@expect(MALFORMED)
def year_of_birth_with_a_fraction() -> Case:
    return _claims(own4=1994.5)


@expect(MALFORMED)
def list_named_by_an_address() -> Case:
    return _claims(own5="../secrets")


@expect(MALFORMED)
def index_below_zero() -> Case:
    return _claims(own6=-1)


@expect(MALFORMED)
def no_facts() -> Case:
    return _claims(own7=[])


@expect(MALFORMED)
def one_fact_twice() -> Case:
    one = [FACT_NUMBERS["RPLCertificate"], "CON-BRL-1", 20_000, 7, 1]
    return _claims(own7=[one, one])


@expect(MALFORMED)
def fact_of_an_unknown_type() -> Case:
    return _claims(own7=[[99, "CON-BRL-1", 20_000, 7]])


@expect(MALFORMED)
def labels_out_of_order() -> Case:
    world = IssuerWorld()
    claims = dict(reversed(list(members(world).items())))
    return case_of(world, sealed(world, cbor2.dumps(claims)))


@expect(MALFORMED)
def header_with_a_third_member() -> Case:
    world = IssuerWorld()
    header = {KID: key_name(world.centre.public_key.multikey), 5: b"iv"}
    return case_of(world, sealed(world, write_claims(card(world)), header))


@expect(GOOD)
def header_in_the_other_order() -> Case:
    world = IssuerWorld()
    name = key_name(world.centre.public_key.multikey)
    payload = write_claims(card(world))
    protected = cbor2.dumps({4: name, 1: -8})
    signature = world.centre.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    raw = cbor2.dumps([protected, {}, payload, signature])
    return case_of(world, PREFIX + str(base45.b45encode(raw), "ascii"))


@expect(MALFORMED)
def message_with_its_tag() -> Case:
    world = IssuerWorld()
    header: dict[Label, bytes] = {KID: key_name(world.centre.public_key.multikey)}
    message = sign_sign1(header, write_claims(card(world)), world.centre)
    return case_of(world, PREFIX + str(base45.b45encode(message), "ascii"))


@expect(not_authentic("-proofInvalid"))
def signed_in_another_way_than_the_header_says() -> Case:
    world = IssuerWorld()
    payload = write_claims(card(world))
    protected = cbor2.dumps({1: -7, 4: key_name(world.centre.public_key.multikey)})
    signature = world.centre.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    raw = cbor2.dumps([protected, {}, payload, signature])
    return case_of(world, PREFIX + str(base45.b45encode(raw), "ascii"))


@expect(MALFORMED)
def letter_beyond_the_alphabet_in_place_of_a_zero() -> Case:
    world = IssuerWorld()
    text = issue(world, card(world, card_id=bytes(16)))
    at = text.index("000000", len(PREFIX))
    return case_of(world, text[:at] + "\u0100" + text[at + 1 :])
