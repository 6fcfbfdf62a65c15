"""What an issuer says of itself to wallets.

The Credential Issuer Metadata (OpenID4VCI 1.0 section 12.2), plain and signed, and that of the Authorization
Server (RFC 8414, RFC 9126, RFC 9207, RFC 9449, OpenID4VCI 1.0 section 12.3). Both are of one deployment.
"""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Final

from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject
from vc.jose.claims import numeric_date
from vc.jose.jws import sign_jws
from vc.oid4vc.configurations import configuration_json, credential_configurations, display_of
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.pkce import METHOD
from vc.oid4vc.shown_keys import SIGNING_ALGORITHMS

SIGNED_TYPE: Final = "openidvci-issuer-metadata+jwt"
SIGNED_MEDIA_TYPE: Final = "application/jwt"
ISSUER_PATH: Final = "/.well-known/openid-credential-issuer"
AUTHORIZATION_SERVER_PATH: Final = "/.well-known/oauth-authorization-server"
AUTHORIZATION_DETAILS_TYPE: Final = "openid_credential"
PRE_AUTHORIZED_CODE_GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE_GRANT: Final = "authorization_code"
MAX_BATCH: Final = 20
"""How many credentials one request may ask for, each for a key of its own."""

_LIFETIME: Final = timedelta(days=1)


def issuer_metadata(
    issuer: str,
    *,
    names: Mapping[str, str],
    algorithms: Mapping[CredentialFormat, tuple[str, ...]],
    languages: Container[str],
) -> JsonObject:
    """The Credential Issuer Metadata, its texts in ``languages``. ``issuer`` is its identifier, with no path.

    ``names`` of the issuer are by language; ``algorithms`` say what credentials of a format are signed with.
    """
    return {
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/openid4vci/credential",
        "nonce_endpoint": f"{issuer}/openid4vci/nonce",
        "deferred_credential_endpoint": f"{issuer}/openid4vci/deferred_credential",
        "notification_endpoint": f"{issuer}/openid4vci/notification",
        "batch_credential_issuance": {"batch_size": MAX_BATCH},
        "display": display_of(names, languages),
        "credential_configurations_supported": {
            name: configuration_json(one, algorithms, languages)
            for name, one in credential_configurations().items()
        },
    }


def authorization_server_metadata(issuer: str) -> JsonObject:
    """The Authorization Server Metadata of the same deployment."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/openid4vci/authorize",
        "token_endpoint": f"{issuer}/openid4vci/token",
        "pushed_authorization_request_endpoint": f"{issuer}/openid4vci/par",
        "require_pushed_authorization_requests": True,
        "authorization_response_iss_parameter_supported": True,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [AUTHORIZATION_CODE_GRANT, PRE_AUTHORIZED_CODE_GRANT],
        "pre-authorized_grant_anonymous_access_supported": True,
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": [METHOD],
        "dpop_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "authorization_details_types_supported": [AUTHORIZATION_DETAILS_TYPE],
        "scopes_supported": list(credential_configurations()),
    }


def sign_metadata(metadata: JsonObject, signer: Signer, *, now: datetime) -> str:
    """The Credential Issuer Metadata as a signed token (section 12.2.3), good for a day."""
    did = signer.verification_method.partition("#")[0]
    claims: JsonObject = {
        **metadata,
        "iss": did,
        "sub": metadata["credential_issuer"],
        "iat": numeric_date(now),
        "exp": numeric_date(now + _LIFETIME),
    }
    header = {"typ": SIGNED_TYPE, "kid": signer.verification_method}
    return sign_jws(header, jcs.canonicalize(claims), signer)
