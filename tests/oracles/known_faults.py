"""Where the oracles are known to be wrong, told from the document alone.

Each fault has a case of its own in ``test_known_differences.py`` with what the specification says. What
is told here may be too much, never too little: a document without such a fault must give equal bytes.
"""

from collections.abc import Iterator
from typing import Any

# Characters that canonical N-Quads escapes and the N-Quads of URDNA2015 did not.
_ESCAPED_SINCE_RDFC = frozenset(map(chr, range(0x20))) - frozenset("\t\n\r") | {"\x7f"}
# JSON-LD 1.1 lets processors write tags in lower case; all but didkit do.
_CASED_TAGS = frozenset({"km-KH", "EN-us", "zh-Hant-TW"})
_NOT_CHARACTERS = frozenset("\ufffe\uffff")


def scalars(value: Any) -> Iterator[Any]:
    """Every text and number in a document, names of members too."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from scalars(member)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    else:
        yield value


def pyld_fault(document: Any) -> str | None:
    """Name what PyLD writes otherwise than RDFC-1.0 asks, or None."""
    characters = _characters(document)
    if characters & _ESCAPED_SINCE_RDFC:
        return "control characters"
    if characters & _NOT_CHARACTERS:
        return "not characters"
    return "equal texts of several directions" if _has_equal_texts(document) else None


def javascript_fault(document: Any) -> str | None:
    """Name what jsonld or rdf-canonize write otherwise than JSON-LD and RDFC-1.0 ask, or None."""
    characters = _characters(document)
    if characters & _NOT_CHARACTERS:
        return "not characters"
    above = any(character > "\uffff" for character in characters)
    if above and any("\ue000" <= character <= "\uffff" for character in characters):
        return "order of code units"
    if any(isinstance(number, float) and _loses_its_point(number) for number in scalars(document)):
        return "small numbers"
    if len(list(_json_literals(document))) > 1:
        return "equal JSON literals"
    return "equal texts of several directions" if _has_equal_texts(document) else None


def _json_literals(value: Any) -> Iterator[Any]:
    """Objects and arrays that the generated contexts call JSON."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("raw", "jsonSchema") and isinstance(member, (dict, list)):
                yield member
            yield from _json_literals(member)
    elif isinstance(value, list):
        for item in value:
            yield from _json_literals(item)


def _has_equal_texts(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_equal_texts, value.values()))
    if not isinstance(value, list):
        return False
    texts = [item.get("@value") if isinstance(item, dict) else item for item in value]
    alike = len(texts) != len({str(text) for text in texts})
    return (alike and has_direction(value)) or any(map(_has_equal_texts, value))


def _characters(document: Any) -> frozenset[str]:
    return frozenset("".join(text for text in scalars(document) if isinstance(text, str)))


def _loses_its_point(number: float) -> bool:
    # ECMAScript writes 1e-7 without a point, and jsonld tells a double by the point.
    return 0 < abs(number) < 1e-6 and "." not in repr(number)


def didkit_fault(document: Any) -> str | None:
    """Name what didkit reads or writes otherwise, or None."""
    if not _CASED_TAGS.isdisjoint(text for text in scalars(document) if isinstance(text, str)):
        return "language tags as written"
    steps = [str(step) for step in document["credentialSubject"].get("steps", [])]
    if len(steps) != len(set(steps)):
        return "alike items of a list"
    if "\t" in _characters(document):
        return "control characters"
    return "base direction" if has_direction(document) else pyld_fault(document)


def has_direction(document: Any) -> bool:
    """Whether a text has a base direction, which openvc neither signs nor accepts."""
    if isinstance(document, dict):
        return "@direction" in document or any(map(has_direction, document.values()))
    return isinstance(document, list) and any(map(has_direction, document))
