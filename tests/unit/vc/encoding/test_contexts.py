"""Pinned contexts: what is served is what was pinned, and our own terms are ours alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import schemas
from vc.encoding.contexts import PINNED_CONTEXTS, read_vocabulary
from vc.errors import TransformationError

OUR_TERMS = schemas.read_context(schemas.PASSPORT_CONTEXT_URL)


def test_every_pinned_context_is_there_and_is_the_pinned_one() -> None:
    for url, digest in schemas.context_index().items():
        document = schemas.read_context(url)
        assert document is not None
        assert schemas.context_digest(dict(document)) == digest


def test_a_context_that_is_not_pinned_is_not_served() -> None:
    assert schemas.read_context("https://evil.example/context") is None
    with pytest.raises(TransformationError, match="not known"):
        PINNED_CONTEXTS.require("https://evil.example/context")


def test_urls_of_strangers_are_not_remembered() -> None:
    before = schemas._read_pinned.cache_info()
    for number in range(100):
        assert schemas.read_context(f"https://evil.example/{number}") is None
    assert schemas._read_pinned.cache_info() == before


@pytest.fixture
def altered_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(schemas, "_BUILT_CONTEXTS", tmp_path)
    schemas._read_pinned.cache_clear()
    yield tmp_path
    schemas._read_pinned.cache_clear()


V2 = "https://www.w3.org/ns/credentials/v2"


def test_an_altered_context_is_refused(altered_package: Path) -> None:
    (altered_package / "index.json").write_text(json.dumps({V2: {"file": "x.jsonld"}}))
    (altered_package / "x.jsonld").write_text('{"@context": {}}')
    with pytest.raises(RuntimeError, match="not the pinned one; run `make setup`"):
        schemas.read_context(V2)


@pytest.mark.parametrize("index", [None, {}, {V2: {"file": "missing"}}, {V2: {"file": "../../outside"}}])
def test_a_missing_context_names_the_remedy(altered_package: Path, index: Any) -> None:
    if index is not None:
        (altered_package / "index.json").write_text(json.dumps(index))
    with pytest.raises(RuntimeError, match="make setup"):
        schemas.read_context(V2)


def test_data_files_do_not_leave_the_package() -> None:
    with pytest.raises(ValueError, match="leaves the package"):
        schemas.read_data("../pyproject.toml")
    with pytest.raises(FileNotFoundError):
        schemas.read_data("nothing.json")


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from _members(member)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)


@pytest.mark.parametrize("url", sorted(schemas.context_index()))
def test_no_pinned_context_has_what_the_guard_does_not_expect(url: str) -> None:
    """The guard knows these by their absence: a context that drops or moves members needs new rules."""
    document = schemas.read_context(url)
    assert document is not None
    for name, member in _members(document["@context"]):
        assert name not in {"@import", "@base", "@nest", "@index", "@direction", "@reverse", "@included"}
        containers = member if isinstance(member, list) else [member]
        if name == "@container":
            assert set(containers) <= {"@set", "@list", "@language", "@graph", "@id"}
        if member is None:
            assert name == "@context"
    vocabulary = PINNED_CONTEXTS.require(url).vocabulary
    assert vocabulary.resets <= {"verifiableCredential"}


def test_our_terms_have_names_that_no_other_context_uses() -> None:
    assert OUR_TERMS is not None
    ours = {name for name in OUR_TERMS["@context"] if not name.startswith("@")} - {"id", "type"}
    for url in schemas.context_index():
        if url != schemas.PASSPORT_CONTEXT_URL:
            assert ours.isdisjoint(PINNED_CONTEXTS.require(url).vocabulary.terms)


def test_our_terms_stand_for_our_iris() -> None:
    assert OUR_TERMS is not None
    assert OUR_TERMS["@context"]["@protected"] is True
    borrowed = {"https://www.w3.org/ns/credentials/status#statusListCredential"}
    for iri in read_vocabulary(OUR_TERMS["@context"]).iris - borrowed:
        assert iri.startswith("https://skills-passport.example/vocab#")


def test_the_table_of_terms_is_complete() -> None:
    table = schemas.read_data("contexts/README.md").decode()
    assert OUR_TERMS is not None
    for term in read_vocabulary(OUR_TERMS["@context"]).terms - {"id", "type"}:
        assert f"`{term}`" in table, term
