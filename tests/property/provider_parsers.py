"""The parsers of what an identity provider says: its description, its keys, its tokens."""

from collections.abc import Mapping
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.property import samples
from tests.property.parsers import Parser, parser
from trust_registry.oidc import Provider, WrongAnswer, parse_provider, parse_token_answer, verify_id_token

_ISSUER = "https://login.ministry-partner.org"
_DESCRIPTION = {
    "issuer": _ISSUER,
    "authorization_endpoint": f"{_ISSUER}/authorize",
    "token_endpoint": f"{_ISSUER}/token",
    "jwks_uri": f"{_ISSUER}/keys",
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "authorization_response_iss_parameter_supported": True,
}
_PROVIDER: Provider = parse_provider(orjson.dumps(_DESCRIPTION), issuer=_ISSUER)
_PRESENT = int(samples.NOW.timestamp())
_CLAIMS = {
    "iss": _ISSUER,
    "sub": "person-1",
    "aud": ["passport"],
    "azp": "passport",
    "iat": _PRESENT,
    "nbf": _PRESENT,
    "exp": _PRESENT + 300,
    "nonce": "n-0S6",
}
_EC = ec.generate_private_key(ec.SECP256R1())
_RSA = rsa.generate_private_key(65_537, 2_048)
_OKP = ed25519.Ed25519PrivateKey.generate()


def _keys(jwk: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"keys": [{**jwk, "kid": "1", "use": "sig", "key_ops": ["verify"]}]})


_EC_KEYS = _keys(ECAlgorithm.to_jwk(_EC.public_key(), as_dict=True))
_RSA_KEYS = _keys(RSAAlgorithm.to_jwk(_RSA.public_key(), as_dict=True))
_OKP_KEYS = _keys(OKPAlgorithm.to_jwk(_OKP.public_key(), as_dict=True))


def _token(private: Any, algorithm: str, claims: Any = None) -> str:
    payload = orjson.dumps(_CLAIMS if claims is None else claims)
    return jwt.PyJWS().encode(payload, private, algorithm=algorithm, headers={"kid": "1"})


def _verified(token: str, keys: bytes) -> object:
    return verify_id_token(
        token, keys, provider=_PROVIDER, client_id="passport", nonce="n-0S6", now=samples.NOW
    )


_EC_TOKEN, _RSA_TOKEN, _OKP_TOKEN = _token(_EC, "ES256"), _token(_RSA, "RS256"), _token(_OKP, "EdDSA")
_NAME = "trust_registry.oidc.verify_id_token"

PROVIDER_PARSERS: tuple[Parser, ...] = (
    parser(
        "trust_registry.oidc.parse_provider",
        lambda raw: parse_provider(raw, issuer=_ISSUER),
        orjson.dumps(_DESCRIPTION),
        WrongAnswer,
    ),
    parser(
        "trust_registry.oidc.parse_token_answer",
        parse_token_answer,
        orjson.dumps({"id_token": "a.b.c", "token_type": "Bearer"}),
        WrongAnswer,
    ),
    parser(_NAME, lambda token: _verified(token, _EC_KEYS), _EC_TOKEN, WrongAnswer),
    parser(_NAME, lambda keys: _verified(_EC_TOKEN, keys), _EC_KEYS, WrongAnswer),
    parser(_NAME, lambda keys: _verified(_RSA_TOKEN, keys), _RSA_KEYS, WrongAnswer),
    parser(_NAME, lambda keys: _verified(_OKP_TOKEN, keys), _OKP_KEYS, WrongAnswer),
    parser(
        _NAME,
        lambda claims: _verified(_token(_EC, "ES256", claims), _EC_KEYS),
        _CLAIMS,
        WrongAnswer,
    ),
)
