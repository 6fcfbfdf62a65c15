"""Pinned JSON-LD contexts, compiled to what a writer of N-Quads needs to know of each term.

PyLD processes the contexts (JSON-LD 1.1 API section 4.1), behind the trap for undefined terms that the
reference sets too (``jsonld_guard``). A ``Scope`` is one active context; what lies in it, and the scopes
that types and properties bring, are compiled when first met. Only terms whose meaning is certain are
compiled; every other one raises ``NotCompiled``, and its document goes to the reference.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, Self

import orjson
import pyoxigraph

from vc.encoding.contexts import ContextSource, Vocabulary
from vc.encoding.jsonld_guard import PLAIN_TERM, SCHEME, UNDEFINED_TERM_BASE
from vc.encoding.type_scopes import PREFIX, may_bring_scope

RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
# The schemes of identifiers that are served. None may be a term: that would make an abbreviation of them.
SCHEMES: Final = frozenset({"did", "http", "https", "urn"})

_XSD = "http://www.w3.org/2001/XMLSchema#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# Under these a whole number has another form than its digits, for some readers at least.
_OTHER_FORMS = frozenset(f"{_XSD}{name}" for name in ("double", "float", "decimal"))
_SERVED_DEFINITION = frozenset(
    {"@id", "@type", "@container", "@context", "reverse", "protected", "_prefix", "_term_has_colon"}
)
_SERVED_CONTEXT = frozenset({"mappings", "previousContext", "processingMode", "@version", "@vocab", "_uuid"})
_MAX_CONTEXTS = 6
# Ordinary documents enter a dozen scopes of a list, and every type that is issued has a list of its own.
_MAX_SCOPES = 40
_MAX_LISTS = 64
_WRITING = Lock()
_Json = Mapping[str, Any]


class NotCompiled(Exception):
    """The document is none of those that are served here, whether it is good or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """How the values of one term are written, in parts ready to be joined.

    ``head`` is the predicate between spaces and ``text`` the same with an opening quote. ``end`` closes
    a text, ``integer`` and ``boolean`` the other scalars: quote, datatype, full stop and line feed; None
    where such a value is not served. ``nodes`` is the scope of the nodes that are values.
    """

    head: str
    text: str
    nodes: "Scope | None"
    end: str | None = None
    integer: str | None = None
    boolean: str | None = None
    is_iri: bool = False
    is_language_map: bool = False


class Scope:
    """One active context: ``types`` for the types of a node, ``members`` for what else is in it.

    Both are compiled by name when first met, and raise NotCompiled. ``types`` gives the end of the
    statement of a type, and the scope the type brings or None.
    """

    __slots__ = ("active", "below", "is_of_property", "members", "types")

    def __init__(
        self, contexts: "CompiledContexts", active: _Json, outer: "Scope | None", *, is_of_property: bool
    ) -> None:
        self.active = active
        # pyoxigraph forgets such a scope in nodes further in, though it should not end there.
        self.is_of_property = is_of_property
        # What a type brings ends at the next node.
        self.below = outer or self
        self.members = _Members(contexts, self)
        self.types = _Types(contexts, self)

    def define(self, name: str) -> _Json:
        """Return PyLD's definition of ``name``; raises NotCompiled unless it is an ordinary term."""
        definition: _Json | None = self.active["mappings"].get(name)
        if (
            definition is None
            or not PLAIN_TERM.fullmatch(name)
            or not definition.keys() <= _SERVED_DEFINITION
        ):
            raise NotCompiled
        if definition["reverse"] or not _is_absolute(definition["@id"]):
            raise NotCompiled
        return definition


class _Types(dict[str, tuple[str, Scope | None]]):
    def __init__(self, contexts: "CompiledContexts", scope: Scope) -> None:
        super().__init__()
        self._contexts = contexts
        self._scope = scope

    def __missing__(self, name: str) -> tuple[str, Scope | None]:
        if name.startswith(PREFIX) or self._scope.is_of_property:
            raise NotCompiled
        definition = self._scope.define(name)
        statement = f" <{RDF_TYPE}> <{definition['@id']}> .\n"
        inner = None
        if may_bring_scope(name, self._contexts.vocabulary):
            inner = self._contexts.scope_of_type(self._scope, definition)
        self[name] = compiled = (statement, inner)
        return compiled


