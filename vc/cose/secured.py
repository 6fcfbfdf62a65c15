"""Credentials and presentations secured with COSE (VC-JOSE-COSE 1.0 section 3.3).

The payload is the document as JSON; claims about the signature, where there are any, are CWT claims
in the protected header (RFC 9597). Whether a signature holds is for ``verify_sign1``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vc.cose.sign1 import (
    CONTENT_TYPE,
    CWT_CLAIMS,
    KID,
    TYP,
    Label,
    UnverifiedSign1,
    parse_sign1,
    sign_sign1,
)
from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue
from vc.jose.claims_set import require_document, require_same_party
from vc.jose.media_types import MediaType, require_media_type

# RFC 8392 section 4.
_CLAIM_NAMES: Mapping[Label, str] = {1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat"}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedCose:
    """A secured document nobody has verified; ``claims`` are its CWT claims by their JWT names."""

    message: UnverifiedSign1
    document: JsonObject
    claims: JsonObject

    @property
    def key_id(self) -> str | None:
        """The header's ``kid``; ``require_verification_method`` makes a URL of it."""
        return self.message.key_id


def sign_credential_cose(document: Mapping[str, JsonValue], signer: Signer) -> bytes:
    """Secure a credential as ``vc+cose``; ``kid`` is the signer's verification method.

    Raises MalformedValue for what is no credential, TransformationError for what is not JSON.
    """
    return _sign(document, signer, MediaType.VC_COSE)


def sign_presentation_cose(document: Mapping[str, JsonValue], signer: Signer) -> bytes:
    """Secure a presentation as ``vp+cose``; each credential must be enveloped."""
    return _sign(document, signer, MediaType.VP_COSE)


def parse_credential_cose(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> UnverifiedCose:
    """Read a ``vc+cose``.

    Raises as ``parse_sign1``, ParseError where the payload is not one strict JSON object, and
    MalformedValue for another type, the members ``vc`` and ``vp``, and an ``iss`` that is not the
    issuer.
    """
    return _parse(raw, MediaType.VC_COSE, limits)


def parse_presentation_cose(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> UnverifiedCose:
    """Read a ``vp+cose``, as ``parse_credential_cose``; also refused: credentials without envelope."""
    return _parse(raw, MediaType.VP_COSE, limits)


def _sign(document: Mapping[str, JsonValue], signer: Signer, media_type: MediaType) -> bytes:
    require_document(document, media_type)
    header: dict[Label, object] = {
        CONTENT_TYPE: media_type.content_type,
        KID: signer.verification_method.encode("utf-8"),
        TYP: media_type.value,
    }
    return sign_sign1(header, jcs.canonicalize(dict(document)), signer)


def _parse(raw: bytes, media_type: MediaType, limits: Limits) -> UnverifiedCose:
    message = parse_sign1(raw, limits)
    protected = message.protected
    require_media_type(media_type, protected.get(TYP), protected.get(CONTENT_TYPE))
    document = parse_json_object(message.payload, limits)
    require_document(document, media_type)
    claims = _read_claims(protected.get(CWT_CLAIMS, {}))
    if "iss" in claims:
        require_same_party(claims["iss"], document, media_type)
    return UnverifiedCose(message=message, document=document, claims=claims)


def _read_claims(member: object) -> JsonObject:
    if not isinstance(member, dict):
        raise MalformedValue("The CWT claims of the header are not a map.")
    return {_CLAIM_NAMES[label]: value for label, value in member.items() if label in _CLAIM_NAMES}
