"""A folder in which processes issue a class list, one after the other."""

import shutil
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.crash.death import Witness
from tests.crash.issuing_checks import NOT_REPEATABLE, REPEATABLE, check_issued
from tests.crash.nursery import End, Nursery

SUITES = (REPEATABLE, NOT_REPEATABLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """One class list, ready to be issued; ``prepared`` is what the first process told."""

    nursery: Nursery
    folder: Path
    suite: str
    prepared: dict[str, Any]

    @property
    def witness(self) -> Witness:
        """What the lives of this house have signed and sent."""
        return Witness(self.folder / "witness")

    def copy(self, folder: Path) -> "House":
        """The same house as it stands now, elsewhere."""
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder)

    def clear(self) -> None:
        """Make room."""
        shutil.rmtree(self.folder)

    def live(self, number: int, *, die_at: int | None = None) -> End:
        """Life ``number`` of this house; it issues what is not issued yet."""
        return self.ask("issue", number=number, die_at=die_at)

    def ask(self, life: str, **arguments: Any) -> End:
        """Another kind of life; ``arguments`` besides what every life here is given, or in its place."""
        given = {"folder": str(self.folder), "suite": self.suite, **self.prepared, **arguments}
        return self.nursery.live(f"issuing_life.{life}", **given)

    def require_dead(self, number: int, *, die_at: int) -> None:
        """A life that is killed before its effect ``die_at``."""
        assert self.live(number, die_at=die_at).killed_by == signal.SIGKILL

    def require_done(self, number: int) -> dict[str, Any]:
        """A life that ends by itself, having kept every promise; returns what it told."""
        end = self.live(number)
        assert end.killed_by is None
        check_issued(end.told, self.witness, self.suite)
        return end.told
