"""The CBOR of a COSE_Sign1: one spelling, nothing of the reader's many tags, no work without end."""

import time

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.cose.messages import (
    ES256,
    MAP,
    MESSAGE,
    PAYLOAD,
    PAYLOAD_ITEM,
    PROTECTED,
    PROTECTED_ITEM,
    SIGNATURE_ITEM,
    assemble,
    forge,
)
from tests.unit.vc.jose.samples import SIGNER
from vc.cose.sign1 import ALG, parse_sign1, verify_sign1
from vc.encoding.strict_json import Limits
from vc.errors import MalformedValue, ProtocolError

LONG = bytes.fromhex


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xd2",
        b"\x84",
        b"\xd2\x84",
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, b""),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d285") + b"\x00",
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, b"", "d283"),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM) + b"\x00",
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM) * 2,
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d29f") + b"\xff",
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d29804"),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d81284"),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d2d284"),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d83dd284"),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d184"),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM, "d86284"),
        assemble(b"\x5f" + PROTECTED_ITEM + b"\xff", MAP, PAYLOAD_ITEM, SIGNATURE_ITEM),
        assemble(b"\x58\x03" + PROTECTED, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, b"\xbf\xff", PAYLOAD_ITEM, SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, b"\xb8\x00", PAYLOAD_ITEM, SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, b"\x80", PAYLOAD_ITEM, SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, b"\xf6", PAYLOAD_ITEM, SIGNATURE_ITEM),
        forge(LONG("a1f526")),
        forge(LONG("a2012641ff00")),
        forge(LONG("a20126f600")),
        assemble(PROTECTED_ITEM, MAP, b"\xf6", SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, MAP, cbor2.dumps(PAYLOAD.decode()), SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, MAP, b"\x5f" + PAYLOAD_ITEM + b"\xff", SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, MAP, b"\x58\x07" + PAYLOAD, SIGNATURE_ITEM),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, cbor2.dumps("x" * 64)),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, cbor2.dumps(b"\x01" * 133)),
        assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, LONG("5b7fffffffffffffff")),
        assemble(cbor2.dumps({ALG: ES256}), MAP, PAYLOAD_ITEM, SIGNATURE_ITEM),
        forge(LONG("a201260126")),
        forge(LONG("a201260127")),
        forge(LONG("bf0126ff")),
        forge(LONG("a1180126")),
        forge(LONG("a1013806")),
        forge(PROTECTED + b"\x00"),
        forge(PROTECTED[:-1]),
        forge(b"\x80"),
        forge(LONG("d81ca10126")),
        forge(LONG("d9d9f7a10126")),
    ],
    ids=[
        "empty",
        "tag-alone",
        "array-alone",
        "tagged-array-alone",
        "no-signature",
        "five-parts",
        "three-parts",
        "trailing-byte",
        "two-messages",
        "indefinite-array",
        "long-array-head",
        "long-tag",
        "tag-twice",
        "cwt-tag",
        "mac0-tag",
        "sign-tag",
        "indefinite-protected",
        "long-protected-head",
        "indefinite-unprotected",
        "long-unprotected-head",
        "unprotected-array",
        "unprotected-null",
        "label-boolean",
        "label-bytes",
        "label-null",
        "detached-payload",
        "text-payload",
        "indefinite-payload",
        "long-payload-head",
        "text-signature",
        "long-signature",
        "endless-signature",
        "protected-a-map",
        "alg-twice",
        "alg-twice-differently",
        "indefinite-protected-map",
        "long-label",
        "long-algorithm",
        "trailing-in-protected",
        "cut-protected",
        "protected-an-array",
        "shared-protected",
        "self-described-protected",
    ],
)
def test_a_message_with_one_fault_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedValue):
        parse_sign1(raw)


