"""The parsers of what wallets ask of the issuer, as ``parsers`` has them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.property.parsers import Parser, parser
from tests.wallet_proofs import by_did_key, dpop_proof, key, key_proof
from vc.errors import MalformedValue, ParseError, UnknownOption
from vc.oid4vc.credential_request import (
    parse_authorization_details,
    parse_credential_request,
    parse_deferred_request,
    parse_notification,
)
from vc.oid4vc.dpop import parse_dpop_proof
from vc.oid4vc.key_proof import parse_key_proof
from vc.oid4vc.oauth_errors import OAuthError
from vc.oid4vc.pkce import parse_code_challenge
from vc.oid4vc.redirect_uri import parse_redirect_uri

_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_KEY = key("wallet")
_ISSUER = "https://passport.example"
_PROOF = key_proof(_KEY, audience=_ISSUER, nonce="n", now=_NOW)
_BY_DID = key_proof(_KEY, audience=_ISSUER, nonce="n", now=_NOW, header=by_did_key(_KEY))
_DPOP = dpop_proof(_KEY, method="POST", url=_ISSUER, now=_NOW, jti="1", access_token="t")
_REQUEST: Mapping[str, Any] = {
    "credential_configuration_id": "RPLCertificate_sd_jwt",
    "proofs": {"jwt": [_PROOF]},
}
_DETAILS = '[{"type": "openid_credential", "credential_configuration_id": "RPLCertificate_sd_jwt"}]'

ISSUANCE_PARSERS: tuple[Parser, ...] = (
    parser(
        "vc.oid4vc.key_proof.parse_key_proof",
        parse_key_proof,
        _PROOF,
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    parser(
        "vc.oid4vc.key_proof.parse_key_proof",
        parse_key_proof,
        _BY_DID,
        MalformedValue,
        ParseError,
        UnknownOption,
    ),
    parser("vc.oid4vc.dpop.parse_dpop_proof", parse_dpop_proof, _DPOP, MalformedValue, ParseError),
    parser(
        "vc.oid4vc.credential_request.parse_credential_request",
        parse_credential_request,
        dict(_REQUEST),
        OAuthError,
    ),
    parser(
        "vc.oid4vc.credential_request.parse_deferred_request",
        parse_deferred_request,
        {"transaction_id": "t"},
        OAuthError,
    ),
    parser(
        "vc.oid4vc.credential_request.parse_notification",
        parse_notification,
        {"notification_id": "n", "event": "credential_accepted"},
        OAuthError,
    ),
    parser(
        "vc.oid4vc.credential_request.parse_authorization_details",
        parse_authorization_details,
        _DETAILS,
        OAuthError,
    ),
    parser(
        "vc.oid4vc.pkce.parse_code_challenge",
        parse_code_challenge,
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        MalformedValue,
    ),
    parser(
        "vc.oid4vc.redirect_uri.parse_redirect_uri",
        parse_redirect_uri,
        "https://wallet.example:8443/cb?x=1",
        MalformedValue,
    ),
)
