"""What a verifier sends a wallet: the Authorization Request (OpenID4VP 1.0 section 5).

By value where it cannot be signed (``redirect_uri:``), and by reference to a signed Request Object
(RFC 9101) for the other Client Identifier Prefixes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlencode

import orjson

from vc.crypto.keys import PublicKey, Signer
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.jose.claims import numeric_date
from vc.jose.jws import ALGORITHMS, sign_jws
from vc.oid4vc.dcql import CredentialFormat, DcqlQuery
from vc.oid4vc.response_encryption import ENCRYPTIONS, encryption_jwk
from vc.proof.cryptosuite import PROOF_TYPE
from vc.proof.suites import CRYPTOSUITES

JWT_TYPE = "oauth-authz-req+jwt"
MEDIA_TYPE = f"application/{JWT_TYPE}"
# Section 5.8: whoever the wallet is, it was not asked about itself before.
ANY_WALLET = "https://self-issued.me/v2"


class ClientIdPrefix(StrEnum):
    """Client Identifier Prefixes that are used here (section 5.9.3)."""

    REDIRECT_URI = "redirect_uri"
    DECENTRALIZED_IDENTIFIER = "decentralized_identifier"
    X509_SAN_DNS = "x509_san_dns"
    X509_HASH = "x509_hash"

    @property
    def is_signed(self) -> bool:
        """Whether requests are signed, and so given by reference."""
        return self is not ClientIdPrefix.REDIRECT_URI

    def client_id(self, identifier: str) -> str:
        """The full Client Identifier, which is also the audience of every presentation."""
        return f"{self.value}:{identifier}"


class ResponseMode(StrEnum):
    """How the wallet answers: in the clear inside TLS, or encrypted to a key of the request besides."""

    DIRECT_POST = "direct_post"
    DIRECT_POST_JWT = "direct_post.jwt"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizationRequest:
    """One request. ``encryption_key`` is set for ``direct_post.jwt`` only.

    ``transaction_data`` is what the holder is asked to agree to beside presenting, each in base64url.
    """

    client_id: str
    response_uri: str
    response_mode: ResponseMode
    nonce: str
    state: str
    query: DcqlQuery
    encryption_key: PublicKey | None = None
    transaction_data: tuple[str, ...] = ()

    def parameters(self) -> JsonObject:
        """The request parameters, objects and arrays as such."""
        beside: JsonObject = {}
        if self.transaction_data:
            beside["transaction_data"] = list[JsonValue](self.transaction_data)
        return beside | {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": self.response_mode.value,
            "response_uri": self.response_uri,
            "nonce": self.nonce,
            "state": self.state,
            "dcql_query": self.query.to_json(),
            "client_metadata": self._client_metadata(),
        }

    def _client_metadata(self) -> JsonObject:
        formats = {query.format for query in self.query.credentials}
        metadata: JsonObject = {"vp_formats_supported": formats_supported(formats)}
        if self.encryption_key is not None:
            metadata["jwks"] = {"keys": [encryption_jwk(self.encryption_key)]}
            metadata["encrypted_response_enc_values_supported"] = list[JsonValue](ENCRYPTIONS)
        return metadata


def formats_supported(formats: Collection[CredentialFormat]) -> JsonObject:
    """``vp_formats_supported`` for these formats, with every algorithm that is verified (appendix B)."""
    algorithms = list[JsonValue](sorted(ALGORITHMS))
    suites = sorted(name for name, suite in CRYPTOSUITES.items() if suite.proof_type == PROOF_TYPE)
    described: Mapping[CredentialFormat, JsonObject] = {
        CredentialFormat.SD_JWT_VC: {"sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms},
        CredentialFormat.LDP_VC: {
            "proof_type_values": [PROOF_TYPE],
            "cryptosuite_values": list[JsonValue](suites),
        },
        CredentialFormat.JWT_VC_JSON: {"alg_values": algorithms},
    }
    return {one.value: described[one] for one in CredentialFormat if one in formats}


def by_value(request: AuthorizationRequest, *, endpoint: str) -> str:
    """The request as a URL that holds all of it, for a wallet at ``endpoint`` (``openid4vp://``)."""
    return _url(
        endpoint,
        {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in request.parameters().items()
        },
    )


def by_reference(client_id: str, request_uri: str, *, endpoint: str) -> str:
    """The request as a URL that says where the signed Request Object is (sections 5.1 and 5.10)."""
    return _url(endpoint, {"client_id": client_id, "request_uri": request_uri, "request_uri_method": "post"})


def sign_request(
    request: AuthorizationRequest,
    signer: Signer,
    *,
    issued_at: datetime,
    expires: datetime,
    wallet_nonce: str | None = None,
    certificates: Sequence[str] = (),
) -> str:
    """The signed Request Object (section 5, RFC 9101).

    With ``certificates`` (base64 of DER, leaf first, RFC 7515 section 4.1.6) the header has ``x5c``, else
    ``kid`` is the signer's verification method. ``wallet_nonce`` is given back as it came.
    """
    claims: JsonObject = {
        **request.parameters(),
        "aud": ANY_WALLET,
        "iat": numeric_date(issued_at),
        "exp": numeric_date(expires),
    }
    if wallet_nonce is not None:
        claims["wallet_nonce"] = wallet_nonce
    header: JsonObject = {"typ": JWT_TYPE}
    if certificates:
        header["x5c"] = list[JsonValue](certificates)
    else:
        header["kid"] = signer.verification_method
    return sign_jws(header, jcs.canonicalize(claims), signer)


def _url(endpoint: str, parameters: Mapping[str, str]) -> str:
    return f"{endpoint}?{urlencode(parameters, quote_via=quote, safe='')}"
