"""Rules for a context written inside a document instead of named by URL.

Under an RDF canonicalization the ``@context`` itself is not signed, so whoever passes a document on
may rewrite it. What is allowed here can add new terms, and nothing else: no term that vanishes, no
second name for a term of a pinned context, no other meaning of what a JSON reader sees.
"""

import re
from collections.abc import Mapping
from typing import Any

from vc.encoding.contexts import Vocabulary
from vc.errors import TransformationError

_MAX_SCOPES = 4
_SETTINGS = frozenset({"@version", "@protected", "@vocab", "@language"})
_DEFINITION_MEMBERS = frozenset({"@id", "@type", "@container", "@language", "@protected", "@context"})
_CONTAINERS = frozenset({"@set", "@list", "@language"})
_COERCIONS = frozenset({"@id", "@vocab", "@json", "@none"})
_ALIASES = {"id": "@id", "type": "@type"}
_TERM = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):.+", re.DOTALL)


def unwrap(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Drop a needless ``@context`` wrapper inside a context, which common libraries also do."""
    inner = context.get("@context")
    if len(context) == 1 and isinstance(inner, Mapping):
        return inner
    return context


def require_additive(context: Mapping[str, Any], pinned: Vocabulary) -> None:
    """Raise TransformationError unless ``context`` only adds terms to the ``pinned`` ones."""
    _require_context(context, pinned, scopes=0)


def _require_context(context: Any, pinned: Vocabulary, *, scopes: int) -> None:
    if not isinstance(context, Mapping) or scopes > _MAX_SCOPES:
        raise TransformationError("A context inside the document is not a plain set of terms.")
    for name, meaning in context.items():
        if name in _SETTINGS:
            _require_setting(name, meaning, pinned)
        elif _ALIASES.get(name) == meaning and meaning is not None:
            continue
        elif not _TERM.fullmatch(name):
            raise TransformationError("A context inside the document has a member that is not a plain term.")
        elif name in pinned.terms:
            raise TransformationError("A context inside the document redefines a term of a known context.")
        elif isinstance(meaning, Mapping):
            _require_definition(meaning, pinned, context, scopes)
        else:
            _require_new_iri(meaning, pinned, context)


def _require_setting(name: str, meaning: Any, pinned: Vocabulary) -> None:
    if name == "@vocab":
        # Otherwise a made-up term could spell the IRI of a pinned one.
        if not _is_absolute(meaning) or any(iri.startswith(meaning) for iri in pinned.iris):
            raise TransformationError("A context inside the document has a vocabulary that is not accepted.")
    elif name == "@language" and not isinstance(meaning, str):
        raise TransformationError("A context inside the document has a language that is not a string.")


def _require_definition(
    definition: Mapping[str, Any], pinned: Vocabulary, context: Mapping[str, Any], scopes: int
) -> None:
    if not definition.keys() <= _DEFINITION_MEMBERS:
        raise TransformationError("A term inside the document is defined in a way that is not accepted.")
    containers = definition.get("@container", [])
    for container in containers if isinstance(containers, list) else [containers]:
        if container not in _CONTAINERS:
            raise TransformationError("A term inside the document has a container that is not accepted.")
    coercion = definition.get("@type", "@none")
    if coercion not in _COERCIONS and not _is_absolute(coercion):
        raise TransformationError("A term inside the document has a type that is not accepted.")
    if "@language" in definition and not isinstance(definition["@language"], str):
        raise TransformationError("A term inside the document has a language that is not a string.")
    _require_new_iri(definition.get("@id"), pinned, context)
    if "@context" in definition:
        _require_context(definition["@context"], pinned, scopes=scopes + 1)


def _require_new_iri(iri: Any, pinned: Vocabulary, context: Mapping[str, Any]) -> None:
    if not _is_absolute(iri):
        raise TransformationError("A term inside the document does not stand for an absolute IRI.")
    match = _SCHEME.fullmatch(iri)
    if match is None or match["scheme"] in pinned.terms or match["scheme"] in context:
        raise TransformationError("A term inside the document stands for an abbreviated IRI.")
    if iri in pinned.iris:
        raise TransformationError("A term inside the document renames a term of a known context.")


def _is_absolute(iri: Any) -> bool:
    return isinstance(iri, str) and not iri.startswith("_:") and _SCHEME.fullmatch(iri) is not None
