"""Credentials and presentations as COSE: the right type, the right party, nothing forbidden."""

import json
from typing import Any

import pytest

from tests.unit.vc.cose.messages import ES256, forge
from tests.unit.vc.jose.samples import CREDENTIAL, ISSUER, METHOD, PRESENTATION, SIGNERS
from vc.cose.secured import (
    parse_credential_cose,
    parse_presentation_cose,
    sign_credential_cose,
    sign_presentation_cose,
)
from vc.cose.sign1 import ALG, CONTENT_TYPE, CWT_CLAIMS, KID, TYP, verify_sign1
from vc.crypto.keys import KeyType
from vc.errors import MalformedValue, ParseError

HEADER: dict[Any, Any] = {
    ALG: ES256,
    CONTENT_TYPE: "application/vc",
    KID: METHOD.encode(),
    TYP: "application/vc+cose",
}


def _message(header: dict[Any, Any] | None = None, document: Any = CREDENTIAL) -> bytes:
    payload = document if isinstance(document, bytes) else json.dumps(document).encode()
    return forge({**HEADER, **(header or {})}, payload=payload)


@pytest.mark.parametrize("kind", list(SIGNERS))
def test_what_is_signed_is_read_again(kind: KeyType) -> None:
    signer = SIGNERS[kind]
    credential = parse_credential_cose(sign_credential_cose(CREDENTIAL, signer))
    assert verify_sign1(credential.message, signer.public_key)
    assert (credential.document, credential.claims, credential.key_id) == (CREDENTIAL, {}, METHOD)
    presentation = parse_presentation_cose(sign_presentation_cose(PRESENTATION, signer))
    assert verify_sign1(presentation.message, signer.public_key)
    assert presentation.document == PRESENTATION


def test_the_header_is_that_of_the_specification() -> None:
    message = parse_credential_cose(sign_credential_cose(CREDENTIAL, SIGNERS[KeyType.P256])).message
    assert dict(message.protected) == HEADER
    vp = parse_presentation_cose(sign_presentation_cose(PRESENTATION, SIGNERS[KeyType.P256])).message
    assert (vp.protected[TYP], vp.protected[CONTENT_TYPE]) == ("application/vp+cose", "application/vp")


def test_one_kind_is_neither_signed_nor_read_as_the_other() -> None:
    signer = SIGNERS[KeyType.P256]
    with pytest.raises(MalformedValue, match="kind"):
        sign_credential_cose(PRESENTATION, signer)
    with pytest.raises(MalformedValue, match="kind"):
        sign_presentation_cose(CREDENTIAL, signer)
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_presentation_cose(sign_credential_cose(CREDENTIAL, signer))
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_credential_cose(sign_presentation_cose(PRESENTATION, signer))
    with pytest.raises(MalformedValue, match="kind"):
        parse_credential_cose(_message(document=PRESENTATION))


@pytest.mark.parametrize(
    "typ", ["application/vc+jwt", "vp+cose", "application/cose", "", 5, None, b"vc+cose"], ids=str
)
def test_a_message_made_for_something_else_is_no_credential(typ: Any) -> None:
    with pytest.raises(MalformedValue, match="type that is expected"):
        parse_credential_cose(_message({TYP: typ}))


@pytest.mark.parametrize("content_type", ["application/vp", "vp", 50, b"vc"], ids=str)
def test_the_content_type_of_another_kind_is_refused(content_type: Any) -> None:
    with pytest.raises(MalformedValue, match="content type"):
        parse_credential_cose(_message({CONTENT_TYPE: content_type}))


def test_a_credential_without_envelope_is_neither_presented_nor_read() -> None:
    document = {**PRESENTATION, "verifiableCredential": [CREDENTIAL]}
    with pytest.raises(MalformedValue, match="not enveloped"):
        sign_presentation_cose(document, SIGNERS[KeyType.P256])
    header = {TYP: "application/vp+cose", CONTENT_TYPE: "application/vp"}
    with pytest.raises(MalformedValue, match="not enveloped"):
        parse_presentation_cose(_message(header, document))


@pytest.mark.parametrize("name", ["vc", "vp"])
def test_the_members_vc_and_vp_are_refused(name: str) -> None:
    with pytest.raises(MalformedValue, match="vc and vp"):
        sign_credential_cose({**CREDENTIAL, name: {}}, SIGNERS[KeyType.P256])
    with pytest.raises(MalformedValue, match="vc and vp"):
        parse_credential_cose(_message(document={**CREDENTIAL, name: {}}))


def test_cwt_claims_are_read_under_their_jwt_names() -> None:
    claims = {1: ISSUER, 2: "s", 3: "a", 4: 5, 5: 6, 6: 7, 7: b"id", 99: "new", "text": 1}
    read = parse_credential_cose(_message({CWT_CLAIMS: claims}))
    assert read.claims == {"iss": ISSUER, "sub": "s", "aud": "a", "exp": 5, "nbf": 6, "iat": 7}


@pytest.mark.parametrize("iss", ["https://other.example", "", None, 5], ids=str)
def test_an_iss_that_is_not_the_issuer_is_refused(iss: Any) -> None:
    with pytest.raises(MalformedValue, match="contradicts"):
        parse_credential_cose(_message({CWT_CLAIMS: {1: iss}}))


@pytest.mark.parametrize("claims", [None, [1], "x", b"\xa0"], ids=str)
def test_cwt_claims_that_are_no_map_are_refused(claims: Any) -> None:
    with pytest.raises(MalformedValue, match="not a map"):
        parse_credential_cose(_message({CWT_CLAIMS: claims}))


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b'{"type":1,"type":2}', b'{"a":NaN}', b"\xa1\x61a\x01", b'{"a":"\\ud800"}'],
    ids=["empty", "broken", "array", "duplicate", "nan", "cbor", "surrogate"],
)
def test_a_payload_that_is_not_one_strict_object_is_refused(payload: bytes) -> None:
    with pytest.raises(ParseError):
        parse_credential_cose(_message(document=payload))
