"""Every way of signing this product knows, with keys and a credential to try it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import schemas
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.encoding.timestamps import format_timestamp
from vc.proof.cryptosuite import PROOF_TYPE
from vc.proof.data_integrity import ProofResult, add_proof, attach, parse_proofs, verify_proof
from vc.proof.proofs import LEGACY_PROOF_TYPE
from vc.proof.suites import CRYPTOSUITES, require_cryptosuite

V2 = "https://www.w3.org/ns/credentials/v2"
ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JsonObject = dict[str, Any]
CREDENTIAL: JsonObject = {
    "@context": [V2, schemas.PASSPORT_CONTEXT_URL],
    "id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential", "RPLCertificate"],
    "issuer": "did:web:centre.example",
    "credentialSubject": {"id": "urn:x:2", "nameKhmer": "សុខ សុភា", "cqfLevel": 2},
}
_SECRET_BYTES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A cryptosuite with a kind of key that it works with."""

    suite: str
    key_type: KeyType

    def __str__(self) -> str:
        return f"{self.suite}~{self.key_type}"

    def signer(self, number: int = 1) -> InMemorySigner:
        """The signer with this number, another key for each."""
        return signer(self.key_type, number)

    def sign(self, document: Mapping[str, Any] = CREDENTIAL, *, by: int = 1, **options: Any) -> JsonObject:
        """Add a proof to ``document`` with the key of number ``by``."""
        return add_proof(document, cryptosuite=self.suite, signer=self.signer(by), created=NOW, **options)

    def verify(self, secured: Mapping[str, Any], *, by: int = 1) -> ProofResult:
        """Verify the one proof of ``secured`` with the key of number ``by``."""
        (proof,) = parse_proofs(secured)
        return verify_proof(secured, proof, self.signer(by).public_key)


@cache
def signer(key_type: KeyType, number: int = 1) -> InMemorySigner:
    """The signer with this number, under the name of its did:key."""
    secret = bytes([number]) * (_SECRET_BYTES[key_type] - 1)
    # A scalar that begins with zero is below the order of every curve.
    secret = b"\x00" + secret if key_type is not KeyType.ED25519 else secret + b"\x01"
    key = InMemorySigner(secret, "", key_type=key_type).public_key
    return InMemorySigner(secret, did_key.verification_method_for(key), key_type=key_type)


WAYS = tuple(
    Way(suite=suite.name, key_type=key_type)
    for suite in CRYPTOSUITES.values()
    if suite.proof_type == PROOF_TYPE
    for key_type in suite.hashes
)
RDFC = tuple(way for way in WAYS if "-rdfc-" in way.suite)
JCS = tuple(way for way in WAYS if "-jcs-" in way.suite)


def with_proof(secured: Mapping[str, Any], **members: Any) -> JsonObject:
    """``secured`` with members of its one proof changed."""
    return {**secured, "proof": {**secured["proof"], **members}}


LEGACY_CREDENTIAL: JsonObject = {
    **CREDENTIAL,
    "@context": [V2, ED25519_2020, schemas.PASSPORT_CONTEXT_URL],
}


def legacy_config(**members: Any) -> JsonObject:
    """The options of an Ed25519Signature2020 proof by key 1."""
    return {
        "type": LEGACY_PROOF_TYPE,
        "created": format_timestamp(NOW),
        "verificationMethod": signer(KeyType.ED25519).verification_method,
        "proofPurpose": "assertionMethod",
        **members,
    }


def sign_legacy(document: Mapping[str, Any] = LEGACY_CREDENTIAL, **members: Any) -> JsonObject:
    """``document`` with a legacy proof as another's software would make it."""
    config = legacy_config(**members)
    data = require_cryptosuite(LEGACY_PROOF_TYPE).hash_data(document, config, KeyType.ED25519)
    return attach(document, config, signer(KeyType.ED25519).sign(data))
