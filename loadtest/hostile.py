"""Requests that cost a careless verifier its time: one body for each kind, made from a genuine credential."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from loadtest.world import FORMATS, LoadWorld

Json = dict[str, Any]
_BEGIN: Final = b'{"verifiableCredential":'
_ALMOST_A_MEGABYTE: Final = 900_000


def _deep(_: Json) -> bytes:
    depth = _ALMOST_A_MEGABYTE // 2
    return _BEGIN + b"[" * depth + b"]" * depth + b"}"


def _long_number(_: Json) -> bytes:
    return _BEGIN + b'{"n":' + b"1" * _ALMOST_A_MEGABYTE + b"}}"


def _nameless_clique(document: Json) -> bytes:
    """Nine nameless things, each related to all others: to name them, every order would have to be tried."""
    nodes = range(9)
    document["credentialSubject"]["unitsOfCompetency"] = [
        {"id": f"_:n{node}", "alignment": [{"id": f"_:n{other}"} for other in nodes if other != node]}
        for node in nodes
    ]
    return _wrapped(document)


def _many_members(document: Json) -> bytes:
    document["credentialSubject"] = {f"m{number}": number for number in range(10_000)}
    return _wrapped(document)


def _megabyte(document: Json) -> bytes:
    document["credentialSubject"]["nameLatin"] = "A" * _ALMOST_A_MEGABYTE
    return _wrapped(document)


def _wrapped(document: Json) -> bytes:
    return _BEGIN + orjson.dumps(document) + b"}"


_KINDS: Final[Mapping[str, Callable[[Json], bytes]]] = {
    "450,000 arrays in one another": _deep,
    "a number of 900,000 digits": _long_number,
    "nine nameless things alike": _nameless_clique,
    "10,000 members": _many_members,
    "a name of 900 kB": _megabyte,
}


def hostile_bodies(world: LoadWorld) -> Mapping[str, bytes]:
    """A body of each kind for ``/credentials/verify``, by name."""
    genuine = world.issue(FORMATS["eddsa-rdfc-2022"], 1)
    return {name: make(orjson.loads(genuine)) for name, make in _KINDS.items()}
