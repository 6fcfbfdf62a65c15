"""did:jwk: the identifier is the public key as a JWK.

One key has as many identifiers as its JWK has spellings. An identifier is therefore kept and compared
as it was given; ``did_for`` makes one of them, always the same.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vc.crypto.keys import KeyType, PublicKey
from vc.did import public_jwk
from vc.did.documents import (
    KEY_AGREEMENT,
    SIGNING_RELATIONSHIPS,
    ControlledIdentifierDocument,
    VerificationMethod,
)
from vc.encoding import base64url, jcs
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue

PREFIX = "did:jwk:"
# The only fragment there is; a "kid" in the JWK names nothing here.
FRAGMENT = "#0"
_LIMITS = Limits(max_bytes=750, max_depth=5, max_members=50)


def is_did_jwk(did: str) -> bool:
    """Say whether an identifier claims to be a did:jwk."""
    return did.startswith(PREFIX)


def did_for(public_key: PublicKey) -> str:
    """Return the did:jwk of a public key: its JWK's required members in canonical JSON.

    Ed25519, which can only sign, says so with ``use``.
    """
    jwk: JsonObject = dict(public_key.jwk)
    if public_key.key_type is KeyType.ED25519:
        jwk["use"] = "sig"
    return PREFIX + base64url.encode(jcs.canonicalize(jwk))


def verification_method_for(public_key: PublicKey) -> str:
    """Return the DID URL of the one verification method of a key's did:jwk."""
    return did_for(public_key) + FRAGMENT


def read_jwk(did: str) -> JsonObject:
    """Return the JWK that a did:jwk spells, public but otherwise unchecked.

    Raises MalformedValue where it is no did:jwk, not canonical base64url, or has a private part,
    ParseError where it spells no JSON object.
    """
    if not is_did_jwk(did):
        raise MalformedValue("The identifier is not a did:jwk.")
    raw = base64url.decode(did.removeprefix(PREFIX), max_bytes=_LIMITS.max_bytes)
    jwk = parse_json_object(raw, _LIMITS)
    public_jwk.require_public(jwk)
    if not isinstance(jwk.get("use", ""), str):
        raise MalformedValue("A member of the JWK is not a string.", pointer="/use")
    return jwk


def relationships_of(jwk: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return the verification relationships of a did:jwk's one key: ``use`` alone decides."""
    use = jwk.get("use")
    if use == "sig":
        return SIGNING_RELATIONSHIPS
    if use == "enc":
        return (KEY_AGREEMENT,)
    return (*SIGNING_RELATIONSHIPS, KEY_AGREEMENT)


def resolve(did: str) -> ControlledIdentifierDocument:
    """Expand a did:jwk into its document.

    Raises as ``read_jwk``, and MalformedValue for a wrong key, UnknownOption for a kind of key not
    known here.
    """
    jwk = read_jwk(did)
    method = VerificationMethod(id=did + FRAGMENT, controller=did, public_key=PublicKey.from_jwk(jwk))
    return ControlledIdentifierDocument(
        id=did,
        verification_methods=(method,),
        relationships=MappingProxyType({name: frozenset({method.id}) for name in relationships_of(jwk)}),
    )