@pytest.mark.parametrize(
    "value",
    [
        "c074323031332d30332d32315432303a30343a30305a",
        "c11a514b67b0",
        "c249010000000000000000",
        "c482201b7fffffffffffffff",
        "c5821b7fffffffffffffff01",
        "d81c80",
        "d81d00",
        "d81e820102",
        "d81e820100",
        "d8236428282828",
        "d82463613a62",
        "d82550" + "00" * 16,
        "d9010280",
        "d9010444c0a80001",
        "d9010080",
        "d81900",
        "f7",
        "f820",
        "f93e00",
        "fb3ff8000000000000",
        "c3488000000000000000",
        "d823d818f7",
        "d823c100",
        "d864c24461626364",
    ],
    ids=[
        "date-text",
        "date-number",
        "big-number",
        "decimal",
        "big-float",
        "shareable",
        "shared",
        "rational",
        "rational-by-zero",
        "regular-expression",
        "mime",
        "uuid",
        "set",
        "address",
        "string-names",
        "string-reference",
        "undefined",
        "simple-value",
        "half-float",
        "float",
        "big-negative-number",
        "expression-of-a-tag",
        "expression-of-a-date",
        "day-out-of-range",
    ],
)
def test_a_header_with_a_tag_or_odd_value_is_refused(value: str) -> None:
    encoded = bytes.fromhex(value)
    for protected in (b"\xa2\x01\x26\x18\x63" + encoded, b"\xa2\x01\x26\x18\x63\x81" + encoded):
        with pytest.raises(MalformedValue):
            parse_sign1(forge(protected))
    raw = assemble(PROTECTED_ITEM, b"\xa1\x18\x63" + encoded, PAYLOAD_ITEM, SIGNATURE_ITEM)
    with pytest.raises(MalformedValue):
        parse_sign1(raw)


def test_a_header_is_refused_alike_each_time_it_comes() -> None:
    # An expression that is a tag of an array: the reader remembers it wrongly, and then fails otherwise.
    for _ in range(100):
        with pytest.raises(MalformedValue):
            parse_sign1(forge(bytes.fromhex("a201261863d823d81880")))


def _doubled(levels: int, share: bytes = b"\xd8\x1c") -> bytes:
    """An array of shared arrays, each holding the one before twice: 24 levels hold 16 million values."""
    reference = share[:-1] + b"\x1d"
    arrays = [share + b"\x82\x00\x00"]
    arrays += [share + b"\x82" + (reference + cbor2.dumps(level)) * 2 for level in range(levels)]
    return b"\x98" + bytes([len(arrays)]) + b"".join(arrays)


@pytest.mark.parametrize("tag", ["d81c", "d9001c", "da0000001c", "db000000000000001c"])
@pytest.mark.parametrize("place", ["value", "label"])
def test_a_header_that_shares_values_is_refused_at_once(tag: str, place: str) -> None:
    array = _doubled(24, bytes.fromhex(tag))
    member = b"\x18\x63" + array if place == "value" else array + b"\x00"
    start = time.process_time()
    with pytest.raises(MalformedValue):
        parse_sign1(forge(b"\xa2\x01\x26" + member))
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("place", ["protected", "unprotected", "payload", "signature", "whole"])
def test_a_value_that_asks_for_much_work_is_refused_at_once(place: str) -> None:
    places = ("protected", "unprotected", "payload", "signature")
    genuine = (PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM)
    bomb = b"\xa1" + _doubled(24) + b"\x00"
    parts = [bomb if name == place else part for name, part in zip(places, genuine, strict=True)]
    raw = bomb if place == "whole" else b"\xd2\x84" + b"".join(parts)
    start = time.process_time()
    with pytest.raises(MalformedValue):
        parse_sign1(raw)
    assert time.process_time() - start < 0.1


def test_a_longer_head_is_refused_where_what_follows_fits_all_the_same() -> None:
    # Read with one byte too few, the payload's last byte begins a signature of 88 bytes.
    raw = assemble(PROTECTED_ITEM, MAP, b"\x58\x04abc\x58", b"\x58\x57" + b"\x01" * 87)
    with pytest.raises(MalformedValue, match="shortest"):
        parse_sign1(raw)


