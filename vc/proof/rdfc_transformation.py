"""What the RDFC cryptosuites sign: canonical RDF of the document and of the proof options.

Data Integrity EdDSA Cryptosuites 1.0 section 3.2, ECDSA Cryptosuites 1.0 section 3.2. Proof options
of the ordinary shape are written as RDF directly, which is some fifty times faster than reading them
as JSON-LD and gives the same bytes; everything else goes through JSON-LD.
"""

from collections.abc import Mapping

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from vc.encoding.rdfc import HashName, canonicalize_dataset, canonicalize_rdfc
from vc.errors import TransformationError
from vc.proof.cryptosuite import PROOF_TYPE, ContextMismatch, Document

_SECURITY = "https://w3id.org/security#"
_RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_DATE_TIME = NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")
_SUITE_STRING = NamedNode(_SECURITY + "cryptosuiteString")
_DATA_INTEGRITY_PROOF = NamedNode(_SECURITY + PROOF_TYPE)
# Contexts that give the members of a proof exactly the meaning written below.
_PLAIN_CONTEXTS = frozenset(
    {"https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/data-integrity/v2"}
)
_PURPOSES: Mapping[str, NamedNode] = {
    "assertionMethod": NamedNode(_SECURITY + "assertionMethod"),
    "authentication": NamedNode(_SECURITY + "authenticationMethod"),
}
_ORDINARY_MEMBERS = frozenset(
    {"type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "challenge", "domain"}
)
_PREDICATES: Mapping[str, NamedNode] = {
    "cryptosuite": NamedNode(_SECURITY + "cryptosuite"),
    "created": NamedNode("http://purl.org/dc/terms/created"),
    "expires": NamedNode(_SECURITY + "expiration"),
    "challenge": NamedNode(_SECURITY + "challenge"),
    "domain": NamedNode(_SECURITY + "domain"),
}
_DATATYPES: Mapping[str, NamedNode] = {
    "cryptosuite": _SUITE_STRING,
    "created": _DATE_TIME,
    "expires": _DATE_TIME,
}


def transform_document(unsecured: Document, hash_name: HashName) -> bytes:
    """Return the canonical RDF of a document; raises TransformationError."""
    return canonicalize_rdfc(unsecured, hash_name=hash_name)


def transform_config(config: Document, unsecured: Document, hash_name: HashName) -> bytes:
    """Return the canonical RDF of proof options read under the document's ``@context``.

    Raises TransformationError.
    """
    options = {name: config[name] for name in config if name != "@context"}
    if _is_ordinary(options, unsecured):
        try:
            return _transform_ordinary(options)
        except ValueError:
            raise TransformationError("The proof has an identifier that is not a valid IRI.") from None
    return canonicalize_rdfc({**options, "@context": unsecured.get("@context")}, hash_name=hash_name)


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


def _is_ordinary(config: Document, unsecured: Document) -> bool:
    contexts = unsecured.get("@context")
    return (
        config.get("type") == PROOF_TYPE
        and isinstance(contexts, list)
        and contexts[:1] != []
        # A context inside the document may set a language for all texts, which no pinned one does.
        and all(isinstance(context, str) for context in contexts)
        and contexts[0] in _PLAIN_CONTEXTS
        and config.keys() <= _ORDINARY_MEMBERS
        and all(isinstance(value, str) for value in config.values())
        and config.get("proofPurpose") in _PURPOSES
        and str(config.get("verificationMethod")).startswith("did:")
    )


def _transform_ordinary(config: Document) -> bytes:
    proof = BlankNode()
    quads = [
        Quad(proof, _RDF_TYPE, _DATA_INTEGRITY_PROOF),
        Quad(proof, NamedNode(_SECURITY + "verificationMethod"), NamedNode(config["verificationMethod"])),
        Quad(proof, NamedNode(_SECURITY + "proofPurpose"), _PURPOSES[config["proofPurpose"]]),
    ]
    for member, predicate in _PREDICATES.items():
        if member in config:
            text = Literal(config[member], datatype=_DATATYPES.get(member))
            quads.append(Quad(proof, predicate, text))
    return canonicalize_dataset(quads)
