"""The compiled canonicalization says what the reference says, byte for byte, or nothing at all."""

import gc
import weakref
from collections import Counter
from itertools import islice, permutations
from typing import Any

import pytest

from loadtest.rdfc_differential import compare, compare_config, make_mutator
from schemas import context_index, read_context
from tests.oracles.documents import credentials, legacy_credentials, presentations
from tests.oracles.laws import hold_for_all, sizes
from tests.property.mutants import json_mutants
from tests.rdfc_genuine import credentials_of_every_type, published_documents
from vc.encoding.contexts import PINNED_CONTEXTS, ContextSource
from vc.encoding.rdfc import canonicalize_rdfc_reference
from vc.encoding.rdfc_compiled import canonicalize_compiled
from vc.errors import ProtocolError
from vc.model.credential_types import types_by_slug

ISSUED = credentials_of_every_type()
V2 = "https://www.w3.org/ns/credentials/v2"
PLAIN: dict[str, Any] = {"@context": [V2], "id": "urn:x:1", "type": ["VerifiableCredential"]}


def compiled(document: Any, contexts: ContextSource = PINNED_CONTEXTS) -> bytes | None:
    return canonicalize_compiled(document, hash_name="SHA-256", contexts=contexts)


def test_every_type_that_is_issued_is_served() -> None:
    assert ISSUED.keys() == types_by_slug().keys()
    for slug, document in ISSUED.items():
        assert compiled(document) == canonicalize_rdfc_reference(document), slug


@pytest.mark.parametrize("name", ["revocations", "suspensions"])
def test_status_lists_are_served(name: str) -> None:
    document = published_documents()[name]
    assert compiled(document) == canonicalize_rdfc_reference(document)


@pytest.mark.parametrize("documents", [400, pytest.param(20_000, marks=pytest.mark.full)])
@pytest.mark.timeout(3_000)
def test_mutants_of_genuine_documents(documents: int) -> None:
    mutator = make_mutator(seed=20)
    count = Counter(compare(mutator.mutant(number), number) for number in range(documents))
    assert count["different"] == 0, count
    # Neither idle nor gullible.
    assert count["served alike"] > documents / 5
    assert count["handed on, refused by the reference"] > documents / 50


def test_mutants_of_proof_options() -> None:
    mutator = make_mutator(seed=21)
    count = Counter(compare_config(*mutator.config(number)) for number in range(300))
    assert count["different"] == 0, count
    assert count["proof options: alike"] > 40


@sizes(40, 2_000)
def test_documents_of_others(examples: int) -> None:
    legacy = legacy_credentials(issuer="did:web:centre.example")
    every = credentials() | credentials(faulty=True) | presentations() | legacy
    hold_for_all(every, examples, _require_alike)


@sizes(60, 3_000)
def test_mutants_with_anything_in_them(examples: int) -> None:
    hold_for_all(json_mutants(ISSUED["rpl"]), examples, _require_alike)


def _require_alike(document: Any) -> None:
    if isinstance(document, dict):
        assert compare(document, 1) != "different"


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\b\t\n\x0b\f\r\x1f",
        '"\\',
        "\x7f\x80\x85\u2028",
        "\ufffe\uffff\U0001fffe",
        "e\u0301\U0001f600",
    ],
)
def test_texts_are_written_as_rdfc_says(text: str) -> None:
    parts = [{"nameLatin": text}, {"nameLatin": "other"}]
    document = ISSUED["rpl"] | {
        "name": text,
        "termsOfUse": [part | {"type": "RPLCertificate"} for part in parts],
    }
    assert compiled(document) == canonicalize_rdfc_reference(document)


def test_what_the_reference_traps_in_a_text_is_handed_on() -> None:
    for text in ("<urn:x-undefined:a>", "<x-relative:a", "\ud800"):
        assert compiled(PLAIN | {"name": text}) is None


