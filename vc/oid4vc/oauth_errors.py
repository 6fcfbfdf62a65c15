"""What an OAuth client is told when its request is refused: a code its specification knows, and a sentence.

RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 9449 section 12.2, OpenID4VCI 1.0 sections 6.3, 8.3.1.2,
9.3 and 11.3.
"""

from enum import StrEnum

from vc.errors import ProtocolError


class ErrorCode(StrEnum):
    """The codes that are used here."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    INVALID_SCOPE = "invalid_scope"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    ACCESS_DENIED = "access_denied"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - a code, no secret
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"


class OAuthError(ProtocolError):
    """The request is refused. The sentence is plain ASCII without quotation marks and backslashes."""

    def __init__(self, error: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.error = error


class AccessTokenRefused(OAuthError):
    """There is no access token that lets the caller do this, or not with this proof of its key.

    ``scheme`` is how the token must be shown: ``Bearer`` or ``DPoP``.
    """

    def __init__(self, error: ErrorCode, description: str, *, scheme: str = "Bearer") -> None:
        super().__init__(error, description)
        self.scheme = scheme
