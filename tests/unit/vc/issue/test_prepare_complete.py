"""Permission to sign: only for what was linted, once, by the key the intent names."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from tests.simulator import CENTRE_DID, IssuerWorld, did_key_signer, signer_for
from vc.errors import ConflictError, MalformedValue, ProtocolError
from vc.issue import CredentialDataset, IssuanceParameters, PreparedCredential, complete, prepare, resume
from vc.proof.data_integrity import parse_proofs, verify_proof

CREATED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
_, THROWAWAY = did_key_signer("throwaway")
WORLD = IssuerWorld()


def subject(**changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = dict(WORLD.subject())
    achievement = dict(claims["achievement"])
    achievement["alignment"] = [
        {
            "type": ["Alignment"],
            "targetName": "Bricklayers and related workers",
            "targetUrl": "http://data.europa.eu/esco/isco/C7112",
            "targetFramework": "ISCO-08",
            "targetCode": "7112",
        }
    ]
    return claims | {"achievement": achievement} | changes


def ready(suite: str = "eddsa-jcs-2022", **changes: Any) -> PreparedCredential:
    return prepare(
        CredentialDataset(credential_type="RPLCertificate", name="Bricklayer", subject=subject(**changes)),
        IssuanceParameters(
            credential_id="urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd1",
            issuer=CENTRE_DID,
            issuer_name="Poipet Training Centre",
            verification_method=WORLD.centre.verification_method,
            cryptosuite=suite,
            created=CREATED,
            credential_status=WORLD.status_entry(5),
        ),
        throwaway=THROWAWAY,
    )


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_what_is_signed_verifies_and_is_what_was_prepared(suite: str) -> None:
    prepared = ready(suite)
    secured = orjson.loads(complete(prepared, WORLD.centre).raw)
    (proof,) = parse_proofs(secured)
    result = verify_proof(secured, proof, WORLD.centre.public_key)
    assert result.verified_document == prepared.document
    assert proof.created == CREATED


def test_a_permission_works_once() -> None:
    prepared = ready()
    complete(prepared, WORLD.centre)
    with pytest.raises(ConflictError):
        complete(prepared, WORLD.centre)


def test_a_permission_is_for_the_key_the_intent_names() -> None:
    with pytest.raises(ConflictError):
        complete(ready(), signer_for("centre 2", CENTRE_DID, "key-2"))


def test_resuming_a_recorded_intent_gives_the_same_bytes() -> None:
    prepared = ready()
    first = complete(prepared, WORLD.centre).raw
    again = resume(prepared.document_bytes, prepared.proof_config_bytes, throwaway=THROWAWAY)
    assert complete(again, WORLD.centre).raw == first


def test_a_recorded_intent_that_was_altered_is_linted_again() -> None:
    prepared = ready()
    altered = orjson.loads(prepared.document_bytes)
    altered["credentialSubject"]["debtAmount"] = "900"
    with pytest.raises(MalformedValue):
        resume(orjson.dumps(altered), prepared.proof_config_bytes, throwaway=THROWAWAY)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"debt": "900 USD"}, "/credentialSubject/debt"),
        ({"idPoorLevel": "1"}, "/credentialSubject/idPoorLevel"),
        ({"religion": "x"}, "/credentialSubject/religion"),
        ({"nssfNumber": "x"}, "/credentialSubject/nssfNumber"),
        ({"assessors": ["A-1", "012345678"]}, "/credentialSubject/assessors/1"),
        ({"birthDate": "1994-02-30"}, "/credentialSubject/birthDate"),
        ({"assessors": ["A-1", "A-1"]}, "/credentialSubject/assessors"),
        ({"unitsOfCompetency": []}, "/credentialSubject/unitsOfCompetency"),
        ({"nameLatin": "N" * 121}, "/credentialSubject/nameLatin"),
    ],
)
def test_lints_stop_the_issuance_and_name_the_place(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(MalformedValue) as refused:
        ready(**change)
    assert pointer in {finding.pointer for finding in refused.value.findings}


def test_an_undefined_term_stops_an_rdfc_issuance() -> None:
    with pytest.raises(ProtocolError):
        ready("eddsa-rdfc-2022", favouriteColour="blue")


def test_a_document_too_large_is_not_signed() -> None:
    units = [{"unitCode": f"U{n}", "unitTitle": "x" * 900, "unitResult": "C"} for n in range(24)]
    with pytest.raises(MalformedValue):
        ready(unitsOfCompetency=units)
