"""Documents of VC Data Model 1.1: each fault is found, at its place."""

from typing import Any

import pytest

from tests.unit.vc.model.documents import (
    REMOVED,
    credential,
    legacy_credential,
    legacy_presentation,
    presentation,
)
from vc.model.credential import CREDENTIALS_V2, check_credential_shape
from vc.model.legacy import (
    CREDENTIALS_V1,
    check_credential_shape_1_1,
    check_presentation_shape_1_1,
    is_vcdm_1_1,
)

FAULTS: dict[str, tuple[str, Any, str]] = {
    "context_missing": ("@context", REMOVED, "/@context"),
    "context_text": ("@context", CREDENTIALS_V1, "/@context"),
    "context_of_2_0": ("@context", [CREDENTIALS_V2], "/@context/0"),
    "context_number": ("@context", [CREDENTIALS_V1, 4], "/@context/1"),
    "type_missing": ("type", REMOVED, "/type"),
    "type_without_the_required": ("type", ["AlumniCredential"], "/type"),
    "id_array": ("id", ["urn:x:1"], "/id"),
    "id_word": ("id", "word", "/id"),
    "issuer_missing": ("issuer", REMOVED, "/issuer"),
    "issuer_true": ("issuer", True, "/issuer"),
    "issuer_object_without_id": ("issuer", {"name": "A"}, "/issuer/id"),
    "subject_missing": ("credentialSubject", REMOVED, "/credentialSubject"),
    "subject_text": ("credentialSubject", "did:example:1234", "/credentialSubject"),
    "subject_empty": ("credentialSubject", {}, "/credentialSubject"),
    "issued_missing": ("issuanceDate", REMOVED, "/issuanceDate"),
    "issued_null": ("issuanceDate", None, "/issuanceDate"),
    "issued_day": ("issuanceDate", "2026-01-01", "/issuanceDate"),
    "expires_null": ("expirationDate", None, "/expirationDate"),
    "expires_words": ("expirationDate", "next year", "/expirationDate"),
    "status_without_id": ("credentialStatus", {"type": "A"}, "/credentialStatus/id"),
    "status_without_type": ("credentialStatus", {"id": "urn:x:1"}, "/credentialStatus/type"),
    "status_id_word": ("credentialStatus", {"id": "a", "type": "A"}, "/credentialStatus/id"),
    "schema_without_id": ("credentialSchema", {"type": "A"}, "/credentialSchema/id"),
    "schema_without_type": ("credentialSchema", {"id": "urn:x:1"}, "/credentialSchema/type"),
    "refresh_without_id": ("refreshService", {"type": "A"}, "/refreshService/id"),
    "terms_without_type": ("termsOfUse", {}, "/termsOfUse/type"),
    "evidence_without_type": ("evidence", [{}], "/evidence/0/type"),
    "proof_without_type": ("proof", {"created": "2026-01-01T00:00:00Z"}, "/proof/type"),
}

PRESENTATION_FAULTS: dict[str, tuple[str, Any, str]] = {
    "context_missing": ("@context", REMOVED, "/@context"),
    "context_of_2_0": ("@context", [CREDENTIALS_V2], "/@context/0"),
    "type_missing": ("type", REMOVED, "/type"),
    "id_word": ("id", "word", "/id"),
    "holder_word": ("holder", "me", "/holder"),
    "credentials_none": ("verifiableCredential", [], "/verifiableCredential"),
    "credential_text": ("verifiableCredential", ["eyJ.e30.x"], "/verifiableCredential/0"),
    "terms_without_type": ("termsOfUse", [{}], "/termsOfUse/0/type"),
    "proof_without_type": ("proof", {}, "/proof/type"),
}


def test_documents_with_every_member_have_no_fault() -> None:
    assert check_credential_shape_1_1(legacy_credential()) == ()
    assert check_presentation_shape_1_1(legacy_presentation()) == ()
    assert check_presentation_shape_1_1(legacy_presentation(verifiableCredential=REMOVED)) == ()


@pytest.mark.parametrize(("member", "value", "pointer"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_found_at_its_place(member: str, value: Any, pointer: str) -> None:
    findings = check_credential_shape_1_1(legacy_credential(**{member: value}))
    assert {finding.pointer for finding in findings} == {pointer}


@pytest.mark.parametrize(
    ("member", "value", "pointer"), PRESENTATION_FAULTS.values(), ids=PRESENTATION_FAULTS
)
def test_each_fault_of_a_presentation_is_found(member: str, value: Any, pointer: str) -> None:
    findings = check_presentation_shape_1_1(legacy_presentation(**{member: value}))
    assert {finding.pointer for finding in findings} == {pointer}


def test_the_first_context_tells_the_version() -> None:
    assert is_vcdm_1_1(legacy_credential())
    assert is_vcdm_1_1(legacy_presentation())
    assert not is_vcdm_1_1(credential())
    assert not is_vcdm_1_1(presentation())
    assert not is_vcdm_1_1({"@context": [CREDENTIALS_V2, CREDENTIALS_V1]})
    assert not is_vcdm_1_1({})


def test_neither_version_is_taken_for_the_other() -> None:
    assert check_credential_shape(legacy_credential()) != ()
    assert check_credential_shape_1_1(credential()) != ()