@pytest.mark.parametrize(
    "head", [b"\x81", b"\xa1\x01", b"\xc6", b"\xd8\x1c"], ids=["array", "map", "tag", "shared"]
)
def test_a_deep_header_is_refused(head: bytes) -> None:
    for raw in (
        assemble(PROTECTED_ITEM, head * 100_000, b"", b""),
        forge(b"\xa2\x01\x26\x18\x63" + head * 900),
    ):
        with pytest.raises(MalformedValue):
            parse_sign1(raw)


def test_nesting_in_a_header_is_bounded() -> None:
    assert parse_sign1(forge({ALG: ES256, 99: [[[1]]]})).protected[99] == [[[1]]]
    with pytest.raises(MalformedValue, match="plain"):
        parse_sign1(forge({ALG: ES256, 99: [[[[1]]]]}))


def test_the_bound_of_the_payload_is_exact() -> None:
    limits = Limits(max_bytes=100)
    assert parse_sign1(forge(payload=b"x" * 100), limits).payload == b"x" * 100
    for length in (101, 105, 110, 1_000_000):
        with pytest.raises(MalformedValue):
            parse_sign1(forge(payload=b"x" * length), limits)


def test_a_header_beyond_its_bound_is_refused() -> None:
    length = 4_096 - len(cbor2.dumps({ALG: ES256, 99: b"x" * 4_000})) + 4_000
    assert parse_sign1(forge({ALG: ES256, 99: b"x" * length})).key_id is None
    with pytest.raises(MalformedValue, match="too long"):
        parse_sign1(forge({ALG: ES256, 99: b"x" * (length + 1)}))


@given(
    mutations=st.lists(
        st.tuples(st.integers(0, len(MESSAGE)), st.integers(0, 4), st.binary(max_size=4)),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=500, deadline=None)
def test_a_mutant_is_refused_or_covers_what_was_signed(mutations: list[tuple[int, int, bytes]]) -> None:
    mutant = MESSAGE
    for start, length, data in mutations:
        mutant = mutant[:start] + data + mutant[start + length :]
    try:
        message = parse_sign1(mutant)
    except ProtocolError:
        return
    if verify_sign1(message, SIGNER.public_key):
        assert (message.payload, message.protected) == (PAYLOAD, parse_sign1(MESSAGE).protected)


TAGS = st.sampled_from([0, 1, 2, 3, 4, 5, 24, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 55799])
LEAVES = st.sampled_from(
    [
        "00",
        "20",
        "1bffffffffffffffff",
        "3b7fffffffffffffff",
        "60",
        "6161",
        "40",
        "4101",
        "f6",
        "f7",
        "f97c00",
        "f97e00",
    ]
).map(bytes.fromhex)
ENCODED = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(TAGS, inner).map(lambda pair: cbor2.dumps(cbor2.CBORTag(pair[0], 0))[:-1] + pair[1])
        | st.lists(inner, max_size=3).map(lambda parts: bytes([0x80 + len(parts)]) + b"".join(parts))
        | st.tuples(inner, inner).map(lambda pair: b"\xa1" + b"".join(pair))
    ),
    max_leaves=8,
)


@given(
    parts=st.lists(ENCODED, min_size=4, max_size=4), genuine=st.integers(0, 15), raw=st.binary(max_size=60)
)
@settings(max_examples=500, deadline=None)
def test_only_protocol_errors_leave_for_nonsense(parts: list[bytes], genuine: int, raw: bytes) -> None:
    good = [PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM]
    chosen = [
        own if genuine & 1 << place else part
        for place, (own, part) in enumerate(zip(good, parts, strict=True))
    ]
    for message in (
        b"\xd2\x84" + b"".join(chosen),
        raw,
        forge(parts[0]),
        forge(b"\xa2\x01\x26\x18\x63" + parts[1]),
    ):
        try:
            parse_sign1(message)
        except ProtocolError:
            continue
