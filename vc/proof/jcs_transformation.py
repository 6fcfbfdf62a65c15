"""What the JCS cryptosuites sign: canonical JSON of the document and of the proof options.

Data Integrity EdDSA Cryptosuites 1.0 section 3.3, ECDSA Cryptosuites 1.0 section 3.3.
"""

import copy
from typing import Any

from vc.encoding import jcs
from vc.encoding.rdfc import HashName
from vc.proof.cryptosuite import ContextMismatch, Document


def transform_document(unsecured: Document, _hash_name: HashName) -> bytes:
    """Return the canonical JSON of a document; raises TransformationError."""
    return jcs.canonicalize(unsecured if isinstance(unsecured, dict) else dict(unsecured))


def transform_config(config: Document, _unsecured: Document, _hash_name: HashName) -> bytes:
    """Return the canonical JSON of proof options; raises TransformationError."""
    return jcs.canonicalize(config if isinstance(config, dict) else dict(config))


def config_context(document: Document) -> Document:
    """Return the ``@context`` a new proof carries: the document's."""
    # A copy, so that changing the one in the document does not change the one in the proof.
    return {"@context": copy.deepcopy(document["@context"])} if "@context" in document else {}


def signed_document(unsecured: Document, proof: Document) -> Document | ContextMismatch:
    """Return the document as signed.

    Contexts may have been appended after signing, and only appended (EdDSA section 3.3.2). The
    document that was verified is the one with the signed contexts.
    """
    if "@context" not in proof:
        return unsecured
    signed = _as_list(proof["@context"])
    if _as_list(unsecured.get("@context", []))[: len(signed)] != signed:
        return ContextMismatch()
    return {**unsecured, "@context": proof["@context"]}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
