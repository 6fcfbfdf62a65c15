"""COSE_Sign1: one algorithm for each key, all of the header protected, no key but the caller's."""

from typing import Any

import cbor2
import pytest
from cwt import COSE, COSEKey

from tests.unit.vc.cose.messages import (
    ES256,
    HEADER,
    KINDS,
    MAP,
    MESSAGE,
    PAYLOAD,
    PAYLOAD_ITEM,
    PROTECTED,
    PROTECTED_ITEM,
    assemble,
    forge,
)
from tests.unit.vc.jose.samples import SECRETS, SIGNER, SIGNERS, STRANGER
from vc.cose.sign1 import ALG, CONTENT_TYPE, KID, TYP, parse_sign1, sign_sign1, verify_sign1
from vc.crypto.keys import KeyType
from vc.encoding import base64url
from vc.errors import MalformedValue


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


GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
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
