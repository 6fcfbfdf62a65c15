"""Credentials and presentations secured as JWT (VC-JOSE-COSE 1.0 section 3.1).

``sign_*`` and ``parse_*`` know the form only. Whether a signature holds is for ``verify_jws``, with a
key that the caller found; until then a parsed document is what somebody claims.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits, parse_json_object
from vc.jose.claims_set import build_claims_set, build_header, split_claims_set
from vc.jose.jws import UnverifiedJws, parse_jws, sign_jws
from vc.jose.media_types import MediaType, require_media_type


class UnverifiedJwt(msgspec.Struct, frozen=True, kw_only=True):
    """A secured document nobody has verified.

    ``document`` is the payload without ``claims``, which are about the signature and as received.
    ``withholds`` says that it came as an SD-JWT, and that members of it may not be shown.
    """

    jws: UnverifiedJws
    document: JsonObject
    claims: JsonObject
    withholds: bool = False

    @property
    def key_id(self) -> str | None:
        """The header's ``kid``; ``require_verification_method`` makes a URL of it."""
        return self.jws.key_id


def sign_credential_jwt(document: Mapping[str, JsonValue], signer: Signer, *, issued_at: datetime) -> str:
    """Secure a credential as ``vc+jwt``.

    ``kid`` is the signer's verification method, ``iss`` the document's issuer, ``iat`` the aware time
    given. Raises MalformedValue for what is no credential or has claims of its own,
    TransformationError for what is not JSON. Lints are the caller's part.
    """
    claims_set = build_claims_set(document, MediaType.VC_JWT, issued_at=issued_at)
    return sign_jws(build_header(MediaType.VC_JWT, signer), jcs.canonicalize(claims_set), signer)


def sign_presentation_jwt(
    document: Mapping[str, JsonValue],
    signer: Signer,
    *,
    issued_at: datetime,
    audience: str | None = None,
    nonce: str | None = None,
) -> str:
    """Secure a presentation as ``vp+jwt``, for one ``audience`` and in answer to a ``nonce``.

    As ``sign_credential_jwt``; each credential must be enveloped. Without a nonce the token can be
    shown again by whoever has seen it.
    """
    claims_set = build_claims_set(
        document, MediaType.VP_JWT, issued_at=issued_at, audience=audience, nonce=nonce
    )
    return sign_jws(build_header(MediaType.VP_JWT, signer), jcs.canonicalize(claims_set), signer)


def parse_credential_jwt(token: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedJwt:
    """Read a ``vc+jwt``.

    Raises ParseError and MalformedValue as ``parse_jws`` does, and MalformedValue for another type,
    for the claims ``vc`` and ``vp``, and for an ``iss`` that is not the issuer.
    """
    return _parse(token, MediaType.VC_JWT, limits)


def parse_presentation_jwt(token: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedJwt:
    """Read a ``vp+jwt``, as ``parse_credential_jwt``; also refused: credentials without envelope."""
    return _parse(token, MediaType.VP_JWT, limits)


def _parse(token: str, media_type: MediaType, limits: Limits) -> UnverifiedJwt:
    jws = parse_jws(token, limits)
    require_media_type(media_type, jws.header.get("typ"), jws.header.get("cty"))
    claims_set = parse_json_object(jws.payload, limits)
    document, claims = split_claims_set(claims_set, media_type, header=jws.header)
    return UnverifiedJwt(jws=jws, document=document, claims=claims)
