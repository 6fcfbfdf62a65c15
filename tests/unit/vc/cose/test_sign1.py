"""COSE_Sign1: one spelling, a protected algorithm, nothing of the reader's many tags."""

import time
from typing import Any

import cbor2
import pytest
from cwt import COSE, COSEKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.jose.samples import SECRETS, SIGNER, SIGNERS, STRANGER
from vc.cose.sign1 import ALG, CONTENT_TYPE, KID, TYP, parse_sign1, sign_sign1, verify_sign1
from vc.crypto.keys import KeyType, Signer
from vc.encoding import base64url
from vc.encoding.strict_json import Limits
from vc.errors import MalformedValue, ProtocolError

HEADER: dict[int | str, Any] = {KID: b"did:example:a#1", TYP: "application/vc+cose"}
PAYLOAD = b'{"a":1}'
MESSAGE = sign_sign1(HEADER, PAYLOAD, SIGNER)
ES256, EDDSA = -7, -8
KINDS = list(SIGNERS)
PROTECTED = cbor2.dumps({ALG: ES256})
GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def forge(
    protected: Any = PROTECTED, unprotected: Any = None, payload: Any = PAYLOAD, signer: Signer = SIGNER
) -> bytes:
    """A message with exactly these parts, signed; ``protected`` is bytes, or a map to encode."""
    raw = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    signature = signer.sign(cbor2.dumps(["Signature1", raw, b"", payload]))
    return b"\xd2" + cbor2.dumps([raw, {} if unprotected is None else unprotected, payload, signature])


def assemble(
    protected: bytes, unprotected: bytes, payload: bytes, signature: bytes, head: str = "d284"
) -> bytes:
    """A message of parts that are encoded already."""
    return bytes.fromhex(head) + protected + unprotected + payload + signature


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_verifies_and_is_what_was_given(kind: KeyType) -> None:
    signer = SIGNERS[kind]
    message = parse_sign1(sign_sign1(HEADER, PAYLOAD, signer))
    assert verify_sign1(message, signer.public_key)
    assert message.algorithm == signer.public_key.algorithm
    assert (message.payload, message.key_id) == (PAYLOAD, "did:example:a#1")
    assert {label: value for label, value in message.protected.items() if label != ALG} == HEADER


@pytest.mark.parametrize("kind", KINDS)
def test_other_software_reads_and_writes_the_same_messages(kind: KeyType) -> None:
    signer = SIGNERS[kind]
    jwk = {**signer.public_key.jwk, "alg": signer.public_key.algorithm, "kid": "did:example:a#1"}
    public = COSEKey.from_jwk({**jwk, "key_ops": ["verify"]})
    assert COSE.new().decode(sign_sign1(HEADER, PAYLOAD, signer), public) == PAYLOAD
    private = COSEKey.from_jwk({**jwk, "d": base64url.encode(SECRETS[kind]), "key_ops": ["sign"]})
    protected = {"alg": signer.public_key.algorithm, "kid": "x"}
    theirs = COSE.new().encode(PAYLOAD, private, protected=protected)
    message = parse_sign1(theirs)
    assert verify_sign1(message, signer.public_key)
    assert message.key_id == "x"


def test_the_tag_is_optional() -> None:
    assert parse_sign1(MESSAGE.removeprefix(b"\xd2")) == parse_sign1(MESSAGE)


def test_another_key_does_not_verify() -> None:
    assert not verify_sign1(parse_sign1(MESSAGE), STRANGER.public_key)


@pytest.mark.parametrize("algorithm", [-8, -7, -35, -36])
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_verifies_its_own_algorithm_alone(kind: KeyType, algorithm: int) -> None:
    signer = SIGNERS[kind]
    message = parse_sign1(forge({ALG: algorithm}, signer=signer))
    own = {KeyType.ED25519: -8, KeyType.P256: -7, KeyType.P384: -35, KeyType.P521: -36}
    assert verify_sign1(message, signer.public_key) is (own[kind] == algorithm)


@pytest.mark.parametrize(
    "algorithm",
    [0, 1, 5, 4, -37, -257, -47, -9, "ES256", "none", None, True, -7.0, b"\x26", [-7], 2**70],
    ids=str,
)
def test_an_algorithm_that_is_not_listed_is_refused(algorithm: Any) -> None:
    with pytest.raises(MalformedValue):
        parse_sign1(forge({ALG: algorithm}))


@pytest.mark.parametrize(
    "protected", [b"", b"\xa0", cbor2.dumps({KID: b"k"})], ids=["absent", "empty", "others"]
)
def test_a_message_without_algorithm_is_refused(protected: bytes) -> None:
    with pytest.raises(MalformedValue):
        parse_sign1(forge(protected))


@pytest.mark.parametrize(
    "unprotected", [{ALG: ES256}, {KID: b"did:example:attacker#1"}, {33: b"x"}, {"new": 1}], ids=str
)
def test_a_header_member_that_is_not_protected_is_refused(unprotected: dict[Any, Any]) -> None:
    with pytest.raises(MalformedValue, match="not protected"):
        parse_sign1(forge(unprotected=unprotected))


