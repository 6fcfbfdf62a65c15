"""Keys: one spelling each, strict signatures, no private parts."""

import pytest

from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.encoding import base64url, multibase
from vc.errors import MalformedValue, UnknownOption

# RFC 8032 section 7.1, test 3.
SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
PUBLIC = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
MESSAGE = bytes.fromhex("af82")
SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
KEY = PublicKey(key_type=KeyType.ED25519, raw=PUBLIC)


def test_rfc_8032_vector() -> None:
    signer = InMemorySigner(SEED, "did:example:a#1")
    assert signer.public_key == KEY
    assert signer.verification_method == "did:example:a#1"
    assert signer.sign(MESSAGE) == SIGNATURE
    assert KEY.verify(SIGNATURE, MESSAGE)


def test_a_signer_does_not_show_its_seed() -> None:
    signer = InMemorySigner(SEED, "did:example:a#1")
    assert SEED.hex() not in repr(signer) + str(signer)
    assert not hasattr(signer, "__dict__")


def test_malleated_signature_with_s_plus_order_is_refused() -> None:
    s = int.from_bytes(SIGNATURE[32:], "little") + GROUP_ORDER
    assert not KEY.verify(SIGNATURE[:32] + s.to_bytes(32, "little"), MESSAGE)


@pytest.mark.parametrize("length", [0, 32, 63, 65, 128])
def test_signature_of_wrong_length_is_refused(length: int) -> None:
    assert not KEY.verify((SIGNATURE * 2)[:length], MESSAGE)


def test_every_flipped_bit_of_the_signature_is_refused() -> None:
    for bit in range(512):
        flipped = bytearray(SIGNATURE)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not KEY.verify(bytes(flipped), MESSAGE)


@pytest.mark.parametrize(
    "raw",
    [
        bytes(32),
        bytes([1]) + bytes(31),
        bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        b"\xff" * 32,
    ],
    ids=["order_4", "identity", "order_2", "not_canonical_zero", "not_canonical"],
)
def test_key_of_small_order_verifies_nothing(raw: bytes) -> None:
    key = PublicKey(key_type=KeyType.ED25519, raw=raw)
    forged = bytes([1]) + bytes(63)
    assert not key.verify(forged, b"anything")


def test_multikey_round_trip() -> None:
    assert KEY.multikey.startswith("z6Mk")
    assert PublicKey.from_multikey(KEY.multikey) == KEY


@pytest.mark.parametrize(
    "text",
    ["", "z", "6Mk", KEY.multikey[1:], KEY.multikey + "1", "u7QE", "z" + "1" * 100_000],
)
def test_misspelled_multikey_is_malformed_or_unknown(text: str) -> None:
    with pytest.raises((MalformedValue, UnknownOption)):
        PublicKey.from_multikey(text)


def test_multikey_of_wrong_length_is_malformed() -> None:
    for raw in (PUBLIC[:31], PUBLIC + b"\x00"):
        with pytest.raises(MalformedValue):
            PublicKey.from_multikey(multibase.encode_base58btc(b"\xed\x01" + raw))


def test_multikey_of_unknown_kind_is_an_unknown_option() -> None:
    with pytest.raises(UnknownOption):
        PublicKey.from_multikey(multibase.encode_base58btc(b"\xec\x01" + PUBLIC))


def test_private_multikey_is_not_taken_for_a_public_one() -> None:
    with pytest.raises(UnknownOption):
        PublicKey.from_multikey(multibase.encode_base58btc(b"\x80\x26" + SEED))


def test_jwk() -> None:
    jwk: dict[str, object] = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(PUBLIC)}
    assert PublicKey.from_jwk(jwk) == KEY
    for unknown in ({"crv": "X25519"}, {"kty": "EC"}):
        with pytest.raises(UnknownOption):
            PublicKey.from_jwk(jwk | unknown)
    for fault in (
        {"x": 5},
        {"x": "AA"},
        {"x": base64url.encode(PUBLIC) + "="},
        {"d": base64url.encode(SEED)},
    ):
        with pytest.raises(MalformedValue):
            PublicKey.from_jwk(jwk | fault)
