"""The Token Endpoint: codes become access tokens (OpenID4VCI 1.0 section 6, RFC 6749 section 4.1.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from issuer.openid4vci import grant_store, request_store
from issuer.openid4vci.access import TOKEN_LIFETIME, Shown, new_token, proven_key
from issuer.openid4vci.grant_store import Grant, Refusal
from issuer.openid4vci.granted import (
    authorization_details,
    configuration_ids,
    datasets,
    digest_of,
    is_ambiguous,
    tx_code_digest,
)
from issuer.openid4vci.request_store import StoredCode
from issuer.service.desk import Desk
from vc.encoding.strict_json import JsonObject
from vc.oid4vc.credential_request import parse_authorization_details
from vc.oid4vc.issuer_metadata import AUTHORIZATION_CODE_GRANT, PRE_AUTHORIZED_CODE_GRANT
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError
from vc.oid4vc.pkce import answers_challenge

_MAX_CODE: Final = 200
_REFUSALS: Final[Mapping[Refusal, tuple[ErrorCode, str]]] = {
    Refusal.NOT_OPEN: (ErrorCode.INVALID_GRANT, "The code is not good, or not any more."),
    Refusal.TX_CODE_MISSING: (ErrorCode.INVALID_REQUEST, "A transaction code is needed."),
    Refusal.TX_CODE_UNEXPECTED: (ErrorCode.INVALID_REQUEST, "No transaction code is expected."),
    Refusal.TX_CODE_WRONG: (ErrorCode.INVALID_GRANT, "The transaction code is wrong."),
}


async def redeem(desk: Desk, fields: Mapping[str, str], shown: Shown) -> JsonObject:
    """The Token Response for the form of a Token Request. Raises OAuthError."""
    redeemers = {
        PRE_AUTHORIZED_CODE_GRANT: _redeem_offer,
        AUTHORIZATION_CODE_GRANT: _redeem_code,
    }
    redeemer = redeemers.get(fields.get("grant_type", ""))
    if redeemer is None:
        raise OAuthError(ErrorCode.UNSUPPORTED_GRANT_TYPE, "The grant type is none that is served here.")
    # The key first: a code is not used up for a proof that is bad.
    thumbprint = await proven_key(desk, shown)
    if thumbprint is None and desk.context.settings.openid4vci_dpop == "required":
        raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, "A DPoP proof is needed.")
    return await redeemer(desk, fields, thumbprint)


async def _redeem_offer(desk: Desk, fields: Mapping[str, str], thumbprint: str | None) -> JsonObject:
    code, tx_code = _text(fields, "pre-authorized_code"), fields.get("tx_code")
    context = desk.context
    now, name = context.clock.now(), digest_of(code)
    wanted = None
    if "authorization_details" in fields:
        offered = await context.database.read(grant_store.offered, name, now)
        wanted = _narrowed(fields, offered)
    token, kept = new_token(desk, thumbprint, wanted)
    outcome = await context.database.write(
        grant_store.redeem_offer,
        name,
        None if tx_code is None else tx_code_digest(code, tx_code),
        kept,
        now=now,
    )
    if isinstance(outcome, Refusal):
        raise OAuthError(*_REFUSALS[outcome])
    return _response(token, thumbprint, outcome, wanted, names_details=wanted is not None)


async def _redeem_code(desk: Desk, fields: Mapping[str, str], thumbprint: str | None) -> JsonObject:
    """A code is used up whatever is wrong beside it: who has it without the rest stole it."""
    code, client_id = _text(fields, "code"), fields.get("client_id", "")
    if "authorization_details" in fields:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "What is wanted was said when the code was asked for.")
    context = desk.context
    token, kept = new_token(desk, thumbprint, None)
    holds = _holder_of(fields, thumbprint)
    redeemed = await context.database.write(
        request_store.redeem_code, digest_of(code), client_id, holds, kept, now=context.clock.now()
    )
    if redeemed is None:
        raise OAuthError(ErrorCode.INVALID_GRANT, "The code is not good, or not any more.")
    grant, stored = redeemed
    return _response(token, thumbprint, grant, None, names_details=stored.by_details)


def _holder_of(fields: Mapping[str, str], thumbprint: str | None) -> Callable[[StoredCode], bool]:
    """Whether who brings a code is who asked for it (RFC 7636 section 4.6, RFC 9449 section 10)."""

    def holds(code: StoredCode) -> bool:
        return (
            fields.get("redirect_uri") == code.redirect_uri
            and answers_challenge(fields.get("code_verifier", ""), code.code_challenge)
            and code.thumbprint in (None, thumbprint)
        )

    return holds


def _response(
    token: str, thumbprint: str | None, grant: Grant, wanted: Sequence[str] | None, *, names_details: bool
) -> JsonObject:
    found = datasets(grant.certificates, wanted)
    answer: JsonObject = {
        "access_token": token,
        "token_type": "Bearer" if thumbprint is None else "DPoP",
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
    }
    # Two certificates of one type are told apart by their identifiers alone.
    if names_details or is_ambiguous(found):
        answer["authorization_details"] = authorization_details(found)
    else:
        answer["scope"] = " ".join(configuration_ids(found))
    return answer


def _narrowed(fields: Mapping[str, str], offered: Grant | None) -> tuple[str, ...]:
    """The configurations asked for, all of which were offered (section 6.1.1)."""
    wanted = parse_authorization_details(fields["authorization_details"])
    if offered is None:
        raise OAuthError(*_REFUSALS[Refusal.NOT_OPEN])
    if not set(configuration_ids(datasets(offered.certificates))) >= set(wanted):
        raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, "More is wanted than was offered.")
    return wanted


def _text(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    if not 0 < len(value) <= _MAX_CODE:
        raise OAuthError(ErrorCode.INVALID_REQUEST, f"There is no {name}.")
    return value
