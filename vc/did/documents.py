"""Controlled identifier documents (Controlled Identifiers 1.0, DID Core 1.0) and the keys they publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from vc.crypto.keys import KeyType, PublicKey
from vc.did import public_jwk
from vc.did.services import check_services
from vc.did.syntax import absolute, is_did, is_uri, parse_did_url
from vc.encoding import json_pointer
from vc.encoding.strict_json import Limits, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import MalformedValue, UnknownOption

KEY_AGREEMENT = "keyAgreement"
# Of a key that signs and is offered for nothing else.
SIGNING_RELATIONSHIPS = ("assertionMethod", "authentication", "capabilityDelegation", "capabilityInvocation")
VERIFICATION_RELATIONSHIPS = (*SIGNING_RELATIONSHIPS, KEY_AGREEMENT)
_DOCUMENT_LIMITS = Limits(max_bytes=200_000, max_depth=20, max_members=5_000)
_MAX_METHODS = 200
# Longer ones are of kinds made for others (RSA, post-quantum), and base58 takes time in the square.
_MAX_MULTIKEY_CHARS = 150
_ED25519_TYPE = "Ed25519VerificationKey2020"
_MULTIKEY_TYPES = frozenset({"Multikey", _ED25519_TYPE})
_JWK_TYPES = frozenset({"JsonWebKey", "JsonWebKey2020"})
_PUBLIC_MATERIAL = frozenset({"publicKeyBase58", "publicKeyJwk", "publicKeyMultibase"})
_PRIVATE_MATERIAL = frozenset(
    {"privateKeyBase58", "privateKeyJwk", "privateKeyMultibase", "secretKeyJwk", "secretKeyMultibase"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationMethod:
    """One published key. ``id`` is a DID URL; ``expires`` and ``revoked`` are aware or None."""

    id: str
    controller: str
    public_key: PublicKey
    expires: datetime | None = None
    revoked: datetime | None = None

    def usable_at(self, moment: datetime) -> bool:
        """Say whether a proof made at ``moment`` may use this key (sections 2.2 and 3.3)."""
        return all(end is None or moment < end for end in (self.expires, self.revoked))


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlledIdentifierDocument:
    """What a DID resolves to: its keys, and which relationship names which of them.

    Verification methods of a type or key kind this product does not know are left out.
    """

    id: str
    verification_methods: tuple[VerificationMethod, ...]
    relationships: Mapping[str, frozenset[str]]
    controller: tuple[str, ...] = ()


def find_verification_method(
    document: ControlledIdentifierDocument, method_id: str, purpose: str
) -> VerificationMethod | None:
    """Return the verification method ``method_id`` if the document names it for ``purpose``.

    ``purpose`` is a verification relationship, for instance ``assertionMethod``. A method that says
    it is controlled by someone else than the document's subject is not returned (section 3.3).
    """
    # Its own document says what a key is good for, whoever else refers to it.
    if method_id.partition("#")[0] != document.id:
        return None
    if method_id not in document.relationships.get(purpose, frozenset()):
        return None
    for method in document.verification_methods:
        if method.id == method_id and method.controller == document.id:
            return method
    return None


def parse_document(identifier: str, raw: bytes) -> ControlledIdentifierDocument:
    """Read the JSON document that ``identifier`` resolved to.

    Raises ParseError for bytes that are no strict JSON object, MalformedValue for a document of
    another identifier, a wrong shape, and two verification methods or services with one id.
    """
    document = parse_json_object(raw, _DOCUMENT_LIMITS)
    if document.get("id") != identifier:
        raise MalformedValue("The document is that of another identifier.", pointer="/id")
    reader = _Reader(identifier)
    for index, entry in enumerate(_list(document, "verificationMethod")):
        reader.add_method(entry, json_pointer.join("", "verificationMethod", index))
    for relationship in VERIFICATION_RELATIONSHIPS:
        for index, entry in enumerate(_list(document, relationship)):
            reader.add_relation(relationship, entry, json_pointer.join("", relationship, index))
    check_services(identifier, _list(document, "service"))
    controller = document.get("controller", [])
    for entry in _list(document, "alsoKnownAs"):
        _uri(entry, "/alsoKnownAs")
    return ControlledIdentifierDocument(
        id=identifier,
        controller=tuple(
            _uri(entry, "/controller")
            for entry in (controller if isinstance(controller, list) else [controller])
        ),
        verification_methods=tuple(method for method in reader.methods.values() if method is not None),
        relationships=MappingProxyType({name: frozenset(ids) for name, ids in reader.relations.items()}),
    )


class _Reader:
    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        self.methods: dict[str, VerificationMethod | None] = {}
        self.relations: dict[str, set[str]] = {}

    def add_method(self, entry: Any, pointer: str) -> str:
        if not isinstance(entry, dict):
            raise MalformedValue("A verification method is not an object.", pointer=pointer)
        method_id = self._absolute(entry.get("id"), pointer + "/id")
        if method_id in self.methods or len(self.methods) >= _MAX_METHODS:
            raise MalformedValue(
                "There are too many verification methods, or two with one id.", pointer=pointer
            )
        self.methods[method_id] = _parse_method(method_id, entry, pointer)
        return method_id

    def add_relation(self, relationship: str, entry: Any, pointer: str) -> None:
        embedded = isinstance(entry, dict)
        method_id = self.add_method(entry, pointer) if embedded else self._absolute(entry, pointer)
        self.relations.setdefault(relationship, set()).add(method_id)

    def _absolute(self, reference: Any, pointer: str) -> str:
        method_id = absolute(self.identifier, _string(reference, pointer))
        try:
            parse_did_url(method_id)
        except MalformedValue as error:
            raise MalformedValue(str(error), pointer=pointer) from None
        return method_id


def _parse_method(method_id: str, entry: Mapping[str, Any], pointer: str) -> VerificationMethod | None:
    controller = _string(entry.get("controller"), pointer + "/controller")
    if not is_did(controller):
        raise MalformedValue("The controller of a key is not a DID.", pointer=pointer + "/controller")
    kind = _string(entry.get("type"), pointer + "/type")
    expires, revoked = _moment(entry, "expires", pointer), _moment(entry, "revoked", pointer)
    _check_material(entry, pointer)
    public_key = _parse_key(kind, entry, pointer)
    if public_key is None:
        return None
    return VerificationMethod(
        id=method_id, controller=controller, public_key=public_key, expires=expires, revoked=revoked
    )


def _check_material(entry: Mapping[str, Any], pointer: str) -> None:
    if not _PRIVATE_MATERIAL.isdisjoint(entry):
        raise MalformedValue("A published key contains its private part.", pointer=pointer)
    if len(_PUBLIC_MATERIAL.intersection(entry)) > 1:
        raise MalformedValue("A key is given in more than one spelling.", pointer=pointer)
    if "publicKeyJwk" in entry:
        jwk = entry["publicKeyJwk"]
        if not isinstance(jwk, dict):
            raise MalformedValue("A JWK is not an object.", pointer=pointer + "/publicKeyJwk")
        public_jwk.require_public(jwk)


def _parse_key(kind: str, entry: Mapping[str, Any], pointer: str) -> PublicKey | None:
    """The key, or None where it is of a kind or for a use that is not ours."""
    try:
        if kind in _MULTIKEY_TYPES and "publicKeyMultibase" in entry:
            return _parse_multikey(kind, entry["publicKeyMultibase"], pointer + "/publicKeyMultibase")
        if kind in _JWK_TYPES and "publicKeyJwk" in entry:
            public_key = PublicKey.from_jwk(entry["publicKeyJwk"])
            return public_key if public_jwk.is_for_signatures(entry["publicKeyJwk"], public_key) else None
    except UnknownOption:
        # A document may publish keys for others beside those meant for us.
        return None
    return None


def _parse_multikey(kind: str, value: Any, pointer: str) -> PublicKey | None:
    text = _string(value, pointer)
    if len(text) > _MAX_MULTIKEY_CHARS:
        return None
    public_key = PublicKey.from_multikey(text)
    if kind == _ED25519_TYPE and public_key.key_type is not KeyType.ED25519:
        raise MalformedValue("A key is not of the kind its type names.", pointer=pointer)
    return public_key


def _moment(entry: Mapping[str, Any], member: str, pointer: str) -> datetime | None:
    if member not in entry:
        return None
    try:
        return parse_timestamp(_string(entry[member], f"{pointer}/{member}"))
    except MalformedValue as error:
        raise MalformedValue(str(error), pointer=f"{pointer}/{member}") from None


def _list(document: Mapping[str, Any], member: str) -> list[Any]:
    value = document.get(member, [])
    if not isinstance(value, list):
        raise MalformedValue("A member of the document is not an array.", pointer=f"/{member}")
    return value


def _string(value: Any, pointer: str) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedValue("A member of the document is not a string.", pointer=pointer)
    return value


def _uri(value: Any, pointer: str) -> str:
    text = _string(value, pointer)
    if not is_uri(text):
        raise MalformedValue("A member of the document is not a URI.", pointer=pointer)
    return text
