"""Integrity of related resources (VC Data Model 2.0 section 5.3)."""

import re
from collections.abc import Iterator, Mapping

from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, MalformedValue
from vc.model.digests import Digest, read_multibase, read_sri
from vc.model.shape import each, fault

_DIGEST_MEMBERS = ("digestSRI", "digestMultibase")
# RFC 6838 section 4.2, with parameters.
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(rf"{_NAME}/{_NAME}(?:[ \t]*;[\x20-\x7e]+)?")


def related_resource_faults(document: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """Each related resource is an object with a URL of its own and well-formed digests.

    How identifiers are written is for ``identifier_faults``.
    """
    if "relatedResource" not in document:
        return
    items = list(each(document["relatedResource"], "/relatedResource"))
    if not items:
        yield fault("At least one related resource is expected here.", "/relatedResource")
    seen: set[str] = set()
    for item, pointer in items:
        if not isinstance(item, dict):
            yield fault("A related resource must be an object.", pointer)
            continue
        identifier = item.get("id")
        if "id" not in item or (isinstance(identifier, str) and identifier in seen):
            yield fault("A related resource needs a URL of its own.", json_pointer.join(pointer, "id"))
        if isinstance(identifier, str):
            seen.add(identifier)
        yield from _digest_faults(item, pointer)


def check_related_resources(
    document: Mapping[str, JsonValue], known: Mapping[str, Mapping[str, bytes]]
) -> tuple[Finding, ...]:
    """Say which digests are not those of a resource that is at hand here.

    ``known`` has, for each URL, the digests of the resource's exact bytes by algorithm (as
    ``Digest.algorithm``). Nothing is said of other resources and other algorithms, which cannot be
    checked, nor of misshapen digests, which are for ``related_resource_faults``.
    """
    return tuple(_mismatches(document, known)) if "relatedResource" in document else ()


def _mismatches(
    document: Mapping[str, JsonValue], known: Mapping[str, Mapping[str, bytes]]
) -> Iterator[Finding]:
    for item, pointer in each(document.get("relatedResource"), "/relatedResource"):
        identifier = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(identifier, str) or identifier not in known:
            continue
        for member in _DIGEST_MEMBERS:
            for value, place in each(item.get(member), json_pointer.join(pointer, member)):
                if any(_differs(digest, known[identifier]) for digest in _read(member, value)):
                    yield fault("The digest is not that of the resource.", place)


def _differs(digest: Digest, actual: Mapping[str, bytes]) -> bool:
    return digest.algorithm in actual and actual[digest.algorithm] != digest.value


def _read(member: str, value: JsonValue) -> tuple[Digest, ...]:
    """The digests in one value of ``member``; () where it is misshapen."""
    if not isinstance(value, str):
        return ()
    try:
        return read_sri(value) if member == "digestSRI" else (read_multibase(value),)
    except MalformedValue:
        return ()


def _digest_faults(resource: Mapping[str, JsonValue], pointer: str) -> Iterator[Finding]:
    present = [member for member in _DIGEST_MEMBERS if member in resource]
    if not present:
        yield fault("A related resource needs a digest.", pointer)
    for member in present:
        place = json_pointer.join(pointer, member)
        items = list(each(resource[member], place))
        if not items:
            yield fault("At least one digest is expected here.", place)
        for item, item_place in items:
            if not _read(member, item):
                yield fault("A digest in the form that its member's name says is expected.", item_place)
    if "mediaType" in resource:
        media_type = resource["mediaType"]
        if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
            yield fault("A media type is expected here.", json_pointer.join(pointer, "mediaType"))
