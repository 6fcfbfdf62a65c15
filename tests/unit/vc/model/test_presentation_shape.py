"""The shape of presentations and envelopes: each fault is found, at its place."""

from typing import Any

import pytest

from tests.unit.vc.model.documents import REMOVED, credential, envelope, presentation
from vc.model.credential import CREDENTIALS_V2
from vc.model.presentation import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    MAX_CREDENTIALS,
    check_enveloped_credential_shape,
    check_enveloped_presentation_shape,
    check_presentation_shape,
    holder_id,
)

OWN = credential(issuer="did:example:holder", proof=REMOVED)

FAULTS: dict[str, tuple[str, Any, str]] = {
    "context_missing": ("@context", REMOVED, "/@context"),
    "context_order": ("@context", [{"A": "urn:x:A"}, CREDENTIALS_V2], "/@context/0"),
    "context_number": ("@context", [CREDENTIALS_V2, 123192875], "/@context/1"),
    "context_undefined_not_last": (
        "@context",
        [CREDENTIALS_V2, "https://www.w3.org/ns/credentials/undefined-terms/v2", {"A": "urn:x:A"}],
        "/@context",
    ),
    "type_missing": ("type", REMOVED, "/type"),
    "type_of_a_credential": ("type", ["VerifiableCredential"], "/type"),
    "type_number": ("type", ["VerifiablePresentation", 7], "/type/1"),
    "id_array": ("id", ["urn:x:1"], "/id"),
    "holder_null": ("holder", None, "/holder"),
    "holder_word": ("holder", "z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj", "/holder"),
    "holder_array": ("holder", ["did:example:holder"], "/holder"),
    "holder_object_without_id": ("holder", {"name": "Acme"}, "/holder/id"),
    "holder_object_id_word": ("holder", {"id": "me"}, "/holder/id"),
    "credentials_null": ("verifiableCredential", None, "/verifiableCredential"),
    "credentials_none": ("verifiableCredential", [], "/verifiableCredential"),
    "credential_text": ("verifiableCredential", ["eyJ.e30.x"], "/verifiableCredential/0"),
    "credential_url": ("verifiableCredential", "urn:x:1", "/verifiableCredential"),
    "credential_number": ("verifiableCredential", [credential(), 7], "/verifiableCredential/1"),
    "credential_of_another_kind": ("verifiableCredential", {"type": "A"}, "/verifiableCredential/type"),
    "credentials_too_many": (
        "verifiableCredential",
        [credential()] * (MAX_CREDENTIALS + 1),
        "/verifiableCredential",
    ),
    "envelope_without_type": (
        "verifiableCredential",
        [envelope(ENVELOPED_CREDENTIAL, type=REMOVED)],
        "/verifiableCredential/0/type",
    ),
    "envelope_without_data": (
        "verifiableCredential",
        [envelope(ENVELOPED_CREDENTIAL, id="urn:x:1")],
        "/verifiableCredential/0/id",
    ),
    "own_credential_of_another": (
        "verifiableCredential",
        [OWN | {"issuer": "did:example:alice"}],
        "/verifiableCredential/0",
    ),
    "terms_without_type": ("termsOfUse", {}, "/termsOfUse/type"),
    "refresh_without_type": ("refreshService", {}, "/refreshService/type"),
    "proof_without_type": ("proof", {}, "/proof/type"),
    "language_broken": ("name", {"@value": "a", "@language": ""}, "/name/@language"),
}


@pytest.mark.parametrize(
    "document",
    [
        presentation(),
        presentation(holder={"id": "did:example:holder", "name": "A"}),
        presentation(holder=REMOVED),
        presentation(verifiableCredential=credential()),
        presentation(verifiableCredential=[OWN], holder={"id": "did:example:holder"}),
        presentation(verifiableCredential=[OWN | {"issuer": {"id": "did:example:holder"}}]),
        presentation(verifiableCredential=[credential()] * MAX_CREDENTIALS),
    ],
    ids=["all", "holder_object", "no_holder", "not_an_array", "own", "own_issuer_object", "twenty"],
)
def test_what_the_data_model_permits(document: dict[str, Any]) -> None:
    assert check_presentation_shape(document) == ()


@pytest.mark.parametrize(("member", "value", "pointer"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("require_credentials", [True, False])
def test_each_fault_is_found_at_its_place(
    member: str, value: Any, pointer: str, require_credentials: bool
) -> None:
    document = presentation(**{member: value})
    findings = check_presentation_shape(document, require_credentials=require_credentials)
    assert {finding.pointer for finding in findings} == {pointer}


def test_an_unsecured_credential_needs_a_holder() -> None:
    findings = check_presentation_shape(presentation(verifiableCredential=[OWN], holder=REMOVED))
    assert [finding.pointer for finding in findings] == ["/verifiableCredential/0"]


def test_a_presentation_of_nothing_is_a_question_of_the_caller() -> None:
    document = presentation(verifiableCredential=REMOVED)
    assert check_presentation_shape(document, require_credentials=False) == ()
    assert [finding.pointer for finding in check_presentation_shape(document)] == ["/verifiableCredential"]


def test_faults_inside_a_credential_are_not_the_presentations() -> None:
    inner = credential(id="word", credentialSubject={})
    assert check_presentation_shape(presentation(verifiableCredential=[inner])) == ()


@pytest.mark.parametrize(
    ("holder", "named"),
    [
        ("did:example:a", "did:example:a"),
        ({"id": "urn:x:1"}, "urn:x:1"),
        ({}, None),
        (REMOVED, None),
        (7, None),
    ],
    ids=["url", "object", "object_without_id", "none", "number"],
)
def test_the_holders_identifier(holder: Any, named: str | None) -> None:
    assert holder_id(presentation(holder=holder)) == named


ENVELOPE_FAULTS: dict[str, tuple[str, Any]] = {
    "context_missing": ("@context", REMOVED),
    "context_empty": ("@context", []),
    "context_other": ("@context", "https://www.w3.org/ns/credentials/examples/v2"),
    "id_missing": ("id", REMOVED),
    "id_null": ("id", None),
    "id_without_scheme": ("id", "eyJ.e30.x"),
    "id_https": ("id", "https://a.example/application/vc+jwt,x"),
    "id_without_media_type": ("id", "data:,eyJ.e30.x"),
    "id_without_data": ("id", "data:application/vc+jwt,"),
    "id_without_comma": ("id", "data:application/vc+jwt"),
    "id_with_space": ("id", "data:application/vc+jwt,eyJ e30"),
    "type_missing": ("type", REMOVED),
    "type_other": ("type", "VerifiableCredential"),
    "type_and_another": ("type", [ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION]),
}


@pytest.mark.parametrize(("member", "value"), ENVELOPE_FAULTS.values(), ids=ENVELOPE_FAULTS)
@pytest.mark.parametrize("kind", [ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION])
def test_faults_of_an_envelope(member: str, value: Any, kind: str) -> None:
    check = (
        check_enveloped_credential_shape
        if kind == ENVELOPED_CREDENTIAL
        else check_enveloped_presentation_shape
    )
    assert check(envelope(kind)) == ()
    assert check(envelope(kind, type=[kind])) == ()
    assert [finding.pointer for finding in check(envelope(kind, **{member: value}))] == [f"/{member}"]


def test_an_envelope_of_the_other_kind() -> None:
    assert check_enveloped_credential_shape(envelope(ENVELOPED_PRESENTATION))
    assert check_enveloped_presentation_shape(envelope(ENVELOPED_CREDENTIAL))
