"""What a Data Integrity cryptosuite must provide (Data Integrity 1.0 section 3.1)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vc.crypto.keys import KeyType
from vc.encoding.rdfc import HashName
from vc.errors import Finding, ProblemType, TransformationError, UnknownOption

PROOF_TYPE = "DataIntegrityProof"
Document = Mapping[str, Any]

_HASH_FUNCTIONS: Mapping[HashName, Callable[..., "hashlib._Hash"]] = {
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cryptosuite:
    """A suite in which sign and verify share ``hash(config) || hash(document)``.

    ``hashes`` has the hash function for each kind of key the suite works with; ``config_context``
    says which ``@context`` a new proof carries, given the document; ``signed_document`` undoes what
    may have happened to the document's ``@context`` since signing, or returns a finding;
    ``transform_document`` and ``transform_config`` canonicalize, the latter given the document too.
    They raise TransformationError.
    """

    name: str
    proof_type: str
    hashes: Mapping[KeyType, HashName]
    config_context: Callable[[Document], Document]
    signed_document: Callable[[Document, Document], "Document | ContextMismatch"]
    transform_document: Callable[[Document, HashName], bytes]
    transform_config: Callable[[Document, Document, HashName], bytes]

    def hash_data(self, unsecured: Document, config: Document, key_type: KeyType) -> bytes:
        """Return the two hashes, one after the other, that a key of ``key_type`` signs.

        ``config`` is the proof without ``proofValue``. Raises TransformationError, and UnknownOption
        for a key the suite does not work with.
        """
        named = self.name if self.proof_type == PROOF_TYPE else None
        if config.get("type") != self.proof_type or config.get("cryptosuite") != named:
            raise TransformationError("The proof is of another type or cryptosuite.")
        hash_name = self.hashes.get(key_type)
        if hash_name is None:
            raise UnknownOption("The cryptosuite does not work with a key of this kind.")
        hash_function = _HASH_FUNCTIONS[hash_name]
        config_hash = hash_function(self.transform_config(config, unsecured, hash_name)).digest()
        return config_hash + hash_function(self.transform_document(unsecured, hash_name)).digest()


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
