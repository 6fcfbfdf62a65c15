"""The clock of every process jumps forward and back under load."""

import time
from pathlib import Path
from typing import Final

from loadtest.faults.house_faults import Under
from loadtest.faults.load import CHECK, READ
from loadtest.moved_clock import move
from runtime.clock import SystemClock

STEP_SECONDS: Final = 30
_AHEAD_SECONDS: Final = 8


def jump_forward_and_back(under: Under, file: Path, *, seconds: float = STEP_SECONDS) -> None:
    """Forward by ``seconds``, back again, and back by as much behind the right time; then right again.

    While a clock stands behind what was published nothing can be published, and revoking is acknowledged
    all the same; so it is measured how long the house takes to be itself. Checks and lists are answered.
    """
    # The keys of a younger house would not hold yet for a clock behind the right time.
    time.sleep(seconds)
    began = time.monotonic()
    for name, ahead in (("forward", seconds), ("right_again", 0), ("behind", -seconds), ("at_last", 0)):
        moved = time.monotonic()
        move(file, ahead)
        time.sleep(_AHEAD_SECONDS)
        if ahead >= 0:
            under.until_all_succeed(moved)
        under.facts[f"{name}_newest_list_is_ahead_seconds"] = _newest_list(under)
        missed = [one for one in under.ledger.since(moved) if one.act == CHECK and not one.is_good]
        under.facts[f"{name}_checks_missed"] = len(missed)
        under.facts[f"{name}_seconds"] = time.monotonic() - moved
    under.require_answered(began, CHECK, READ)
    if not seconds / 2 < under.facts["forward_newest_list_is_ahead_seconds"] < 2 * seconds:
        under.broken.append("the clocks did not move")


def _newest_list(under: Under) -> float:
    """How far the newest list that was served is ahead of the true time; its version is a time in ms."""
    newest = max(served.version for served in under.ledger.served.values())
    return newest / 1000 - SystemClock().now().timestamp()
