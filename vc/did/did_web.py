"""did:web: the identifier names the https URL of its document.

Narrower than the method's specification: lower-case DNS names with a dot and a letter in the last
label, no port, no percent-encoding, no dot segments. So one identifier means one URL, and none can
name a machine by address.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from vc.did import documents
from vc.did.documents import ControlledIdentifierDocument, VerificationMethod
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue

PREFIX = "did:web:"
_MAX_CHARS = 500
_MAX_HOST_CHARS = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP_LABEL = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_TOP_LABEL}")
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


def document_url(did: str) -> str:
    """Return the https URL of the document of a did:web; raises MalformedValue."""
    if not did.startswith(PREFIX) or len(did) > _MAX_CHARS:
        raise MalformedValue("The identifier is not a did:web.")
    host, *segments = did.removeprefix(PREFIX).split(":")
    if len(host) > _MAX_HOST_CHARS or not _HOST.fullmatch(host):
        raise MalformedValue("The did:web does not name a host that is accepted.")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise MalformedValue("The did:web has a path that is not accepted.")
    return f"https://{host}/{'/'.join(segments or ['.well-known'])}/did.json"


def parse_document(did: str, raw: bytes) -> ControlledIdentifierDocument:
    """Read the document found at ``document_url(did)``; raises as ``documents.parse_document``."""
    document_url(did)
    return documents.parse_document(did, raw)


def build_document(
    did: str, methods: Sequence[VerificationMethod], *, relationships: Mapping[str, Iterable[str]]
) -> dict[str, JsonValue]:
    """Return the document to publish for ``did``: every key of its history, as Multikeys.

    ``relationships`` maps verification relationships (``assertionMethod``) to ids of ``methods``;
    they are written in the order of ``methods``, and a relationship without any is left out.
    Keys that have expired or were revoked stay, with their dates: old proofs are judged by them.
    """
    document: dict[str, JsonValue] = {
        "@context": list[JsonValue](_CONTEXTS),
        "id": did,
        "verificationMethod": [_published(method) for method in methods],
    }
    for name, ids in relationships.items():
        named = frozenset(ids)
        ordered: list[JsonValue] = [method.id for method in methods if method.id in named]
        if ordered:
            document[name] = ordered
    return document


def _published(method: VerificationMethod) -> JsonValue:
    entry: dict[str, JsonValue] = {
        "id": method.id,
        "type": "Multikey",
        "controller": method.controller,
        "publicKeyMultibase": method.public_key.multikey,
    }
    if method.expires is not None:
        entry["expires"] = format_timestamp(method.expires)
    if method.revoked is not None:
        entry["revoked"] = format_timestamp(method.revoked)
    return entry
