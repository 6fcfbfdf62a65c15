"""One thing wrong with a secured credential, chosen by a number so that Hypothesis can make it small."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.oracles.documents import Json
from vc.encoding import multibase

Place = tuple[Any, Any]
Fault = Callable[[Json, int], None]

APPENDED_CONTEXT = "https://w3id.org/security/data-integrity/v2"
_OTHER_SUITES = {
    "eddsa-rdfc-2022": "eddsa-jcs-2022",
    "eddsa-jcs-2022": "eddsa-rdfc-2022",
    "ecdsa-rdfc-2019": "ecdsa-jcs-2019",
    "ecdsa-jcs-2019": "ecdsa-rdfc-2019",
}
_PROOF_CHANGES: tuple[tuple[str, Any], ...] = (
    ("created", "2026-11-20T00:00:00Z"),
    ("proofPurpose", "authentication"),
    ("challenge", "added"),
    ("domain", "added.example"),
    ("expires", "2099-01-01T00:00:00Z"),
    ("id", "urn:uuid:9f0d3c1a-0000-4000-8000-000000000001"),
)


def _places(value: Any) -> Iterator[Place]:
    """Every member and element below ``value``, as its container and its name or position."""
    entries = list(
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in entries:
        yield value, name
        yield from _places(child)


def _claims(secured: Json) -> dict[str, Any]:
    return {name: value for name, value in secured.items() if name not in ("@context", "proof")}


def _choose(secured: Json, number: int, wanted: Callable[[Any, Any], bool]) -> Place | None:
    claims = _claims(secured)
    found = [place for place in _places(claims) if wanted(*place)]
    if not found:
        return None
    container, name = found[number % len(found)]
    return (secured if container is claims else container), name


def _change_text(secured: Json, number: int) -> None:
    place = _choose(secured, number, lambda container, name: isinstance(container[name], str))
    assert place is not None
    container, name = place
    container[name] += "x"


def _change_number(secured: Json, number: int) -> None:
    def is_number(container: Any, name: Any) -> bool:
        return isinstance(container[name], (int, float))

    place = _choose(secured, number, is_number)
    if place is not None:
        container, name = place
        value = container[name]
        container[name] = (not value) if isinstance(value, bool) else 7 if value != 7 else 8


def _add_member(secured: Json, number: int) -> None:
    place = _choose(secured, number, lambda container, name: isinstance(container[name], dict))
    target = secured if place is None else place[0][place[1]]
    target["added7"] = "x"


def _remove_member(secured: Json, number: int) -> None:
    place = _choose(secured, number, lambda container, _: isinstance(container, dict))
    assert place is not None
    container, name = place
    del container[name]


def _reverse_array(secured: Json, number: int) -> None:
    def is_long(container: Any, name: Any) -> bool:
        return isinstance(container[name], list) and len(container[name]) > 1

    place = _choose(secured, number, is_long)
    if place is not None:
        place[0][place[1]].reverse()


def _wrap_in_array(secured: Json, number: int) -> None:
    place = _choose(secured, number, lambda container, _: isinstance(container, dict))
    assert place is not None
    container, name = place
    if not isinstance(container[name], list):
        container[name] = [container[name]]


def _append_context(secured: Json, _number: int) -> None:
    secured["@context"] = [*secured["@context"], APPENDED_CONTEXT]


def _change_proof(secured: Json, number: int) -> None:
    name, value = _PROOF_CHANGES[number % len(_PROOF_CHANGES)]
    secured["proof"][name] = value


def _other_suite(secured: Json, _number: int) -> None:
    secured["proof"]["cryptosuite"] = _OTHER_SUITES[secured["proof"]["cryptosuite"]]


def _flip_bit(secured: Json, number: int) -> None:
    signature = bytearray(multibase.decode(secured["proof"]["proofValue"], max_bytes=200, bases="z"))
    bit = number % (len(signature) * 8)
    signature[bit // 8] ^= 1 << bit % 8
    secured["proof"]["proofValue"] = multibase.encode_base58btc(bytes(signature))


FAULTS: Mapping[str, Fault] = {
    "text changed": _change_text,
    "number changed": _change_number,
    "member added": _add_member,
    "member removed": _remove_member,
    "array reversed": _reverse_array,
    "value wrapped in an array": _wrap_in_array,
    "context appended": _append_context,
    "proof member changed": _change_proof,
    "other cryptosuite named": _other_suite,
    "signature bit flipped": _flip_bit,
}
# What is about the signature or the proof is a fault whatever is signed, statements or JSON.
ALWAYS_FAULTS = frozenset({"proof member changed", "other cryptosuite named", "signature bit flipped"})


def mutant(secured: Json, fault: str, number: int) -> Json:
    """A copy of ``secured`` with ``fault`` at the place that ``number`` chooses, where it has one."""
    changed = copy.deepcopy(secured)
    FAULTS[fault](changed, number)
    return changed
