"""Nodes with several types that each bring a context of their own.

JSON-LD applies the type-scoped contexts of a node one after another, in code point order of the
types. pyoxigraph 0.5 applies only the last. So the last type is given a name of our own that stands
for the same IRI and brings all those contexts, which means the same to either reading.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from vc.encoding.contexts import Vocabulary
from vc.errors import TransformationError

# Sorts after every type in use; ``jsonld_guard`` refuses documents that use it themselves.
PREFIX = "~"


def may_bring_scope(name: str, vocabulary: Vocabulary) -> bool:
    """Whether the type ``name`` has a context of its own in any scope."""
    return any(b'"@context":' in spelling for spelling in vocabulary.definitions.get(name, frozenset()))


class TypeScopes:
    """Collects the names made up for one document; ``definitions`` goes into its context."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.definitions: dict[str, Any] = {}

    def replace(self, types: Any) -> Any:
        """Return the value of a ``type`` member with the made-up name where one is needed.

        Raises TransformationError where the contexts define one of the types in several ways, so that
        it is not certain which counts here.
        """
        if not isinstance(types, list):
            return types
        names = {name for name in types if isinstance(name, str)}
        scoped = sorted(name for name in names if may_bring_scope(name, self._vocabulary))
        if len(scoped) <= 1:
            return types
        name = PREFIX + PREFIX.join(scoped)
        if name not in self.definitions:
            self.definitions[name] = self._combined(scoped)
        return [name if item == scoped[-1] else item for item in types]

    def _combined(self, scoped: Sequence[str]) -> dict[str, Any]:
        contexts: list[Any] = []
        meaning: dict[str, Any] = {}
        for name in scoped:
            spellings = self._vocabulary.definitions[name]
            if len(spellings) != 1:
                raise TransformationError("The document has a type with several definitions.")
            (spelling,) = spellings
            meaning = orjson.loads(spelling)
            context = meaning["@context"]
            contexts.extend(context if isinstance(context, list) else [context])
        return {**meaning, "@context": contexts}