class _Members(dict[str, Member | None]):
    """None stands for the names of keywords."""

    def __init__(self, contexts: "CompiledContexts", scope: Scope) -> None:
        super().__init__({"@context": None, "id": None, "type": None})
        self._contexts = contexts
        self._scope = scope

    def __missing__(self, name: str) -> Member:
        definition = self._scope.define(name)
        self._contexts.require_one_meaning(name, definition)
        nodes = self._contexts.scope_of_property(self._scope, definition)
        is_native = name in self._contexts.vocabulary.native
        self[name] = member = _write_member(definition, nodes, is_native=is_native)
        return member


@dataclass(kw_only=True)
class CompiledContexts:
    """The scopes of one list of contexts: one for each active context, however it was reached."""

    vocabulary: Vocabulary
    root: Scope = field(init=False)
    _scopes: dict[tuple[bytes, int | None, bool], Scope] = field(default_factory=dict)

    @classmethod
    def of(cls, urls: tuple[str, ...], source: ContextSource) -> Self:
        """Compile the contexts at ``urls``; raises NotCompiled."""
        vocabulary = source.vocabulary(frozenset(urls))
        if len(set(urls)) < len(urls):
            raise NotCompiled
        if vocabulary.type_aliases != {"type"} or vocabulary.terms & SCHEMES:
            raise NotCompiled
        contexts = cls(vocabulary=vocabulary)
        definitions = [orjson.loads(source.require(url).text) for url in urls]
        trapped = [{"@vocab": UNDEFINED_TERM_BASE}, *definitions]
        contexts.root = contexts._scope(_process(None, trapped))
        return contexts

    @property
    def is_full(self) -> bool:
        """Whether so many scopes were met that the rare ones should be forgotten."""
        return len(self._scopes) >= _MAX_SCOPES

    def scope_of_type(self, scope: Scope, definition: _Json) -> Scope:
        """Return the scope inside a node in ``scope`` whose type is so defined; raises NotCompiled."""
        if definition.get("@context") is None:
            raise NotCompiled
        return self._scope(_process(scope.active, definition["@context"], propagate=False), outer=scope)

    def scope_of_property(self, scope: Scope, definition: _Json) -> Scope | None:
        """Return the scope of the nodes that are values of a term so defined, or None; raises NotCompiled."""
        if scope.is_of_property:
            return None
        outer = scope.below
        if "@context" not in definition:
            return outer
        if definition["@context"] is None:
            raise NotCompiled
        active = _process(outer.active, definition["@context"], override_protected=True)
        return self._scope(active, is_of_property=True)

    def require_one_meaning(self, name: str, definition: _Json) -> None:
        """Raise NotCompiled unless ``name`` means to ``jsonld_guard`` what ``definition`` says.

        The guard knows terms by name alone, whatever the scope.
        """
        known = self.vocabulary
        is_map = "@language" in definition.get("@container", [])
        if (
            name in known.graph_valued | known.resets | known.json_valued
            or (name in known.language_maps) != is_map
            or (name in known.iri_valued) != (definition.get("@type") == "@id")
        ):
            raise NotCompiled

    def _scope(self, active: _Json, outer: Scope | None = None, *, is_of_property: bool = False) -> Scope:
        if not active.keys() <= _SERVED_CONTEXT or active.get("@vocab") != UNDEFINED_TERM_BASE:
            raise NotCompiled
        mappings = active["mappings"]
        if any(mappings.get(name, {}).get("@id") != f"@{name}" for name in ("id", "type")):
            raise NotCompiled
        text = orjson.dumps(mappings, option=orjson.OPT_SORT_KEYS, default=dict)
        key = (hashlib.sha256(text).digest(), None if outer is None else id(outer), is_of_property)
        if key not in self._scopes:
            if self.is_full:
                raise NotCompiled
            self._scopes[key] = Scope(self, active, outer, is_of_property=is_of_property)
        return self._scopes[key]


