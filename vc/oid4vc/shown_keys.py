"""Keys that whoever has the private half brings along, in the header of a token signed with it."""

import hashlib
from typing import Final

from vc.crypto.keys import KeyType, PublicKey
from vc.did.documents import ControlledIdentifierDocument, find_verification_method
from vc.did.public_jwk import is_for_signatures, require_public
from vc.did.resolve import did_of, resolve_locally_or_url
from vc.encoding import base64url, jcs
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, UnknownOption

SIGNING_ALGORITHMS: Final = ("ES256", "EdDSA")
"""The ``alg`` values of the keys that are accepted."""

_KEY_TYPES: Final = frozenset({KeyType.P256, KeyType.ED25519})
_MAX_KEY_ID: Final = 1_200


def thumbprint(key: PublicKey) -> str:
    """The SHA-256 thumbprint of a key's JWK (RFC 7638), base64url."""
    return base64url.encode(hashlib.sha256(jcs.canonicalize(dict(key.jwk))).digest())


def key_of_jwk(jwk: JsonValue) -> PublicKey:
    """The key that a header's ``jwk`` is.

    Raises MalformedValue for anything but a public JWK that may verify signatures, UnknownOption for a
    kind of key that is not accepted.
    """
    if not isinstance(jwk, dict):
        raise MalformedValue("The key of the header is no JWK.", pointer="/jwk")
    require_public(jwk)
    key = PublicKey.from_jwk(jwk)
    if not is_for_signatures(jwk, key):
        raise MalformedValue("The key of the header is not meant for signatures.", pointer="/jwk")
    return _accepted(key)


def key_of_did_url(key_id: str) -> PublicKey:
    """The key that a header's ``kid`` names, in a DID that contains its document: did:jwk or did:key.

    Raises MalformedValue where it names none that authenticates its controller, ParseError, and
    UnknownOption for any other DID, since nothing is fetched for a stranger, or kind of key.
    """
    if len(key_id) > _MAX_KEY_ID:
        raise MalformedValue("The key of the header has too long a name.", pointer="/kid")
    document = resolve_locally_or_url(did_of(key_id))
    if not isinstance(document, ControlledIdentifierDocument):
        raise UnknownOption("The key of the header is in a document that would have to be fetched.")
    method = find_verification_method(document, key_id, "authentication")
    if method is None:
        raise MalformedValue("The key of the header is not in the document of its DID.", pointer="/kid")
    return _accepted(method.public_key)


def _accepted(key: PublicKey) -> PublicKey:
    if key.key_type not in _KEY_TYPES:
        raise UnknownOption("The key of the header is of a kind that is not accepted.")
    return key
