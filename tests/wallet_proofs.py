"""What a wallet signs to show its keys: key proofs and DPoP proofs, well made or with one fault."""

import hashlib
import json
from datetime import datetime
from typing import Any

from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_jwk, did_key
from vc.encoding import base64url
from vc.jose.claims import numeric_date
from vc.oid4vc.dpop import access_token_hash

Json = dict[str, Any]


def key(name: str, key_type: KeyType = KeyType.P256) -> InMemorySigner:
    """The key of a wallet of this name: the same each time."""
    return InMemorySigner(hashlib.sha256(name.encode()).digest(), "", key_type=key_type)


def signed(header: Json, claims: Json, signer: InMemorySigner) -> str:
    """A token with exactly this header and these claims; a member that is None is left out."""
    parts = [{name: value for name, value in one.items() if value is not None} for one in (header, claims)]
    head, body = (base64url.encode(json.dumps(part).encode()) for part in parts)
    signature = signer.sign(f"{head}.{body}".encode("ascii"))
    return f"{head}.{body}.{base64url.encode(signature)}"


def key_proof(
    signer: InMemorySigner,
    *,
    audience: str,
    nonce: str | None,
    now: datetime,
    header: Json | None = None,
    claims: Json | None = None,
) -> str:
    """A key proof by ``jwk``; ``header`` and ``claims`` replace what it would have."""
    return signed(
        {
            "typ": "openid4vci-proof+jwt",
            "alg": signer.public_key.algorithm,
            "jwk": signer.public_key.jwk,
            **(header or {}),
        },
        {"aud": audience, "iat": numeric_date(now), "nonce": nonce, **(claims or {})},
        signer,
    )


def by_did_jwk(signer: InMemorySigner) -> Json:
    """The header members that name the key by its did:jwk."""
    return {"jwk": None, "kid": did_jwk.verification_method_for(signer.public_key)}


def by_did_key(signer: InMemorySigner) -> Json:
    """The header members that name the key by its did:key."""
    return {"jwk": None, "kid": did_key.verification_method_for(signer.public_key)}


def dpop_proof(
    signer: InMemorySigner,
    *,
    method: str,
    url: str,
    now: datetime,
    jti: str,
    access_token: str | None = None,
    header: Json | None = None,
    claims: Json | None = None,
) -> str:
    """A DPoP proof for one request; ``header`` and ``claims`` replace what it would have."""
    return signed(
        {
            "typ": "dpop+jwt",
            "alg": signer.public_key.algorithm,
            "jwk": signer.public_key.jwk,
            **(header or {}),
        },
        {
            "jti": jti,
            "htm": method,
            "htu": url,
            "iat": numeric_date(now),
            "ath": None if access_token is None else access_token_hash(access_token),
            **(claims or {}),
        },
        signer,
    )
