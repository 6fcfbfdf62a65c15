"""DID documents that an identifier contains: of did:key (0.7) and did:jwk, as JSON to hand out."""

from dataclasses import dataclass

from vc.crypto.keys import KeyType, PublicKey
from vc.did import did_jwk, did_key
from vc.did.documents import KEY_AGREEMENT, SIGNING_RELATIONSHIPS
from vc.did.key_agreement import CURVE as X25519
from vc.did.key_agreement import KeyAgreementKey
from vc.did.public_key_formats import (
    JSON_WEB_KEY_2020,
    MULTIKEY,
    WritableKey,
    context_of,
    format_for,
    require_format,
    write_verification_method,
)
from vc.did.resolution_errors import ResolutionError, ResolutionFailed
from vc.encoding import multibase
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import ProtocolError, UnknownOption

DID_CONTEXT = "https://www.w3.org/ns/did/v1"
_FIRST_VERSION = "1"
# Beyond any identifier that is read here.
_MAX_MULTIKEY_BYTES = 1_000
# Multicodec header and length of the key behind it: did:key 0.7, "Signature Method Creation Algorithm".
_KEY_BYTES = {b"\xed\x01": 32, b"\x80\x24": 33, b"\x81\x24": 49, b"\x82\x24": 67}


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolutionOptions:
    """Options of did:key 0.7.

    ``public_key_format`` is the ``type`` that verification methods are to have; None leaves it to
    the DID method: Multikey for did:key, JsonWebKey2020 for did:jwk.
    """

    public_key_format: str | None = None
    enable_experimental_public_key_types: bool = False


def generate_document(did: str, options: ResolutionOptions) -> JsonObject:
    """Return the DID document of a did:key or did:jwk; raises ResolutionFailed.

    Methods have the format asked for where there is one for their kind of key, otherwise another: a
    did:key writes each of its two keys in one format of the same suite, a did:jwk has one format.
    """
    is_did_key = did_key.is_did_key(did)
    if not is_did_key and not did_jwk.is_did_jwk(did):
        raise ResolutionFailed(
            ResolutionError.METHOD_NOT_SUPPORTED, "Only a DID that contains its document is resolved here."
        )
    if options.public_key_format is not None:
        require_format(
            options.public_key_format, enable_experimental=options.enable_experimental_public_key_types
        )
    if is_did_key:
        return _of_did_key(did, options.public_key_format or MULTIKEY)
    return _of_did_jwk(did)


def _of_did_key(did: str, public_key_format: str) -> JsonObject:
    public_key = _parse_did_key(did)
    keys: list[WritableKey] = [public_key]
    if public_key.key_type is KeyType.ED25519:
        keys.append(_derive(public_key))
    formats = [format_for(public_key_format, key) for key in keys]
    methods = [write_verification_method(did, key, name) for key, name in zip(keys, formats, strict=True)]
    document: JsonObject = {
        "@context": [DID_CONTEXT, *dict.fromkeys(map(context_of, formats))],
        "id": did,
        "verificationMethod": list[JsonValue](methods),
    }
    signing, *agreeing = (method["id"] for method in methods)
    document |= {name: [signing] for name in SIGNING_RELATIONSHIPS}
    return document | ({KEY_AGREEMENT: agreeing} if agreeing else {})


def _parse_did_key(did: str) -> PublicKey:
    version, colon, value = did.removeprefix(did_key.PREFIX).rpartition(":")
    if not _is_version(version if colon else _FIRST_VERSION):
        raise ResolutionFailed(
            ResolutionError.INVALID_DID, "The version of the did:key is not a positive integer."
        )
    try:
        data = multibase.decode(value, max_bytes=_MAX_MULTIKEY_BYTES, bases="z")
    except ProtocolError as error:
        raise ResolutionFailed(ResolutionError.INVALID_DID, str(error)) from None
    for header, key_bytes in _KEY_BYTES.items():
        if data.startswith(header) and len(data) != len(header) + key_bytes:
            raise ResolutionFailed(
                ResolutionError.INVALID_PUBLIC_KEY_LENGTH, "A public key has the wrong length."
            )
    if not data.startswith(tuple(_KEY_BYTES)):
        raise ResolutionFailed(
            ResolutionError.UNSUPPORTED_PUBLIC_KEY_TYPE, "A public key is of a kind that is not supported."
        )
    try:
        return PublicKey.from_multikey(value)
    except ProtocolError as error:
        raise ResolutionFailed(ResolutionError.INVALID_PUBLIC_KEY, str(error)) from None


def _is_version(text: str) -> bool:
    return text.isdigit() and int(text) > 0


def _derive(public_key: PublicKey) -> KeyAgreementKey:
    try:
        return KeyAgreementKey.derive(public_key)
    except ProtocolError as error:
        raise ResolutionFailed(ResolutionError.INVALID_PUBLIC_KEY, str(error)) from None


def _of_did_jwk(did: str) -> JsonObject:
    jwk = _parse_did_jwk(did)
    method_id = did + did_jwk.FRAGMENT
    method: JsonObject = {
        "id": method_id,
        "type": JSON_WEB_KEY_2020,
        "controller": did,
        "publicKeyJwk": jwk,
    }
    document: JsonObject = {
        "@context": [DID_CONTEXT, context_of(JSON_WEB_KEY_2020)],
        "id": did,
        "verificationMethod": [method],
    }
    return document | {name: [method_id] for name in did_jwk.relationships_of(jwk)}


def _parse_did_jwk(did: str) -> JsonObject:
    try:
        jwk = did_jwk.read_jwk(did)
    except ProtocolError as error:
        raise ResolutionFailed(ResolutionError.INVALID_DID, str(error)) from None
    try:
        if jwk.get("crv") == X25519:
            KeyAgreementKey.from_jwk(jwk)
        else:
            PublicKey.from_jwk(jwk)
    except UnknownOption as error:
        raise ResolutionFailed(ResolutionError.UNSUPPORTED_PUBLIC_KEY_TYPE, str(error)) from None
    except ProtocolError as error:
        raise ResolutionFailed(ResolutionError.INVALID_PUBLIC_KEY, str(error)) from None
    return jwk
