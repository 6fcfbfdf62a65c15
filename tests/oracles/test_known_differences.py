"""Where an oracle and the specification part: the specification decides, and the value here is its own.

Each case says the rule, holds us to bytes made from the rule by hand or taken from the official tests,
and holds the oracle to its fault, so that a better version of it is noticed.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from tests.oracles.documents import OPEN_BADGES, V2, Json
from tests.oracles.node_oracle import NodeOracle, OracleRefusedError
from tests.oracles.pyld_oracle import canonicalize_dataset_with_pyld, canonicalize_with_pyld
from vc.encoding.rdfc import canonicalize_dataset, canonicalize_rdfc
from vc.errors import TransformationError

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors" / "rdfc10" / "rdfc10"
TYPE = "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
HEAD = f"{TYPE}<https://www.w3.org/2018/credentials#VerifiableCredential> .\n"
NAME = "_:c14n0 <https://schema.org/name> "
# RDFC-1.0 appendix A: these have a letter, the other characters that are escaped have a number.
LETTERS = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
CONTROLS = [chr(point) for point in (*range(1, 0x20), 0x7F)]
OLD_ESCAPES = frozenset("\t\n\r")


def named(*names: str) -> Json:
    """A credential with nothing but names."""
    return {"@context": [V2], "type": ["VerifiableCredential"], "name": list(names)}


def ours(nquads: bytes) -> bytes:
    """Our canonical form of a dataset."""
    return canonicalize_dataset(parse(nquads, format=RdfFormat.N_QUADS))


@pytest.mark.parametrize("character", CONTROLS, ids=lambda character: f"U+{ord(character):04X}")
def test_control_characters_are_escaped_which_pyld_does_not(node: NodeOracle, character: str) -> None:
    """RDFC-1.0 appendix A: by letter or as ``\\uXXXX``. PyLD writes them as URDNA2015 did, plainly."""
    escaped = LETTERS.get(character, f"\\u{ord(character):04X}")
    expected = f'{HEAD}{NAME}"a{escaped}b" .\n'.encode()
    document = named(f"a{character}b")
    assert canonicalize_rdfc(document) == expected
    assert node.canonicalize_rdfc(document) == expected
    assert (canonicalize_with_pyld(document) == expected) == (character in OLD_ESCAPES)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="official vectors are missing: ../shared/vectors/rdfc10")
def test_the_official_escaping_test_sides_with_us_against_pyld(node: NodeOracle) -> None:
    """Test 060 of the RDFC-1.0 suite, "n-quads escaping"."""
    given = (VECTORS / "test060-in.nq").read_bytes()
    expected = (VECTORS / "test060-rdfc10.nq").read_bytes()
    assert ours(given) == node.canonicalize_dataset(given) == expected
    assert canonicalize_dataset_with_pyld(given) != expected


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"], ids=["U+FFFE", "U+FFFF"])
def test_what_is_no_character_is_escaped_which_no_oracle_does(node: NodeOracle, character: str) -> None:
    """RDFC-1.0 appendix A: "characters not matching the Char production from XML 1.1" as ``\\uXXXX``."""
    document = named(f"a{character}b")
    assert canonicalize_rdfc(document) == f'{HEAD}{NAME}"a\\u{ord(character):04X}b" .\n'.encode()
    plain = f'{HEAD}{NAME}"a{character}b" .\n'.encode()
    assert node.canonicalize_rdfc(document) == canonicalize_with_pyld(document) == plain


def test_statements_are_sorted_by_code_point_and_not_by_code_unit(node: NodeOracle) -> None:
    """RDFC-1.0 section 5: "code point order". JavaScript sorts U+20BB7 (D842 DFB7) before U+FF21."""
    document = named("𠮷", "Ａ")
    assert canonicalize_rdfc(document) == f'{HEAD}{NAME}"Ａ" .\n{NAME}"𠮷" .\n'.encode()
    assert canonicalize_with_pyld(document) == canonicalize_rdfc(document)
    assert node.canonicalize_rdfc(document) == f'{HEAD}{NAME}"𠮷" .\n{NAME}"Ａ" .\n'.encode()


def test_equal_texts_of_several_directions_are_several(node: NodeOracle) -> None:
    """JSON-LD 1.1 API, Object to RDF Conversion: the direction is in the datatype ("i18n-datatype").

    jsonld and PyLD compare texts without it, keep the first of the two, and leave the other unsigned.
    """
    document = named("x") | {"name": ["x", {"@value": "x", "@direction": "ltr"}]}
    directed = '"x"^^<https://www.w3.org/ns/i18n#_ltr>'
    assert canonicalize_rdfc(document) == f'{HEAD}{NAME}"x" .\n{NAME}{directed} .\n'.encode()
    first = f'{HEAD}{NAME}"x" .\n'.encode()
    assert node.canonicalize_rdfc(document) == canonicalize_with_pyld(document) == first


def numbered(number: float) -> Json:
    """A credential with a number of no declared type."""
    score = {"score": "https://terms.example/score"}
    return {"@context": [V2, score], "type": ["VerifiableCredential"], "score": number}


def test_a_number_without_a_point_in_ecmascript_stays_a_double(node: NodeOracle) -> None:
    """JSON-LD 1.1 API, Object to RDF Conversion: a number with a fractional part is an xsd:double.

    jsonld looks for the point in ECMAScript's "1e-7", finds none, and writes the integer 0.
    """

    def expected(lexical: str, datatype: str) -> bytes:
        score = f'_:c14n0 <https://terms.example/score> "{lexical}"'
        return f"{HEAD}{score}^^<http://www.w3.org/2001/XMLSchema#{datatype}> .\n".encode()

    assert canonicalize_rdfc(numbered(1e-7)) == expected("1.0E-7", "double")
    assert canonicalize_with_pyld(numbered(1e-7)) == expected("1.0E-7", "double")
    assert node.canonicalize_rdfc(numbered(1e-7)) == expected("0", "integer")
    assert node.canonicalize_rdfc(numbered(1.5e-7)) == expected("1.5E-7", "double")


def test_two_alike_items_of_a_list_are_within_our_bounds_and_beyond_rdf_canonize(node: NodeOracle) -> None:
    """RDFC-1.0 section 7.1 leaves limits to implementations: rdf-canonize's own stops at such a list."""
    context = {"steps": {"@id": "https://terms.example/steps", "@container": "@list"}}
    document = {"@context": [V2, context], "type": ["VerifiableCredential"], "steps": [1, 2, 2, 1]}
    canonical = canonicalize_rdfc(document)
    assert canonical == canonicalize_with_pyld(document) == node.canonicalize_rdfc(document, work_factor=2)
    with pytest.raises(OracleRefusedError, match="Maximum deep iterations"):
        node.canonicalize_rdfc(document, work_factor=1)


