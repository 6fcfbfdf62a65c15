"""RDF Dataset Canonicalization (RDFC-1.0) of JSON-LD documents, by pyoxigraph and with guards.

Ordinary documents are written by ``rdfc_compiled``, which answers as pyoxigraph does or not at all.
The algorithm's worst case is exponential in blank nodes that look alike, so datasets with many such
nodes are refused before it runs; no ordinary credential comes near.
"""

import typing
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import orjson
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    Quad,
    RdfFormat,
    parse,
    serialize,
)

from vc.encoding import jcs
from vc.encoding.contexts import PINNED_CONTEXTS, ContextSource
from vc.encoding.jsonld_guard import RELATIVE_IRI_BASE, UNDEFINED_TERM_BASE, prepare_jsonld
from vc.encoding.rdfc_compiled import canonicalize_compiled
from vc.encoding.rdfc_lists import canonicalize_with_lists
from vc.errors import TransformationError

HashName = typing.Literal["SHA-256", "SHA-384"]

_ALGORITHMS: Mapping[HashName, CanonicalizationAlgorithm] = {
    "SHA-256": CanonicalizationAlgorithm.RDFC_1_0_SHA_256,
    "SHA-384": CanonicalizationAlgorithm.RDFC_1_0_SHA_384,
}
_RDF_JSON = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
_MAX_QUADS = 10_000
_MAX_BLANK_NODES = 2_000
# Blank nodes whose own statements are alike: 2 or 3 occur, 16 take seconds.
_MAX_ALIKE = 4
# Statements of one such node in an unnamed graph; PyLD goes through their orders.
_MAX_REPETITIONS = 30
_UNDEFINED_TERM_MARK = b"<" + UNDEFINED_TERM_BASE.encode("ascii")
_RELATIVE_IRI_MARK = b"<" + RELATIVE_IRI_BASE.partition("//")[0].encode("ascii")


def canonicalize_rdfc(
    document: Mapping[str, Any],
    *,
    hash_name: HashName = "SHA-256",
    contexts: ContextSource = PINNED_CONTEXTS,
) -> bytes:
    """Return the canonical N-Quads (UTF-8, one statement a line) of a JSON-LD document.

    Raises TransformationError where the document cannot be read as JSON-LD under ``contexts``, would
    lose or hide a member (see ``jsonld_guard``), or cannot be canonicalized (``canonicalize_dataset``).
    """
    compiled = canonicalize_compiled(document, hash_name=hash_name, contexts=contexts)
    if compiled is not None:
        return compiled
    return canonicalize_rdfc_reference(document, hash_name=hash_name, contexts=contexts)


def canonicalize_rdfc_reference(
    document: Mapping[str, Any],
    *,
    hash_name: HashName = "SHA-256",
    contexts: ContextSource = PINNED_CONTEXTS,
) -> bytes:
    """As ``canonicalize_rdfc``, by pyoxigraph alone, for every document."""
    prepared = prepare_jsonld(document, contexts)
    try:
        quads = list(islice(_read_jsonld(prepared.text), _MAX_QUADS + 1))
    except (SyntaxError, ValueError):
        raise TransformationError("The document is not JSON-LD that can be read.") from None
    # Before equal statements fall together: what comes after them was not read, and would go unsigned.
    if len(quads) > _MAX_QUADS:
        raise TransformationError("The document is too large to be canonicalized as RDF.")
    literals = _json_literals(quads) if prepared.json_literals else []
    if len(literals) != prepared.json_literals:
        raise TransformationError("The document has JSON where its contexts do not say so.")
    # JSON-LD leaves the order of members open: pyoxigraph sorts by code point, others as RFC 8785 does.
    if not all(map(_is_settled, literals)):
        raise TransformationError("The document has JSON whose spelling in RDF is not settled.")
    canonical = canonicalize_dataset(quads, hash_name=hash_name)
    if not canonical:
        raise TransformationError("The document says nothing.")
    if any(name.encode() in canonical for name in prepared.made_up_types):
        raise TransformationError("The document has types where its contexts do not say so.")
    if _UNDEFINED_TERM_MARK in canonical:
        raise TransformationError("The document uses a term that its contexts do not define.")
    if _RELATIVE_IRI_MARK in canonical:
        raise TransformationError("The document has an identifier that is not absolute.")
    return canonical


def canonicalize_dataset(
    quads: Iterable[Quad], *, hash_name: HashName = "SHA-256", max_alike: int = _MAX_ALIKE
) -> bytes:
    """Return the canonical N-Quads of an RDF dataset.

    Raises TransformationError where it is too large, or where more than ``max_alike`` blank nodes have
    the same first-degree hash.
    """
    dataset = Dataset(quads)
    if _require_tractable(dataset, max_alike):
        return canonicalize_with_lists(dataset, hash_name)
    dataset.canonicalize(_ALGORITHMS[hash_name])
    # Lines of bytes: a str would also be split at U+0085 inside a literal. The order of UTF-8 bytes is
    # the order of code points that the specification asks for.
    written = serialize(dataset, format=RdfFormat.N_QUADS) or b""
    return b"".join(line + b"\n" for line in sorted(written.split(b"\n")) if line)


def _read_jsonld(text: bytes) -> Iterable[Quad]:
    return parse(text, format=RdfFormat.JSON_LD, base_iri=RELATIVE_IRI_BASE)


def _json_literals(quads: Iterable[Quad]) -> list[str]:
    objects = (quad.object for quad in quads)
    return [term.value for term in objects if isinstance(term, Literal) and term.datatype.value == _RDF_JSON]


def _is_settled(literal: str) -> bool:
    try:
        return jcs.canonicalize(orjson.loads(literal)) == literal.encode()
    except orjson.JSONDecodeError:
        return False


def _require_tractable(dataset: Dataset, max_alike: int) -> bool:
    """Say whether related nodes repeat (``rdfc_lists``); raises TransformationError."""
    if len(dataset) > _MAX_QUADS:
        raise TransformationError("The document is too large to be canonicalized as RDF.")
    statements: dict[BlankNode, list[str]] = {}
    graphs: dict[BlankNode, list[BlankNode]] = {}
    for quad in dataset:
        terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        for blank in {term for term in terms if isinstance(term, BlankNode)}:
            statement = " ".join(_first_degree_name(term, blank) for term in terms)
            statements.setdefault(blank, []).append(statement)
            if isinstance(quad.graph_name, BlankNode) and quad.graph_name != blank:
                graphs.setdefault(blank, []).append(quad.graph_name)
    if len(statements) > _MAX_BLANK_NODES:
        raise TransformationError("The document is too large to be canonicalized as RDF.")
    groups: dict[tuple[str, ...], list[BlankNode]] = {}
    for blank, lines in statements.items():
        groups.setdefault(tuple(sorted(lines)), []).append(blank)
    alike = [group for group in groups.values() if len(group) > 1]
    if any(len(group) > max_alike for group in alike):
        raise TransformationError("The document has too many unnamed parts that look alike.")
    repetitions = max((_repetitions(graphs.get(blank, [])) for group in alike for blank in group), default=1)
    if repetitions > _MAX_REPETITIONS:
        raise TransformationError("The document has unnamed parts that look alike and are too large.")
    return repetitions > 1


def _repetitions(graphs: list[BlankNode]) -> int:
    return max(map(graphs.count, graphs), default=1)


def _first_degree_name(term: object, blank: BlankNode) -> str:
    if isinstance(term, BlankNode):
        return "_:a" if term == blank else "_:z"
    return str(term)
