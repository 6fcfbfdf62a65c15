"""Concealing parts of a JSON object behind digests, and revealing them again (RFC 9901 section 4).

Salts come in as a callable: this package makes nothing up. The hash function is SHA-256, the one that
every implementation has.
"""

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from vc.encoding import base64url, jcs
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits, parse_json
from vc.errors import MalformedValue

# Where a value lies: names of members and positions in arrays, from the top.
Path: TypeAlias = tuple[str | int, ...]

DIGESTS = "_sd"
ELEMENT_DIGEST = "..."
HASH_ALGORITHM = "_sd_alg"
SHA_256 = "sha-256"
MAX_DISCLOSURES = 100
# 128 bits in base64url, which RFC 9901 section 9.3 recommends as the least.
_MIN_SALT_CHARS = 22
_RESERVED_NAMES = frozenset({DIGESTS, ELEMENT_DIGEST, HASH_ALGORITHM})
_ELEMENT, _MEMBER = 2, 3


def conceal(
    claims: Mapping[str, JsonValue], paths: Sequence[Path], new_salt: Callable[[], str]
) -> tuple[JsonObject, tuple[str, ...]]:
    """Return ``claims`` with the values at ``paths`` replaced by digests, and their disclosures.

    A path may lead into a value that is concealed itself. ``new_salt`` gives unpredictable text of at
    least 128 bits at each call; a short or repeated one raises ValueError. Raises MalformedValue for a
    path that leads nowhere or occurs twice, for too many, and for names that SD-JWT keeps for itself.
    """
    if len(set(paths)) != len(paths) or len(paths) > MAX_DISCLOSURES:
        raise MalformedValue("A path to be disclosed is there twice, or there are too many.")
    payload = copy.deepcopy(dict(claims))
    _require_unreserved(payload)
    salts = _Salts(new_salt)
    # The deepest first, so that what they leave behind is part of what encloses them.
    ordered = sorted(paths, key=len, reverse=True)
    disclosures = tuple(_conceal_one(payload, path, salts) for path in ordered)
    if disclosures:
        payload[HASH_ALGORITHM] = SHA_256
    return payload, disclosures


def reveal(
    payload: Mapping[str, JsonValue], disclosures: Sequence[str], limits: Limits = DEFAULT_LIMITS
) -> JsonObject:
    """Return the processed payload (RFC 9901 section 7.1, steps 3 to 5).

    Raises MalformedValue for another hash function than SHA-256; a digest that occurs twice; a
    disclosure that nothing refers to, is of the wrong shape or place, or names a member that is there
    or kept for SD-JWT; digests in the wrong place; ParseError for a disclosure that is not strict
    JSON. Digests without disclosure are left out.
    """
    return reveal_read(payload, read_disclosures(disclosures, limits), limits)


def reveal_read(
    payload: Mapping[str, JsonValue], disclosures: "Mapping[str, Disclosure]", limits: Limits
) -> JsonObject:
    """As ``reveal``, of what ``read_disclosures`` returned."""
    if payload.get(HASH_ALGORITHM, SHA_256) != SHA_256:
        raise MalformedValue("The hash function of the disclosures is not supported.")
    revealer = _Revealer(dict(disclosures), limits.max_depth)
    outer = {name: value for name, value in payload.items() if name != HASH_ALGORITHM}
    processed = revealer.object(outer, depth=1)
    if revealer.unused:
        raise MalformedValue("A disclosure belongs to nothing in the token.")
    return processed


def digest_of(disclosure: str) -> str:
    """The digest of a disclosure as the token holds it: over its base64url text, in base64url."""
    return base64url.encode(hashlib.sha256(disclosure.encode("ascii")).digest())


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """A disclosure taken apart; ``name`` is None for an element of an array."""

    name: str | None
    value: JsonValue


class _Salts:
    """Salts that have not been used before."""

    def __init__(self, new_salt: Callable[[], str]) -> None:
        self._new_salt = new_salt
        self._used: set[str] = set()

    def next(self) -> str:
        salt = self._new_salt()
        if len(salt) < _MIN_SALT_CHARS or salt in self._used:
            raise ValueError("a salt is too short or was used before")
        self._used.add(salt)
        return salt


def _conceal_one(payload: JsonObject, path: Path, salts: _Salts) -> str:
    # What earlier paths left behind is no part of the document.
    if not path or not _RESERVED_NAMES.isdisjoint(path):
        raise MalformedValue("A path to be disclosed leads nowhere.")
    *outer, last = path
    parent: JsonValue = payload
    for step in outer:
        parent = _child(parent, step)
    value = _child(parent, last)
    if isinstance(parent, dict) and isinstance(last, str):
        disclosure = _encode([salts.next(), last, value])
        del parent[last]
        digests = parent.setdefault(DIGESTS, [])
        if isinstance(digests, list):
            digests.append(digest_of(disclosure))
            # Their order must not tell the order of what they stand for.
            digests.sort(key=str)
    elif isinstance(parent, list) and isinstance(last, int):
        disclosure = _encode([salts.next(), value])
        parent[last] = {ELEMENT_DIGEST: digest_of(disclosure)}
    return disclosure


