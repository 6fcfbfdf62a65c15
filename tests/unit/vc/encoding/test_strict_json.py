"""One-fault bodies, each refused with plain words that repeat nothing of it."""

import pytest

from vc.encoding.strict_json import Limits, parse_json, parse_json_object
from vc.errors import ParseError


def _nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


REFUSED: dict[str, bytes] = {
    "empty": b"",
    "two_values": b"1 2",
    "trailing_comma": b'{"a":1,}',
    "single_quotes": b"{'a':1}",
    "comment": b'{"a":1}//x',
    "duplicate_member": b'{"a":1,"a":2}',
    "duplicate_member_spelled_with_escape": b'{"a":1,"\\u0061":2}',
    "nested_duplicate_member": b'[{"b":{"a":1,"a":1}}]',
    "nan": b'{"a":NaN}',
    "infinity": b"Infinity",
    "minus_infinity": b"[-Infinity]",
    "number_too_large": b"1e400",
    "number_too_small": b"-1e400",
    "integer_above_2_53": b"9007199254740992",
    "integer_below_2_53": b"-9007199254740992",
    "integer_of_five_thousand_digits": b"1" * 5_000,
    "whole_float_beyond_2_53": b"9007199254740992.0",
    "whole_float_beyond_2_53_by_exponent": b"1e17",
    "leading_zero": b"01",
    "plus_sign": b"+1",
    "hexadecimal": b"0x10",
    "fullwidth_digit": "\uff11".encode(),
    "lone_high_surrogate": b'"\\ud800"',
    "lone_low_surrogate": b'"\\udc00"',
    "surrogates_in_the_wrong_order": b'"\\udc00\\ud800"',
    "lone_surrogate_in_a_name": b'{"\\ud800":1}',
    "nul_escape": b'"a\\u0000b"',
    "nul_in_a_name": b'{"\\u0000":1}',
    "raw_control_character": b'"a\x01b"',
    "raw_nul": b'"\x00"',
    "utf8_bom": b'\xef\xbb\xbf{"a":1}',
    "utf16": '{"a":1}'.encode("utf-16"),
    "utf16_without_bom": '{"a":1}'.encode("utf-16-le"),
    "invalid_utf8": b'"\xff"',
    "overlong_utf8": b'"\xc0\xaf"',
    "surrogate_in_utf8": b'"\xed\xa0\x80"',
    "depth_41": b"[" * 41 + b"]" * 41,
    "depth_100000": b"[" * 100_000,
    "objects_depth_41": b'{"a":' * 41 + b"1" + b"}" * 41,
    "too_big": b'"' + b"a" * 1_000_000 + b'"',
    "too_many_members": b"[" + b"0," * 50_000 + b"0]",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_json(REFUSED[name])
    assert len(caught.value.findings) == 1
    assert len(str(caught.value)) < 100


def test_errors_never_echo_input() -> None:
    for raw in (b'{"secret":1,"secret":2}', b"secret", b'"secret\\ud800"', b'{"secret":NaN}'):
        with pytest.raises(ParseError) as caught:
            parse_json(raw)
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b" [1, -1, 0.5, 1e3, 1e21, true] ", [1, -1, 0.5, 1000.0, 1e21, True]),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", -(2**53) + 1),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\u0000 is written, not meant"', "\\u0000 is written, not meant"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"[" * 40 + b"]" * 40, _nested(40)),
        ('{"ឈ្មោះ":"សុខ"}'.encode(), {"ឈ្មោះ": "សុខ"}),
    ],
)
def test_accepted(raw: bytes, value: object) -> None:
    assert parse_json(raw) == value


def test_many_brackets_in_text_are_no_depth() -> None:
    text = "[{" * 1_000
    assert parse_json(f'"{text}"'.encode()) == text


def test_limits_can_be_narrowed() -> None:
    limits = Limits(max_bytes=10, max_depth=2, max_members=3)
    assert parse_json(b"[[1,2]]", limits) == [[1, 2]]
    for raw in (b"[[[1]]]", b"[1,2,3,4]", b"[[1],[2],3"):
        with pytest.raises(ParseError):
            parse_json(raw, limits)


def test_an_object_is_demanded() -> None:
    assert parse_json_object(b"{}") == {}
    with pytest.raises(ParseError, match="not a JSON object"):
        parse_json_object(b"[]")


def test_the_fault_is_named() -> None:
    for raw, words in (
        (REFUSED["utf8_bom"], "byte order mark"),
        (REFUSED["duplicate_member"], "same name"),
        (REFUSED["depth_100000"], "too deeply"),
        (REFUSED["depth_41"], "too deeply"),
        (REFUSED["too_big"], "too large"),
        (REFUSED["invalid_utf8"], "UTF-8"),
    ):
        with pytest.raises(ParseError, match=words):
            parse_json(raw)