def test_a_node_named_twice_in_a_statement_has_the_statement_once(node: NodeOracle) -> None:
    """RDFC-1.0 section 4.4.3 step 2.1 refers to a quad once for each node in it; PyLD once for each place."""
    nquads = b"_:b0 <urn:p> _:b0 .\n_:b0 <urn:p> _:b1 <urn:g> .\n"
    expected = b"_:c14n0 <urn:p> _:c14n0 .\n_:c14n0 <urn:p> _:c14n1 <urn:g> .\n"
    assert ours(nquads) == node.canonicalize_dataset(nquads) == expected
    assert canonicalize_dataset_with_pyld(nquads) != expected


# Two nodes alike, each with statements in one unnamed graph: what ``vc/encoding/rdfc_lists.py`` is for.
ALIKE = "".join(
    f'_:x{n} <urn:p> "%s" _:g{n} .\n_:x{n} <urn:q> "y" _:g{n} .\n_:x{n} <urn:p> %s .\n' for n in (0, 1)
)


def test_related_nodes_are_counted_once_for_each_statement(node: NodeOracle) -> None:
    """RDFC-1.0 section 4.8.3 step 3.1 makes a list; oxrdf alone, without our help, makes a set."""
    nquads = (ALIKE % ("a", "<urn:i>", "a", "<urn:i>")).encode()
    assert ours(nquads) == node.canonicalize_dataset(nquads) == canonicalize_dataset_with_pyld(nquads)


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"], ids=["U+FFFE", "U+FFFF"])
def test_what_is_no_character_is_escaped_or_refused_beside_parts_that_look_alike(character: str) -> None:
    nquads = (ALIKE % (character, "<urn:i>", character, "<urn:i>")).encode()
    try:
        canonical = ours(nquads)
    except TransformationError:
        return
    assert f"\\u{ord(character):04X}".encode() in canonical


