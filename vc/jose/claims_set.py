"""The JWT Claims Set of a credential or presentation: the document, with claims about its signature.

VC-JOSE-COSE 1.0 section 3.1: the claims stand beside the document's members, and ``iss`` may not
contradict the document. JOSE, SD-JWT and COSE all come here.
"""

from collections.abc import Mapping
from datetime import datetime

from vc.crypto.keys import Signer
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import MalformedValue
from vc.jose.claims import numeric_date
from vc.jose.envelope import check_enveloped_credentials
from vc.jose.media_types import MediaType, short
from vc.model.credential import issuer_id, types_of
from vc.model.presentation import holder_id

# Those of RFC 7519, then OpenID's nonce and the confirmation key of RFC 7800.
CLAIM_NAMES = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf"})
_FORBIDDEN_CLAIMS = frozenset({"vc", "vp"})
# RFC 7519 section 5.3: claims that a header may repeat.
_REPEATED_CLAIMS = ("iss", "sub", "aud")


def party_of(document: Mapping[str, JsonValue], media_type: MediaType) -> str | None:
    """Who secures such a document: the issuer of a credential, the holder of a presentation."""
    return holder_id(document) if media_type.is_presentation else issuer_id(document)


def build_header(media_type: MediaType, signer: Signer) -> JsonObject:
    """The JOSE header of a token of this type, but for its algorithm."""
    return {
        "typ": short(media_type),
        "cty": short(media_type.content_type),
        "kid": signer.verification_method,
    }


def build_claims_set(
    document: Mapping[str, JsonValue],
    media_type: MediaType,
    *,
    issued_at: datetime,
    audience: str | None = None,
    nonce: str | None = None,
) -> JsonObject:
    """The document with ``iss``, ``iat`` and what else is given.

    Raises MalformedValue where the document is not of the kind to be secured, already has such
    claims, or presents a credential that is not enveloped.
    """
    if not CLAIM_NAMES.isdisjoint(document):
        raise MalformedValue("The document has a member that is a claim about its signature.")
    require_document(document, media_type)
    claims = {
        "iss": party_of(document, media_type),
        "iat": numeric_date(issued_at),
        "aud": audience,
        "nonce": nonce,
    }
    return {**document, **{name: value for name, value in claims.items() if value is not None}}


def split_claims_set(
    claims_set: Mapping[str, JsonValue], media_type: MediaType, *, header: Mapping[str, JsonValue]
) -> tuple[JsonObject, JsonObject]:
    """Take a claims set apart into the document and the claims about its signature.

    Raises MalformedValue where the document is not of the kind expected, ``iss`` contradicts it, or
    ``header`` repeats a claim with another value.
    """
    document = {name: value for name, value in claims_set.items() if name not in CLAIM_NAMES}
    claims = {name: value for name, value in claims_set.items() if name in CLAIM_NAMES}
    require_document(document, media_type)
    for name in _REPEATED_CLAIMS:
        if name in header and name in claims and header[name] != claims[name]:
            raise MalformedValue("The header contradicts a claim.", pointer=f"/{name}")
    for source in (header, claims):
        if "iss" in source:
            require_same_party(source["iss"], document, media_type)
    return document, claims


def require_document(document: Mapping[str, JsonValue], media_type: MediaType) -> None:
    """Raise MalformedValue unless ``document`` may be secured as ``media_type``.

    Judged are the type, the claims ``vc`` and ``vp``, which are forbidden, and the envelopes in a
    presentation; not the rest of the data model.
    """
    if not _FORBIDDEN_CLAIMS.isdisjoint(document):
        raise MalformedValue("The claims vc and vp are forbidden.")
    kind = "VerifiablePresentation" if media_type.is_presentation else "VerifiableCredential"
    if kind not in types_of(document):
        raise MalformedValue("The document is not of the kind that is expected here.", pointer="/type")
    findings = check_enveloped_credentials(document) if media_type.is_presentation else ()
    if findings:
        raise MalformedValue("A credential in the presentation is not enveloped.", findings=findings)


def require_same_party(claimed: JsonValue, document: Mapping[str, JsonValue], media_type: MediaType) -> None:
    """Raise MalformedValue where ``iss`` is not the document's issuer, or not its holder.

    A presentation need not name its holder.
    """
    party = party_of(document, media_type)
    is_unnamed = media_type.is_presentation and "holder" not in document
    if not isinstance(claimed, str) or (claimed != party and not is_unnamed):
        raise MalformedValue("The claim iss contradicts the document.", pointer="/iss")
