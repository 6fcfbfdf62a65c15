"""Laws of the byte-level encodings, over generated values."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random  # noqa: TID251 - the type of what Hypothesis hands in
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.encoding import base64url, multibase
from vc.encoding.jcs import canonicalize, canonicalize_reference
from vc.encoding.strict_json import parse_json
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import MalformedValue, ParseError, TransformationError

SAFE_INTEGER = 2**53 - 1
# Surrogates, astral and private-use characters side by side: where orders of names differ.
NASTY_TEXT = st.text(
    alphabet=st.sampled_from('a"\\/\x00\x1f\x7f\u2028\ud7ff\ue000\uffff\U0001f600កខ'), max_size=6
)
TEXT = st.text(max_size=12) | NASTY_TEXT
ANY_TEXT = TEXT | st.text(alphabet=st.characters(categories=["Cs"]), min_size=1, max_size=2)
INTEGERS = st.integers(-SAFE_INTEGER, SAFE_INTEGER)
# Without the whole numbers that canonical JSON spells as integers beyond 2**53 - 1.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not SAFE_INTEGER < abs(x) < 1e21)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXT


def _documents(scalars: st.SearchStrategy[Any], names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)

    return st.recursive(scalars, extend, max_leaves=12)


DOCUMENTS = _documents(SCALARS, TEXT)
WILD_DOCUMENTS = _documents(SCALARS | st.floats() | st.integers() | ANY_TEXT, ANY_TEXT)


@given(DOCUMENTS)
def test_fast_canonicalization_equals_the_reference(value: Any) -> None:
    assert canonicalize(value) == canonicalize_reference(value)


@given(_documents(st.none() | st.booleans() | INTEGERS | st.text(max_size=8), st.text(max_size=8)))
def test_fast_canonicalization_equals_the_reference_without_floats(value: Any) -> None:
    assert canonicalize(value) == canonicalize_reference(value)


def _outcome(function: Callable[[Any], bytes], value: Any) -> bytes | None:
    try:
        return function(value)
    except TransformationError:
        return None


@given(WILD_DOCUMENTS)
def test_both_canonicalizations_refuse_the_same(value: Any) -> None:
    assert _outcome(canonicalize, value) == _outcome(canonicalize_reference, value)


def _shuffled(value: Any, shuffler: Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(item, shuffler) for item in value]
    if isinstance(value, dict):
        members = list(value.items())
        shuffler.shuffle(members)
        return {name: _shuffled(member, shuffler) for name, member in members}
    return copy.copy(value)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_canonical_form_does_not_depend_on_the_order_of_members(value: Any, shuffler: Random) -> None:
    assert canonicalize(_shuffled(value, shuffler)) == canonicalize(value)


@given(DOCUMENTS)
def test_canonical_form_is_a_fixed_point(value: Any) -> None:
    canonical = canonicalize(value)
    assert canonicalize(json.loads(canonical)) == canonical


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_parse_error(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except ParseError:
        return
    assert value == json.loads(raw)


JSON_FRAGMENTS = st.sampled_from(
    [
        *(bytes([mark]) for mark in b"{}[]:, \\"),
        *(b"1", b"-0", b"1e400", b"0.1", b"1e17", b"null", b"NaN", b"9007199254740993"),
        *(b'"a"', b'"\\ud800"', b'"\\u0000"', b'"\xe1\x9e\x80"', b"\xef\xbb\xbf", b"\xff"),
    ]
)


@given(st.lists(JSON_FRAGMENTS, max_size=30).map(b"".join))
@settings(max_examples=300)
def test_anything_like_json_gives_a_value_or_a_parse_error(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except ParseError:
        return
    assert value == json.loads(raw)


@given(DOCUMENTS, st.booleans())
def test_what_we_write_we_read(value: Any, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    if b"\\u0000" in raw:
        return
    assert parse_json(raw) == value


@given(st.binary(max_size=200))
def test_base64url_round_trip(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data), max_bytes=len(data)) == data


@given(st.text(alphabet="AQgw_-z", max_size=9))
def test_base64url_has_one_spelling_for_each_value(text: str) -> None:
    try:
        data = base64url.decode(text, max_bytes=10)
    except MalformedValue:
        return
    assert base64url.encode(data) == text


@given(st.binary(max_size=100))
def test_multibase_round_trip(data: bytes) -> None:
    for text in (multibase.encode_base58btc(data), multibase.encode_base64url(data)):
        assert multibase.decode(text, max_bytes=len(data)) == data


@given(st.text(max_size=12))
def test_multibase_has_one_spelling_for_each_value(text: str) -> None:
    try:
        data = multibase.decode("z" + text, max_bytes=20)
    except MalformedValue:
        return
    assert multibase.encode_base58btc(data) == "z" + text


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_timestamp_round_trip(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_timestamp(format_timestamp(whole)) == whole


@given(
    st.text(max_size=30) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", fullmatch=True)
)
def test_any_text_gives_a_time_or_a_malformed_value(text: str) -> None:
    try:
        parse_timestamp(text)
    except MalformedValue:
        return
    assert text.isascii()


def test_the_fast_path_is_what_makes_the_law_worth_stating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordinary documents do not fall back: the reference is not called."""
    calls: list[Any] = []
    monkeypatch.setattr("vc.encoding.jcs.canonicalize_reference", calls.append)
    assert canonicalize({"b": [1, True, "ខ"], "a": {}}) == b'{"a":{},"b":[1,true,"\xe1\x9e\x81"]}'
    assert calls == []
