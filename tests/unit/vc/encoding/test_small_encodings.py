"""base64url, multibase, timestamps, JSON pointers: one spelling for one value."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from vc.encoding import base64url, json_pointer, multibase
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import MalformedValue


@pytest.mark.parametrize(
    "text",
    ["A", "AB=", "AA==", "A+A_", "A/A_", "AAA\n", " AAA", "AAB", "A-_~", "\u0661AAA"],
    ids=[
        "impossible_length",
        "padding",
        "two_padding",
        "plus",
        "slash",
        "newline_at_end",
        "space",
        "set_bits_after_the_last_byte",
        "tilde",
        "arabic_digit",
    ],
)
def test_base64url_refused(text: str) -> None:
    with pytest.raises(MalformedValue):
        base64url.decode(text, max_bytes=100)


def test_base64url_length_is_bounded() -> None:
    text = base64url.encode(bytes(33))
    assert base64url.decode(text, max_bytes=33) == bytes(33)
    with pytest.raises(MalformedValue, match="too long"):
        base64url.decode(text, max_bytes=32)


@pytest.mark.parametrize(
    "text",
    ["", "f00", "z0", "zO", "zI", "zl", "z 2", "z2 ", "z2\n", "z\u00e9", "Z2", "m AAA", "uAB"],
)
def test_multibase_refused(text: str) -> None:
    with pytest.raises(MalformedValue):
        multibase.decode(text, max_bytes=100)


def test_multibase_bases_can_be_narrowed() -> None:
    assert multibase.decode("uAA", max_bytes=1) == b"\x00"
    with pytest.raises(MalformedValue):
        multibase.decode("uAA", max_bytes=1, bases="z")


def test_a_megabyte_of_base58_is_refused_before_decoding() -> None:
    with pytest.raises(MalformedValue, match="too long"):
        multibase.decode("z" + "2" * 1_000_000, max_bytes=64)


def test_base58_of_the_largest_value_of_a_length_is_accepted() -> None:
    for length in (0, 1, 34, 64, 1_000):
        data = b"\xff" * length
        assert multibase.decode(multibase.encode_base58btc(data), max_bytes=length) == data


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T19:31:00Z", datetime(2026, 11, 22, 19, 31, tzinfo=UTC)),
        ("2026-11-22T19:31:00+07:00", datetime(2026, 11, 22, 12, 31, tzinfo=UTC)),
        ("2026-11-22T19:31:00-14:00", datetime(2026, 11, 23, 9, 31, tzinfo=UTC)),
        ("2026-11-22T19:31:00.5Z", datetime(2026, 11, 22, 19, 31, 0, 500_000, tzinfo=UTC)),
        ("2026-11-22T19:31:00.123456789Z", datetime(2026, 11, 22, 19, 31, 0, 123_456, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_timestamp_accepted(text: str, moment: datetime) -> None:
    assert parse_timestamp(text) == moment
    assert parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T19:31:00",
        "2026-11-22 19:31:00Z",
        "2026-11-22t19:31:00z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "26-11-22T19:31:00Z",
        "2026-11-22T19:31:00+14:01",
        "2026-11-22T19:31:00+07:60",
        "2026-11-22T19:31:00+7:00",
        "2026-11-22T19:31:00Z\n",
        " 2026-11-22T19:31:00Z",
        "2026-11-22T19:31:00.Z",
        "2026-11-22T19:31:00,5Z",
        "\u0662026-11-22T19:31:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_timestamp_refused(text: str) -> None:
    with pytest.raises(MalformedValue):
        parse_timestamp(text)


def test_timestamp_without_offset_only_when_asked() -> None:
    assert parse_timestamp("2026-11-22T19:31:00", require_offset=False) == datetime(
        2026, 11, 22, 19, 31, tzinfo=UTC
    )


def test_timestamp_is_written_in_utc_without_fraction() -> None:
    phnom_penh = timezone(timedelta(hours=7))
    moment = datetime(2026, 11, 22, 2, 0, 0, 999_999, tzinfo=phnom_penh)
    assert format_timestamp(moment) == "2026-11-21T19:00:00Z"
    with pytest.raises(ValueError, match="naive"):
        format_timestamp(moment.replace(tzinfo=None))


def test_json_pointer() -> None:
    assert json_pointer.join("") == ""
    assert json_pointer.join("", "proof", 0) == "/proof/0"
    assert json_pointer.join("/a", "b/c~d") == "/a/b~1c~0d"