@pytest.mark.parametrize(
    "member",
    [
        {"name": None},
        {"name": 0.5},
        {"name": 2**53},
        {"name": []},
        {"name": [["a"]]},
        {"name": {"@value": "a"}},
        {"id": None},
        {"type": []},
        {"type": [None]},
        {"type": "Undefined"},
        {"undefined": "a"},
        {"issuer": "no iri"},
        {"issuer": {"id": "_:a"}},
        {"issuer": {"id": "urn:x:1", "name": "a second mention"}},
        {"issuer": {"@context": V2, "name": "a"}},
        {"issuer": {}},
        {"issuer": [{"name": "alike"}, {"name": "alike"}]},
        {"proof": {"type": "DataIntegrityProof"}},
        {"@context": [V2, {"name": "https://a.example/"}]},
        {"@context": [V2, "https://unknown.example/"]},
        {"@context": [V2, V2]},
        {"@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"]},
        {"@context": None},
    ],
    ids=str,
)
def test_the_unusual_is_handed_on(member: dict[str, Any]) -> None:
    assert compiled(PLAIN | {"name": "served"}) is not None
    assert compiled(PLAIN | member) is None


def test_nodes_inside_the_scope_of_a_property_are_handed_on() -> None:
    """pyoxigraph forgets the scope there; what the specification says is then not what the reference says."""
    subject = ISSUED["rpl"]["credentialSubject"]
    texts = {"title": {"km": "ជាង"}}
    for localized in ({"unitsOfCompetency": {"unitsOfCompetency": texts}}, texts | {"type": "Profile"}):
        changed = ISSUED["rpl"] | {"credentialSubject": subject | {"localized": localized}}
        assert compiled(changed) is None


def test_what_is_remembered_is_bounded() -> None:
    """Strangers choose the contexts, their order, and which scopes of them are entered."""
    source = ContextSource(PINNED_CONTEXTS.read)
    for first, second in islice(permutations(context_index(), 2), 70):
        compiled(PLAIN | {"@context": [first, second, "https://unknown.example/"]}, source)
        compiled(PLAIN | {"@context": [first, second]}, source)
    assert len(source.compiled) == 64
    assert None in source.compiled.values()


def test_a_list_of_contexts_is_compiled_anew_when_too_many_scopes_were_entered() -> None:
    source = ContextSource(PINNED_CONTEXTS.read)
    document = ISSUED["rpl"]
    subject = document["credentialSubject"]
    types = [name for name, term in _badge_terms().items() if isinstance(term, dict) and "@context" in term]
    for name in types:
        for scope in ("localized", "cnf", "statusMessage"):
            part = {"type": name, scope: {"nameLatin": "a"}}
            compiled(document | {"credentialSubject": subject | {"identifier": part}}, source)
    for _ in range(2):
        assert compiled(document, source) == canonicalize_rdfc_reference(document)
    (known,) = source.compiled.values()
    assert known is not None
    assert not known.is_full


def _badge_terms() -> Any:
    return (read_context(next(url for url in ISSUED["rpl"]["@context"] if "imsglobal" in url)) or {})[
        "@context"
    ]


def test_several_types_that_bring_a_scope_are_handed_on() -> None:
    """Which of two meanings a term has is said by their order, and here the reference refuses either."""
    both = {"type": ["Achievement", "Result"], "resultDescription": "https://a.example/"}
    changed = ISSUED["rpl"] | {"termsOfUse": both}
    assert compiled(changed) is None
    with pytest.raises(ProtocolError):
        canonicalize_rdfc_reference(changed)
    for alone in both["type"]:
        assert compiled(ISSUED["rpl"] | {"termsOfUse": both | {"type": alone}}) is not None


def test_a_language_tag_in_another_spelling_is_handed_on() -> None:
    subject = ISSUED["rpl"]["credentialSubject"]
    for tag, served in (("km", True), ("KM", False), ("km-Khmr", False), ("k", False)):
        changed = ISSUED["rpl"] | {"credentialSubject": subject | {"localized": {"title": {tag: "ជាង"}}}}
        assert (compiled(changed) is not None) is served, tag


class Weighed(str):
    """A text whose life can be watched."""

    __slots__ = ("__weakref__",)


def test_nothing_of_a_document_is_kept_that_was_handed_on() -> None:
    text = Weighed("somebody's name")
    watched = weakref.ref(text)
    assert compiled(PLAIN | {"name": text}) is None
    del text
    gc.collect()
    assert watched() is None


def test_a_text_where_the_same_name_is_a_number_elsewhere_is_handed_on() -> None:
    """``version`` of a trust list is a number, that of an achievement is a text: the guard knows one."""
    subject = ISSUED["training"]["credentialSubject"]
    achievement = subject["achievement"] | {"version": "2.0"}
    changed = ISSUED["training"] | {"credentialSubject": subject | {"achievement": achievement}}
    assert compiled(changed) is None
    with pytest.raises(ProtocolError):
        canonicalize_rdfc_reference(changed)
