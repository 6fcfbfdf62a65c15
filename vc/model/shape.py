"""Rules that VC Data Model 1.1 and 2.0 share, for credentials and presentations alike.

Each rule yields findings with JSON pointers and never repeats input. What a term *means* is not
asked here: that needs the contexts, and is asked by ``vc.encoding.rdfc``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

import orjson

import schemas
from vc.encoding import json_pointer
from vc.encoding.contexts import PINNED_CONTEXTS, merge, read_vocabulary
from vc.encoding.embedded_contexts import unwrap
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType

# Web addresses have a host; the other schemes say nothing alike.
_URL = re.compile(
    r"(?!https?:(?!//[^/?#]))[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\x9f<>\"{}|\\^`]+",
    re.ASCII | re.IGNORECASE,
)
# JSON-LD 1.1 section 1.4: a short word. What has a colon is a URL or an abbreviation of one, and what
# begins with @ looks like a keyword.
_TERM = re.compile(r"[^\s:@\x00-\x1f\x7f][^\s:\x00-\x1f\x7f]*")
_LITERAL_CONTENT = "@value"
_POSITION = re.compile(r"[0-9]{1,5}")
_KEYWORDS = frozenset({"@context", "@direction", "@graph", "@id", "@language", "@type", "@value"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One object of a document and where it stands."""

    pointer: str
    members: Mapping[str, JsonValue]


def fault(detail: str, pointer: str) -> Finding:
    """The finding that a value is not as its specification wants it."""
    return Finding(type=ProblemType.MALFORMED_VALUE_ERROR, detail=detail, pointer=pointer)


