"""Documents that follow the data models, to be given one fault each."""

from typing import Any

from vc.model.credential import CREDENTIALS_V2
from vc.model.legacy import CREDENTIALS_V1

Json = dict[str, Any]

EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
REMOVED = object()
"""Put where a member is to be taken away."""


def credential(**changes: Any) -> Json:
    """A credential of VC Data Model 2.0 with every optional member that it names."""
    return _changed(
        {
            "@context": [CREDENTIALS_V2, EXAMPLES_V2],
            "id": "urn:uuid:0c07c1ce-57cb-41af-bef2-1b932b986873",
            "type": ["VerifiableCredential", "ExampleDegreeCredential"],
            "name": [{"@value": "ជាងឈើ", "@language": "km"}, {"@value": "Carpenter", "@language": "en-GB"}],
            "description": "An example.",
            "issuer": {"id": "did:example:issuer", "name": {"@value": "مدرسة", "@direction": "rtl"}},
            "validFrom": "2026-01-01T00:00:00.5+07:00",
            "validUntil": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:subject", "degree": {"id": "urn:x:1", "type": "Degree"}},
            "credentialStatus": [{"type": "BitstringStatusListEntry"}, {"type": "urn:x:s", "id": "urn:x:2"}],
            "credentialSchema": {"id": "https://schemas.example/1", "type": "JsonSchema"},
            "refreshService": {"type": "urn:x:refresh"},
            "termsOfUse": {"type": "urn:x:terms", "id": "urn:x:3"},
            "evidence": [{"type": ["Evidence"], "digestSRI": "unread"}],
            "confidenceMethod": {"type": "urn:x:confidence"},
            "renderMethod": {"type": "urn:x:render"},
            "relatedResource": {"id": "https://r.example/1", "digestMultibase": "u" + "A" * 43},
            "proof": {"type": "DataIntegrityProof"},
        },
        changes,
    )


def presentation(**changes: Any) -> Json:
    """A presentation of VC Data Model 2.0 of one credential and one envelope."""
    return _changed(
        {
            "@context": [CREDENTIALS_V2],
            "id": "urn:uuid:313801ba-24b7-41ee-be02-ff560265cf9b",
            "type": ["VerifiablePresentation"],
            "holder": "did:example:holder",
            "verifiableCredential": [credential(), envelope("EnvelopedVerifiableCredential")],
            "termsOfUse": {"type": "urn:x:terms"},
        },
        changes,
    )


def envelope(kind: str, **changes: Any) -> Json:
    """An envelope of ``kind``."""
    media_type = "application/vp+jwt" if kind == "EnvelopedVerifiablePresentation" else "application/vc+jwt"
    return _changed({"@context": CREDENTIALS_V2, "id": f"data:{media_type},eyJ.e30.x", "type": kind}, changes)


def legacy_credential(**changes: Any) -> Json:
    """A credential of VC Data Model 1.1."""
    return _changed(
        {
            "@context": [CREDENTIALS_V1],
            "id": "urn:uuid:0c07c1ce-57cb-41af-bef2-1b932b986873",
            "type": ["VerifiableCredential"],
            "issuer": "did:example:issuer",
            "issuanceDate": "2026-01-01T00:00:00",
            "expirationDate": "2027-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:subject"},
            "credentialStatus": {"id": "urn:x:1", "type": "CredentialStatusList2017"},
            "credentialSchema": {"id": "urn:x:2", "type": "JsonSchemaValidator2018"},
            "refreshService": {"id": "urn:x:3", "type": "ManualRefreshService2018"},
            "termsOfUse": {"type": "urn:x:terms"},
            "evidence": {"type": "urn:x:evidence"},
        },
        changes,
    )


def legacy_presentation(**changes: Any) -> Json:
    """A presentation of VC Data Model 1.1."""
    return _changed(
        {
            "@context": [CREDENTIALS_V1],
            "type": ["VerifiablePresentation"],
            "holder": "did:example:holder",
            "verifiableCredential": [legacy_credential()],
        },
        changes,
    )


def _changed(document: Json, changes: Json) -> Json:
    return {name: value for name, value in (document | changes).items() if value is not REMOVED}
