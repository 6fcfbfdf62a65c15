"""Concealing and revealing: what was concealed comes back, and nothing else can be slipped in."""

import copy
import json
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.encoding import base64url
from vc.encoding.strict_json import Limits
from vc.errors import MalformedValue, ParseError, ProtocolError
from vc.sd_jwt.disclosures import MAX_DISCLOSURES, Path, conceal, digest_of, reveal

CLAIMS: dict[str, Any] = {
    "id": "urn:a",
    "name": "ស្រី",
    "address": {"street": "1 Road", "city": "Town", "lines": ["a", "b"]},
    "languages": ["km", "en", {"code": "th"}],
    "nothing": None,
}
ALL_PATHS: list[Path] = [
    ("id",),
    ("name",),
    ("address",),
    ("address", "street"),
    ("address", "city"),
    ("address", "lines"),
    ("address", "lines", 0),
    ("address", "lines", 1),
    ("languages",),
    ("languages", 0),
    ("languages", 1),
    ("languages", 2),
    ("languages", 2, "code"),
    ("nothing",),
]


def salts() -> Callable[[], str]:
    numbers = count()
    return lambda: f"salt-{next(numbers):020}"


def disclosure(*parts: Any) -> str:
    return base64url.encode(json.dumps(list(parts)).encode())


SALT = "s" * 22
NAME = disclosure(SALT, "name", "Sokha")
ELEMENT = disclosure(SALT, "km")
WITH_NAME: dict[str, Any] = {"_sd": [digest_of(NAME)], "id": 1}
WITH_ELEMENT: dict[str, Any] = {"languages": ["en", {"...": digest_of(ELEMENT)}]}


def test_the_example_disclosures_of_rfc_9901() -> None:
    family_name = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest_of(family_name) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    payload: dict[str, Any] = {"given_name": "Alice", "_sd": [digest_of(family_name)]}
    assert reveal(payload, [family_name]) == {"given_name": "Alice", "family_name": "Möbius"}
    french = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"
    assert digest_of(french) == "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"
    nationalities: dict[str, Any] = {"nationalities": ["DE", {"...": digest_of(french)}, "US"]}
    assert reveal(nationalities, [french]) == {"nationalities": ["DE", "FR", "US"]}
    assert reveal(nationalities, []) == {"nationalities": ["DE", "US"]}


@pytest.mark.parametrize(
    "text",
    [
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd",
        "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ",
    ],
    ids=["escaped", "compact", "line-feeds"],
)
def test_each_spelling_of_the_example_is_read(text: str) -> None:
    assert reveal({"_sd": [digest_of(text)]}, [text]) == {"family_name": "Möbius"}


def test_what_is_concealed_is_not_in_the_payload() -> None:
    payload, disclosures = conceal(CLAIMS, [("name",), ("address", "street"), ("languages", 1)], salts())
    text = json.dumps(payload, ensure_ascii=False)
    assert not any(hidden in text for hidden in ("ស្រី", "name", "1 Road", "street", '"en"'))
    assert payload["_sd_alg"] == "sha-256"
    assert len(disclosures) == 3


def test_nothing_concealed_leaves_the_claims_as_they_were() -> None:
    assert conceal(CLAIMS, [], salts()) == (CLAIMS, ())


def test_the_claims_given_are_not_changed() -> None:
    before = copy.deepcopy(CLAIMS)
    conceal(CLAIMS, ALL_PATHS, salts())
    assert before == CLAIMS


def test_the_order_of_digests_is_not_that_of_the_members() -> None:
    claims = {f"m{number}": number for number in range(20)}
    payload, _ = conceal(claims, [(name,) for name in claims], salts())
    digests = payload["_sd"]
    assert isinstance(digests, list)
    assert digests == sorted(digests, key=str)


@given(paths=st.lists(st.sampled_from(ALL_PATHS), unique=True), data=st.data())
@settings(max_examples=200, deadline=None)
def test_all_disclosures_give_all_back_and_fewer_give_no_more(paths: list[Path], data: st.DataObject) -> None:
    payload, disclosures = conceal(CLAIMS, paths, salts())
    shuffled = data.draw(st.permutations(disclosures))
    assert reveal(payload, shuffled) == CLAIMS
    for position, left_out in enumerate(disclosures):
        try:
            some = reveal(payload, [*disclosures[:position], *disclosures[position + 1 :]])
        except MalformedValue:
            # What was left out encloses another disclosure, which then belongs to nothing.
            continue
        assert some != CLAIMS
        assert "_sd" not in json.dumps(some)
        assert left_out not in json.dumps(some)


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("unknown",),
        ("id", "x"),
        ("address", 0),
        ("languages", "0"),
        ("languages", 3),
        ("languages", -1),
        ("address", "street", "x"),
        ("_sd",),
        ("address", "_sd"),
        (0,),
    ],
    ids=str,
)
def test_a_path_that_leads_nowhere_is_refused(path: Path) -> None:
    with pytest.raises(MalformedValue, match="nowhere"):
        conceal(CLAIMS, [("address", "street"), path], salts())


