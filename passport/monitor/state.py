"""What a monitor has seen, from one look to the next."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from runtime.secret_files import write_atomically
from vc.errors import EvidenceUnavailable

_FORMAT: Final = 1


@dataclass(kw_only=True, slots=True)
class SeenList:
    """A status list as it was last: its ``validFrom`` (RFC 3339) and its bits as ``encodedList``."""

    valid_from: str
    encoded: str


@dataclass(kw_only=True, slots=True)
class State:
    """What was seen last of everything.

    ``root`` and ``trust_list`` are version and digest; ``peaks`` and ``note`` belong to checkpoint ``size``.
    """

    base: str
    root: tuple[int, str] = (0, "")
    trust_list: tuple[int, str] = (0, "")
    lists: dict[str, SeenList] = field(default_factory=dict)
    key: str = ""
    size: int = 0
    peaks: tuple[str, ...] = ()
    note: str = ""


def load_state(path: Path | None, base: str) -> State:
    """The state in ``path``, or an empty one.

    Raises ``EvidenceUnavailable`` where it is another deployment's or damaged.
    """
    if path is None or not path.exists():
        return State(base=base)
    try:
        read = json.loads(path.read_bytes())
        if read.pop("format") != _FORMAT or read["base"] != base:
            raise EvidenceUnavailable("The state file is of another deployment.")
        seen = {url: SeenList(**item) for url, item in read.pop("lists").items()}
        pairs = {name: (int(read[name][0]), str(read[name][1])) for name in ("root", "trust_list")}
        return State(**{**read, **pairs, "lists": seen, "peaks": tuple(read["peaks"])})
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise EvidenceUnavailable("The state file cannot be read.") from None


def save_state(path: Path | None, state: State) -> None:
    """Keep ``state`` where ``load_state`` finds it."""
    if path is not None:
        write_atomically(path, json.dumps({"format": _FORMAT, **asdict(state)}).encode("ascii"))