def compile_contexts(context: Any, source: ContextSource) -> CompiledContexts:
    """Return what a document's ``@context`` compiles to, from memory where it was met before.

    Raises NotCompiled unless it is the URL of a pinned context or a list of different ones, all of a
    kind that is served.
    """
    urls = tuple(context) if isinstance(context, list) else (context,)
    if len(urls) > _MAX_CONTEXTS or not all(isinstance(url, str) for url in urls):
        raise NotCompiled
    try:
        known = source.compiled[urls]
    except KeyError:
        known = _remember(urls, source)
    if known is not None and known.is_full:
        known = _remember(urls, source)
    if known is None:
        raise NotCompiled
    return known


def _remember(urls: tuple[str, ...], source: ContextSource) -> CompiledContexts | None:
    # Strangers write URLs without end and of any length.
    if not urls or not all(map(source.knows, urls)):
        return None
    try:
        compiled = CompiledContexts.of(urls, source)
    except NotCompiled:
        compiled = None
    with _WRITING:
        source.compiled.pop(urls, None)
        while len(source.compiled) >= _MAX_LISTS:
            source.compiled.pop(next(iter(source.compiled)))
        source.compiled[urls] = compiled
    return compiled


def _process(active: _Json | None, local: Any, **options: bool) -> _Json:
    # Local: a second of import, for what happens once for each list of contexts.
    from pyld.context_resolver import ContextResolver
    from pyld.jsonld import JsonLdError, JsonLdProcessor

    processor = JsonLdProcessor()
    settings = {
        "processingMode": "json-ld-1.1",
        "base": "",
        "documentLoader": None,
        "contextResolver": ContextResolver({}, None),
    }
    outer = processor.process_context({}, None, settings) if active is None else active
    try:
        processed: _Json = processor._process_context(outer, local, settings, **options)
    except JsonLdError:
        raise NotCompiled from None
    return processed


def _write_member(definition: _Json, nodes: Scope | None, *, is_native: bool) -> Member:
    head = f" <{definition['@id']}> "
    text = f'{head}"'
    containers = frozenset(definition.get("@container", []))
    coercion = definition.get("@type")
    if "@language" in containers and coercion is None and containers <= {"@language", "@set"}:
        return Member(head=head, text=text, nodes=nodes, is_language_map=True)
    if not containers <= {"@set"}:
        raise NotCompiled
    # A scalar under a property with a context of its own would be read in that context.
    if "@context" in definition:
        return Member(head=head, text=text, nodes=nodes)
    if coercion == "@id":
        if is_native:
            raise NotCompiled
        return Member(head=head, text=text, nodes=nodes, is_iri=True)
    if coercion is None:
        integer, boolean = (f'"^^<{_XSD}{name}> .\n' for name in ("integer", "boolean"))
        # Elsewhere a number by that name: the reference refuses a text wherever it stands.
        end = None if is_native else '" .\n'
        return Member(head=head, text=text, nodes=nodes, end=end, integer=integer, boolean=boolean)
    if not _is_absolute(coercion) or coercion.startswith(_RDF) or coercion == f"{_XSD}string":
        raise NotCompiled
    typed = f'"^^<{coercion}> .\n'
    number = None if coercion in _OTHER_FORMS else typed
    end = None if is_native else typed
    return Member(head=head, text=text, nodes=nodes, end=end, integer=number, boolean=typed)


def _is_absolute(iri: Any) -> bool:
    if not isinstance(iri, str) or not SCHEME.match(iri) or iri.startswith(UNDEFINED_TERM_BASE):
        return False
    try:
        return pyoxigraph.NamedNode(iri).value == iri
    except ValueError:
        return False
