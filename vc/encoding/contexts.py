"""JSON-LD contexts: the pinned ones, and what they say about terms.

Nothing is ever fetched. A ``Vocabulary`` is what the guard of ``jsonld_guard`` must know of the
contexts a document uses, by term name alone: the union over every scope, so a test on it can be too
strict but not too lax.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

import schemas
from vc.errors import TransformationError

if TYPE_CHECKING:
    from vc.encoding.compiled_contexts import CompiledContexts

# Combinations of contexts whose vocabulary is kept; ordinary use knows a handful.
_MAX_REMEMBERED = 64
# XML Schema datatypes that JSON writes without quotes, as IRI or abbreviated.
_NATIVE = re.compile(r"(?:XMLSchema#|xsd:)(?:boolean|float|double|decimal|\w*[iI]nteger|int|long|short)\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """Facts about the terms that a set of contexts define, in any scope.

    ``iri_valued``: terms whose string values are read as IRIs (``@id``, ``@vocab`` and aliases of
    ``@id`` and ``@type``); ``language_maps`` and ``graph_valued``: terms with a language or graph
    container; ``json_valued``: terms that are JSON literals wherever defined; ``resets``: terms
    whose own context is null; ``native``: terms whose values are XSD numbers or booleans;
    ``type_aliases``: other names of ``@type``; ``iris``: what the terms
    stand for; ``definitions``: each term's distinct definitions as JSON.
    """

    terms: frozenset[str] = frozenset()
    iri_valued: frozenset[str] = frozenset()
    language_maps: frozenset[str] = frozenset()
    graph_valued: frozenset[str] = frozenset()
    json_valued: frozenset[str] = frozenset()
    not_json_valued: frozenset[str] = frozenset()
    resets: frozenset[str] = frozenset()
    native: frozenset[str] = frozenset()
    type_aliases: frozenset[str] = frozenset()
    iris: frozenset[str] = frozenset()
    definitions: Mapping[str, frozenset[bytes]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PinnedContext:
    """One pinned context: its URL, its definition as JSON text ready to inline, its vocabulary."""

    url: str
    text: bytes
    vocabulary: Vocabulary


@dataclass(slots=True)
class ContextSource:
    """Pinned contexts by URL, prepared once each. ``read`` returns the whole document, or None.

    ``compiled`` belongs to ``compiled_contexts``.
    """

    read: Callable[[str], Mapping[str, Any] | None]
    compiled: "dict[tuple[str, ...], CompiledContexts | None]" = field(default_factory=dict)
    _prepared: dict[str, PinnedContext] = field(default_factory=dict)
    _vocabularies: dict[frozenset[str], Vocabulary] = field(default_factory=dict)

    def require(self, url: str) -> PinnedContext:
        """Return the pinned context at ``url``; raises TransformationError where none is pinned."""
        known = self._prepared.get(url)
        if known is None:
            document = self.read(url)
            if document is None:
                raise TransformationError("The document names a JSON-LD context that is not known here.")
            definition = document["@context"]
            vocabulary = read_vocabulary(definition)
            known = PinnedContext(url=url, text=orjson.dumps(definition), vocabulary=vocabulary)
            self._prepared[url] = known
        return known

    def knows(self, url: str) -> bool:
        """Whether a context is pinned at ``url``."""
        return url in self._prepared or self.read(url) is not None

    def vocabulary(self, urls: frozenset[str]) -> Vocabulary:
        """Return what the pinned contexts at ``urls`` say together; raises as ``require``."""
        known = self._vocabularies.get(urls)
        if known is None:
            known = merge([self.require(url).vocabulary for url in urls])
            if len(self._vocabularies) >= _MAX_REMEMBERED:
                self._vocabularies.clear()
            self._vocabularies[urls] = known
        return known


PINNED_CONTEXTS = ContextSource(schemas.read_context)


def read_vocabulary(definition: Any) -> Vocabulary:
    """Collect what a context definition says about its terms, scoped contexts included."""
    collector = _Collector()
    collector.add_context(definition)
    return collector.finish()


def merge(parts: Sequence[Vocabulary]) -> Vocabulary:
    """Return the union; a term is JSON-valued only if no vocabulary says otherwise."""
    not_json = _union(part.not_json_valued for part in parts)
    definitions: dict[str, frozenset[bytes]] = {}
    for part in parts:
        for term, spellings in part.definitions.items():
            definitions[term] = definitions.get(term, frozenset()) | spellings
    return Vocabulary(
        terms=_union(part.terms for part in parts),
        iri_valued=_union(part.iri_valued for part in parts),
        language_maps=_union(part.language_maps for part in parts),
        graph_valued=_union(part.graph_valued for part in parts),
        json_valued=_union(part.json_valued for part in parts) - not_json,
        not_json_valued=not_json,
        resets=_union(part.resets for part in parts),
        native=_union(part.native for part in parts),
        type_aliases=_union(part.type_aliases for part in parts),
        iris=_union(part.iris for part in parts),
        definitions=definitions,
    )


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


class _Collector:
    def __init__(self) -> None:
        self.terms: set[str] = set()
        self.iri_valued: set[str] = set()
        self.language_maps: set[str] = set()
        self.graph_valued: set[str] = set()
        self.json_valued: set[str] = set()
        self.not_json_valued: set[str] = set()
        self.resets: set[str] = set()
        self.native: set[str] = set()
        self.type_aliases: set[str] = set()
        self.iris: set[str] = set()
        self.definitions: dict[str, set[bytes]] = {}

    def add_context(self, definition: Any) -> None:
        if isinstance(definition, list):
            for part in definition:
                self.add_context(part)
        elif isinstance(definition, Mapping):
            for term, meaning in definition.items():
                if not term.startswith("@"):
                    self._add_term(term, meaning)

    def _add_term(self, term: str, meaning: Any) -> None:
        self.terms.add(term)
        self.definitions.setdefault(term, set()).add(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS))
        expanded = meaning if isinstance(meaning, Mapping) else {"@id": meaning}
        target, coercion = expanded.get("@id"), expanded.get("@type")
        if target == "@type":
            self.type_aliases.add(term)
        elif isinstance(target, str) and not target.startswith("@"):
            self.iris.add(target)
        if isinstance(coercion, str) and _NATIVE.search(coercion):
            self.native.add(term)
        if coercion in ("@id", "@vocab") or target in ("@id", "@type"):
            self.iri_valued.add(term)
        containers = _as_list(expanded.get("@container"))
        if "@language" in containers:
            self.language_maps.add(term)
        if "@graph" in containers:
            self.graph_valued.add(term)
        (self.json_valued if coercion == "@json" else self.not_json_valued).add(term)
        if "@context" in expanded:
            if expanded["@context"] is None:
                self.resets.add(term)
            self.add_context(expanded["@context"])

    def finish(self) -> Vocabulary:
        return Vocabulary(
            terms=frozenset(self.terms),
            iri_valued=frozenset(self.iri_valued),
            language_maps=frozenset(self.language_maps),
            graph_valued=frozenset(self.graph_valued),
            json_valued=frozenset(self.json_valued - self.not_json_valued),
            not_json_valued=frozenset(self.not_json_valued),
            resets=frozenset(self.resets),
            native=frozenset(self.native),
            type_aliases=frozenset(self.type_aliases),
            iris=frozenset(self.iris),
            definitions={term: frozenset(spellings) for term, spellings in self.definitions.items()},
        )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