def test_a_path_that_occurs_twice_is_refused() -> None:
    with pytest.raises(MalformedValue, match="twice"):
        conceal(CLAIMS, [("languages", 0), ("languages", 0)], salts())


def test_too_many_paths_are_refused() -> None:
    claims = {str(number): number for number in range(MAX_DISCLOSURES + 1)}
    paths: list[Path] = [(name,) for name in claims]
    assert len(conceal(claims, paths[1:], salts())[1]) == MAX_DISCLOSURES
    with pytest.raises(MalformedValue, match="too many"):
        conceal(claims, paths, salts())


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
@pytest.mark.parametrize("place", ["top", "object", "array"])
def test_a_document_with_a_name_of_sd_jwt_is_not_concealed(name: str, place: str) -> None:
    reserved = {name: "x"}
    claims: dict[str, Any] = {"top": reserved, "object": {"a": {"b": reserved}}, "array": {"a": [[reserved]]}}
    with pytest.raises(MalformedValue, match="keeps for itself"):
        conceal(claims[place], [], salts())


@pytest.mark.parametrize("salt", ["", "s" * 21], ids=len)
def test_a_short_salt_is_a_fault_of_the_caller(salt: str) -> None:
    with pytest.raises(ValueError, match="salt"):
        conceal(CLAIMS, [("id",)], lambda: salt)


def test_a_repeated_salt_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="salt"):
        conceal(CLAIMS, [("id",), ("name",)], lambda: SALT)


def test_a_digest_without_disclosure_is_left_out() -> None:
    assert reveal({"_sd": ["x", "y"], "a": [{"...": "z"}], "b": {"_sd": []}}, []) == {"a": [], "b": {}}


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "disclosure-twice": (WITH_NAME, [NAME, NAME]),
    "disclosure-of-nothing": ({"id": 1}, [NAME]),
    "disclosure-of-another-token": (WITH_ELEMENT, [ELEMENT, NAME]),
    "digest-twice-in-one-list": ({"_sd": [digest_of(NAME), digest_of(NAME)]}, [NAME]),
    "digest-twice-in-two-objects": ({"_sd": [digest_of(NAME)], "a": {"_sd": [digest_of(NAME)]}}, [NAME]),
    "digest-twice-in-list-and-array": ({"_sd": ["d"], "a": [{"...": "d"}]}, []),
    "decoy-twice": ({"_sd": ["d", "d"]}, []),
    "name-is-there": ({"_sd": [digest_of(NAME)], "name": "Other"}, [NAME]),
    "two-disclosures-of-one-name": (
        {"_sd": [digest_of(NAME), digest_of(disclosure("t" * 22, "name", "Other"))]},
        [NAME, disclosure("t" * 22, "name", "Other")],
    ),
    "element-in-an-object": ({"_sd": [digest_of(ELEMENT)]}, [ELEMENT]),
    "member-in-an-array": ({"a": [{"...": digest_of(NAME)}]}, [NAME]),
    "other-hash": ({"_sd_alg": "sha-512", **WITH_NAME}, [NAME]),
    "hash-in-capitals": ({"_sd_alg": "SHA-256", **WITH_NAME}, [NAME]),
    "hash-is-null": ({"_sd_alg": None, **WITH_NAME}, [NAME]),
    "hash-nested": ({"a": {"_sd_alg": "sha-256"}}, []),
    "hash-in-an-array": ({"a": [{"_sd_alg": "sha-256"}]}, []),
    "digests-are-a-text": ({"_sd": digest_of(NAME)}, []),
    "digests-are-an-object": ({"_sd": {}}, []),
    "digests-are-null": ({"_sd": None}, []),
    "digest-is-a-number": ({"_sd": [1]}, []),
    "digest-is-null": ({"_sd": [None]}, []),
    "digest-is-a-list": ({"_sd": [[digest_of(NAME)]]}, []),
    "element-digest-is-a-number": ({"a": [{"...": 1}]}, []),
    "element-digest-is-a-list": ({"a": [{"...": ["d"]}]}, []),
    "element-digest-with-company": ({"a": [{"...": "d", "b": 1}]}, []),
    "element-digest-in-an-object": ({"a": {"...": "d"}}, []),
    "element-digest-at-the-top": ({"...": "d"}, []),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_with_one_fault_is_refused(name: str) -> None:
    payload, disclosures = REFUSED[name]
    with pytest.raises(MalformedValue):
        reveal(payload, disclosures)


