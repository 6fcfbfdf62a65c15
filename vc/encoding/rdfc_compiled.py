"""Canonical N-Quads of the documents whose RDF is certain, written straight from their JSON.

Under compiled contexts (``compiled_contexts``) each member is a statement, and unnamed nodes are told
apart by their first-degree hashes alone (RDFC-1.0 section 4.6). Whatever is unusual (a context inside
the document, a value object, a fraction, an embedded credential, unnamed nodes that look alike, anything
``jsonld_guard`` refuses) is handed on. The law: no answer, or that of the reference, byte for byte.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from vc.encoding.compiled_contexts import (
    Member,
    NotCompiled,
    Scope,
    compile_contexts,
)
from vc.encoding.contexts import ContextSource
from vc.encoding.jsonld_guard import RELATIVE_IRI_BASE, UNDEFINED_TERM_BASE
from vc.encoding.strict_json import MAX_SAFE_INTEGER

# Within the bounds of the reference, which counts objects of every kind.
_MAX_NODES = 500
_MAX_STATEMENTS = 5_000
_MAX_DEPTH = 30

_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
}
# A part of the valid IRIs of those schemes, by RFC 3986, that no reader alters.
_PLAIN = r"[A-Za-z0-9._~:/@!$&'()*+,;=-]*"
_CHARACTERS = rf"{_PLAIN}(?:%[0-9A-Fa-f]{{2}}{_PLAIN})*"
_IS_SERVED_IRI = re.compile(
    rf"(?:https?://[A-Za-z0-9.-]+(?::[0-9]{{1,4}})?(?:/{_CHARACTERS})?|(?:did|urn):[A-Za-z0-9]{_CHARACTERS})"
    rf"(?:\?{_CHARACTERS})?(?:#{_CHARACTERS})?"
).fullmatch
_IS_SERVED_LANGUAGE = re.compile(r"[a-z]{2,3}").fullmatch
_SPECIAL = re.compile('["\\\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]')
_ESCAPES: Final = {
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
    '"': r"\"",
    "\\": r"\\",
}
_MARKS = (f"<{UNDEFINED_TERM_BASE}", f"<{RELATIVE_IRI_BASE.partition('//')[0]}")


def canonicalize_compiled(
    document: Mapping[str, Any], *, hash_name: str, contexts: ContextSource
) -> bytes | None:
    """Return the canonical N-Quads of ``document``; None where that is for the reference to say.

    ``hash_name`` is ``SHA-256`` or ``SHA-384``.
    """
    if type(document) is not dict:
        return None
    try:
        compiled = compile_contexts(document.get("@context"), contexts)
        return _Writer(_HASHES[hash_name]).write(document, compiled.root)
    except NotCompiled:
        return None


def escape(text: str) -> str:
    """Return ``text`` as it stands between the quotes of a canonical N-Quads literal.

    Raises NotCompiled for half of a surrogate pair, which is no text.
    """
    return _SPECIAL.sub(_escape_one, text) if _SPECIAL.search(text) else text


def is_served_iri(text: str) -> bool:
    """Whether ``text`` is an IRI that is certainly valid, absolute and written as it stands."""
    return _IS_SERVED_IRI(text) is not None


def encode_served(text: str) -> bytes:
    """Return canonical N-Quads as bytes; raises NotCompiled where a text looks like the reference's traps."""
    if any(mark in text for mark in _MARKS):
        raise NotCompiled
    return text.encode()


def _escape_one(match: re.Match[str]) -> str:
    character = match[0]
    if "\ud800" <= character <= "\udfff":
        raise NotCompiled
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


class _Unnamed:
    """A node without identifier: its statements without their subject, its parts that have none either."""

    __slots__ = ("label", "parts", "statements")

    def __init__(self, statements: list[str], parts: "list[tuple[str, _Unnamed]]") -> None:
        self.statements = statements
        self.parts = parts
        self.label = ""


