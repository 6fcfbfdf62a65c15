"""What must be true of a JSON-LD document before its RDF may stand for it.

A JSON-LD processor silently drops what it cannot express: undefined terms, null, ``@index``, invalid
IRIs and language tags, empty arrays, words that look like keywords. What is dropped is not signed,
yet a reader of the JSON sees it. It also gives one meaning to many spellings (``@nest``, full IRIs
for terms), so a signed member could be moved to where a reader of the JSON does not look. Both are
refused here, before canonicalization; undefined terms and relative IRIs are trapped in the result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
import pyoxigraph

from vc.encoding.contexts import ContextSource, PinnedContext, Vocabulary, merge, read_vocabulary
from vc.encoding.embedded_contexts import require_additive, unwrap
from vc.encoding.strict_json import MAX_SAFE_INTEGER
from vc.encoding.type_scopes import PREFIX, TypeScopes
from vc.errors import TransformationError

UNDEFINED_TERM_BASE = "urn:x-undefined:"
# A scheme of its own: "//host/path" takes the base's scheme, and would else read as an https URL.
RELATIVE_IRI_BASE = "x-relative://relative.invalid/"

# The reader takes about a millisecond for each typed object; an ordinary credential has some thirty.
MAX_OBJECTS = 600
_MAX_CONTEXTS = 100
_KEYWORD_FORM = re.compile(r"@[A-Za-z]+")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# A term of this form joined to a base is always a valid IRI, so it cannot vanish unseen.
PLAIN_TERM = re.compile(r"[A-Za-z0-9_$.+~-]*")
_VALUE_OBJECT_MEMBERS = frozenset({"@value", "@language", "@direction", "@type"})
_DIRECTIONS = ("ltr", "rtl")
_I18N = "https://www.w3.org/ns/i18n#"
_TRAP = orjson.Fragment(b'{"@vocab":"%s"}' % UNDEFINED_TERM_BASE.encode("ascii"))


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """JSON-LD text with every context inlined and the undefined-term trap set.

    ``json_literals`` is how many JSON literals must come of it; ``made_up_types`` are names that must
    not come of it (``type_scopes``).
    """

    text: bytes
    json_literals: int
    made_up_types: frozenset[str]


def prepare_jsonld(document: Mapping[str, Any], source: ContextSource) -> PreparedDocument:
    """Make ``document`` ready for a JSON-LD processor without loader.

    Raises TransformationError where the document names an unknown context or could lose something.
    """
    contexts = _collect_contexts(document, source)
    guard = _Guard(vocabulary=contexts.vocabulary, root_id=document.get("id"))
    guard.check_node(document, is_root=True)
    scopes = TypeScopes(contexts.vocabulary)
    try:
        text = orjson.dumps(_inline(document, contexts, scopes, trapped=True))
    except orjson.JSONEncodeError:
        raise TransformationError("The document has a value that is not JSON.") from None
    return PreparedDocument(text, guard.json_literals, frozenset(scopes.definitions))


@dataclass(frozen=True, slots=True)
class _Contexts:
    pinned: Mapping[str, PinnedContext]
    vocabulary: Vocabulary


def _collect_contexts(document: Mapping[str, Any], source: ContextSource) -> _Contexts:
    if "@context" not in document:
        raise TransformationError("The document has no @context.")
    root_urls = [part for part in _context_parts(document["@context"]) if isinstance(part, str)]
    # What is in a JSON literal is data, also where it looks like a context.
    literals = source.vocabulary(frozenset(root_urls)).json_valued
    parts = _find_contexts(document, literals)
    pinned = {part: source.require(part) for part in parts if isinstance(part, str)}
    embedded = [part for part in parts if not isinstance(part, str)]
    known = source.vocabulary(frozenset(pinned))
    for part in embedded:
        require_additive(part, known)
    if embedded:
        known = merge([known, *(read_vocabulary(part) for part in embedded)])
    if not literals <= known.json_valued:
        raise TransformationError("The contexts of the document disagree about its JSON literals.")
    return _Contexts(pinned, known)


def _find_contexts(document: Mapping[str, Any], literals: frozenset[str]) -> list[str | Mapping[str, Any]]:
    parts: list[str | Mapping[str, Any]] = []
    objects = 0
    pending: list[Any] = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, Mapping):
            objects += 1
            pending.extend(value[name] for name in value if name != "@context" and name not in literals)
            parts.extend(_context_parts(value["@context"]) if "@context" in value else [])
            if len(parts) > _MAX_CONTEXTS or objects > MAX_OBJECTS:
                raise TransformationError("The document is too large to be canonicalized as RDF.")
    return parts


def _context_parts(context: Any) -> list[str | Mapping[str, Any]]:
    parts: list[str | Mapping[str, Any]] = []
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, Mapping):
            parts.append(unwrap(part))
        elif isinstance(part, str):
            parts.append(part)
        else:
            raise TransformationError("A JSON-LD context is neither a URL nor a set of terms.")
    return parts


def _inline(value: Any, contexts: _Contexts, scopes: TypeScopes, *, trapped: bool) -> Any:
    if isinstance(value, list):
        return [_inline(item, contexts, scopes, trapped=trapped) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "@direction" in value:
        return _directed(value)
    vocabulary = contexts.vocabulary
    inlined: dict[str, Any] = {}
    # Types first: pyoxigraph takes {"id", "type"} in this order for a mere reference, and then leaves the
    # scope of the surrounding type in force.
    for name, member in sorted(value.items(), key=lambda item: item[0] not in vocabulary.type_aliases):
        if name in vocabulary.type_aliases:
            inlined[name] = scopes.replace(member)
        elif name in vocabulary.json_valued:
            inlined[name] = member
        elif name != "@context":
            # Below a term that resets the context the trap is gone, and has to be set again.
            inlined[name] = _inline(member, contexts, scopes, trapped=name in vocabulary.resets)
    if "@context" in value:
        parts = [
            orjson.Fragment(contexts.pinned[part].text) if isinstance(part, str) else dict(part)
            for part in _context_parts(value["@context"])
        ]
        # The trap comes first, so that a context with a vocabulary of its own overrules it.
        inlined["@context"] = [_TRAP, *parts, scopes.definitions] if trapped else parts
    return inlined


def _directed(value: Mapping[str, Any]) -> dict[str, Any]:
    # RDF 1.1 has no base direction. This is JSON-LD 1.1's "i18n-datatype", which keeps it in the
    # datatype; the default of JSON-LD would leave it unsigned.
    datatype = f"{_I18N}{value.get('@language', '').lower()}_{value['@direction']}"
    return {"@value": value["@value"], "@type": datatype}


@dataclass(slots=True)
class _Guard:
    vocabulary: Vocabulary
    root_id: Any
    json_literals: int = 0

    def check_node(self, node: Mapping[str, Any], *, is_root: bool = False) -> None:
        if "@value" in node:
            self._check_value_object(node)
            return
        if node.keys() == {"@list"}:
            self._check_member("@list", node["@list"])
            return
        if not is_root and len(node) > 1 and self.root_id is not None and node.get("id") == self.root_id:
            raise TransformationError("The document describes itself in a second place.")
        for name, value in node.items():
            if name == "@context":
                continue
            if not PLAIN_TERM.fullmatch(name):
                raise TransformationError("The document has a member name that is not a plain term.")
            self._check_member(name, value)

    def _check_member(self, name: str, value: Any) -> None:
        if name in self.vocabulary.json_valued and value is not None:
            self.json_literals += 1
            return
        if name in self.vocabulary.language_maps and isinstance(value, Mapping):
            self._check_language_map(value)
            return
        if isinstance(value, list):
            if not value:
                raise TransformationError("The document has an empty array, which RDF does not keep.")
            for item in value:
                if isinstance(item, list):
                    raise TransformationError("The document has an array in an array, which RDF flattens.")
                self._check_item(name, item)
        else:
            self._check_item(name, value)

    def _check_item(self, name: str, item: Any) -> None:
        if name in self.vocabulary.resets and not (isinstance(item, Mapping) and "@context" in item):
            raise TransformationError("An embedded credential has no @context of its own.")
        if name in self.vocabulary.graph_valued and not isinstance(item, Mapping):
            raise TransformationError("A proof or embedded credential is not an object.")
        if item is None:
            raise TransformationError("The document has a null, which RDF does not keep.")
        if isinstance(item, Mapping):
            self.check_node(item)
        elif isinstance(item, str):
            if name in self.vocabulary.native:
                raise TransformationError("The document has a number, true or false written as text.")
            if name in self.vocabulary.iri_valued:
                self._check_iri(item, is_type=name in self.vocabulary.type_aliases)
        elif isinstance(item, (int, float)):
            _require_exact_number(item)

    def _check_value_object(self, value: Mapping[str, Any]) -> None:
        if not value.keys() <= _VALUE_OBJECT_MEMBERS:
            raise TransformationError("A value object has a member that is not accepted here.")
        if value.get("@type") == "@json":
            self.json_literals += 1
            return
        content = value["@value"]
        if content is None or isinstance(content, (Mapping, list)):
            raise TransformationError("A value object holds no plain value.")
        if isinstance(content, (int, float)):
            _require_exact_number(content)
        if "@language" in value:
            _require_language(value["@language"])
        if "@direction" in value:
            _require_direction(value)
        if "@type" in value:
            self._check_iri(value["@type"], is_type=False)
            if value["@type"].startswith(_I18N):
                raise TransformationError("A text spells its direction in an unusual way.")

    def _check_language_map(self, texts: Mapping[str, Any]) -> None:
        for tag, text in texts.items():
            _require_language(tag)
            entries = text if isinstance(text, list) else [text]
            if not entries or not all(isinstance(entry, str) for entry in entries):
                raise TransformationError("A language map holds something that is not text.")
        if not texts:
            raise TransformationError("The document has an empty language map, which RDF does not keep.")

    def _check_iri(self, text: Any, *, is_type: bool) -> None:
        if not isinstance(text, str) or text.startswith("_:") or _KEYWORD_FORM.fullmatch(text):
            raise TransformationError("The document has an identifier that RDF does not keep.")
        if is_type and text.startswith(PREFIX):
            raise TransformationError("The document has a type that is not accepted here.")
        scheme = SCHEME.match(text)
        if scheme and (scheme[0][:-1] in self.vocabulary.terms or (is_type and text in self.vocabulary.iris)):
            raise TransformationError("The document abbreviates or spells out an identifier unusually.")
        _require_valid_iri(text if scheme else RELATIVE_IRI_BASE + text)


def _require_valid_iri(iri: str) -> None:
    try:
        pyoxigraph.NamedNode(iri)
    except ValueError:
        raise TransformationError("The document has an identifier that is not a valid IRI.") from None


def _require_language(tag: Any) -> None:
    try:
        pyoxigraph.Literal("", language=tag)
    except (ValueError, TypeError):
        raise TransformationError("The document has a language tag that is not valid.") from None


def _require_direction(value: Mapping[str, Any]) -> None:
    is_text = isinstance(value["@value"], str) and "@type" not in value
    if not is_text or value["@direction"] not in _DIRECTIONS:
        raise TransformationError("A text has a direction that is not accepted.")


def _require_exact_number(number: int | float) -> None:
    # JSON-LD writes whole numbers as integers and others with 15 digits after the point.
    if number == number // 1:
        exact = abs(number) <= MAX_SAFE_INTEGER
    else:
        exact = Decimal(f"{number:.15E}") == Decimal(repr(number))
    if not exact:
        raise TransformationError("The document has a number with more digits than RDF keeps.")
