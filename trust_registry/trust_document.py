"""The documents the trust registry signs or publishes, drawn from the register.

Pure: the register, times and signers come in, bytes go out. What is signed was first signed with
a throwaway key, verified and read back by the same code a verifier uses.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from schemas import PASSPORT_CONTEXT_URL
from trust_registry.list_entries import accreditation_entry, verifier_entries
from trust_registry.model import (
    Organisation,
    OrganisationKind,
    Register,
    RegisteredKey,
)
from vc.crypto.keys import PublicKey, Signer
from vc.did.did_web import build_document
from vc.did.documents import VerificationMethod
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, JsonValue, parse_json_object
from vc.encoding.timestamps import format_timestamp
from vc.errors import PassportError
from vc.model.credential import CREDENTIALS_V2
from vc.proof import data_integrity
from vc.trust.trust_list import (
    AUTHORITY_ROLE,
    ISSUER_ROLE,
    STATUS_REGISTRY_ROLE,
    TrustList,
    parse_trust_list,
)

TRUST_LIST_TYPE = "TrustListCredential"
TRUST_LIST_CRYPTOSUITE = "eddsa-jcs-2022"

# A verifier of skills (an employer) signs nothing that the list must vouch for.
_ROLES = {
    OrganisationKind.AUTHORITY: AUTHORITY_ROLE,
    OrganisationKind.CENTRE: ISSUER_ROLE,
    OrganisationKind.STATUS_REGISTRY: STATUS_REGISTRY_ROLE,
}


class TrustListUnsound(PassportError):
    """The list we were about to publish would not be understood, so nothing was signed."""


def build_trust_list(
    register: Register,
    *,
    signed_before: Mapping[str, JsonObject],
    url: str,
    root_did: str,
    version: int,
    root_version: int,
    valid_from: datetime,
    valid_until: datetime,
) -> JsonObject:
    """The unsigned trust list. Shape: ``vc.trust.trust_list``; organisations in order of id.

    ``signed_before`` has the entry of that name for each stolen key whose earlier signatures are known.
    """
    issuers: list[JsonValue] = [
        _issuer_entry(entry, register, root_did, signed_before)
        for entry in register.organisations
        if entry.did is not None and entry.kind in _ROLES
    ]
    return {
        "@context": [CREDENTIALS_V2, PASSPORT_CONTEXT_URL],
        "id": url,
        "type": ["VerifiableCredential", TRUST_LIST_TYPE],
        "issuer": root_did,
        "validFrom": format_timestamp(valid_from),
        "validUntil": format_timestamp(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "TrustList",
            "version": version,
            "rootVersion": root_version,
            "issuers": issuers,
            "verifiers": verifier_entries(register.licences),
        },
    }


def secure_trust_list(
    document: JsonObject, *, created: datetime, signer: Signer, throwaway: Callable[[], Signer]
) -> bytes:
    """The signed list as the exact bytes to publish; the same arguments give the same bytes.

    Raises ``TrustListUnsound`` when what comes out would not verify or not read as it was meant.
    """
    require_sound(_sign(document, created, probe := throwaway()), probe.public_key, document)
    secured = _sign(document, created, signer)
    require_sound(secured, signer.public_key, document)
    return secured


def require_sound(secured: bytes, public_key: PublicKey, document: Mapping[str, JsonValue]) -> TrustList:
    """Read ``secured`` as a verifier would; raises ``TrustListUnsound`` unless it says ``document``."""
    received = parse_json_object(secured)
    (proof,) = data_integrity.parse_proofs(received)
    result = data_integrity.verify_proof(received, proof, public_key)
    if result.verified_document is None:
        raise TrustListUnsound("The signature over the trust list does not verify.")
    if dict(result.verified_document) != dict(document):
        raise TrustListUnsound("What was signed is not the trust list that was meant.")
    return parse_trust_list(result.verified_document)


def build_did_document(did: str, keys: Sequence[RegisteredKey], *, name_key: Callable[[int], str]) -> bytes:
    """The DID document of an organisation with every key it ever had, as bytes to publish.

    ``name_key`` maps the position of a key to the fragment it is published under. A retired key
    stays with ``expires``, a compromised one with ``revoked``: old signatures are judged by them.
    """
    methods = [
        VerificationMethod(
            id=f"{did}#{name_key(position)}",
            controller=did,
            public_key=PublicKey.from_multikey(key.public_key_multibase),
            expires=key.valid_until,
            revoked=key.compromised_since,
        )
        for position, key in enumerate(keys)
    ]
    names = [method.id for method in methods]
    return jcs.canonicalize(build_document(did, methods, relationships={"assertionMethod": names}))


def _sign(document: JsonObject, created: datetime, signer: Signer) -> bytes:
    secured = data_integrity.add_proof(
        document, cryptosuite=TRUST_LIST_CRYPTOSUITE, signer=signer, created=created
    )
    return jcs.canonicalize(secured)


def _issuer_entry(
    entry: Organisation, register: Register, root_did: str, signed_before: Mapping[str, JsonObject]
) -> JsonObject:
    result: JsonObject = {
        "id": entry.did,
        "name": {"en": entry.name_en, "km": entry.name_km},
        "roles": [_ROLES[entry.kind]],
        "keys": [
            _key_entry(key, signed_before.get(key.public_key_multibase))
            for key in register.keys
            if key.organisation_id == entry.id
        ],
    }
    if entry.did != root_did:
        result["recognizedBy"] = root_did
    granted = [item for item in register.accreditations if item.organisation_id == entry.id]
    if granted:
        result["accreditations"] = [accreditation_entry(item) for item in granted]
    return result


def _key_entry(key: RegisteredKey, signed_before: JsonObject | None) -> JsonObject:
    result: JsonObject = {
        "publicKeyMultibase": key.public_key_multibase,
        "validFrom": format_timestamp(key.valid_from),
    }
    if key.valid_until is not None:
        result["validUntil"] = format_timestamp(key.valid_until)
    if key.compromised_since is not None:
        result["compromisedSince"] = format_timestamp(key.compromised_since)
    if signed_before is not None:
        result["signedBefore"] = signed_before
    return result