class _Writer:
    __slots__ = ("_digest", "_nodes", "_root", "_statements", "_unnamed", "_with_unnamed")

    def __init__(self, digest: Callable[[bytes], Any]) -> None:
        self._digest = digest
        self._nodes = 0
        self._root = ""
        self._statements: list[str] = []
        # Subject, predicate, and a node without identifier as object.
        self._with_unnamed: list[tuple[str, str, _Unnamed]] = []
        self._unnamed: dict[str, _Unnamed] = {}

    def write(self, document: dict[str, Any], scope: Scope) -> bytes:
        """Return the canonical form; raises NotCompiled."""
        self._node(document, scope, "", "", 0)
        lines = self._statements
        unnamed = [node for _, node in sorted(self._unnamed.items())]
        for number, node in enumerate(unnamed):
            node.label = f"_:c14n{number}"
        lines += [f"{subject}{head}{part.label} .\n" for subject, head, part in self._with_unnamed]
        for node in unnamed:
            label = node.label
            lines += [label + statement for statement in node.statements]
            lines += [f"{label}{head}{part.label} .\n" for head, part in node.parts]
        text = "".join(sorted(set(lines)))
        if not text or len(lines) > _MAX_STATEMENTS:
            raise NotCompiled
        return encode_served(text)

    def _node(
        self, node: dict[str, Any], scope: Scope, subject: str, head: str, depth: int
    ) -> "str | _Unnamed":
        """Take in ``node``, the object of ``subject`` (empty where that has no name) and ``head``."""
        name = ""
        if "id" in node:
            name = _iri(node["id"])
            if len(node) == 1:
                return name
            if depth == 0:
                self._root = name
            elif name == self._root:
                raise NotCompiled
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH or not node:
            raise NotCompiled
        statements: list[str] = []
        inner = _types(node["type"], scope, statements) if "type" in node else scope
        parts = self._members(node, inner, name, statements, depth)
        if name:
            self._statements += [name + statement for statement in statements]
            self._with_unnamed += [(name, predicate, part) for predicate, part in parts]
            return name
        return self._without_name(statements, parts, f"{subject or '_:z'}{head}_:a .\n" if head else "")

    def _members(
        self, node: dict[str, Any], scope: Scope, name: str, statements: list[str], depth: int
    ) -> list[tuple[str, _Unnamed]]:
        """Add what ``node`` says to ``statements``, without the subject; return its parts without name."""
        parts: list[tuple[str, _Unnamed]] = []
        members = scope.members
        for member_name, value in node.items():
            member = members[member_name]
            if member is None:
                if depth and member_name == "@context":
                    raise NotCompiled
                continue
            if member.is_language_map:
                _language_map(member, value, statements)
                continue
            if type(value) is list and not value:
                raise NotCompiled
            for item in value if type(value) is list else (value,):
                kind = type(item)
                if kind is str and member.end is not None:
                    statements.append(f"{member.text}{escape(item)}{member.end}")
                elif kind is dict and member.nodes is not None:
                    part = self._node(item, member.nodes, name, member.head, depth + 1)
                    if isinstance(part, str):
                        statements.append(f"{member.head}{part} .\n")
                    else:
                        parts.append((member.head, part))
                else:
                    statements.append(_scalar(member, item))
        return parts

    def _without_name(
        self, statements: list[str], parts: list[tuple[str, _Unnamed]], incoming: str
    ) -> _Unnamed:
        """Hash First Degree Quads (RDFC-1.0 section 4.6.3) of a node met once, by its one parent."""
        ends = [*set(statements), *[f"{head}_:z .\n" for head, _ in parts]]
        ends.sort()
        own = f"_:a{'_:a'.join(ends)}" if ends else ""
        # In code point order "<" comes before "_:a", and "_:z" after it.
        text = own + incoming if incoming.startswith("_") else incoming + own
        digest = self._digest(text.encode()).hexdigest()
        if digest in self._unnamed:
            raise NotCompiled
        self._unnamed[digest] = node = _Unnamed(statements, parts)
        return node


def _types(types: Any, scope: Scope, statements: list[str]) -> Scope:
    """Add the statements of a node's types; return the scope inside it."""
    inner, bringer = scope, ""
    if type(types) is not list or not types:
        types = (types,)
    for name in types:
        if type(name) is not str:
            raise NotCompiled
        statement, brought = scope.types[name]
        statements.append(statement)
        if brought is not None:
            # Several types with scopes are applied in an order that the reference sees to.
            if bringer not in ("", name):
                raise NotCompiled
            inner, bringer = brought, name
    return inner


def _scalar(member: Member, value: Any) -> str:
    kind = type(value)
    if kind is str and member.is_iri:
        return f"{member.head}{_iri(value)} .\n"
    if kind is bool and member.boolean is not None:
        return f"{member.text}{'true' if value else 'false'}{member.boolean}"
    if kind is int and member.integer is not None and abs(value) <= MAX_SAFE_INTEGER:
        return f"{member.text}{value}{member.integer}"
    raise NotCompiled


def _language_map(member: Member, texts: Any, statements: list[str]) -> None:
    if type(texts) is not dict or not texts:
        raise NotCompiled
    for tag, text in texts.items():
        if not _IS_SERVED_LANGUAGE(tag) or text == []:
            raise NotCompiled
        for entry in text if type(text) is list else (text,):
            if type(entry) is not str:
                raise NotCompiled
            statements.append(f'{member.text}{escape(entry)}"@{tag} .\n')


def _iri(value: Any) -> str:
    if type(value) is not str or not _IS_SERVED_IRI(value):
        raise NotCompiled
    return f"<{value}>"
