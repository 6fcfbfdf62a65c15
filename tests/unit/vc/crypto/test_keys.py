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


LENGTHS = {KeyType.ED25519: (32, 64), KeyType.P256: (33, 64), KeyType.P384: (49, 96), KeyType.P521: (67, 132)}
ALGORITHMS = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
PREFIXES = {"Ed25519": "z6Mk", "P-256": "zDn", "P-384": "z82", "P-521": "z2J9"}
every_kind = pytest.mark.parametrize("key_type", KeyType)


def _signer(key_type: KeyType) -> InMemorySigner:
    size = LENGTHS[key_type][0] - (0 if key_type is KeyType.ED25519 else 1)
    return InMemorySigner((12345).to_bytes(size), "did:example:a#1", key_type=key_type)


@every_kind
def test_every_kind_signs_and_is_spelled_in_its_way(key_type: KeyType) -> None:
    signer = _signer(key_type)
    key, signature = signer.public_key, signer.sign(MESSAGE)
    assert (len(key.raw), len(signature)) == LENGTHS[key_type]
    assert key.signature_bytes == len(signature)
    assert key.algorithm == ALGORITHMS[key_type]
    assert key.multikey.startswith(PREFIXES[key_type])
    assert PublicKey.from_multikey(key.multikey) == key
    assert PublicKey.from_jwk(key.jwk) == key
    assert key.jwk["crv"] == key_type
    assert key.verify(signature, MESSAGE)
    assert not key.verify(signature, MESSAGE + b" ")


@every_kind
def test_every_kind_signs_the_same_bytes_with_the_same_signature(key_type: KeyType) -> None:
    assert _signer(key_type).sign(MESSAGE) == _signer(key_type).sign(MESSAGE)


def test_rfc_6979_vector() -> None:
    """Section A.2.5, SHA-256, message "sample"."""
    secret = bytes.fromhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
    assert InMemorySigner(secret, "", key_type=KeyType.P256).sign(b"sample").hex() == (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_seed_of_wrong_length_is_malformed(length: int) -> None:
    with pytest.raises(MalformedValue):
        InMemorySigner((SEED * 2)[:length], "")


@every_kind
def test_a_signer_of_any_kind_does_not_show_its_secret(key_type: KeyType) -> None:
    signer = _signer(key_type)
    assert repr(signer) == object.__repr__(signer)


@pytest.mark.parametrize("missing", ["x", "y"])
def test_ec_jwk_without_a_coordinate_is_malformed(missing: str) -> None:
    jwk = _signer(KeyType.P256).public_key.jwk
    del jwk[missing]
    with pytest.raises(MalformedValue):
        PublicKey.from_jwk(jwk)


@every_kind
def test_jwk_of_any_kind_with_its_private_part_is_malformed(key_type: KeyType) -> None:
    with pytest.raises(MalformedValue):
        PublicKey.from_jwk({**_signer(key_type).public_key.jwk, "d": "AA"})