def test_a_node_named_twice_beside_parts_that_look_alike(node: NodeOracle) -> None:
    nquads = (ALIKE % ("a", "_:x0", "a", "_:x1")).encode()
    try:
        canonical = ours(nquads)
    except TransformationError:
        return
    assert canonical == node.canonicalize_dataset(nquads)


def with_json(value: Any) -> Json:
    """A credential with a JSON literal."""
    context = {"raw": {"@id": "https://terms.example/raw", "@type": "@json"}}
    return {"@context": [V2, context], "type": ["VerifiableCredential"], "raw": value}


def test_equal_json_literals_of_one_node_are_one_statement(node: NodeOracle) -> None:
    """RDF 1.1 Concepts section 4: a dataset is of sets. jsonld compares arrays and objects by identity."""
    document = with_json([1]) | {"id": "urn:c:1"}
    twice = document | {"credentialSubject": {"id": "urn:c:2", "raw": [1]}}
    subjects = [twice["credentialSubject"], {"id": "urn:c:2", "raw": [1]}]
    document = document | {"credentialSubject": subjects}
    assert canonicalize_rdfc(document) == canonicalize_rdfc(twice) == canonicalize_with_pyld(document)
    assert node.canonicalize_rdfc(twice) == canonicalize_rdfc(twice)
    assert node.canonicalize_rdfc(document).count(b"<urn:c:2> <https://terms.example/raw>") == 2


def test_json_literals_whose_spelling_is_not_settled_are_refused(node: NodeOracle) -> None:
    """JSON-LD 1.1 API leaves it open (a note names RFC 8785, an example code points); others use RFC 8785."""
    document = with_json({"\ue000": 1, "😀": 2})
    assert canonicalize_with_pyld(document) == node.canonicalize_rdfc(document)
    assert '"{\\"😀\\":2,\\"\ue000\\":1}"'.encode() in node.canonicalize_rdfc(document)
    with pytest.raises(TransformationError):
        canonicalize_rdfc(document)


def test_the_order_of_members_decides_nothing(node: NodeOracle) -> None:
    """JSON-LD 1.1, Expansion Algorithm step 7: only a lone ``@id`` keeps the scope of the type around it."""

    def document(identifier: Json) -> Json:
        subject = {"type": "AchievementSubject", "identifier": identifier}
        return {"@context": [V2, OPEN_BADGES], "type": ["VerifiableCredential"], "credentialSubject": subject}

    id_first = document({"id": "urn:x:1", "type": "IdentifierEntry"})
    type_first = document({"type": "IdentifierEntry", "id": "urn:x:1"})
    assert node.canonicalize_rdfc(id_first) == node.canonicalize_rdfc(type_first)
    assert json.dumps(id_first) != json.dumps(type_first)
    assert canonicalize_rdfc(type_first) == node.canonicalize_rdfc(type_first)
    assert canonicalize_rdfc(id_first) == canonicalize_rdfc(type_first)
