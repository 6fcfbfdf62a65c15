"""What a Data Integrity cryptosuite must provide (Data Integrity 1.0 section 3.1)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vc.crypto.keys import KeyType
from vc.errors import Finding, ProblemType, TransformationError

PROOF_TYPE = "DataIntegrityProof"
Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cryptosuite:
    """A suite in which sign and verify share ``hash(config) || hash(document)``.

    ``config_context`` says which ``@context`` a new proof carries, given the document;
    ``signed_document`` undoes what may have happened to the document's ``@context`` since signing,
    or returns a finding; ``transform_document`` and ``transform_config`` canonicalize, the latter
    given the document too. They raise TransformationError.
    """

    name: str
    key_types: frozenset[KeyType]
    config_context: Callable[[Document], Document]
    signed_document: Callable[[Document, Document], "Document | ContextMismatch"]
    transform_document: Callable[[Document], bytes]
    transform_config: Callable[[Document, Document], bytes]

    def hash_data(self, unsecured: Document, config: Document) -> bytes:
        """Return the 64 bytes that are signed. ``config`` is the proof without ``proofValue``."""
        if config.get("type") != PROOF_TYPE or config.get("cryptosuite") != self.name:
            raise TransformationError("The proof is of another type or cryptosuite.")
        config_hash = hashlib.sha256(self.transform_config(config, unsecured)).digest()
        return config_hash + hashlib.sha256(self.transform_document(unsecured)).digest()


@dataclass(frozen=True, slots=True)
class ContextMismatch:
    """The document's ``@context`` is not what the proof was made under."""

    def finding(self, pointer: str) -> Finding:
        """Return the finding about the proof at ``pointer``."""
        return Finding(
            type=ProblemType.PROOF_VERIFICATION_ERROR,
            detail="The contexts of the document are not those that were signed.",
            pointer=pointer,
        )
