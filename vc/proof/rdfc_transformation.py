"""What the RDFC cryptosuites sign: canonical RDF of the document and of the proof options.

Data Integrity EdDSA Cryptosuites 1.0 section 3.2, ECDSA Cryptosuites 1.0 section 3.2. Proof options
of the ordinary shape are one unnamed node with at most eight statements, each with a predicate of its
own: they are written as canonical N-Quads at once. Everything else goes through JSON-LD.
"""

from collections.abc import Mapping

from vc.encoding.compiled_contexts import RDF_TYPE, NotCompiled, compile_contexts
from vc.encoding.contexts import PINNED_CONTEXTS
from vc.encoding.rdfc import HashName, canonicalize_rdfc, canonicalize_rdfc_reference
from vc.encoding.rdfc_compiled import encode_served, escape, is_served_iri
from vc.proof.cryptosuite import PROOF_TYPE, ContextMismatch, Document

_SECURITY = "https://w3id.org/security#"
_DATE_TIME = "^^<http://www.w3.org/2001/XMLSchema#dateTime>"
_SUITE_STRING = f"^^<{_SECURITY}cryptosuiteString>"
# Contexts that give the members of a proof exactly the meaning written below.
_PLAIN_CONTEXTS = frozenset(
    {"https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/data-integrity/v2"}
)
_PURPOSES: Mapping[str, str] = {
    "assertionMethod": f"{_SECURITY}assertionMethod",
    "authentication": f"{_SECURITY}authenticationMethod",
}
_ORDINARY_MEMBERS = frozenset(
    {"type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "challenge", "domain"}
)
# Predicate and datatype of each text but ``created``, in code point order of the predicates.
_TEXTS = (
    ("challenge", f"{_SECURITY}challenge", ""),
    ("cryptosuite", f"{_SECURITY}cryptosuite", _SUITE_STRING),
    ("domain", f"{_SECURITY}domain", ""),
    ("expires", f"{_SECURITY}expiration", _DATE_TIME),
)
# The label RDFC-1.0 gives to the only unnamed node.
_NODE = "_:c14n0"


def transform_document(unsecured: Document, hash_name: HashName) -> bytes:
    """Return the canonical RDF of a document; raises TransformationError."""
    return canonicalize_rdfc(unsecured, hash_name=hash_name)


def transform_config(config: Document, unsecured: Document, hash_name: HashName) -> bytes:
    """Return the canonical RDF of proof options read under the document's ``@context``.

    Raises TransformationError.
    """
    contexts = unsecured.get("@context")
    if _is_ordinary(config, contexts):
        try:
            compile_contexts(
                contexts, PINNED_CONTEXTS
            )  # all pinned, agreeing, and without a default language
            return _write_ordinary(config)
        except NotCompiled:
            pass
    return canonicalize_rdfc(_options(config, contexts), hash_name=hash_name)


def transform_config_reference(config: Document, unsecured: Document, hash_name: HashName) -> bytes:
    """As ``transform_config``, through JSON-LD whatever the shape."""
    return canonicalize_rdfc_reference(_options(config, unsecured.get("@context")), hash_name=hash_name)


def config_context(_document: Document) -> Document:
    """Return the ``@context`` a new proof carries: none."""
    return {}


def signed_document(unsecured: Document, proof: Document) -> Document | ContextMismatch:
    """Return the document as signed.

    The proof is read under the document's contexts; one that claims others would carry members that
    nothing signs.
    """
    if "@context" in proof and proof["@context"] != unsecured.get("@context"):
        return ContextMismatch()
    return unsecured


def _options(config: Document, contexts: object) -> Document:
    return {**{name: config[name] for name in config if name != "@context"}, "@context": contexts}


def _is_ordinary(config: Document, contexts: object) -> bool:
    return (
        config.get("type") == PROOF_TYPE
        and isinstance(contexts, list)
        and contexts[:1] != []
        and contexts[0] in _PLAIN_CONTEXTS
        and all(
            isinstance(value, str) and name in _ORDINARY_MEMBERS
            for name, value in config.items()
            if name != "@context"
        )
        and config.get("proofPurpose") in _PURPOSES
        and is_served_iri(config.get("verificationMethod", ""))
    )


def _write_ordinary(config: Document) -> bytes:
    lines = []
    if "created" in config:
        created = escape(config["created"])
        lines.append(f'{_NODE} <http://purl.org/dc/terms/created> "{created}"{_DATE_TIME} .\n')
    lines.append(f"{_NODE} <{RDF_TYPE}> <{_SECURITY}{PROOF_TYPE}> .\n")
    for member, predicate, datatype in _TEXTS:
        if member in config:
            lines.append(f'{_NODE} <{predicate}> "{escape(config[member])}"{datatype} .\n')
    lines.append(f"{_NODE} <{_SECURITY}proofPurpose> <{_PURPOSES[config['proofPurpose']]}> .\n")
    lines.append(f"{_NODE} <{_SECURITY}verificationMethod> <{config['verificationMethod']}> .\n")
    return encode_served("".join(lines))
