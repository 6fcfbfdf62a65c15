"""Every fast path says what its reference says, on whatever it is given."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.mutants import NASTY_NAMES, NASTY_TEXTS, OBJECTS, VALUES, byte_mutants
from tests.simulator import IssuerWorld
from vc.encoding import multibase
from vc.encoding.strict_json import JsonValue, Limits, parse_json, parse_json_reference
from vc.encoding.timestamps import parse_timestamp
from vc.errors import MalformedValue, ParseError
from vc.model.credential import check_credential_shape, check_credential_shape_reference

CREDENTIAL = IssuerWorld("eddsa-jcs-2022").issue(1)
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SMALL = Limits(max_bytes=200, max_depth=4, max_members=12)


def members_in(value: JsonValue) -> int:
    """Members and elements in all."""
    if not isinstance(value, dict | list):
        return 0
    return len(value) + sum(map(members_in, value.values() if isinstance(value, dict) else value))


JUST_ENOUGH = Limits(max_bytes=10_000, max_members=members_in(orjson.loads(CREDENTIAL)))


def said(read: Callable[[], object], refusal: type[Exception]) -> str:
    """What came of it: the value with the types of all its parts, or that it was refused."""
    try:
        return repr(read())
    except refusal:
        return "refused"


def spellings(value: JsonValue) -> st.SearchStrategy[bytes]:
    """JSON texts of one value, the usual one among them."""
    return st.sampled_from(
        [
            orjson.dumps(value),
            json.dumps(value).encode(),
            json.dumps(value, ensure_ascii=False, indent=1).encode(),
            orjson.dumps([value, value]),
        ]
    )


@given(raw=byte_mutants(CREDENTIAL) | VALUES.flatmap(spellings) | st.binary(max_size=12))
def test_json_is_read_as_the_reference_reads_it(raw: bytes) -> None:
    for limits in (Limits(), SMALL, JUST_ENOUGH):
        fast = said(lambda at=limits: parse_json(raw, at), ParseError)  # type: ignore[misc]
        assert fast == said(lambda at=limits: parse_json_reference(raw, at), ParseError)  # type: ignore[misc]


@pytest.mark.parametrize("more", [0, 1, 5])
@pytest.mark.parametrize("read", [parse_json, parse_json_reference])
def test_one_member_too_many_is_refused(read: Callable[[bytes, Limits], JsonValue], more: int) -> None:
    document = orjson.loads(CREDENTIAL)
    document["credentialSubject"] |= {f"m{number}": number for number in range(more)}
    answer = said(lambda: read(orjson.dumps(document), JUST_ENOUGH), ParseError)
    assert (answer == "refused") is (more > 0)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"a":1}',
        b'"\\u0000"',
        b'"\\ud800"',
        b"9007199254740993",
        b"[9007199254740994.0]",
        b"-0",
        b"1.0",
        b"1e2",
        b"123456789012345678901234567890",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf1",
        b"[[[[[1]]]]]",
        b'{"a":{"a":{"a":{"a":{"a":1}}}}}',
        b"[" * 3_000 + b"]" * 3_000,
        b'"not plain"',
        b"NaN",
        b"",
    ],
)
def test_what_readers_disagree_about_is_read_as_the_reference_reads_it(raw: bytes) -> None:
    for limits in (Limits(), SMALL, JUST_ENOUGH):
        fast = said(lambda at=limits: parse_json(raw, at), ParseError)  # type: ignore[misc]
        assert fast == said(lambda at=limits: parse_json_reference(raw, at), ParseError)  # type: ignore[misc]


@given(digits=st.text(st.sampled_from(ALPHABET), max_size=90) | st.text(max_size=6) | NASTY_TEXTS)
def test_base58_is_read_as_the_reference_reads_it(digits: str) -> None:
    fast = said(lambda: multibase.decode_base58(digits), MalformedValue)
    assert fast == said(lambda: multibase.decode_base58_reference(digits), MalformedValue)


@given(data=st.binary(max_size=70), zeros=st.integers(0, 3))
def test_base58_gives_the_bytes_that_were_spelt(data: bytes, zeros: int) -> None:
    given_bytes = bytes(zeros) + data
    spelt = multibase.encode_base58btc(given_bytes)
    assert multibase.decode(spelt, max_bytes=80) == given_bytes


@given(
    parts=st.tuples(*(st.integers(0, top) for top in (9999, 13, 32, 25, 61, 61))),
)
def test_the_usual_spelling_of_a_time_is_read_as_any_other(parts: tuple[int, ...]) -> None:
    usual = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parts)
    fast = said(lambda: parse_timestamp(usual), MalformedValue)
    assert fast == said(lambda: parse_timestamp(usual[:-1] + "+00:00"), MalformedValue)


def test_times_are_in_utc_whichever_way_they_were_read() -> None:
    assert parse_timestamp("2026-11-27T01:02:03Z").tzinfo is UTC
    assert parse_timestamp("2026-11-27T01:02:03Z") == datetime(2026, 11, 27, 1, 2, 3, tzinfo=UTC)


@st.composite
def shape_mutants(draw: st.DrawFn) -> dict[str, Any]:
    """The credential with up to three members anywhere in it replaced, added, renamed or removed."""
    document: dict[str, Any] = orjson.loads(CREDENTIAL)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while isinstance(place, (dict, list)) and place and draw(st.booleans()):
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            inner = place[draw(st.sampled_from(keys))]
            if not isinstance(inner, (dict, list)) or not inner:
                break
            place = inner
        _mutate(draw, place)
    return document


def _mutate(draw: st.DrawFn, place: Any) -> None:
    value = draw(VALUES | NASTY_TEXTS | st.sampled_from(TELLING))
    if isinstance(place, list):
        place.insert(draw(st.integers(0, len(place))), value)
        return
    names = st.sampled_from([*place, *MEMBERS]) if place else st.sampled_from(MEMBERS)
    name = draw(names | NASTY_NAMES)
    if draw(st.booleans()):
        place.pop(name, None)
    else:
        place[name] = value


MEMBERS = (
    *("id", "type", "name", "description", "credentialStatus", "credentialSchema", "evidence", "proof"),
    *("relatedResource", "validFrom", "validUntil", "@value", "@language", "@direction", "@type", "@id"),
)
TELLING: tuple[Any, ...] = (
    *(
        "https://a.example/",
        "https:///a",
        "https:a",
        "HTTPS://a",
        "did:",
        "urn:a",
        "urn:a b",
        "a",
        "a b",
        "a:b",
    ),
    *({"@value": "a"}, {"@value": "a", "@language": "km"}, {"@value": 1, "@language": "km"}),
    *({"@value": "a", "@type": "b"}, {"@value": "a", "@language": "km_KH"}, {"@language": "km"}),
    *([], {}, [{}], ["a", "a"], {"id": "https://a.example/"}, {"type": "A"}, {"type": []}, {"type": "a b"}),
    *({"@context": {"a": {"@id": "urn:a", "@type": "@json"}}, "a": {"type": "a b"}}, "2026-01-01T00:00:00Z"),
    *("2027-01-01T00:00:00Z", "https://www.w3.org/ns/credentials/undefined-terms/v2", {"@value": None}),
)


@given(document=shape_mutants() | OBJECTS)
def test_the_shape_of_a_credential_is_judged_as_the_rules_judge_it(document: dict[str, Any]) -> None:
    try:
        parse_json(orjson.dumps(document))
    except (ParseError, orjson.JSONEncodeError):
        return  # no such document ever gets this far
    assert check_credential_shape(document) == check_credential_shape_reference(document)