def _child(parent: JsonValue, step: str | int) -> JsonValue:
    if isinstance(parent, dict) and isinstance(step, str) and step in parent:
        return parent[step]
    if isinstance(parent, list) and isinstance(step, int) and 0 <= step < len(parent):
        return parent[step]
    raise MalformedValue("A path to be disclosed leads nowhere.")


def _encode(parts: list[JsonValue]) -> str:
    return base64url.encode(jcs.canonicalize(parts))


def _require_unreserved(value: JsonValue) -> None:
    if isinstance(value, dict):
        if not _RESERVED_NAMES.isdisjoint(value):
            raise MalformedValue("The document has a member whose name SD-JWT keeps for itself.")
        for member in value.values():
            _require_unreserved(member)
    elif isinstance(value, list):
        for element in value:
            _require_unreserved(element)


def read_disclosures(disclosures: Iterable[str], limits: Limits = DEFAULT_LIMITS) -> dict[str, Disclosure]:
    """Disclosures taken apart, by digest. Raises MalformedValue and ParseError as ``reveal`` does."""
    found: dict[str, Disclosure] = {}
    for text in disclosures:
        if len(found) == MAX_DISCLOSURES:
            raise MalformedValue("There are too many disclosures.")
        disclosure = _read_disclosure(text, limits)
        digest = digest_of(text)
        if digest in found:
            raise MalformedValue("A disclosure is there twice.")
        found[digest] = disclosure
    return found


def _read_disclosure(text: str, limits: Limits) -> Disclosure:
    parts = parse_json(base64url.decode(text, max_bytes=limits.max_bytes), limits)
    if not isinstance(parts, list) or len(parts) not in (_ELEMENT, _MEMBER) or not isinstance(parts[0], str):
        raise MalformedValue("A disclosure has the wrong shape.")
    if len(parts) == _ELEMENT:
        return Disclosure(name=None, value=parts[1])
    name = parts[1]
    if not isinstance(name, str) or name in _RESERVED_NAMES:
        raise MalformedValue("A disclosure has a name that no member may have.")
    return Disclosure(name=name, value=parts[2])


class _Revealer:
    """One walk through a payload that puts disclosed values in their places."""

    def __init__(self, disclosures: dict[str, Disclosure], max_depth: int) -> None:
        self.unused = disclosures
        self._met: set[str] = set()
        self._max_depth = max_depth

    def object(self, received: Mapping[str, JsonValue], depth: int) -> JsonObject:
        if ELEMENT_DIGEST in received or HASH_ALGORITHM in received:
            raise MalformedValue("A name that SD-JWT keeps for itself is in the wrong place.")
        inner = depth + 1
        too_deep = inner > self._max_depth
        result: JsonObject = {
            name: self._value(value, inner) if too_deep or isinstance(value, (dict, list)) else value
            for name, value in received.items()
            if name != DIGESTS
        }
        if DIGESTS not in received:
            return result
        digests = received[DIGESTS]
        if not isinstance(digests, list):
            raise MalformedValue("The digests of an object are not a list.")
        for digest in digests:
            disclosure = self._take(digest)
            if disclosure is None:
                continue
            if disclosure.name is None or disclosure.name in result:
                raise MalformedValue("A disclosure does not belong where its digest is.")
            result[disclosure.name] = self._value(disclosure.value, inner)
        return result

    def _value(self, received: JsonValue, depth: int) -> JsonValue:
        # Disclosures within disclosures could nest without end where each by itself does not.
        if depth > self._max_depth:
            raise MalformedValue("The disclosures are nested too deeply.")
        if isinstance(received, dict):
            return self.object(received, depth)
        if isinstance(received, list):
            return list(self._elements(received, depth))
        return received

    def _elements(self, received: list[JsonValue], depth: int) -> Iterable[JsonValue]:
        for element in received:
            if not isinstance(element, dict) or element.keys() != {ELEMENT_DIGEST}:
                yield self._value(element, depth + 1)
                continue
            disclosure = self._take(element[ELEMENT_DIGEST])
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise MalformedValue("A disclosure does not belong where its digest is.")
            yield self._value(disclosure.value, depth + 1)

    def _take(self, digest: JsonValue) -> Disclosure | None:
        if not isinstance(digest, str):
            raise MalformedValue("A digest is not a text.")
        if digest in self._met:
            raise MalformedValue("A digest is there twice.")
        self._met.add(digest)
        return self.unused.pop(digest, None)