def reported(faults: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, with pointers that end before the first name that no pinned context knows.

    Any other name is as much input as a value is.
    """
    return tuple([replace(finding, pointer=_known_part(finding.pointer)) for finding in faults])


def as_list(value: JsonValue) -> list[JsonValue]:
    """JSON-LD's "one or many": None → [], a value → [value], an array → itself."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def each(value: JsonValue, pointer: str) -> Iterator[tuple[JsonValue, str]]:
    """The values of "one or many" with their pointers; a null is a value here, and a wrong one."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield item, json_pointer.join(pointer, position)
    else:
        yield value, pointer


def is_url(value: JsonValue) -> bool:
    """Whether this is one absolute URL (any scheme)."""
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def is_type(value: JsonValue) -> bool:
    """Whether this can be a type: a term, or an absolute URL."""
    return isinstance(value, str) and (_TERM.fullmatch(value) is not None or is_url(value))


def nodes_of(document: Mapping[str, JsonValue], *, apart: Iterable[str] = ()) -> Iterator[Node]:
    """Every object in ``document``, itself first, that says something as JSON-LD.

    Contexts and JSON literals are left out, and the members named in ``apart``.
    """
    return _nodes(document, "", frozenset(apart) | {"@context", _LITERAL_CONTENT})


def context_faults(document: Mapping[str, JsonValue], base: str) -> Iterator[Finding]:
    """An ordered set of URLs and objects, ``base`` first."""
    context = document.get("@context")
    if not isinstance(context, list) or not context:
        yield fault("The contexts must be a non-empty array.", "/@context")
        return
    if context[0] != base:
        yield fault("The first context must be that of the data model.", "/@context/0")
    seen: set[bytes] = set()
    for item, pointer in each(context, "/@context"):
        if not isinstance(item, dict) and not is_url(item):
            yield fault("A context is a URL or an object.", pointer)
        spelling = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
        if spelling in seen:
            yield fault("A context is named twice.", pointer)
        seen.add(spelling)


def required_type_faults(document: Mapping[str, JsonValue], required: str) -> Iterator[Finding]:
    """``required`` must be among the types. How types are written is for ``type_faults``."""
    if required not in as_list(document.get("type")):
        yield fault(f"{required} must be among the types.", "/type")


def identifier_faults(node: Mapping[str, JsonValue], pointer: str) -> Iterator[Finding]:
    """An identifier, where there is one, is a single URL."""
    if "id" in node and not is_url(node["id"]):
        yield fault("The identifier must be one URL.", json_pointer.join(pointer, "id"))


def type_faults(node: Mapping[str, JsonValue], pointer: str) -> Iterator[Finding]:
    """Types, where there are any, are one or more terms and URLs."""
    if "type" not in node:
        return
    place = json_pointer.join(pointer, "type")
    items = list(each(node["type"], place))
    if not items:
        yield fault("At least one type is expected here.", place)
    for item, item_place in items:
        if not is_type(item):
            yield fault("A type is a term or a URL.", item_place)


def keyword_faults(node: Mapping[str, JsonValue], pointer: str) -> Iterator[Finding]:
    """The compacted form is wanted, which has ``id`` and ``type`` and no outer ``@graph``."""
    for keyword in ("@id", "@graph", "@type"):
        if keyword in node and not (keyword == "@type" and "@value" in node):
            detail = "The document must be in JSON-LD's compacted form."
            yield fault(detail, json_pointer.join(pointer, keyword))


def party_faults(document: Mapping[str, JsonValue], member: str) -> Iterator[Finding]:
    """``member`` must be a URL, or an object with an ``id``."""
    value = document.get(member)
    if isinstance(value, dict):
        if "id" not in value:
            yield fault("An identifier is missing here.", f"/{member}/id")
    elif not is_url(value):
        yield fault("One URL, or an object with one, is expected here.", f"/{member}")


def subject_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """There must be a subject, and every one must be an object with members."""
    subjects = list(each(document.get("credentialSubject"), "/credentialSubject"))
    if not subjects:
        yield fault("There must be a credential subject.", "/credentialSubject")
    for subject, pointer in subjects:
        if not isinstance(subject, dict) or not subject:
            yield fault("A credential subject must be an object with members.", pointer)


def typed_faults(
    document: Mapping[str, JsonValue], members: Iterable[str], *, with_id: Iterable[str] = ()
) -> Iterator[Finding]:
    """Each of ``members`` that is there is one or more objects with a type; ``with_id`` also with an id."""
    for member in members:
        if member not in document:
            continue
        items = list(each(document[member], f"/{member}"))
        if not items:
            yield fault("At least one object is expected here.", f"/{member}")
        for item, pointer in items:
            if not isinstance(item, dict):
                yield fault("An object is expected here.", pointer)
                continue
            if "type" not in item:
                yield fault("A type is missing here.", json_pointer.join(pointer, "type"))
            if member in with_id and "id" not in item:
                yield fault("An identifier is missing here.", json_pointer.join(pointer, "id"))


def proof_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """Each proof must be an object with a type."""
    # That there is one is for the securing mechanism, which then says that the proof is missing.
    if document.get("proof") != []:
        yield from typed_faults(document, ["proof"])


def _known_part(pointer: str | None) -> str | None:
    if pointer is None:
        return None
    names = _known_names()
    known = takewhile(lambda token: token in names or _POSITION.fullmatch(token), pointer.split("/")[1:])
    return "".join(f"/{token}" for token in known)


@cache
def _known_names() -> frozenset[str]:
    return PINNED_CONTEXTS.vocabulary(frozenset(schemas.context_index())).terms | _KEYWORDS


def _nodes(
    value: "list[JsonValue] | Mapping[str, JsonValue]", pointer: str, apart: frozenset[str]
) -> Iterator[Node]:
    if isinstance(value, Mapping):
        if "@context" in value:
            apart |= _json_literals(value["@context"])
        yield Node(pointer=pointer, members=value)
        parts: Iterable[tuple[str | int, JsonValue]] = value.items()
    else:
        parts = enumerate(value)
    for name, part in parts:
        if isinstance(part, (dict, list)) and name not in apart:
            yield from _nodes(part, json_pointer.join(pointer, name), apart)


def _json_literals(context: JsonValue) -> frozenset[str]:
    parts = as_list(context)
    known = schemas.context_index()
    urls = frozenset(part for part in parts if isinstance(part, str) and part in known)
    pinned = PINNED_CONTEXTS.vocabulary(urls)
    inline = [read_vocabulary(unwrap(part)) for part in parts if isinstance(part, dict)]
    return (merge([pinned, *inline]) if inline else pinned).json_valued
