"""Inputs of the W3C test suite for VC Data Model 2.0: those ending in -ok are issued, -fail refused.

Each goes the way of an issuing service: shape, canonical RDF, signature, verification of what came
out. Some inputs are completed first, as the suite completes them: the issuer, and words for dates.
"""

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import did_key_signer
from tests.vectors.shared_vectors import read_object, require_vectors
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import MalformedValue, TransformationError
from vc.model.credential import check_credential_shape, types_of
from vc.model.presentation import ENVELOPED_CREDENTIAL, check_presentation_shape
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof

FOLDER = require_vectors("vcdm2")
FILES = {path.stem: path for path in sorted(FOLDER.rglob("*.json"))}
SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
DID, SIGNER = did_key_signer("issuing service")
CREATED = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = {"PAST DATE": "2025-11-22T00:00:00Z", "FUTURE DATE": "2027-11-22T00:00:00Z"}

Json = dict[str, Any]

# What the suite leaves open, or does not ask at all, and why we do as we do. True is "issued".
CHOSEN: dict[str, tuple[bool, str]] = {
    "credential-missing-base-context-fail-or-inject": (False, "what is to be signed is never altered"),
    "credential-no-context-fail-or-inject": (False, "what is to be signed is never altered"),
    "presentation-no-context-fail-or-inject": (False, "what is to be signed is never altered"),
    "credential-proof-ok": (False, "the proof it brings names no verification method, so it proves nothing"),
    "presentation-self-asserted-vc-holder-mismatch": (False, "nobody secures what another has issued"),
    "presentation-self-asserted-vc-issuer-mismatch": (False, "nobody secures what another has issued"),
    "presentation-self-asserted-vc-no-holder": (False, "section 4.13.4 wants a holder"),
}
# Where the one fault of each refused input is; None where its meaning is at fault, which only RDF tells.
REFUSED_AT: dict[str, str | None] = {
    "credential-context-combo3-fail": "/@context/1",
    "credential-context-combo4-fail": "/@context/1",
    "credential-evidence-missing-type-fail": "/evidence/type",
    "credential-id-multi-fail": "/id",
    "credential-id-nonidentifier-fail": "/id",
    "credential-id-not-url-fail": "/id",
    "credential-id-subject-multi-fail": "/credentialSubject/id",
    "credential-issuer-no-url-fail": "/issuer",
    "credential-issuer-null-fail": "/issuer",
    "credential-issuer-object-id-no-url-fail": "/issuer/id",
    "credential-issuer-object-id-null-fail": "/issuer/id",
    "credential-missing-base-context-fail-or-inject": "/@context/0",
    "credential-missing-required-type-fail": "/type",
    "credential-no-context-fail-or-inject": "/@context",
    "credential-no-issuer-fail": "/credentialSubject",
    "credential-no-subject-fail": "/credentialSubject",
    "credential-no-type-fail": "/type",
    "credential-proof-missing-type-fail": "/proof/type",
    "credential-proof-ok": "/proof/0/verificationMethod",
    "credential-redef-type-fail": None,
    "credential-redef-type2-fail": None,
    "credential-refresh-no-type-fail": "/refreshService/type",
    "credential-schema-no-id-fail": "/credentialSchema/id",
    "credential-schema-no-type-fail": "/credentialSchema/type",
    "credential-schema-non-url-id-fail": "/credentialSchema/id",
    "credential-status-missing-type-fail": "/credentialStatus/type",
    "credential-status-multiple-id-fail": "/credentialStatus/id",
    "credential-status-nonurl-id-fail": "/credentialStatus/id",
    "credential-status-type-nonurl-fail": "/credentialStatus/type",
    "credential-subject-multiple-empty-fail": "/credentialSubject/1",
    "credential-subject-no-claims-fail": "/credentialSubject",
    "credential-termsofuse-missing-type-fail": "/termsOfUse/type",
    "credential-termsofuse-no-type-fail": "/termsOfUse/type",
    "credential-type-mapped-nonurl-fail": None,
    "credential-type-unmapped-fail": None,
    "credential-validUntil-validFrom-fail": "/validUntil",
    "credential-validfrom-invalid-fail": "/validFrom",
    "credential-validuntil-invalid-fail": "/validUntil",
    "credential-description-extra-prop-en-fail": "/description",
    "credential-name-extra-prop-en-fail": "/name",
    "issuer-description-extra-prop-en-fail": "/issuer/description",
    "issuer-name-extra-prop-en-fail": "/issuer/name",
    "presentation-context-order-fail": "/@context/0",
    "presentation-enveloped-vc-missing-type-fail": "/verifiableCredential/0/type",
    "presentation-holder-fail": "/holder",
    "presentation-holder-name-fail": "/holder/id",
    "presentation-holder-object-fail": "/holder/id",
    "presentation-missing-base-context-fail": "/@context/0",
    "presentation-missing-required-type-fail": "/type",
    "presentation-no-context-fail-or-inject": "/@context",
    "presentation-no-type-fail": "/type",
    "presentation-self-asserted-vc-holder-mismatch": "/verifiableCredential/0",
    "presentation-self-asserted-vc-issuer-mismatch": "/verifiableCredential/0",
    "presentation-self-asserted-vc-no-holder": "/verifiableCredential/0",
    "presentation-vc-as-string-fail": "/verifiableCredential/0",
    "presentation-vc-missing-required-type-fail": "/verifiableCredential/0/type",
}


