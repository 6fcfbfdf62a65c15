"""What the capacity model starts from: measured unit costs, choices made, and the places asked about.

They stand in ``loadtest/capacity_inputs.json``, each cost with the command that gives it. Sizes are bytes,
times seconds of one processor core unless said otherwise.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import orjson

COMMITTED: Final = Path(__file__).parent / "capacity_inputs.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What one of a thing costs."""

    check_seconds: float
    """One check over HTTP, of a credential not seen before."""
    issue_seconds: float
    """One certificate, from the sheet to the stored bytes."""
    publish_list_seconds: float
    """All documents of one status list, signed, read again and put in place (wall clock)."""
    issuer_row_bytes: float
    registry_row_bytes: float
    journal_row_bytes: float
    wallet_row_bytes: float
    list_bytes: float
    """One signed list of 131,072 entries with one in a hundred set, as a verifier fetches it."""
    note_bytes: float
    """What the notes beside a list say of one ended entry."""
    trust_issuer_bytes: float
    trust_issuer_members: float
    """One issuer on the trust list: bytes, and JSON members and elements."""
    worker_bytes: float
    worker_list_bytes: float
    worker_issuer_bytes: float
    """A verifier process: what it holds at rest, for each list with its notes, for each issuer."""
    unchanged_bytes: float
    """An answer that a document did not change, with its headers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What this deployment chose; ``most_busy`` is the share of a core that is planned with."""

    list_length: int
    ended_share: float
    copies_a_credential: float
    """Status entries for a credential beside its own: cards and bound copies."""
    refresh_seconds: float
    resign_seconds: float
    most_busy: float
    cores_a_machine: int
    working_days: int
    working_hours: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Who is to be served. ``checks_a_second`` come in the busiest hour, evenly to all ``verifiers``."""

    name: str
    holders: int
    credentials: int
    issued_a_year: int
    checks_a_second: float
    verifiers: int
    issuers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds that stand in the product, and what each is about."""

    fetch_bytes: int
    """Largest answer that an outbound fetch takes by default."""
    documents_held: int
    list_members: int
    memo_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """Everything the model starts from."""

    costs: Costs
    choices: Choices
    limits: Limits
    places: tuple[Place, ...]


def read_inputs(path: Path = COMMITTED) -> Inputs:
    """Read the file. Raises ``ValueError`` naming what is missing, not known or no positive number."""
    document = orjson.loads(path.read_bytes())
    costs = {name: entry["value"] for name, entry in document["costs"].items()}
    return Inputs(
        costs=_of(Costs, costs),
        choices=_of(Choices, document["choices"]),
        limits=_of(Limits, document["limits"]),
        places=tuple(_of(Place, place) for place in document["places"]),
    )


def _of(kind: type[Any], values: dict[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    if known != values.keys():
        raise ValueError(f"{kind.__name__}: missing or not known: {sorted(known ^ values.keys())}")
    for name, value in values.items():
        if name != "name" and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
            raise ValueError(f"{kind.__name__}: {name} must be a positive number")
    return kind(**values)
