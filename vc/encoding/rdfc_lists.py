"""RDFC-1.0 where a related blank node is met several times, by PyLD.

Hash N-Degree Quads (section 4.8.3) keeps a *list* of related blank nodes, so that a graph's name
counts once for each statement in the graph. oxrdf keeps each node once, and then orders nodes that
look alike otherwise than the specification, rdf-canonize and PyLD. PyLD permutes those lists, so the
caller bounds them, and spells control characters unlike the specification, so they are refused.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from vc.errors import TransformationError

# PyLD escapes line feed and carriage return as it should, and no other control character.
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def canonicalize_with_lists(quads: Iterable[Quad], hash_name: str) -> bytes:
    """Return the canonical N-Quads of a dataset; raises TransformationError for control characters.

    ``hash_name`` is ``SHA-256`` or ``SHA-384``.
    """
    # Local: half a second of import for documents that hardly occur.
    from pyld.canon import URDNA2015

    class Canonicalization(URDNA2015):  # type: ignore[misc, no-any-unimported, unused-ignore]
        def create_hash(self) -> Any:
            return hashlib.new(hash_name.replace("-", ""))

    dataset: dict[str, list[dict[str, Any]]] = {}
    for quad in quads:
        graph = quad.graph_name
        blanks = [term for term in (quad.subject, quad.object, graph) if isinstance(term, BlankNode)]
        if len(blanks) != len(set(blanks)):
            raise TransformationError("The document has a statement that names an unnamed part twice.")
        name = "@default" if not isinstance(graph, (NamedNode, BlankNode)) else _term(graph)["value"]
        dataset.setdefault(name, []).append(
            {
                "subject": _term(quad.subject),
                "predicate": _term(quad.predicate),
                "object": _term(quad.object),
            }
        )
    written: str = Canonicalization().main(dataset, {"format": "application/n-quads"})
    return written.encode()


def _term(term: object) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"type": "IRI", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "blank node", "value": f"_:{term.value}"}
    if not isinstance(term, Literal) or _CONTROL.search(term.value):
        raise TransformationError("The document has a control character beside parts that look alike.")
    literal = {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    return literal if term.language is None else {**literal, "language": term.language}