@pytest.mark.parametrize("label", [2, 32, 33, 35], ids=["crit", "x5bag", "x5chain", "x5u"])
def test_a_header_that_brings_a_key_or_changes_the_reading_is_refused(label: int) -> None:
    with pytest.raises(MalformedValue, match="a member that is refused"):
        parse_sign1(forge({ALG: ES256, label: [1]}))


def test_members_that_are_not_understood_are_ignored() -> None:
    message = parse_sign1(forge({ALG: ES256, "new": [1, {"a": None}], 99: True, -70_000: -(2**64)}))
    assert verify_sign1(message, SIGNER.public_key)


@pytest.mark.parametrize("kid", ["text", 5, b"\xff\xfe", None])
def test_a_key_identifier_that_is_no_text_in_bytes_names_nothing(kid: Any) -> None:
    assert parse_sign1(forge({ALG: ES256, KID: kid})).key_id is None


MAP = cbor2.dumps({})
PROTECTED_ITEM, PAYLOAD_ITEM = cbor2.dumps(PROTECTED), cbor2.dumps(PAYLOAD)
SIGNATURE_ITEM = cbor2.dumps(b"\x01" * 64)
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


@pytest.mark.parametrize("tag", ["d81c", "d9001c", "da0000001c", "db000000000000001c"])
@pytest.mark.parametrize("place", ["value", "label"])
def test_a_header_that_shares_values_is_refused_at_once(tag: str, place: str) -> None:
    shared, reference = bytes.fromhex(tag), bytes.fromhex(tag[:-1] + "d")
    levels = [shared + b"\x82\x00\x00"]
    # Each is twice the one before: 24 of them stand for sixteen million values.
    levels += [shared + b"\x82" + (reference + cbor2.dumps(level)) * 2 for level in range(24)]
    array = b"\x98" + bytes([len(levels)]) + b"".join(levels)
    member = b"\x18\x63" + array if place == "value" else array + b"\x00"
    start = time.process_time()
    with pytest.raises(MalformedValue):
        parse_sign1(forge(b"\xa2\x01\x26" + member))
    assert time.process_time() - start < 0.1


def _rational(digits: int) -> bytes:
    number = b"\xc2\x5a" + digits.to_bytes(4) + b"\xff" * digits
    return b"\xd8\x1e\x82" + number + number


@pytest.mark.parametrize("place", ["unprotected", "payload", "protected", "signature", "whole"])
def test_a_tag_that_asks_for_much_work_is_refused_at_once(place: str) -> None:
    places = ("protected", "unprotected", "payload", "signature")
    genuine = (PROTECTED_ITEM, MAP, PAYLOAD_ITEM, SIGNATURE_ITEM)
    bomb = _rational(400_000)
    parts = [bomb if name == place else part for name, part in zip(places, genuine, strict=True)]
    raw = bomb if place == "whole" else b"\xd2\x84" + b"".join(parts)
    start = time.process_time()
    with pytest.raises(MalformedValue):
        parse_sign1(raw)
    assert time.process_time() - start < 0.1


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


R, S = int.from_bytes(MESSAGE[-64:-32]), int.from_bytes(MESSAGE[-32:])


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, S), (R, 0), (0, 0), (GROUP_ORDER, S), (R, GROUP_ORDER), (S, R)],
    ids=["r-zero", "s-zero", "both-zero", "r-order", "s-order", "swapped"],
)
def test_a_signature_with_other_numbers_does_not_verify(r: int, s: int) -> None:
    assert verify_sign1(parse_sign1(MESSAGE), SIGNER.public_key)
    message = parse_sign1(MESSAGE[:-64] + r.to_bytes(32) + s.to_bytes(32))
    assert not verify_sign1(message, SIGNER.public_key)


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 96, 132])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    signature = (MESSAGE[-64:] * 3)[:length]
    raw = assemble(
        cbor2.dumps(parse_sign1(MESSAGE).protected_bytes), MAP, PAYLOAD_ITEM, cbor2.dumps(signature)
    )
    assert not verify_sign1(parse_sign1(raw), SIGNER.public_key)


@pytest.mark.parametrize("context", ["Signature", "CounterSignature", "MAC0", "Encrypt0"])
def test_a_signature_made_in_another_context_does_not_verify(context: str) -> None:
    signature = SIGNER.sign(cbor2.dumps([context, PROTECTED, b"", PAYLOAD]))
    raw = assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, cbor2.dumps(signature))
    assert not verify_sign1(parse_sign1(raw), SIGNER.public_key)


def test_a_jws_signature_over_the_same_payload_does_not_verify() -> None:
    raw = assemble(PROTECTED_ITEM, MAP, PAYLOAD_ITEM, cbor2.dumps(SIGNER.sign(PAYLOAD)))
    assert not verify_sign1(parse_sign1(raw), SIGNER.public_key)


def test_the_headers_of_a_signed_message_are_in_their_canonical_order() -> None:
    header: dict[int | str, Any] = {TYP: "application/vc+cose", KID: b"k", CONTENT_TYPE: "application/vc"}
    assert list(parse_sign1(sign_sign1(header, PAYLOAD, SIGNER)).protected) == [ALG, CONTENT_TYPE, KID, TYP]


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
