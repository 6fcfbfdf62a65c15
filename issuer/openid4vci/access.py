"""Access tokens: how they are shown, and what they are good for.

A bearer token or, bound to a key, one with a proof of that key (RFC 6750, RFC 9449). A token asks for
credentials for five minutes (OpenID4VCI 1.0 section 13.10); what was begun with it can be finished for a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from issuer.openid4vci import grant_store, once_store
from issuer.openid4vci.grant_store import Access, NewToken
from issuer.openid4vci.granted import digest_of
from issuer.service.desk import Desk
from runtime.entropy import random_token
from vc.oid4vc.dpop import DpopProof, verify_dpop_proof
from vc.oid4vc.oauth_errors import AccessTokenRefused, ErrorCode, OAuthError

TOKEN_LIFETIME: Final = timedelta(minutes=5)
_TOKEN_BITS: Final = 256
_MAX_HEADER: Final = 8_000
_BEARER, _DPOP = "Bearer", "DPoP"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What of a request says who is asking: method, address, and two headers, as often as they are there."""

    method: str
    url: str
    authorization: Sequence[str]
    dpop: Sequence[str]


def new_token(
    desk: Desk, thumbprint: str | None, configurations: tuple[str, ...] | None
) -> tuple[str, NewToken]:
    """An access token, and what is kept of it."""
    token = random_token(_TOKEN_BITS)
    kept = NewToken(
        digest=digest_of(token),
        thumbprint=thumbprint,
        configurations=configurations,
        expires=desk.context.clock.now() + TOKEN_LIFETIME,
    )
    return token, kept


async def proven_key(desk: Desk, shown: Shown) -> str | None:
    """The thumbprint of the key that a request shows to have, None where it shows none.

    Raises OAuthError (``invalid_dpop_proof``) for a bad proof, one that was used, or two.
    """
    if not shown.dpop:
        return None
    proof = await _used_proof(desk, shown, access_token=None)
    return proof.thumbprint


async def require_access(desk: Desk, shown: Shown, *, to_finish: bool = False) -> Access:
    """What the access token of a request is good for. Raises ``AccessTokenRefused``.

    ``to_finish`` is for what was begun while the token was current.
    """
    scheme, token = _token_in(shown.authorization)
    context = desk.context
    access = await context.database.read(grant_store.access_of, digest_of(token), context.clock.now())
    if access is None or not (access.is_current or to_finish):
        raise _refused("The access token is not good, or not any more.", scheme)
    if (access.thumbprint is not None) != (scheme == _DPOP):
        raise _refused("The access token is shown in another way than it was given.", _DPOP)
    if scheme == _BEARER and shown.dpop:
        raise _refused("A bearer token is bound to no key.", _BEARER)
    if access.thumbprint is not None:
        try:
            proof = await _used_proof(desk, shown, access_token=token)
        except OAuthError as error:
            raise AccessTokenRefused(error.error, str(error), scheme=_DPOP) from None
        if proof.thumbprint != access.thumbprint:
            raise _refused("The access token is bound to another key.", _DPOP)
    return access


async def _used_proof(desk: Desk, shown: Shown, *, access_token: str | None) -> DpopProof:
    """The one proof of a request, which is thereby used up."""
    if len(shown.dpop) != 1 or len(shown.dpop[0]) > _MAX_HEADER:
        raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, "There is not exactly one DPoP proof.")
    context = desk.context
    proof = verify_dpop_proof(
        shown.dpop[0],
        method=shown.method,
        url=shown.url,
        now=context.clock.now(),
        access_token=access_token,
    )
    name = digest_of(f"{proof.thumbprint}\x1f{proof.jti}")
    if not await context.database.write(once_store.use_proof, name, proof.expires):
        raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, "The DPoP proof was used before.")
    return proof


def _token_in(headers: Sequence[str]) -> tuple[str, str]:
    """How a token is shown, and the token (RFC 6750 section 2.1, RFC 9449 section 7.1)."""
    if len(headers) != 1 or len(headers[0]) > _MAX_HEADER:
        raise _refused("An access token is needed.", _BEARER)
    scheme, _, token = headers[0].partition(" ")
    for known in (_BEARER, _DPOP):
        if scheme.lower() == known.lower() and token:
            return known, token.strip(" ")
    raise _refused("An access token is needed.", _BEARER)


def _refused(why: str, scheme: str) -> AccessTokenRefused:
    return AccessTokenRefused(ErrorCode.INVALID_TOKEN, why, scheme=scheme)
