"""Documents, keys and forged tokens for the tests of JOSE, SD-JWT and COSE."""

import json
from datetime import UTC, datetime
from typing import Any

from vc.crypto.keys import InMemorySigner, KeyType, Signer
from vc.encoding import base64url
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt

ISSUER = "https://issuer.example/centre"
HOLDER = "did:example:worker"
METHOD = f"{ISSUER}#key-1"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECRETS = {
    KeyType.ED25519: b"\x01" * 32,
    KeyType.P256: b"\x01" * 32,
    KeyType.P384: b"\x01" * 48,
    KeyType.P521: b"\x00" + b"\x01" * 65,
}
SIGNERS = {kind: InMemorySigner(secret, METHOD, key_type=kind) for kind, secret in SECRETS.items()}
SIGNER = SIGNERS[KeyType.P256]
STRANGER = InMemorySigner(b"\x02" * 32, METHOD, key_type=KeyType.P256)
CREDENTIAL: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential"],
    "issuer": ISSUER,
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": HOLDER, "name": "ស្រី សុខា", "skills": ["welding", "masonry"]},
}
VC_HEADER: dict[str, Any] = {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": METHOD}
VP_HEADER: dict[str, Any] = {"alg": "ES256", "typ": "vp+jwt", "cty": "vp", "kid": METHOD}
CREDENTIAL_TOKEN = sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=NOW)
PRESENTATION: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiablePresentation"],
    "holder": HOLDER,
    "verifiableCredential": [envelop_credential(CREDENTIAL_TOKEN)],
}


def forge(header: dict[str, Any] | bytes, payload: dict[str, Any] | bytes, signer: Signer = SIGNER) -> str:
    """A compact JWS with exactly this header and payload, really signed, whatever the header says."""
    signing_input = ".".join(base64url.encode(_json(part)) for part in (header, payload))
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode('ascii')))}"


def _json(part: dict[str, Any] | bytes) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()
