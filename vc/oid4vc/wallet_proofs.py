"""Proofs that a wallet makes: that it has a key (OpenID4VCI 1.0 appendix F.1), and DPoP (RFC 9449)."""

from datetime import datetime

from vc.crypto.keys import Signer
from vc.did import did_jwk, did_key
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject
from vc.jose.claims import numeric_date
from vc.jose.jws import sign_jws
from vc.oid4vc import dpop, key_proof


def sign_key_proof(
    signer: Signer,
    *,
    binding: str,
    audience: str,
    nonce: str | None,
    issued_at: datetime,
    client_id: str | None = None,
) -> str:
    """A key proof for ``audience``, the Credential Issuer Identifier.

    ``binding`` is how the key is named: ``jwk``, ``did:jwk`` or ``did:key``. ``client_id`` is left out where
    the wallet did not say who it is. ``nonce`` is the ``c_nonce``, None where the issuer gives none.
    """
    public = signer.public_key
    header: JsonObject = {"typ": key_proof.JWT_TYPE}
    if binding == "jwk":
        header["jwk"] = dict(public.jwk)
    else:
        method = did_jwk if binding == "did:jwk" else did_key
        header["kid"] = method.verification_method_for(public)
    claims: JsonObject = {"aud": audience, "iat": numeric_date(issued_at)}
    if nonce is not None:
        claims["nonce"] = nonce
    if client_id is not None:
        claims["iss"] = client_id
    return sign_jws(header, jcs.canonicalize(claims), signer)


def sign_dpop_proof(
    signer: Signer,
    *,
    method: str,
    url: str,
    issued_at: datetime,
    jti: str,
    access_token: str | None = None,
    nonce: str | None = None,
) -> str:
    """A DPoP proof for one request (section 4.2); ``nonce`` is what the server gave, if any (section 8)."""
    claims: JsonObject = {
        "jti": jti,
        "htm": method,
        "htu": url.partition("?")[0],
        "iat": numeric_date(issued_at),
    }
    if access_token is not None:
        claims["ath"] = dpop.access_token_hash(access_token)
    if nonce is not None:
        claims["nonce"] = nonce
    header: JsonObject = {"typ": dpop.JWT_TYPE, "jwk": dict(signer.public_key.jwk)}
    return sign_jws(header, jcs.canonicalize(claims), signer)
