"""Controlled identifier documents (Controlled Identifiers 1.0) and the keys they publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from vc.crypto.keys import PublicKey
from vc.encoding import json_pointer
from vc.encoding.strict_json import Limits, parse_json_object
from vc.encoding.timestamps import parse_timestamp
from vc.errors import MalformedValue, UnknownOption

VERIFICATION_RELATIONSHIPS = (
    "assertionMethod",
    "authentication",
    "capabilityDelegation",
    "capabilityInvocation",
    "keyAgreement",
)
_DOCUMENT_LIMITS = Limits(max_bytes=200_000, max_depth=20, max_members=5_000)
_MAX_METHODS = 200
_MULTIKEY_TYPES = frozenset({"Multikey", "Ed25519VerificationKey2020"})
_JWK_TYPES = frozenset({"JsonWebKey", "JsonWebKey2020"})


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
    if method_id not in document.relationships.get(purpose, frozenset()):
        return None
    for method in document.verification_methods:
        if method.id == method_id and method.controller == document.id:
            return method
    return None


def parse_document(identifier: str, raw: bytes) -> ControlledIdentifierDocument:
    """Read the JSON document that ``identifier`` resolved to.

    Raises ParseError for bytes that are no strict JSON object, MalformedValue for a document of
    another identifier, a wrong shape, and two verification methods with one id.
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
    controller = document.get("controller", [])
    controllers = controller if isinstance(controller, list) else [controller]
    return ControlledIdentifierDocument(
        id=identifier,
        controller=tuple(_string(entry, "/controller") for entry in controllers),
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
        text = _string(reference, pointer)
        return self.identifier + text if text.startswith("#") else text


def _parse_method(method_id: str, entry: Mapping[str, Any], pointer: str) -> VerificationMethod | None:
    controller = _string(entry.get("controller"), pointer + "/controller")
    kind = _string(entry.get("type"), pointer + "/type")
    public_key = _parse_key(kind, entry, pointer)
    if public_key is None:
        return None
    return VerificationMethod(
        id=method_id,
        controller=controller,
        public_key=public_key,
        expires=_moment(entry, "expires", pointer),
        revoked=_moment(entry, "revoked", pointer),
    )


def _parse_key(kind: str, entry: Mapping[str, Any], pointer: str) -> PublicKey | None:
    if "secretKeyMultibase" in entry or "secretKeyJwk" in entry:
        raise MalformedValue("A published key contains its private part.", pointer=pointer)
    try:
        if kind in _MULTIKEY_TYPES and "publicKeyMultibase" in entry:
            text = _string(entry["publicKeyMultibase"], pointer + "/publicKeyMultibase")
            return PublicKey.from_multikey(text)
        if kind in _JWK_TYPES and "publicKeyJwk" in entry:
            jwk = entry["publicKeyJwk"]
            if not isinstance(jwk, dict):
                raise MalformedValue("A JWK is not an object.", pointer=pointer + "/publicKeyJwk")
            return PublicKey.from_jwk(jwk)
    except UnknownOption:
        # A document may publish keys for others beside those meant for us.
        return None
    return None


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
