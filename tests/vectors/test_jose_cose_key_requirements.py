"""VC-JOSE-COSE 1.0, sections 4 and 5: finding the key, and validation. As in its other file."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from passport.commands.jose import Feature
from passport.conformance import command_line
from tests.unit.vc.cose.messages import forge as forge_cose
from tests.unit.vc.jose.samples import (
    CREDENTIAL,
    HOLDER,
    ISSUER,
    METHOD,
    NOW,
    PRESENTATION,
    SIGNER,
    VC_HEADER,
    VP_HEADER,
    forge,
)
from tests.vectors.jose_cose import (
    KEY,
    VC_SD_HEADER,
    VP_SD_HEADER,
    Json,
    cose,
    refused,
    signed_everyhow,
    written,
)
from tests.vectors.requirements import Requirements
from vc.cose.secured import parse_credential_cose, parse_presentation_cose
from vc.cose.sign1 import ALG, KID, TYP
from vc.crypto.keys import PublicKey
from vc.did import did_key
from vc.did.documents import find_verification_method, parse_document
from vc.encoding import base64url
from vc.jose.claims import check_audience, check_times, parse_times, require_verification_method
from vc.jose.envelope import envelop
from vc.jose.media_types import MediaType
from vc.jose.secured import parse_credential_jwt, parse_presentation_jwt, sign_credential_jwt
from vc.sd_jwt.secured import parse_credential_sd_jwt, parse_presentation_sd_jwt

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must


@must("4.1.1-kid-is-present-for-a-did-url")
def _() -> None:
    assert [act().key_id for act in _read_back()] == [METHOD] * 6
    refused(require_verification_method, None)


def _read_back() -> tuple[Callable[[], Any], ...]:
    """What is secured here, read again: both kinds of document, each way."""
    parsers: tuple[Callable[[Any], Any], ...] = (
        parse_credential_jwt,
        parse_credential_sd_jwt,
        parse_credential_cose,
        parse_presentation_jwt,
        parse_presentation_sd_jwt,
        parse_presentation_cose,
    )
    secured = (*signed_everyhow(CREDENTIAL), *signed_everyhow(PRESENTATION))
    return tuple(
        lambda parse=parse, secure=secure: parse(secure())
        for parse, secure in zip(parsers, secured, strict=True)
    )


@must("4.1.2-iss-matches-an-issuer-that-is-a-string")
def _() -> None:
    _iss_matches(ISSUER)


@must("4.1.2-iss-matches-the-id-of-an-issuer-that-is-an-object")
def _() -> None:
    _iss_matches({"id": ISSUER, "name": "Centre"})


def _iss_matches(issuer: Any) -> None:
    document = {**CREDENTIAL, "issuer": issuer}
    for iss in (ISSUER, "https://other.example", f"{ISSUER}#key-1"):
        for act in (
            lambda iss=iss: parse_credential_jwt(forge(VC_HEADER, {**document, "iss": iss})),
            lambda iss=iss: parse_credential_jwt(forge({**VC_HEADER, "iss": iss}, document)),
            lambda iss=iss: parse_credential_sd_jwt(forge(VC_SD_HEADER, {**document, "iss": iss}) + "~"),
            lambda iss=iss: parse_credential_cose(cose(document, "vc", iss=iss)),
        ):
            if iss == ISSUER:
                assert act().document == document
            else:
                refused(act)
    assert parse_credential_jwt(sign_credential_jwt(document, SIGNER, issued_at=NOW)).claims["iss"] == ISSUER


def _key_found(method: Json) -> PublicKey | None:
    did = "did:web:issuer.example"
    whole = {"id": f"{did}#1", "controller": did, **method}
    raw = written({"id": did, "verificationMethod": [whole], "assertionMethod": [f"{did}#1"]})
    found = find_verification_method(parse_document(did, raw), f"{did}#1", "assertionMethod")
    return None if found is None else found.public_key


@must("4.3-verification-method-is-a-json-web-key")
def _() -> None:
    assert _key_found({"type": "JsonWebKey", "publicKeyJwk": KEY.jwk}) == KEY


@must("4.3-material-is-in-public-key-jwk")
def _() -> None:
    assert _key_found({"type": "JsonWebKey", "publicKeyMultibase": KEY.multikey}) is None
    assert _key_found({"type": "JsonWebKey"}) is None
    private = {**KEY.jwk, "d": base64url.encode(b"\x01" * 32)}
    refused(_key_found, {"type": "JsonWebKey", "publicKeyJwk": private})


@must("4.3-deviation-a-multikey-is-read-too")
def _() -> None:
    # A did:key has no other; Controlled Identifiers 1.0 knows both, and the key is the same.
    assert _key_found({"type": "Multikey", "publicKeyMultibase": KEY.multikey}) == KEY
    assert did_key.resolve(did_key.did_for(KEY)).verification_methods[0].public_key == KEY


@must("4.3-kid-is-an-absolute-url-without-iss")
def _() -> None:
    for act in _read_back():
        read = act()
        assert require_verification_method(read.key_id) == METHOD
    for key_id in ("#key-1", "key-1", "73voMXFNmNlOEpuYCSJlh8eN0dscykoO6gBukgRS1uU", None):
        refused(require_verification_method, key_id)


@must("4.3-kid-is-an-absolute-url-for-a-holder-without-iss")
def _() -> None:
    token = forge({name: VP_HEADER[name] for name in ("alg", "typ")}, PRESENTATION)
    refused(require_verification_method, parse_presentation_jwt(token).key_id)
    named = parse_presentation_jwt(forge({**VP_HEADER, "kid": f"{HOLDER}#1"}, PRESENTATION))
    assert require_verification_method(named.key_id) == f"{HOLDER}#1"


@must("4.3-deviation-the-command-line-takes-the-key-it-is-given")
def _() -> None:
    # The suite's COSE files have no iss and a kid that is no URL; the key comes with them.
    header = {ALG: -7, KID: b"73voMXFNmNlOEpuY", TYP: "application/vc+cose"}
    raw = forge_cose(header, payload=written(CREDENTIAL))
    key_file = json.dumps({"publicKeyJwk": KEY.jwk}).encode()
    text = cose_text(raw)
    command_line.verify(text, key_file, Feature.CREDENTIAL_COSE)


def cose_text(raw: bytes) -> bytes:
    return str(envelop(MediaType.VC_COSE, raw)["id"]).partition(",")[2].encode()


def _verified_by_command_line(document: Json) -> None:
    key_file = json.dumps({"publicKeyJwk": KEY.jwk}).encode()
    command_line.verify(forge(VC_HEADER, document).encode(), key_file, Feature.CREDENTIAL_JOSE)
    command_line.verify(f"{forge(VC_SD_HEADER, document)}~".encode(), key_file, Feature.CREDENTIAL_SDJWT)
    command_line.verify(cose_text(cose(document, "vc")), key_file, Feature.CREDENTIAL_COSE)


@must("5-validation-claims-expected-for-the-type-are-present", each=["type", "@context", "issuer"])
def _(name: str) -> None:
    _verified_by_command_line(CREDENTIAL)
    refused(
        _verified_by_command_line, {member: CREDENTIAL[member] for member in CREDENTIAL if member != name}
    )


@must("5-validation-the-document-is-of-the-kind-that-its-type-says")
def _() -> None:
    other = {"type": ["Other"]}
    refused(parse_credential_jwt, forge(VC_HEADER, CREDENTIAL | other))
    refused(parse_credential_sd_jwt, forge(VC_SD_HEADER, CREDENTIAL | other) + "~")
    refused(parse_credential_cose, cose(CREDENTIAL | other, "vc"))
    refused(parse_presentation_jwt, forge(VP_HEADER, PRESENTATION | other))
    refused(parse_presentation_sd_jwt, forge(VP_SD_HEADER, PRESENTATION | other) + "~")
    refused(parse_presentation_cose, cose(PRESENTATION | other, "vp"))


@must("5-validation-claims-understood-are-evaluated")
def _() -> None:
    now, hour = int(NOW.timestamp()), 3_600
    for claims, is_good in (
        ({"iat": now, "nbf": now, "exp": now + hour}, True),
        ({"iat": now + hour}, False),
        ({"nbf": now + hour}, False),
        ({"exp": now - hour}, False),
    ):
        read = parse_credential_jwt(forge(VC_HEADER, {**CREDENTIAL, **claims}))
        assert (check_times(parse_times(read.claims), now=NOW, skew=timedelta(minutes=5)) == ()) is is_good
    read = parse_presentation_jwt(forge(VP_HEADER, {**PRESENTATION, "aud": "a", "nonce": "n"}))
    assert check_audience(read.claims, audience="a", nonce="n") == ()
    assert len(check_audience(read.claims, audience="b", nonce="o")) == 2


@must("5-validation-claims-not-understood-are-ignored")
def _() -> None:
    _verified_by_command_line({**CREDENTIAL, "newClaim": 1})


@must("5-validation-verified-document-is-well-formed-json-ld")
def _() -> None:
    _verified_by_command_line(CREDENTIAL)
    changes: tuple[Json, ...] = (
        {"@context": "x"},
        {"@context": []},
        {"id": 5},
        {"credentialSubject": []},
        {"issuer": "x"},
    )
    for change in changes:
        refused(_verified_by_command_line, {**CREDENTIAL, **change})


@must("5-validation-schemas-not-understood-are-ignored")
def _() -> None:
    _verified_by_command_line(
        {**CREDENTIAL, "credentialSchema": {"id": "https://s.example", "type": "NewSchema"}}
    )


@must("5-validation-statuses-not-understood-are-ignored")
def _() -> None:
    _verified_by_command_line(
        {**CREDENTIAL, "credentialStatus": {"id": "https://s.example", "type": "NewStatus"}}
    )


@must("5-validation-deviation-the-command-line-judges-no-times")
def _() -> None:
    # The suite's files ended in 2024, and some have a time that is no number; ``vc.verify`` judges them.
    _verified_by_command_line({**CREDENTIAL, "exp": 1, "iat": "2010-01-01T19:23:24Z"})


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_each_requirement_is_here_once() -> None:
    ids = [parameter.id for parameter in REQUIREMENTS.parameters]
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names)) == 17
    assert len(ids) == len(set(ids)) == 19
