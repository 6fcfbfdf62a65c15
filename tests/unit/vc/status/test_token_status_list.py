"""Token Status List: the values of the draft's own examples, and what is refused."""

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vc.cose.sign1 import verify_sign1
from vc.crypto.keys import InMemorySigner, Signer
from vc.encoding import base64url
from vc.errors import MalformedValue, ProtocolError, RangeError
from vc.jose.jws import verify_jws
from vc.status.token_documents import (
    ListToSign,
    read_list_cwt,
    read_list_jwt,
    sign_list_cwt,
    sign_list_jwt,
)
from vc.status.token_status_list import (
    BITS,
    compress_values,
    inflate_values,
    require_bits,
    value_at,
    values_set,
)

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
URL = "https://passport.example/status/tokens/abc/jwt"


def to_sign(bits: int = 2, **changes: object) -> ListToSign:
    members = {
        "url": URL,
        "compressed": compress_values(1 << 17, {5: 1, 9: 1}, bits=bits),
        "bits": bits,
        "version": 7,
        "issued_at": NOW,
        "expires": NOW + timedelta(hours=24),
        "ttl": timedelta(minutes=5),
    }
    return ListToSign(**(members | changes))  # type: ignore[arg-type]


@pytest.fixture
def signer() -> Signer:
    return InMemorySigner(bytes(32), "did:web:passport.example:status#status-1")


def test_one_bit_stands_at_the_low_end_of_its_byte() -> None:
    ones = (0, 3, 4, 5, 7, 8, 9, 13, 15)
    compressed = compress_values(16, dict.fromkeys(ones, 1), bits=1)
    assert inflate_values(compressed) == bytes((0xB9, 0xA3))
    assert base64url.encode(compressed) == "eNrbuRgAAhcBXQ"


def test_two_bits_stand_at_the_low_end_of_their_byte() -> None:
    values = dict(enumerate((1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)))
    compressed = compress_values(12, values, bits=2)
    assert inflate_values(compressed) == bytes((0xC9, 0x44, 0xF9))
    assert base64url.encode(compressed) == "eNo76fITAAPfAgc"


@given(st.sampled_from(BITS), st.data())
def test_what_is_written_is_read_back(bits: int, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(st.integers(0, 799), st.integers(1, (1 << bits) - 1)))
    packed = inflate_values(compress_values(800, values, bits=bits))
    assert values_set(packed, bits=bits) == values
    assert all(value_at(packed, index, bits=bits) == values.get(index, 0) for index in range(800))


@pytest.mark.parametrize("index", [-1, 16])
def test_an_index_outside_the_list_is_no_value(index: int) -> None:
    with pytest.raises(RangeError):
        value_at(bytes(2), index, bits=1)
    with pytest.raises(RangeError):
        compress_values(16, {index: 1}, bits=1)


def test_a_value_that_takes_more_bits_is_refused() -> None:
    with pytest.raises(RangeError):
        compress_values(16, {3: 4}, bits=2)


@pytest.mark.parametrize("bits", [0, 3, 16, True, "1", None, 1.0])
def test_another_number_of_bits_is_refused(bits: object) -> None:
    with pytest.raises(MalformedValue):
        require_bits(bits)


@pytest.mark.parametrize("length", [0, -8, 7])
def test_values_that_do_not_fill_bytes_are_refused(length: int) -> None:
    with pytest.raises(MalformedValue):
        compress_values(length, {}, bits=1)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(MalformedValue, match="too big"):
        inflate_values(zlib.compress(bytes(9 * 1024 * 1024)))


@pytest.mark.parametrize(
    "compressed",
    [b"", b"plain", zlib.compress(bytes(100))[:-2], zlib.compress(bytes(100)) + b"\x00"],
    ids=["empty", "not zlib", "cut short", "followed by more"],
)
def test_what_is_not_one_whole_stream_is_refused(compressed: bytes) -> None:
    with pytest.raises(MalformedValue):
        inflate_values(compressed)


@pytest.mark.parametrize("bits", BITS)
def test_both_formats_state_the_same(signer: Signer, bits: int) -> None:
    jws, of_jwt = read_list_jwt(sign_list_jwt(to_sign(bits), signer))
    message, of_cwt = read_list_cwt(sign_list_cwt(to_sign(bits), signer))
    assert verify_jws(jws, signer.public_key)
    assert verify_sign1(message, signer.public_key)
    assert of_jwt == of_cwt
    assert of_jwt.values_set() == {5: 1, 9: 1}
    assert of_jwt.value_at(4) == 0
    assert (of_jwt.url, of_jwt.bits, of_jwt.issued_at, of_jwt.version) == (URL, bits, NOW, 7)
    assert (of_jwt.expires, of_jwt.ttl) == (NOW + timedelta(hours=24), timedelta(seconds=300))


def test_another_key_did_not_sign_it(signer: Signer) -> None:
    other = InMemorySigner(bytes(31) + b"\x01", "did:web:passport.example:status#status-1")
    jws, _ = read_list_jwt(sign_list_jwt(to_sign(), signer))
    message, _ = read_list_cwt(sign_list_cwt(to_sign(), signer))
    assert not verify_jws(jws, other.public_key)
    assert not verify_sign1(message, other.public_key)


def test_a_token_of_one_format_is_not_read_as_the_other(signer: Signer) -> None:
    with pytest.raises(ProtocolError):
        read_list_cwt(sign_list_jwt(to_sign(), signer).encode())
    with pytest.raises(ProtocolError):
        read_list_jwt(sign_list_cwt(to_sign(), signer).decode("latin-1"))
