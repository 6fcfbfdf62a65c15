"""Whatever is done to the bytes of a genuine credential: a protocol error, or an answer that is not yes.

The only exception that leaves the verifier for hostile bytes is ``ProtocolError`` (``ParseError`` is
one), and nothing is accepted whose JSON value differs from what was signed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.mutants import VALUES, byte_mutants, changed, mutants_of, swept
from tests.simulator import IssuerWorld
from vc.encoding import base64url
from vc.errors import ProtocolError
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt
from vc.model.evidence import Evidence, EvidenceItem, Need
from vc.model.verdict import Outcome
from vc.proof.data_integrity import add_proof
from vc.trust.decide import decide
from vc.verify import step, step_presentation

SUITES = ("eddsa-jcs-2022", "eddsa-rdfc-2022")
EXAMPLES = settings(max_examples=120, deadline=None)


@cache
def _world(suite: str) -> tuple[IssuerWorld, bytes, Mapping[str, EvidenceItem]]:
    world = IssuerWorld(suite)
    return world, world.issue(), world.evidence().items


def _evidence(suite: str) -> Evidence:
    return Evidence(items=_world(suite)[2])


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
    _check(suite, data.draw(byte_mutants(_world(suite)[1])))


@pytest.mark.parametrize("suite", SUITES)
@given(data=st.data())
@EXAMPLES
def test_json_mutants(suite: str, data: st.DataObject) -> None:
    _check(suite, orjson.dumps(changed(_world(suite)[1], data)))


@pytest.mark.parametrize("suite", SUITES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_json_mutants_in_a_presentation(suite: str, data: st.DataObject) -> None:
    world, _, _ = _world(suite)
    document: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [changed(_world(suite)[1], data)],
    }
    name = data.draw(st.sampled_from(["holder", "proof", "type", "@context", "id"]))
    document[name] = data.draw(VALUES)
    try:
        step_presentation(
            orjson.dumps(document), _evidence(suite), world.policy, world.now, challenge="c", domain=None
        )
    except ProtocolError:
        return


@given(data=st.data())
@EXAMPLES
def test_json_mutants_that_the_issuer_signed(data: st.DataObject) -> None:
    """The furthest anything hostile gets: past the proof, to accreditation, dates and lists."""
    world, genuine, items = _world(SUITES[0])
    document = data.draw(mutants_of(json.loads(genuine)))
    document.pop("proof", None)
    try:
        secured = add_proof(document, cryptosuite=SUITES[0], signer=world.centre, created=world.now)
        step(orjson.dumps(secured), Evidence(items=items), world.policy, world.now)
    except ProtocolError:
        return


def test_a_member_of_whatever_kind_that_the_issuer_signed() -> None:
    world, genuine, items = _world(SUITES[0])
    for document in swept(json.loads(genuine)):
        if not isinstance(document, dict) or "proof" not in document:
            continue
        del document["proof"]
        with suppress(ProtocolError):
            secured = add_proof(document, cryptosuite=SUITES[0], signer=world.centre, created=world.now)
            step(orjson.dumps(secured), Evidence(items=items), world.policy, world.now)


@pytest.mark.parametrize("part", ["header", "payload"])
@given(data=st.data())
@EXAMPLES
def test_token_mutants_that_the_issuer_signed(part: str, data: st.DataObject) -> None:
    world, genuine, items = _world(SUITES[0])
    document = json.loads(genuine)
    del document["proof"]
    token = sign_credential_jwt(document, world.centre, issued_at=world.now)
    parts = dict(zip(("header", "payload"), token.split("."), strict=False))
    mutant = data.draw(mutants_of(json.loads(base64url.decode(parts[part], max_bytes=100_000))))
    parts[part] = base64url.encode(orjson.dumps(mutant))
    signed = f"{parts['header']}.{parts['payload']}"
    secured = f"{signed}.{base64url.encode(world.centre.sign(signed.encode()))}"
    try:
        step(orjson.dumps(envelop_credential(secured)), Evidence(items=items), world.policy, world.now)
    except ProtocolError:
        return


@pytest.mark.parametrize("suite", SUITES)
@given(raw=st.binary(max_size=200) | VALUES.map(orjson.dumps))
@EXAMPLES
def test_anything_at_all(suite: str, raw: bytes) -> None:
    _check(suite, raw)
