"""Who does what, and how often: the mixes of the scenarios, stated once and written into the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 - the same people come in every run; nothing secret is drawn
from typing import Final, TypeVar

_SEED: Final = 20_261_127
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Shares, each group adding up to one.

    ``acts``: what a person does next. ``formats``: of what is checked. ``hot``: how much of it was checked
    a moment ago, by others at the same place. ``revoked``: how much of it is revoked. ``think_seconds``: the
    shortest and longest pause between two acts of one person. ``batch_rows``: files in one batch.
    """

    acts: Mapping[str, float]
    formats: Mapping[str, float]
    hot: float
    revoked: float
    think_seconds: tuple[float, float]
    batch_rows: int = 0


CHECK: Final = "check"
BATCH: Final = "batch"
PAGE: Final = "page"
LIST: Final = "list"

JOB_FAIR: Final = Mix(
    acts={CHECK: 0.88, PAGE: 0.10, BATCH: 0.02},
    formats={
        "card": 0.35,
        "eddsa-rdfc-2022": 0.35,
        "eddsa-jcs-2022": 0.10,
        "vc+jwt": 0.10,
        "SD-JWT VC": 0.10,
    },
    hot=0.30,
    revoked=0.01,
    think_seconds=(0.2, 1.0),
    batch_rows=20,
)
"""Recruiters at one hall: cards read by a camera, files, tokens; the same people go from desk to desk."""

ROSTER_DAY: Final = Mix(
    acts={BATCH: 0.90, CHECK: 0.10},
    formats={"eddsa-rdfc-2022": 0.70, "eddsa-jcs-2022": 0.30},
    hot=0.20,
    revoked=0.01,
    think_seconds=(0.5, 1.5),
    batch_rows=200,
)
"""The day Korea's roster is drawn up: a few offices send folders of 200 files, all in the same lists."""

REVOCATION_STORM: Final = Mix(
    acts={CHECK: 1.0},
    formats={"eddsa-rdfc-2022": 1.0},
    hot=1.0,
    revoked=0.0,
    think_seconds=(0.05, 0.2),
)
"""Verifiers ask again and again about certificates that officers revoke meanwhile."""

COLD_START: Final = Mix(
    acts={CHECK: 1.0},
    formats={"eddsa-jcs-2022": 0.5, "eddsa-rdfc-2022": 0.5},
    hot=0.0,
    revoked=0.01,
    think_seconds=(0.0, 0.1),
)
"""Everybody at once, on a verifier that knows nothing yet."""

LIST_HOST_DOWN: Final = Mix(
    acts={CHECK: 1.0},
    formats={"eddsa-jcs-2022": 1.0},
    hot=0.2,
    revoked=0.01,
    think_seconds=(0.05, 0.2),
)
"""Half of what is checked has its entry in a list on a host that falls silent."""

DATABASE_DOWN: Final = Mix(
    acts={CHECK: 0.7, LIST: 0.3},
    formats={"eddsa-rdfc-2022": 1.0},
    hot=1.0,
    revoked=0.0,
    think_seconds=(0.05, 0.2),
)
"""Checks and fetches of status lists while PostgreSQL is dead."""

MIXES: Final[Mapping[str, Mix]] = {
    "job_fair": JOB_FAIR,
    "roster_day": ROSTER_DAY,
    "revocation_storm": REVOCATION_STORM,
    "cold_start": COLD_START,
    "list_host_down": LIST_HOST_DOWN,
    "database_down": DATABASE_DOWN,
}


class Draw:
    """Choices that are the same in every run, and others for every ``person``."""

    def __init__(self, person: int) -> None:
        self._chance = Random(f"{_SEED} {person}")

    def happens(self, share: float) -> bool:
        """Whether it happens this time, which it does in ``share`` of all times."""
        return self._chance.random() < share

    def between(self, shortest: float, longest: float) -> float:
        """A number from ``shortest`` to ``longest``."""
        return self._chance.uniform(shortest, longest)

    def one_of(self, shares: Mapping[str, float]) -> str:
        """One of the names, each as often as its share says."""
        return self._chance.choices(tuple(shares), weights=tuple(shares.values()))[0]

    def among(self, things: Sequence[_T]) -> _T:
        """One of ``things``, all alike."""
        return self._chance.choice(things)

    def below(self, bound: int) -> int:
        """A whole number from 0, less than ``bound``."""
        return self._chance.randrange(bound)
