"""The compiled canonicalization says what the reference says, byte for byte, or nothing at all."""

from collections import Counter
from typing import Any

import pytest

from loadtest.rdfc_differential import compare, compare_config, make_mutator
from tests.oracles.documents import credentials, legacy_credentials, presentations
from tests.oracles.laws import hold_for_all, sizes
from tests.property.mutants import json_mutants
from tests.rdfc_genuine import credentials_of_every_type, published_documents
from vc.encoding.contexts import PINNED_CONTEXTS, ContextSource
from vc.encoding.rdfc import canonicalize_rdfc, canonicalize_rdfc_reference
from vc.encoding.rdfc_compiled import canonicalize_compiled
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


def test_what_is_remembered_is_bounded() -> None:
    """Strangers choose the order of contexts, and which scopes of a list are entered."""
    source = ContextSource(PINNED_CONTEXTS.read)
    others = [url for url in ISSUED["ssw"]["@context"] if url != V2]
    lists = [
        [V2, first, *rest] for first in others for rest in ([], *([url] for url in others if url != first))
    ]
    for contexts in lists * 4:
        canonicalize_rdfc(PLAIN | {"@context": contexts, "name": "a"}, contexts=source)
        compiled(PLAIN | {"@context": [*contexts, "https://unknown.example/"]}, source)
    assert 0 < len(source.compiled) <= 16
