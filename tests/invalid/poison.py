"""Graphs of nameless things that look alike: to canonicalize them, an RDF processor tries every order.

To eddsa-jcs-2022 they are text like any other, so that what the centre signed is tried with the other
suite alone.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.invalid.case import (
    Attempt,
    Case,
    Edit,
    altered,
    both,
    only,
    post_credential,
    put,
    put_made,
    signed,
)
from tests.invalid.genuine import Genuine, stranger

_UNITS = "/credentialSubject/unitsOfCompetency"
_RDFC = "eddsa-rdfc-2022"


def _graph(edges: Mapping[int, Iterable[int]]) -> list[dict[str, Any]]:
    """One nameless object for each node, which names its neighbours."""
    return [
        {"id": f"_:n{node}", "alignment": [{"id": f"_:n{other}"} for other in others]}
        for node, others in edges.items()
    ]


def _clique(size: int) -> list[dict[str, Any]]:
    return _graph({node: (other for other in range(size) if other != node) for node in range(size)})


def _ring(size: int, *steps: int) -> list[dict[str, Any]]:
    return _graph({node: ((node + step) % size for step in steps) for node in range(size)})


def _bipartite(size: int) -> list[dict[str, Any]]:
    other_side = {0: range(size, 2 * size), 1: range(size)}
    return _graph({node: other_side[node // size] for node in range(2 * size)})


def _grid(side: int) -> list[dict[str, Any]]:
    return _graph(
        {
            row * side + column: (
                row * side + (column + 1) % side,
                (row + 1) % side * side + column,
                row * side + (column - 1) % side,
                (row - 1) % side * side + column,
            )
            for row in range(side)
            for column in range(side)
        }
    )


def _petersen() -> list[dict[str, Any]]:
    outer = {n: ((n + 1) % 5, (n - 1) % 5, n + 5) for n in range(5)}
    inner = {n + 5: ((n + 2) % 5 + 5, (n - 2) % 5 + 5, n) for n in range(5)}
    return _graph({**outer, **inner})


def _cube(dimensions: int) -> list[dict[str, Any]]:
    return _graph({n: (n ^ (1 << bit) for bit in range(dimensions)) for n in range(1 << dimensions)})


_GRAPHS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "clique-of-8": lambda: _clique(8),
    "clique-of-9": lambda: _clique(9),
    "clique-of-20": lambda: _clique(20),
    "three-cliques": lambda: [{"x": part} for part in (_clique(6), _clique(7), _clique(8))],
    "ring-of-40": lambda: _ring(40, 1),
    "ring-of-200": lambda: _ring(200, 1, -1),
    "ring-with-chords": lambda: _ring(60, 1, 7, 23),
    "two-sides-of-8": lambda: _bipartite(8),
    "grid-of-81": lambda: _grid(9),
    "petersen": _petersen,
    "cube-of-6-dimensions": lambda: _cube(6),
    "unnamed-alike": lambda: [{"unitResult": "C"}] * 40,
    "unnamed-alike-nested": lambda: [{"alignment": [{"alignment": [{"unitResult": "C"}] * 5}] * 5}] * 5,
}


def _units(make: Callable[[], list[dict[str, Any]]]) -> Edit:
    return put_made(_UNITS, lambda _: make())


def _by_stranger(name: str, make: Callable[[], list[dict[str, Any]]]) -> Case:
    did, signer = stranger()

    def build(genuine: Genuine) -> Attempt:
        document = genuine.unsecured() | {"issuer": did}
        put(_UNITS, make())(document, genuine)
        return post_credential(genuine.secure(document, signer, {}))

    return Case(family="poison", name=f"{name}-by-a-stranger", build=build)


def cases() -> list[Case]:
    """Every case of this family."""
    return [
        *(altered("poison", f"{name}-unsigned", _units(make)) for name, make in _GRAPHS.items()),
        *(only(_RDFC, signed("poison", name, _units(make))) for name, make in _GRAPHS.items()),
        *(_by_stranger(name, make) for name, make in _GRAPHS.items()),
        only(
            _RDFC,
            signed(
                "poison",
                "under-a-vocabulary-of-its-own",
                both(put("/@context/-", {"@vocab": "https://x.example/"}), put(_UNITS, _clique(9))),
            ),
        ),
    ]
