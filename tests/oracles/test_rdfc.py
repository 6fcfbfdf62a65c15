"""RDFC-1.0: what we accept, PyLD and jsonld with rdf-canonize read alike, byte for byte.

Documents that we refuse are counted by reason; nothing but TransformationError may leave. jsonld runs
in safe mode, so what we accept loses nothing for it either.
"""

import json
from collections import Counter

import pytest
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from tests.oracles.documents import Json, credentials, presentations
from tests.oracles.known_faults import javascript_fault, pyld_fault
from tests.oracles.laws import hold_for_all, sizes
from tests.oracles.node_oracle import NodeOracle
from tests.oracles.pyld_oracle import canonicalize_dataset_with_pyld, canonicalize_with_pyld
from vc.encoding.rdfc import canonicalize_dataset, canonicalize_rdfc
from vc.errors import TransformationError

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

# What we refuse of documents that have no fault: bounds, and what the specifications leave open.
TOO_UNUSUAL = frozenset(
    {
        "The document has too many unnamed parts that look alike.",
        "The document has unnamed parts that look alike and are too large.",
        "The document has a control character beside parts that look alike.",
        "The document has JSON whose spelling in RDF is not settled.",
    }
)
# Two credentials in one presentation may use one word for two things; we take the stricter view.
TOO_UNUSUAL_TOGETHER = TOO_UNUSUAL | {
    "A context inside the document redefines a term of a known context.",
    "The contexts of the document disagree about its JSON literals.",
    "The document has a type with several definitions.",
}


def compare(tally: Counter[str], oracle: str, fault: str | None, ours: bytes, theirs: bytes) -> None:
    """Count an agreement or a known difference; anything else is a failure."""
    if ours == theirs:
        tally[f"{oracle} agrees"] += 1
        return
    assert fault is not None, f"{oracle} disagrees:\n{ours.decode()}\n{theirs.decode()}"
    tally[f"{oracle} differs: {fault}"] += 1


def canonicalize_or_count(document: Json, tally: Counter[str]) -> bytes | str:
    """Our canonical form, or why there is none, which is counted."""
    try:
        return canonicalize_rdfc(document)
    except TransformationError as error:
        tally[f"refused by us: {error}"] += 1
        return str(error)


@sizes(150, 2_000)
def test_credentials(node: NodeOracle, tally: Counter[str], examples: int) -> None:
    def law(document: Json) -> None:
        tally["documents"] += 1
        ours = canonicalize_or_count(document, tally)
        if isinstance(ours, str):
            assert ours in TOO_UNUSUAL
            return
        fault = javascript_fault(document)
        compare(tally, "PyLD", pyld_fault(document), ours, canonicalize_with_pyld(document))
        compare(tally, "jsonld.js", fault, ours, node.canonicalize_rdfc(document))
        longer = canonicalize_rdfc(document, hash_name="SHA-384")
        theirs = node.canonicalize_rdfc(document, hash_name="SHA-384")
        compare(tally, "jsonld.js with SHA-384", fault, longer, theirs)

    hold_for_all(credentials(), examples, law)
    assert tally["PyLD agrees"] > examples / 3
    assert tally["jsonld.js agrees"] > examples / 2


@sizes(30, 500)
def test_presentations(node: NodeOracle, tally: Counter[str], examples: int) -> None:
    """Each credential is a graph without a name, and parts of two may look alike."""

    def law(document: Json) -> None:
        tally["documents"] += 1
        ours = canonicalize_or_count(document, tally)
        if isinstance(ours, str):
            assert ours in TOO_UNUSUAL_TOGETHER
            return
        compare(tally, "PyLD", pyld_fault(document), ours, canonicalize_with_pyld(document))
        compare(tally, "jsonld.js", javascript_fault(document), ours, node.canonicalize_rdfc(document))

    hold_for_all(presentations(), examples, law)
    assert tally["jsonld.js agrees"] > examples / 4


@sizes(60, 1_000)
def test_credentials_with_a_fault(node: NodeOracle, tally: Counter[str], examples: int) -> None:
    """What jsonld in safe mode refuses, we refuse; a fault that a vocabulary explains is none."""

    def law(document: Json) -> None:
        ours = canonicalize_or_count(document, tally)
        if isinstance(ours, str):
            tally["refused"] += 1
            return
        compare(tally, "jsonld.js", javascript_fault(document), ours, node.canonicalize_rdfc(document))

    hold_for_all(credentials(faulty=True), examples, law)
    assert tally["refused"] > examples / 2


Quads = list[tuple[str, str, str, str]]

_BLANK = st.sampled_from([f"_:b{number}" for number in range(4)])
_IRI = st.sampled_from(["<urn:a>", "<urn:b>"])
_LITERAL = st.sampled_from(['"x"', '"y"@km', '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'])
_QUADS: st.SearchStrategy[Quads] = st.lists(
    st.tuples(
        _BLANK | _BLANK | _IRI,
        st.sampled_from(["<urn:p>", "<urn:q>"]),
        _BLANK | _BLANK | _IRI | _LITERAL,
        st.sampled_from(["", "", "", "<urn:g>", "_:g0", "_:b0"]),
    ).filter(lambda quad: not _names_twice(quad)),
    min_size=1,
    max_size=8,
)


def _names_twice(quad: tuple[str, str, str, str]) -> bool:
    # No JSON-LD document makes such a statement: test_known_differences.py has it.
    blanks = [term for term in quad if term.startswith("_:")]
    return len(blanks) != len(set(blanks))


@st.composite
def datasets(draw: st.DrawFn) -> Quads:
    """Two or three copies of one dataset whose nodes are linked here and there, or one as it comes."""
    pattern = draw(_QUADS)
    copies = draw(st.integers(1, 3))
    shared = draw(st.frozensets(st.sampled_from(["_:b0", "_:b1", "_:g0"]), max_size=2))
    quads = [
        tuple(term if term in shared or term[:2] != "_:" else f"{term}x{copy}" for term in quad)
        for copy in range(copies)
        for quad in pattern
    ]
    return [(s, p, o, g) for s, p, o, g in [*quads, *draw(st.just([]) | _QUADS.map(lambda extra: extra[:1]))]]


def to_nquads(quads: Quads) -> bytes:
    """The quads as N-Quads, in their order."""
    return "".join(" ".join(part for part in quad if part) + " .\n" for quad in quads).encode()


@sizes(150, 4_000)
def test_datasets_of_unnamed_nodes(node: NodeOracle, tally: Counter[str], examples: int) -> None:
    """Nodes that only their neighbours tell apart, also as names of graphs."""

    def law(quads: Quads) -> None:
        tally["datasets"] += 1
        nquads = to_nquads(quads)
        try:
            ours = canonicalize_dataset(parse(nquads, format=RdfFormat.N_QUADS))
        except TransformationError as error:
            tally[f"refused by us: {error}"] += 1
            return
        compare(tally, "rdf-canonize", None, ours, node.canonicalize_dataset(nquads))
        compare(tally, "PyLD", None, ours, canonicalize_dataset_with_pyld(nquads))

    hold_for_all(datasets(), examples, law)
    assert tally["rdf-canonize agrees"] == tally["PyLD agrees"] > examples / 2


def test_an_altered_document_has_other_bytes_for_every_oracle(node: NodeOracle) -> None:
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:centre.example",
        "credentialSubject": {"name": "ស"},
    }
    altered = json.loads(json.dumps(document).replace("\\u179f", "\\u179e"))
    assert altered != document
    for canonicalize in (canonicalize_rdfc, canonicalize_with_pyld, node.canonicalize_rdfc):
        assert canonicalize(document) != canonicalize(altered)
