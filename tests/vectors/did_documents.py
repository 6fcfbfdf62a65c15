"""The DID documents of this product that go out, by name: of did:key, did:jwk and did:web."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_jwk, did_key, did_web
from vc.did.documents import VerificationMethod
from vc.did.generated_documents import ResolutionOptions
from vc.did.resolution import resolve_did

RELATIONSHIPS = (
    "authentication",
    "assertionMethod",
    "keyAgreement",
    "capabilityInvocation",
    "capabilityDelegation",
)
SECRET_BYTES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}
KEYS = {
    kind: InMemorySigner(bytes([0, *range(1, size)]), "did:web:a.example#1", key_type=kind).public_key
    for kind, size in SECRET_BYTES.items()
}
WEB_DID = "did:web:a.example:centres:one"
ED_DID = did_key.did_for(KEYS[KeyType.ED25519])


@dataclass(frozen=True, kw_only=True, slots=True)
class Produced:
    """A document that goes out: its DID, its bytes, and the media type told with it."""

    did: str
    representation: bytes
    media_type: str

    @property
    def document(self) -> dict[str, Any]:
        """The data model."""
        value = json.loads(self.representation)
        assert isinstance(value, dict)
        return value

    @property
    def methods(self) -> list[dict[str, Any]]:
        """Every verification method, embedded ones too."""
        entries = [*self.document["verificationMethod"]]
        for name in RELATIONSHIPS:
            entries += [entry for entry in self.document.get(name, []) if not isinstance(entry, str)]
        return entries


def _resolved(did: str, public_key_format: str | None = None) -> Produced:
    options = ResolutionOptions(
        public_key_format=public_key_format, enable_experimental_public_key_types=True
    )
    result = resolve_did(did, options).to_json()
    metadata = result["didResolutionMetadata"]
    assert isinstance(metadata, dict)
    return Produced(
        did=did,
        representation=json.dumps(result["didDocument"]).encode(),
        media_type=str(metadata["contentType"]),
    )


def _published() -> Produced:
    until = datetime(2026, 1, 1, 7, tzinfo=UTC)
    methods = [
        VerificationMethod(
            id=f"{WEB_DID}#{kind}", controller=WEB_DID, public_key=key, expires=until, revoked=until
        )
        for kind, key in KEYS.items()
    ]
    ids = [method.id for method in methods]
    document = did_web.build_document(WEB_DID, methods, relationships=dict.fromkeys(RELATIONSHIPS[:2], ids))
    return Produced(
        did=WEB_DID, representation=json.dumps(document).encode(), media_type="application/did+ld+json"
    )


def _all_produced() -> Iterator[tuple[str, Produced]]:
    for kind, key in KEYS.items():
        for public_key_format in ("Multikey", "JsonWebKey2020"):
            yield f"did-key-{kind}-{public_key_format}", _resolved(did_key.did_for(key), public_key_format)
        yield f"did-jwk-{kind}", _resolved(did_jwk.did_for(key))
    for public_key_format in ("Ed25519VerificationKey2020", "Ed25519VerificationKey2018"):
        yield f"did-key-{public_key_format}", _resolved(ED_DID, public_key_format)
    versioned = ED_DID.replace("did:key:", "did:key:1:")
    yield "did-key-with-version", _resolved(versioned)
    yield "did-web", _published()


PRODUCED = dict(_all_produced())
