"""The encoded list: order of bits, bounds of what is inflated, and refusal of anything else."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.encoding import multibase
from vc.errors import MalformedValue, ProblemType, RangeError
from vc.status.bitstring_status_list import (
    MIN_LENGTH,
    StatusListLengthError,
    bit_at,
    decode_list,
    encode_list,
    set_indexes,
)

INDEXES = st.frozensets(st.integers(0, MIN_LENGTH - 1), max_size=40)


def encode(data: bytes) -> str:
    return multibase.encode_base64url(data)


@given(INDEXES)
@settings(max_examples=40)
def test_decoding_gives_back_what_was_encoded(indexes: frozenset[int]) -> None:
    bits = decode_list(encode_list(MIN_LENGTH, indexes), expected_length=MIN_LENGTH)
    assert set_indexes(bits) == indexes
    assert all(bit_at(bits, index) for index in indexes)


@given(INDEXES)
@settings(max_examples=20)
def test_equal_bits_give_equal_bytes(indexes: frozenset[int]) -> None:
    assert encode_list(MIN_LENGTH, sorted(indexes)) == encode_list(MIN_LENGTH, sorted(indexes, reverse=True))


def test_index_zero_is_the_leftmost_bit() -> None:
    assert decode_list(encode_list(MIN_LENGTH, [0]))[0] == 0b1000_0000
    assert decode_list(encode_list(MIN_LENGTH, [7]))[0] == 0b0000_0001
    assert decode_list(encode_list(MIN_LENGTH, [MIN_LENGTH - 1]))[-1] == 0b0000_0001


def test_the_empty_list_is_the_known_gzip_of_zeros() -> None:
    encoded = encode_list(MIN_LENGTH, [])
    assert gzip.decompress(multibase.decode(encoded, max_bytes=1000)) == bytes(MIN_LENGTH // 8)
    assert encoded.startswith("uH4sIAAAAAAAC_")


def test_a_list_written_by_another_gzip_is_read() -> None:
    data = bytearray(MIN_LENGTH // 8)
    data[3] = 0x10
    assert set_indexes(decode_list(encode(gzip.compress(bytes(data), mtime=1_700_000_000)))) == {27}


@pytest.mark.parametrize("length", [0, 8, MIN_LENGTH - 8, MIN_LENGTH + 1])
def test_a_length_that_is_not_permitted_is_not_encoded(length: int) -> None:
    with pytest.raises(StatusListLengthError):
        encode_list(length, [])


@pytest.mark.parametrize("index", [-1, MIN_LENGTH])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(RangeError):
        encode_list(MIN_LENGTH, [index])
    with pytest.raises(RangeError):
        bit_at(bytes(MIN_LENGTH // 8), index)


def test_a_short_list_is_a_length_error() -> None:
    with pytest.raises(StatusListLengthError) as caught:
        decode_list(encode(gzip.compress(bytes(MIN_LENGTH // 8 - 1))))
    assert caught.value.findings[0].type is ProblemType.STATUS_LIST_LENGTH_ERROR
    assert caught.value.findings[0].pointer == "/credentialSubject/encodedList"


def test_another_length_than_expected_is_a_length_error() -> None:
    with pytest.raises(StatusListLengthError):
        decode_list(encode_list(2 * MIN_LENGTH, []), expected_length=MIN_LENGTH)


WHOLE = gzip.compress(bytes(MIN_LENGTH // 8))
FAULTS = {
    "empty": "",
    "prefix_only": "u",
    "no_multibase_prefix": encode(WHOLE)[1:],
    "base58_prefix": "z" + encode(WHOLE)[1:],
    "padding": encode(WHOLE) + "=",
    "character_outside_the_alphabet": encode(WHOLE)[:-2] + "+/",
    "trailing_line_feed": encode(WHOLE) + "\n",
    "cut_short": encode(WHOLE[:-9]),
    "trailing_bytes": encode(WHOLE + b"\x00"),
    "second_gzip_member": encode(WHOLE + WHOLE),
    "zlib_instead_of_gzip": encode(zlib.compress(bytes(MIN_LENGTH // 8))),
    "wrong_checksum": encode(WHOLE[:-8] + bytes(4) + WHOLE[-4:]),
    "not_compressed": encode(bytes(64)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_malformed_list_is_refused_with_its_place(fault: str) -> None:
    with pytest.raises(MalformedValue) as caught:
        decode_list(fault)
    assert caught.value.findings[0].pointer == "/credentialSubject/encodedList"


def test_a_bomb_is_refused_without_being_inflated() -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(256)) + squeeze.flush()
    tracemalloc.start()
    with pytest.raises(MalformedValue):
        decode_list(encode(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 * 1024 * 1024


def test_exactly_the_allowed_size_is_read_and_one_byte_more_is_not() -> None:
    size = MIN_LENGTH // 8
    assert decode_list(encode(gzip.compress(bytes(size))), max_bytes=size) == bytes(size)
    with pytest.raises(MalformedValue):
        decode_list(encode(gzip.compress(bytes(size + 1))), max_bytes=size)


@given(st.text(max_size=60) | st.binary(max_size=60).map(encode))
def test_only_protocol_errors_leave_the_decoder(text: str) -> None:
    with pytest.raises((MalformedValue, StatusListLengthError)):
        decode_list(text)
