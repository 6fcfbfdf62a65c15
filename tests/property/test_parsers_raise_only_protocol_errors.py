"""Whatever is done to the bytes of a genuine credential: a protocol error, or an answer that is not yes.

The only exception that leaves the verifier for hostile bytes is ``ProtocolError`` (``ParseError`` is
one), and nothing is accepted whose JSON value differs from what was signed.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator import IssuerWorld
from vc.errors import ProtocolError
from vc.model.evidence import Evidence, EvidenceItem, Need
from vc.model.verdict import Outcome
from vc.trust.decide import decide
from vc.verify import step, step_presentation

SUITES = ("eddsa-jcs-2022", "eddsa-rdfc-2022")
EXAMPLES = settings(max_examples=120, deadline=None)

NASTY_BYTES = st.sampled_from(
    [
        b"\x00",
        b"\xff",
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"1e400",
        b"NaN",
        b"\\ud800",
        b"\xef\xbb\xbf",
    ]
)
NASTY_NAMES = st.sampled_from(
    [
        "@context",
        "@id",
        "@type",
        "@graph",
        "@index",
        "@value",
        "id",
        "type",
        "proof",
        "issuer",
        "name",
        "",
        "\ud7ff",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["_:b0", "did:web:a.example", "http://127.0.0.1/", "z", "2026-02-30T00:00:00Z", "\u202e"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NASTY_NAMES | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@cache
def _world(suite: str) -> tuple[IssuerWorld, bytes, Mapping[str, EvidenceItem]]:
    world = IssuerWorld(suite)
    return world, world.issue(), world.evidence().items


def _evidence(suite: str) -> Evidence:
    return Evidence(items=_world(suite)[2])


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [place for name, child in children for place in ((*path, name), *_places(child, (*path, name)))]


def _check(suite: str, raw: bytes) -> None:
    world, genuine, _ = _world(suite)
    try:
        answer = step(raw, _evidence(suite), world.policy, world.now)
    except ProtocolError:
        return
    if isinstance(answer, Need):
        assert answer.urls
    elif decide(answer).outcome is Outcome.ACCEPTED:
        assert _same(suite, json.loads(raw), json.loads(genuine))


def _same(suite: str, left: Any, right: Any) -> bool:
    """Equal as what was signed: JSON values, or statements.

    To statements an array of one and a bare value object are what they hold, and a context that
    changes no term is nothing.
    """
    return bool(left == right if suite == "eddsa-jcs-2022" else _stated(left) == _stated(right))


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"@value"}:
            return _stated(value["@value"])
        return {name: _stated(member) for name, member in value.items() if name != "@context"}
    if isinstance(value, list):
        return _stated(value[0]) if len(value) == 1 else [_stated(item) for item in value]
    return value


@pytest.mark.parametrize("suite", SUITES)
def test_the_genuine_credential_is_accepted(suite: str) -> None:
    world, genuine, _ = _world(suite)
    answer = step(genuine, _evidence(suite), world.policy, world.now)
    assert not isinstance(answer, Need)
    assert decide(answer).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("suite", SUITES)
@given(data=st.data())
@EXAMPLES
def test_byte_mutants(suite: str, data: st.DataObject) -> None:
    raw = bytearray(_world(suite)[1])
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.integers(0, 4))
        raw[start : start + length] = data.draw(st.binary(max_size=4) | NASTY_BYTES)
    _check(suite, bytes(raw))


@pytest.mark.parametrize("suite", SUITES)
@given(data=st.data())
@EXAMPLES
def test_json_mutants(suite: str, data: st.DataObject) -> None:
    _check(suite, orjson.dumps(_mutant(suite, data)))


@pytest.mark.parametrize("suite", SUITES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_json_mutants_in_a_presentation(suite: str, data: st.DataObject) -> None:
    world, _, _ = _world(suite)
    document: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [_mutant(suite, data)],
    }
    name = data.draw(st.sampled_from(["holder", "proof", "type", "@context", "id"]))
    document[name] = data.draw(VALUES)
    try:
        step_presentation(
            orjson.dumps(document), _evidence(suite), world.policy, world.now, challenge="c", domain=None
        )
    except ProtocolError:
        return


@pytest.mark.parametrize("suite", SUITES)
@given(raw=st.binary(max_size=200) | VALUES.map(orjson.dumps))
@EXAMPLES
def test_anything_at_all(suite: str, raw: bytes) -> None:
    _check(suite, raw)


def _mutant(suite: str, data: st.DataObject) -> Any:
    document = json.loads(_world(suite)[1])
    *path, last = data.draw(st.sampled_from(_places(document)))
    parent: Any = document
    for name in path:
        parent = parent[name]
    act = data.draw(st.sampled_from(["replace", "remove", "add", "wrap"]))
    if act == "remove":
        del parent[last]
    elif act == "wrap":
        inner = parent[last]
        wrappers: list[Any] = [[inner], {"@value": inner}, {"@graph": [inner]}]
        parent[last] = wrappers[data.draw(st.integers(0, 2))]
    elif act == "add" and isinstance(parent, dict):
        parent[data.draw(NASTY_NAMES | st.text(max_size=6))] = data.draw(VALUES)
    else:
        parent[last] = data.draw(VALUES)
    return document
