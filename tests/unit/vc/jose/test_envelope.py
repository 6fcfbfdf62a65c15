"""Envelopes say what they are and nothing more; what they hold has one spelling."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.jose.samples import CREDENTIAL_TOKEN, PRESENTATION
from vc.errors import MalformedValue, ProtocolError
from vc.jose.envelope import (
    check_enveloped_credentials,
    envelop,
    envelop_credential,
    envelop_presentation,
    is_envelope,
    open_envelope,
)
from vc.jose.media_types import MediaType

ENVELOPE = envelop_credential(CREDENTIAL_TOKEN)
MESSAGE = b"\xd2\x84\x43\xa1\x01\x26\xa0\x40\x40"


@pytest.mark.parametrize("media_type", list(MediaType))
def test_what_is_put_in_is_taken_out(media_type: MediaType) -> None:
    content = MESSAGE if media_type.is_cose else CREDENTIAL_TOKEN
    document = envelop(media_type, content)
    assert is_envelope(document)
    opened = open_envelope(document)
    assert opened.media_type is media_type
    assert (opened.content if media_type.is_cose else opened.token) == content


def test_an_envelope_looks_as_the_data_model_shows_it() -> None:
    expected = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"data:application/vc+jwt,{CREDENTIAL_TOKEN}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert expected == ENVELOPE
    assert envelop_presentation("a.b.c")["type"] == "EnvelopedVerifiablePresentation"
    encoded = base64.b64encode(MESSAGE).decode()
    assert envelop(MediaType.VC_COSE, MESSAGE)["id"] == f"data:application/vc+cose;base64,{encoded}"


@pytest.mark.parametrize(
    "change",
    [
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/more"]},
        {"type": ["EnvelopedVerifiableCredential"]},
    ],
    ids=["one-context", "more-contexts", "list-of-types"],
)
def test_other_spellings_of_the_same_are_accepted(change: dict[str, Any]) -> None:
    assert open_envelope({**ENVELOPE, **change}).token == CREDENTIAL_TOKEN


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"@context": []}, "/@context"),
        ({"@context": None}, "/@context"),
        ({"@context": "https://www.w3.org/ns/credentials/examples/v2"}, "/@context"),
        ({"@context": {"@vocab": "https://www.w3.org/ns/credentials/v2"}}, "/@context"),
        ({"type": None}, "/type"),
        ({"type": []}, "/type"),
        ({"type": "VerifiableCredential"}, "/type"),
        ({"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]}, "/type"),
        ({"type": "EnvelopedVerifiablePresentation"}, "/type"),
        ({"type": 5}, "/type"),
        ({"id": None}, "/id"),
        ({"id": ["data:application/vc+jwt,a.b.c"]}, "/id"),
        ({"id": CREDENTIAL_TOKEN}, "/id"),
        ({"id": "https://issuer.example/credential"}, "/id"),
        ({"id": "data:application/vc+jwt"}, "/id"),
        ({"id": "data:,a.b.c"}, "/id"),
        ({"id": "data:application/vc+jwt,"}, "/id"),
        ({"id": "data:application/vc+jwt,a.b.c\n"}, "/id"),
        ({"id": "data:application/vc+jwt,a.b.c é"}, "/id"),
        ({"id": "data:application/vc+jwt;base64,YS5iLmM="}, "/id"),
        ({"id": "data:application/vc+jwt;charset=utf-8,a.b.c"}, "/id"),
        ({"id": "data:application/jwt,a.b.c"}, "/id"),
        ({"id": "data:text/html,<script>"}, "/id"),
        ({"id": "data:application/vp+jwt,a.b.c"}, "/type"),
        ({"id": "data:application/vc+cose,0oRA"}, "/id"),
        ({"id": "data:application/vc+cose;base64,0oR"}, None),
        ({"id": "data:application/vc+cose;base64,0oRB-w=="}, None),
        ({"id": "data:application/vc+cose;base64,0oRB="}, None),
        ({"id": "data:application/vc+cose;base64,0h=="}, None),
        ({"credentialSubject": {"id": "did:example:other"}}, None),
        ({"name": "not secured"}, None),
        ({"proof": {}}, None),
    ],
    ids=str,
)
def test_an_envelope_with_one_fault_is_refused(change: dict[str, Any], pointer: str | None) -> None:
    with pytest.raises(MalformedValue) as caught:
        open_envelope({**ENVELOPE, **change})
    assert caught.value.findings[0].pointer == pointer


@pytest.mark.parametrize("name", list(ENVELOPE))
def test_an_envelope_that_lacks_a_member_is_refused(name: str) -> None:
    with pytest.raises(MalformedValue):
        open_envelope({member: value for member, value in ENVELOPE.items() if member != name})


def test_only_envelopes_call_themselves_so() -> None:
    assert not is_envelope(PRESENTATION)
    assert not is_envelope({"type": 5})
    assert is_envelope({"type": ["x", "EnvelopedVerifiablePresentation"]})


def test_credentials_that_are_not_enveloped_are_named() -> None:
    document: dict[str, Any] = {
        "verifiableCredential": [ENVELOPE, {"type": "VerifiableCredential"}, "token", ENVELOPE]
    }
    assert [finding.pointer for finding in check_enveloped_credentials(document)] == [
        "/verifiableCredential/1",
        "/verifiableCredential/2",
    ]
    one: dict[str, Any] = {"verifiableCredential": {**ENVELOPE, "id": "not-a-credential"}}
    assert [finding.pointer for finding in check_enveloped_credentials(one)] == ["/verifiableCredential"]


def test_a_presentation_of_none_has_none_to_name() -> None:
    assert check_enveloped_credentials({}) == ()
    assert check_enveloped_credentials({"verifiableCredential": ENVELOPE}) == ()


def test_a_presentation_in_a_presentation_is_enveloped_too() -> None:
    assert check_enveloped_credentials({"verifiableCredential": [envelop_presentation("a.b.c")]}) == ()
    bare = check_enveloped_credentials({"verifiableCredential": [PRESENTATION]})
    assert [finding.pointer for finding in bare] == ["/verifiableCredential/0"]


@given(url=st.text(max_size=40).map(lambda text: f"data:application/vc+{text}") | st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_only_protocol_errors_leave_for_any_identifier(url: str) -> None:
    try:
        open_envelope({**ENVELOPE, "id": url})
    except ProtocolError:
        return
