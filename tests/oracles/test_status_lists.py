"""Bitstring Status List 1.0: generated bits come out of every library as they went into another."""

import json
from collections import Counter
from typing import Any

import pytest
from openvc.status.bitstring import decode_bitstring, encode_bitstring, get_status_bit

from tests.oracles.documents import V2, Json
from tests.oracles.laws import hold_for_all, sizes
from tests.oracles.node_oracle import NodeOracle, OracleRefusedError
from tests.oracles.securing import KINDS, NOW, sign, verdict_of_digitalbazaar
from tests.oracles.values import status_bits
from vc.errors import ProtocolError
from vc.status.bitstring_status_list import (
    MIN_LENGTH,
    bit_at,
    decode_list,
    encode_list,
    set_indexes,
)
from vc.status.check import StatusState, check_status, parse_status_list
from vc.status.entries import StatusEntry, parse_status_entries

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

KIND = KINDS[0]
LIST_URL = "https://status.example/lists/1"


@sizes(40, 1_000)
def test_any_bits(node: NodeOracle, tally: Counter[str], examples: int) -> None:
    def law(given: tuple[int, frozenset[int]]) -> None:
        length, indexes = given
        ours = encode_list(length, indexes)
        assert node.ask("decodeList", encodedList=ours) == {"length": length, "indexes": sorted(indexes)}
        by_openvc = decode_bitstring(ours)
        assert len(by_openvc) * 8 == length
        assert all(get_status_bit(by_openvc, index) for index in indexes)
        assert set_indexes(by_openvc) == indexes
        theirs = node.ask("encodeList", length=length, indexes=sorted(indexes))["encodedList"]
        for encoded in (theirs, encode_bitstring(by_openvc)):
            assert set_indexes(decode_list(encoded, expected_length=length)) == indexes
        tally["lists read alike both ways (@digitalbazaar, openvc)"] += 1
        tally["set bits"] += len(indexes)

    hold_for_all(status_bits(), examples, law)


@pytest.mark.parametrize(("index", "first_byte"), [(0, 0x80), (1, 0x40), (7, 0x01)])
def test_the_first_index_is_the_left_most_bit(node: NodeOracle, index: int, first_byte: int) -> None:
    """Section 2.2: the first index, with a value of zero, is at the left-most bit."""
    theirs = node.ask("encodeList", length=MIN_LENGTH, indexes=[index])["encodedList"]
    for encoded in (theirs, encode_list(MIN_LENGTH, [index])):
        for bits in (decode_list(encoded), decode_bitstring(encoded)):
            assert bits[0] == first_byte
            assert not any(bits[1:])


def test_an_index_beyond_the_list_is_an_error_for_all(node: NodeOracle) -> None:
    bits = decode_list(encode_list(MIN_LENGTH, []))
    with pytest.raises(ProtocolError):
        bit_at(bits, MIN_LENGTH)
    with pytest.raises(OracleRefusedError):
        node.ask("encodeList", length=MIN_LENGTH, indexes=[MIN_LENGTH])


@pytest.mark.parametrize("fault", ["no multibase prefix", "cut short", "not GZIP"])
def test_an_encoding_with_a_fault_is_refused_by_all_or_by_the_specification(
    node: NodeOracle, fault: str
) -> None:
    """Section 2.2: multibase base64url without padding ("u") of GZIP. openvc also reads lists of before."""
    good = encode_list(MIN_LENGTH, [3])
    faulty = {"no multibase prefix": good[1:], "cut short": good[:-8], "not GZIP": "u" + good[9:]}[fault]
    with pytest.raises(ProtocolError):
        decode_list(faulty)
    with pytest.raises(OracleRefusedError):
        node.ask("decodeList", encodedList=faulty)


def status_list(*indexes: int, **subject: Any) -> Json:
    """A status list that we sign."""
    document = {
        "@context": [V2],
        "id": LIST_URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": KIND.did,
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialSubject": {
            "id": f"{LIST_URL}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_list(MIN_LENGTH, indexes),
            **subject,
        },
    }
    return sign(document, KIND)


def credential(index: str) -> Json:
    """A credential whose status is at ``index``."""
    document = {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": KIND.did,
        "credentialSubject": {"name": "x"},
        "credentialStatus": {
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": index,
            "statusListCredential": LIST_URL,
        },
    }
    return sign(document, KIND)


def state(secured: Json, signed_list: Json) -> StatusState:
    """What we say of the one entry of a credential."""
    (entry,) = parse_status_entries(secured)
    assert isinstance(entry, StatusEntry)
    covered = {name: value for name, value in signed_list.items() if name != "proof"}
    parsed = parse_status_list(json.loads(json.dumps(covered)), url=LIST_URL, digest="00" * 32)
    return check_status(entry, parsed, now=NOW).state


@pytest.mark.parametrize(("index", "revoked"), [("0", True), ("9", True), ("1", False), ("131071", False)])
def test_a_set_bit_is_verified_for_digitalbazaar_and_revoked_for_us(
    node: NodeOracle, index: str, revoked: bool
) -> None:
    """Section 3.2: the status is a value beside "the list could be verified".

    ``checkStatus`` of @digitalbazaar/vc-bitstring-status-list answers ``verified: true`` for a revoked
    credential; who reads only that accepts it. The bit is in ``results[].status``, which agrees with us.
    """
    secured, signed_list = credential(index), status_list(0, 9)
    answer = node.ask("checkStatus", credential=secured, statusList=signed_list)
    assert answer == {"verified": True, "statuses": [revoked]}
    assert state(secured, signed_list) is (StatusState.SET if revoked else StatusState.CLEAR)
    assert verdict_of_digitalbazaar(node, secured) is None


def test_a_list_that_was_altered_is_not_verified(node: NodeOracle) -> None:
    secured, signed_list = credential("9"), status_list(9)
    signed_list["credentialSubject"]["encodedList"] = encode_list(MIN_LENGTH, [])
    answer = node.ask("checkStatus", credential=secured, statusList=signed_list)
    assert answer["verified"] is False
    assert verdict_of_digitalbazaar(node, signed_list) is not None


def test_an_index_of_two_spellings_names_one_bit_here_only_once(node: NodeOracle) -> None:
    """Section 2.1: "an arbitrary size integer greater than or equal to 0, expressed as a string in base 10".

    @digitalbazaar reads what ``parseInt`` makes of it: "9x" and "+9" are 9.
    """
    signed_list = status_list(9)
    for spelling in ("9x", "+9", " 9"):
        secured = credential(spelling)
        with pytest.raises(ProtocolError):
            parse_status_entries(secured)
        answer = node.ask("checkStatus", credential=secured, statusList=signed_list)
        assert answer == {"verified": True, "statuses": [True]}