@pytest.mark.parametrize(
    "text",
    [
        disclosure(),
        disclosure(SALT),
        disclosure(SALT, "name", 1, 2),
        disclosure(1, "name", "x"),
        disclosure(None, "x"),
        disclosure(SALT, 5, "x"),
        disclosure(SALT, None, "x"),
        disclosure(SALT, ["name"], "x"),
        disclosure(SALT, "_sd", ["d"]),
        disclosure(SALT, "...", "d"),
        disclosure(SALT, "_sd_alg", "sha-256"),
        base64url.encode(b'{"0":"salt","1":"name","2":"x"}'),
        base64url.encode(b'"text"'),
        base64url.encode(b"null"),
    ],
    ids=[
        "empty",
        "salt-alone",
        "four",
        "salt-a-number",
        "salt-null",
        "name-a-number",
        "name-null",
        "name-a-list",
        "name-sd",
        "name-dots",
        "name-sd-alg",
        "object",
        "text",
        "null",
    ],
)
def test_a_disclosure_of_another_shape_is_refused(text: str) -> None:
    payloads: list[dict[str, Any]] = [{"_sd": [digest_of(text)]}, {"a": [{"...": digest_of(text)}]}]
    for payload in payloads:
        with pytest.raises(MalformedValue):
            reveal(payload, [text])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[",
        b'["s","a",NaN]',
        b'["s","a",{"b":1,"b":2}]',
        b'["s","a","\\ud800"]',
        b'["s","a",9007199254740993]',
        '["s","a",1]'.encode("utf-16"),
        b'["s","a",' + b"[" * 60 + b"]" * 60 + b"]",
    ],
    ids=["empty", "broken", "nan", "duplicate", "surrogate", "unsafe-integer", "utf-16", "deep"],
)
def test_a_disclosure_that_is_not_strict_json_is_refused(raw: bytes) -> None:
    text = base64url.encode(raw)
    with pytest.raises(ParseError):
        reveal({"_sd": [digest_of(text)]}, [text])


@pytest.mark.parametrize("text", [NAME + "=", NAME + "\n", "+" + NAME[1:], NAME[:-1] + "B"])
def test_a_disclosure_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        reveal({"_sd": [digest_of(text)]}, [text])


def test_a_disclosed_value_that_was_changed_belongs_to_nothing() -> None:
    with pytest.raises(MalformedValue, match="belongs to nothing"):
        reveal(WITH_NAME, [disclosure(SALT, "name", "Other")])


def test_a_nested_disclosure_needs_the_one_that_encloses_it() -> None:
    payload, disclosures = conceal(CLAIMS, [("address", "street"), ("address",)], salts())
    inner, outer = disclosures
    assert reveal(payload, [outer])["address"] == {"city": "Town", "lines": ["a", "b"]}
    with pytest.raises(MalformedValue, match="belongs to nothing"):
        reveal(payload, [inner])


def test_too_many_disclosures_are_refused() -> None:
    texts = [disclosure(SALT, str(number), number) for number in range(MAX_DISCLOSURES + 1)]
    payload: dict[str, Any] = {"_sd": [digest_of(text) for text in texts]}
    assert len(reveal(payload, texts[1:])) == MAX_DISCLOSURES
    with pytest.raises(MalformedValue, match="too many"):
        reveal(payload, texts)


def _chain(length: int) -> tuple[dict[str, Any], list[str]]:
    """Disclosures that each hold the digest of the one before."""
    texts = [disclosure(SALT, "end", 1)]
    while len(texts) < length:
        texts.append(disclosure(SALT, "next", {"_sd": [digest_of(texts[-1])]}))
    return {"_sd": [digest_of(texts[-1])]}, texts


def test_disclosures_within_disclosures_nest_no_deeper_than_a_document_may() -> None:
    payload, texts = _chain(20)
    value: Any = reveal(payload, texts, Limits(max_depth=21))
    for _ in range(19):
        value = value["next"]
    assert value == {"end": 1}
    with pytest.raises(MalformedValue, match="too deeply"):
        reveal(payload, texts, Limits(max_depth=20))


def test_a_long_chain_is_refused_at_once() -> None:
    payload, texts = _chain(MAX_DISCLOSURES)
    start = time.process_time()
    with pytest.raises(MalformedValue, match="too deeply"):
        reveal(payload, texts)
    assert time.process_time() - start < 0.2


NAMES = st.sampled_from(["_sd", "...", "_sd_alg", "a", "name"])
SCALARS = (
    st.none()
    | st.integers(0, 3)
    | st.text(max_size=3)
    | st.sampled_from([digest_of(NAME), digest_of(ELEMENT)])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(
    payload=st.dictionaries(NAMES, VALUES, max_size=4),
    texts=st.lists(
        st.sampled_from([NAME, ELEMENT])
        | st.text(max_size=8)
        | st.lists(VALUES, max_size=4).map(lambda v: disclosure(*v)),
        max_size=4,
    ),
)
@settings(max_examples=400, deadline=None)
def test_only_protocol_errors_leave_for_nonsense(payload: dict[str, Any], texts: list[str]) -> None:
    try:
        revealed = reveal(payload, texts)
    except ProtocolError:
        return
    assert not any(f'"{name}":' in json.dumps(revealed) for name in ("_sd", "...", "_sd_alg"))
