"""Issuing arbitrary credentials: one door for each way of securing them (VC-API "issue credential")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from passport.conformance.profile import ConformanceProfile, profile_of, require_shape
from vc.crypto.keys import KeyType
from vc.encoding.rdfc import canonicalize_rdfc
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, NotFound
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt
from vc.model.credential import as_list
from vc.model.legacy import is_vcdm_1_1
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof

router = APIRouter()
_PROOF_CONTEXT = "https://w3id.org/security/data-integrity/v2"
Profile = Annotated[ConformanceProfile, Depends(profile_of)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How one door secures. ``cryptosuite`` is None for a JWT."""

    key_type: KeyType
    cryptosuite: str | None
    adds_status: bool = False


WAYS: Mapping[str, Way] = {
    "eddsa-rdfc-2022": Way(cryptosuite="eddsa-rdfc-2022", key_type=KeyType.ED25519),
    "eddsa-jcs-2022": Way(cryptosuite="eddsa-jcs-2022", key_type=KeyType.ED25519),
    "ecdsa-rdfc-2019~P-256": Way(cryptosuite="ecdsa-rdfc-2019", key_type=KeyType.P256),
    "ecdsa-rdfc-2019~P-384": Way(cryptosuite="ecdsa-rdfc-2019", key_type=KeyType.P384),
    "ecdsa-jcs-2019~P-256": Way(cryptosuite="ecdsa-jcs-2019", key_type=KeyType.P256),
    "ecdsa-jcs-2019~P-384": Way(cryptosuite="ecdsa-jcs-2019", key_type=KeyType.P384),
    "bitstring": Way(cryptosuite="eddsa-rdfc-2022", key_type=KeyType.ED25519, adds_status=True),
    "jwt": Way(cryptosuite=None, key_type=KeyType.ED25519),
    "vcdm": Way(cryptosuite="eddsa-rdfc-2022", key_type=KeyType.ED25519),
}


@router.post("/issuers/{name}/credentials/issue", status_code=201)
async def issue_credential(name: str, request: Request, profile: Profile) -> JSONResponse:
    """Secure the posted credential as it is, after checking it against the data model."""
    way = WAYS.get(name)
    if way is None:
        raise NotFound("There is no issuer of that name.")
    credential = _credential_of(request.state.json)
    require_shape(credential)
    if way.adds_status:
        credential = {**credential, "credentialStatus": profile.statuses.entry()}
    if is_vcdm_1_1(credential):
        credential = _with_proof_context(credential)
    # What is signed as JSON or as a token must have a meaning as JSON-LD too.
    canonicalize_rdfc(_without_proof(credential))
    secured = _secure(credential, way, profile)
    return JSONResponse({"verifiableCredential": secured}, status_code=201)


def _credential_of(body: JsonValue) -> Mapping[str, JsonValue]:
    if not isinstance(body, dict) or not isinstance(body.get("credential"), dict):
        raise MalformedValue("The credential to issue is expected here, as an object.", pointer="/credential")
    if not isinstance(body.get("options", {}), dict):
        raise MalformedValue("The options must be an object.", pointer="/options")
    credential = body["credential"]
    assert isinstance(credential, dict)  # noqa: S101 - for the type checker, shown above
    return credential


def _with_proof_context(credential: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    # Data Integrity 1.0 "Context Injection": the context of VC Data Model 1.1 does not know our proofs.
    contexts = as_list(credential.get("@context"))
    if _PROOF_CONTEXT in contexts:
        return credential
    return {**credential, "@context": [*contexts, _PROOF_CONTEXT]}


def _secure(credential: Mapping[str, Any], way: Way, profile: ConformanceProfile) -> dict[str, Any]:
    signer, now = profile.keys.signers[way.key_type], profile.clock.now()
    if way.cryptosuite is None:
        return envelop_credential(sign_credential_jwt(credential, signer, issued_at=now))
    secured = add_proof(credential, cryptosuite=way.cryptosuite, signer=signer, created=now)
    result = verify_proof(secured, parse_proofs(secured)[-1], signer.public_key)
    if not result.verified:
        raise MalformedValue(
            "The credential cannot be secured so that it verifies.", findings=result.findings
        )
    return secured


def _without_proof(credential: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in credential.items() if name != "proof"}
