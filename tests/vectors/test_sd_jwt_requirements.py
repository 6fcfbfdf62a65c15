"""RFC 9901 (SD-JWT): each MUST and MUST NOT that concerns an issuer or a verifier without key binding."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.vc.jose.samples import CREDENTIAL, NOW, SIGNER, forge
from tests.vectors.jose_cose import Json, new_salts, refused
from tests.vectors.requirements import Requirements
from vc.encoding import base64url
from vc.sd_jwt.disclosures import conceal, digest_of, reveal
from vc.sd_jwt.sd_jwt import parse_sd_jwt
from vc.sd_jwt.secured import sign_credential_sd_jwt

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must
SALT = "s" * 22
DISCLOSURE = base64url.encode(json.dumps([SALT, "name", "Sokha"]).encode())
ELEMENT = base64url.encode(json.dumps([SALT, "km"]).encode())
REVEALED: Json = {"_sd": [digest_of(DISCLOSURE)], "id": 1}


@must("4-last-part-is-empty-without-key-binding")
def _() -> None:
    token = forge({"alg": "ES256"}, REVEALED)
    assert parse_sd_jwt(f"{token}~{DISCLOSURE}~").payload == {"id": 1, "name": "Sokha"}
    for text in (token, f"{token}~{DISCLOSURE}", f"{token}~{DISCLOSURE}~{token}"):
        refused(parse_sd_jwt, text)


@must("4.1-is-signed-and-not-with-none")
def _() -> None:
    refused(parse_sd_jwt, forge({"alg": "none"}, REVEALED) + "~")


@must("4.1-reserved-names-convey-digests-alone", each=["_sd", "...", "_sd_alg"])
def _(name: str) -> None:
    refused(conceal, {"a": {name: "x"}}, [], new_salts())
    refused(reveal, {"a": {name: "x"}}, [])


@must("4.1-a-digest-occurs-once")
def _() -> None:
    for payload in ({"_sd": ["d", "d"]}, {"_sd": ["d"], "a": [{"...": "d"}]}):
        refused(reveal, payload, [])


@must("4.1.1-sha-256-is-supported-and-the-default")
def _() -> None:
    assert reveal({**REVEALED, "_sd_alg": "sha-256"}, [DISCLOSURE]) == reveal(REVEALED, [DISCLOSURE])
    refused(reveal, {**REVEALED, "_sd_alg": "sha-512"}, [DISCLOSURE])


@must("4.1.1-hash-algorithm-at-the-top-alone")
def _() -> None:
    refused(reveal, {"a": {"_sd_alg": "sha-256"}}, [])
    payload, _ = conceal({"a": {"b": 1}}, [("a", "b")], new_salts())
    assert payload.keys() == {"a", "_sd_alg"}


@must("4.2.1-salt-is-unique-for-each-claim")
def _() -> None:
    _, disclosures = conceal({"a": 1, "b": 1}, [("a",), ("b",)], new_salts())
    assert len({json.loads(base64url.decode(text, max_bytes=999))[0] for text in disclosures}) == 2
    with pytest.raises(ValueError, match="salt"):
        conceal({"a": 1, "b": 1}, [("a",), ("b",)], lambda: SALT)


@must("4.2.3-digest-is-over-the-base64url-text")
def _() -> None:
    assert (
        digest_of("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0")
        == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    )


@must("4.2.4.1-order-of-claims-is-hidden")
def _() -> None:
    claims = {str(number): number for number in range(9)}
    payload, _ = conceal(claims, [(name,) for name in claims], new_salts())
    digests = payload["_sd"]
    assert isinstance(digests, list)
    assert digests == sorted(digests, key=str)


@must("4.2.6-an-enclosed-disclosure-needs-the-enclosing-one")
def _() -> None:
    payload, (inner, outer) = conceal({"a": {"b": 1}}, [("a",), ("a", "b")], new_salts())
    assert reveal(payload, [inner, outer]) == {"a": {"b": 1}}
    refused(reveal, payload, [inner])


@must("7.1-step-3.3.2.1-member-has-three-parts")
def _() -> None:
    refused(reveal, {"_sd": [digest_of(ELEMENT)]}, [ELEMENT])


@must("7.1-step-3.3.2.2-member-has-no-reserved-name", each=["_sd", "..."])
def _(name: str) -> None:
    text = base64url.encode(json.dumps([SALT, name, "x"]).encode())
    refused(reveal, {"_sd": [digest_of(text)]}, [text])


@must("7.1-step-3.3.2.3-member-is-not-there-already")
def _() -> None:
    refused(reveal, {**REVEALED, "name": "Other"}, [DISCLOSURE])


@must("7.1-step-3.3.3.1-element-has-two-parts")
def _() -> None:
    refused(reveal, {"a": [{"...": digest_of(DISCLOSURE)}]}, [DISCLOSURE])


@must("7.1-step-3.4-elements-without-disclosure-are-removed")
def _() -> None:
    payload: Json = {"a": [{"...": digest_of(ELEMENT)}, 1, {"...": "decoy"}]}
    assert reveal(payload, []) == {"a": [1]}
    assert reveal(payload, [ELEMENT]) == {"a": ["km", 1]}


@must("7.1-step-4-digest-twice-through-a-disclosure")
def _() -> None:
    text = base64url.encode(json.dumps([SALT, "a", {"_sd": ["d"]}]).encode())
    refused(reveal, {"_sd": [digest_of(text), "d"]}, [text])


@must("7.1-step-5-disclosure-that-nothing-refers-to")
def _() -> None:
    refused(reveal, {"id": 1}, [DISCLOSURE])


@must("9.7-what-decides-validity-is-not-concealed", each=["issuer", "validUntil", "credentialStatus"])
def _(name: str) -> None:
    document = {**CREDENTIAL, "validUntil": "2027-01-01T00:00:00Z", "credentialStatus": {"type": "x"}}
    sign = sign_credential_sd_jwt
    refused(sign, document, SIGNER, issued_at=NOW, paths=[(name,)], new_salt=new_salts())


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_each_requirement_is_here_once() -> None:
    ids = [parameter.id for parameter in REQUIREMENTS.parameters]
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names)) == 18
    assert len(ids) == len(set(ids)) == 23
