"""What issuers and verifiers give a wallet, well made: tests change one thing at a time."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import jcs
from vc.jose.claims import numeric_date
from vc.jose.jws import sign_jws

Json = dict[str, Any]
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
ISSUER = "https://issuer.example/school"
DID = "did:web:verifier.example"
CLIENT_ID = f"decentralized_identifier:{DID}"
SIGNER = InMemorySigner(b"\x07" * 32, f"{DID}#request-1", key_type=KeyType.P256)
OFFER: Json = {
    "credential_issuer": ISSUER,
    "credential_configuration_ids": ["degree"],
    "grants": {
        "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
            "pre-authorized_code": "a code",
            "tx_code": {"input_mode": "numeric", "length": 6, "description": "On the screen"},
        }
    },
}
METADATA: Json = {
    "credential_issuer": ISSUER,
    "credential_endpoint": "https://issuer.example/credential",
    "nonce_endpoint": "https://issuer.example/nonce",
    "deferred_credential_endpoint": "https://issuer.example/deferred",
    "notification_endpoint": "https://issuer.example/notification",
    "batch_credential_issuance": {"batch_size": 3},
    "display": [{"name": "School", "locale": "en-GB"}, {"name": "សាលា", "locale": "km"}],
    "credential_configurations_supported": {
        "degree": {
            "format": "dc+sd-jwt",
            "scope": "degree",
            "vct": "https://issuer.example/degree",
            "cryptographic_binding_methods_supported": ["did:key", "jwk"],
            "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
            "credential_metadata": {"display": [{"name": "Degree"}]},
        }
    },
}
SERVER: Json = {
    "issuer": ISSUER,
    "token_endpoint": "https://issuer.example/token",
    "authorization_endpoint": "https://issuer.example/authorize",
    "pushed_authorization_request_endpoint": "https://issuer.example/par",
    "authorization_response_iss_parameter_supported": True,
    "dpop_signing_alg_values_supported": ["ES256"],
}
TOKEN: Json = {
    "access_token": "t",
    "token_type": "DPoP",
    "authorization_details": [
        {
            "type": "openid_credential",
            "credential_configuration_id": "degree",
            "credential_identifiers": ["a"],
        }
    ],
}
QUERY: Json = {
    "credentials": [
        {
            "id": "rpl",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["https://skills-passport.example/types/RPLCertificate"]},
            "claims": [{"path": ["nameLatin"]}],
        }
    ]
}
KEY = InMemorySigner(b"\x09" * 32, "", key_type=KeyType.P256).public_key
REQUEST: Json = {
    "client_id": CLIENT_ID,
    "response_type": "vp_token",
    "response_mode": "direct_post.jwt",
    "response_uri": "https://verifier.example/take",
    "nonce": "n-0S6_WzA2Mj",
    "state": "s",
    "dcql_query": QUERY,
    "client_metadata": {
        "jwks": {"keys": [{**KEY.jwk, "kid": "1", "use": "enc", "alg": "ECDH-ES"}]},
        "encrypted_response_enc_values_supported": ["A128GCM", "A256GCM"],
    },
}


def request_object(signer: InMemorySigner = SIGNER, header: Json | None = None, **claims: Any) -> str:
    """A signed Request Object; a claim that is None is left out."""
    times = {"aud": "https://self-issued.me/v2", "iat": numeric_date(NOW), "exp": numeric_date(NOW) + 600}
    given = {name: value for name, value in (REQUEST | times | claims).items() if value is not None}
    head = {"typ": "oauth-authz-req+jwt", "kid": signer.verification_method} if header is None else header
    return sign_jws(head, jcs.canonicalize(given), signer)


def link(scheme: str, **parameters: Any) -> str:
    """A link that opens a wallet, objects as JSON."""
    pairs = (
        f"{name}={quote(value if isinstance(value, str) else orjson.dumps(value).decode(), safe='')}"
        for name, value in parameters.items()
    )
    return f"{scheme}://?{'&'.join(pairs)}"