def _expected(name: str) -> bool:
    if name in CHOSEN:
        return CHOSEN[name][0]
    assert name.endswith(("-ok", "-fail"))
    return name.endswith("-ok")


def _issue(path: Path, suite: str) -> Json:
    """The secured document, after verifying it. Raises ``MalformedValue`` and ``TransformationError``."""
    document = read_object(path)
    if path.name.startswith("presentation-"):
        return _present(document, suite, sign_credentials="self-asserted" not in path.name)
    return _secure(_completed(document), suite)


def _present(document: Json, suite: str, *, sign_credentials: bool) -> Json:
    if sign_credentials and "verifiableCredential" in document:
        credentials = [_as_signed(item, suite) for item in document["verifiableCredential"]]
        document = {**document, "verifiableCredential": credentials}
    _require(check_presentation_shape(document, require_credentials=False))
    for item in document.get("verifiableCredential", []):
        if ENVELOPED_CREDENTIAL not in types_of(item):
            _require(check_credential_shape(item))
    return _secured(document, suite, "authentication")


def _as_signed(credential: Any, suite: str) -> Any:
    if not isinstance(credential, dict) or not types_of(credential) & {"VerifiableCredential"}:
        return credential
    return _secure({**credential, "issuer": DID}, suite)


def _secure(credential: Json, suite: str) -> Json:
    _require(check_credential_shape(credential))
    return _secured(credential, suite, "assertionMethod")


def _secured(document: Json, suite: str, purpose: str) -> Json:
    canonicalize_rdfc({name: value for name, value in document.items() if name != "proof"})
    before = copy.deepcopy(document)
    secured = add_proof(document, cryptosuite=suite, signer=SIGNER, created=CREATED, proof_purpose=purpose)
    result = verify_proof(secured, parse_proofs(secured)[-1], SIGNER.public_key)
    assert result.verified_document == before
    return secured


def _require(findings: tuple[Any, ...]) -> None:
    if findings:
        raise MalformedValue("The document does not follow the data model.", findings=findings)


def _completed(credential: Json) -> Json:
    """The credential with the suite's own words replaced, and our issuer where it names none."""
    completed = {
        name: WORDS.get(value) or value if isinstance(value, str) else value
        for name, value in credential.items()
    }
    issuer = completed.get("issuer", DID)
    if isinstance(issuer, dict) and "id" not in issuer:
        issuer = {**issuer, "id": DID}
    return {**completed, "issuer": issuer}


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", [name for name in FILES if _expected(name)])
def test_issued(name: str, suite: str) -> None:
    assert "proof" in _issue(FILES[name], suite)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", [name for name in FILES if not _expected(name)])
def test_refused(name: str, suite: str) -> None:
    wanted = TransformationError if REFUSED_AT[name] is None else MalformedValue
    with pytest.raises(wanted) as caught:
        _issue(FILES[name], suite)
    assert [finding.pointer for finding in caught.value.findings] == [REFUSED_AT[name]]


def test_every_input_is_tried_and_every_choice_is_one_of_them() -> None:
    assert len(FILES) == len(list(FOLDER.rglob("*.json"))) >= 97
    assert CHOSEN.keys() <= FILES.keys()
    assert REFUSED_AT.keys() == {name for name in FILES if not _expected(name)}
    assert all(reason for _, reason in CHOSEN.values())
