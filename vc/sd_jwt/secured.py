"""Credentials and presentations secured as SD-JWT (VC-JOSE-COSE 1.0 section 3.2).

As in ``vc.jose.secured``, a signature is for ``verify_jws``, with a key that the caller found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits
from vc.errors import MalformedValue
from vc.jose.claims_set import CLAIM_NAMES, build_claims_set, build_header, split_claims_set
from vc.jose.jws import UnverifiedJws, sign_jws
from vc.jose.media_types import MediaType, require_media_type
from vc.sd_jwt.disclosures import Path, conceal
from vc.sd_jwt.sd_jwt import join_sd_jwt, parse_sd_jwt

# A holder who could withhold one of these could hide that the credential is revoked, has ended or is
# somebody else's (VC-JOSE-COSE 1.0 section 3.2.1, RFC 9901 section 9.7).
ALWAYS_DISCLOSED = CLAIM_NAMES | {
    "@context",
    "type",
    "issuer",
    "validFrom",
    "validUntil",
    "credentialStatus",
    "credentialSchema",
    "relatedResource",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedSecuredSdJwt:
    """A secured document nobody has verified.

    ``document`` is the processed payload without ``claims``, which are about the signature and as
    received. What the holder withheld is not in it; ``withholds`` as in ``UnverifiedSdJwt``.
    """

    jws: UnverifiedJws
    document: JsonObject
    claims: JsonObject
    withholds: bool

    @property
    def key_id(self) -> str | None:
        """The header's ``kid``; ``require_verification_method`` makes a URL of it."""
        return self.jws.key_id


def sign_credential_sd_jwt(
    document: Mapping[str, JsonValue],
    signer: Signer,
    *,
    issued_at: datetime,
    paths: Sequence[Path],
    new_salt: Callable[[], str],
) -> str:
    """Secure a credential as ``vc+sd-jwt``, with the values at ``paths`` disclosed one by one.

    Raises as ``sign_credential_jwt`` and ``conceal``, and MalformedValue for a path to what a
    verifier must always see.
    """
    return _sign(document, signer, MediaType.VC_SD_JWT, issued_at=issued_at, paths=paths, new_salt=new_salt)


def sign_presentation_sd_jwt(
    document: Mapping[str, JsonValue],
    signer: Signer,
    *,
    issued_at: datetime,
    paths: Sequence[Path],
    new_salt: Callable[[], str],
) -> str:
    """Secure a presentation as ``vp+sd-jwt``, as ``sign_credential_sd_jwt``."""
    return _sign(document, signer, MediaType.VP_SD_JWT, issued_at=issued_at, paths=paths, new_salt=new_salt)


def parse_credential_sd_jwt(text: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSecuredSdJwt:
    """Read a ``vc+sd-jwt``; raises as ``parse_sd_jwt`` and ``parse_credential_jwt`` do."""
    return _parse(text, MediaType.VC_SD_JWT, limits)


def parse_presentation_sd_jwt(text: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSecuredSdJwt:
    """Read a ``vp+sd-jwt``; raises as ``parse_sd_jwt`` and ``parse_presentation_jwt`` do."""
    return _parse(text, MediaType.VP_SD_JWT, limits)


def _sign(
    document: Mapping[str, JsonValue],
    signer: Signer,
    media_type: MediaType,
    *,
    issued_at: datetime,
    paths: Sequence[Path],
    new_salt: Callable[[], str],
) -> str:
    if any(path[:1] and path[0] in ALWAYS_DISCLOSED for path in paths):
        raise MalformedValue("A verifier must always see what a path would conceal.")
    claims_set = build_claims_set(document, media_type, issued_at=issued_at)
    payload, disclosures = conceal(claims_set, paths, new_salt)
    token = sign_jws(build_header(media_type, signer), jcs.canonicalize(payload), signer)
    return join_sd_jwt(token, disclosures)


def _parse(text: str, media_type: MediaType, limits: Limits) -> UnverifiedSecuredSdJwt:
    sd_jwt = parse_sd_jwt(text, limits)
    header = sd_jwt.jws.header
    require_media_type(media_type, header.get("typ"), header.get("cty"))
    document, claims = split_claims_set(sd_jwt.payload, media_type, header=header)
    return UnverifiedSecuredSdJwt(
        jws=sd_jwt.jws, document=document, claims=claims, withholds=sd_jwt.withholds
    )
