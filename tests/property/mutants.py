"""Anything at all, and mutants of what is genuine: bytes, texts and JSON values."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from hypothesis import strategies as st

NASTY_BYTES = st.sampled_from(
    [
        *(b"\x00", b"\xff", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":"),
        *(b"1e400", b"NaN", b"\\ud800", b"\xef\xbb\xbf", b"<", b">", b"&a;", b"=", b"~", b"."),
    ]
)
NASTY_TEXTS = st.sampled_from(
    [
        *("", " ", "\n", "\x00", "\u202e", "\u17d2", "\uff11", "\ud7ff", "\U0010ffff", "0", "-1"),
        *("_:b0", "did:web:a.example", "did:key:z", "http://127.0.0.1/", "z", "u", "=", "#", "/", ":"),
        *("2026-02-30T00:00:00Z", "9" * 400, "a" * 3_000),
    ]
)
NASTY_NAMES = st.sampled_from(
    [
        *("@context", "@id", "@type", "@graph", "@index", "@value", "id", "type", "proof", "issuer"),
        *("name", "", "\ud7ff", "_sd", "...", "_sd_alg", "alg", "crit", "d", "use"),
    ]
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | NASTY_TEXTS
)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NASTY_NAMES | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NASTY_NAMES | st.text(max_size=4), VALUES, max_size=4)


@st.composite
def byte_mutants(draw: st.DrawFn, genuine: bytes) -> bytes:
    """``genuine`` with up to three pieces of it replaced."""
    raw = bytearray(genuine)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 4))
        raw[start : start + length] = draw(st.binary(max_size=4) | NASTY_BYTES)
    return bytes(raw)


@st.composite
def text_mutants(draw: st.DrawFn, genuine: str) -> str:
    """``genuine`` with up to three pieces of it replaced, by letters of its own among others."""
    text = genuine
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 6))
        own = st.text(alphabet=st.sampled_from(genuine), max_size=3) if genuine else st.just("")
        text = text[:start] + draw(st.text(max_size=3) | NASTY_TEXTS | own) + text[start + length :]
    return text


@st.composite
def json_mutants(draw: st.DrawFn, genuine: Mapping[str, Any]) -> Any:
    """``genuine`` with up to two members replaced, removed, added or wrapped."""
    document: Any = {"": copy.deepcopy(dict(genuine))}
    for _ in range(draw(st.integers(1, 2))):
        places = _places(document)
        if places:
            _mutate(draw, document, draw(st.sampled_from(places)))
    return document.get("")


# One of every kind of JSON value, each in a shape that some reader may not expect.
_OF_EVERY_KIND: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 1.5, 2.0**53, "", "x", "\u202e", [], {}),
    *([None], ["x"], [7], [[]], [{}], {"id": 7}, {"@value": "x"}, ["x"] * 300),
)


def swept(genuine: Mapping[str, Any]) -> Iterator[Any]:
    """``genuine`` with each member once of every kind, removed, and twice in an array."""
    yield from _OF_EVERY_KIND
    for place in _places(genuine):
        for value in (*_OF_EVERY_KIND, _REMOVED, _TWICE):
            document = copy.deepcopy(dict(genuine))
            *path, last = place
            parent: Any = document
            for name in path:
                parent = parent[name]
            if value is _REMOVED:
                del parent[last]
            else:
                parent[last] = [parent[last]] * 2 if value is _TWICE else copy.deepcopy(value)
            yield document


_REMOVED, _TWICE = object(), object()


def mutants_of(genuine: Any) -> st.SearchStrategy[Any]:
    """Mutants of whatever kind ``genuine`` is, and anything else of that kind."""
    if isinstance(genuine, bytes):
        return byte_mutants(genuine) | st.binary(max_size=200) | VALUES.map(orjson.dumps)
    if isinstance(genuine, str):
        return text_mutants(genuine) | st.text(max_size=40) | NASTY_TEXTS
    return json_mutants(genuine).filter(lambda value: isinstance(value, dict)) | OBJECTS


def changed(raw: bytes, data: st.DataObject) -> Any:
    """A JSON mutant of the object in ``raw``."""
    return data.draw(json_mutants(json.loads(raw)))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [place for name, child in children for place in ((*path, name), *_places(child, (*path, name)))]


def _mutate(draw: st.DrawFn, document: Any, place: tuple[Any, ...]) -> None:
    *path, last = place
    parent = document
    for name in path:
        parent = parent[name]
    act = draw(st.sampled_from(["replace", "remove", "add", "wrap", "respell"]))
    if act == "remove":
        del parent[last]
    elif act == "wrap":
        inner = parent[last]
        parent[last] = draw(st.sampled_from([[inner], {"@value": inner}, {"@graph": [inner]}]))
    elif act == "add" and isinstance(parent, dict):
        parent[draw(NASTY_NAMES | st.text(max_size=6))] = draw(VALUES)
    elif act == "respell" and isinstance(parent[last], str):
        parent[last] = draw(text_mutants(parent[last]))
    else:
        parent[last] = draw(VALUES)
