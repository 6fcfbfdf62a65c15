"""The cryptosuite eddsa-jcs-2022 (Data Integrity EdDSA Cryptosuites 1.0 section 3.3)."""

import copy
from typing import Any

from vc.crypto.keys import KeyType
from vc.encoding import jcs
from vc.proof.cryptosuite import ContextMismatch, Cryptosuite, Document


def _config_context(document: Document) -> Document:
    # A copy, so that changing the one in the document does not change the one in the proof.
    return {"@context": copy.deepcopy(document["@context"])} if "@context" in document else {}


def _signed_document(unsecured: Document, proof: Document) -> Document | ContextMismatch:
    # Section 3.3.2: contexts may have been appended after signing, and only appended. The document
    # that was verified is the one with the signed contexts.
    if "@context" not in proof:
        return unsecured
    signed = _as_list(proof["@context"])
    if _as_list(unsecured.get("@context", []))[: len(signed)] != signed:
        return ContextMismatch()
    return {**unsecured, "@context": proof["@context"]}


def _transform_document(unsecured: Document) -> bytes:
    return jcs.canonicalize(dict(unsecured))


def _transform_config(config: Document, _unsecured: Document) -> bytes:
    return jcs.canonicalize(dict(config))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


EDDSA_JCS_2022 = Cryptosuite(
    name="eddsa-jcs-2022",
    key_types=frozenset({KeyType.ED25519}),
    config_context=_config_context,
    signed_document=_signed_document,
    transform_document=_transform_document,
    transform_config=_transform_config,
)
