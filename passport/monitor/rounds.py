"""A monitor as the command line runs it: settings, state file, one look at a time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from passport.monitor.judge import Observation
from passport.monitor.state import load_state, save_state
from passport.monitor.watch import Watch, Watched
from runtime.clock import SystemClock
from runtime.fetch import Fetcher
from runtime.settings import Settings, load_settings
from vc.errors import EvidenceUnavailable
from vc.trust.anchor import parse_anchor


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """Looks at one deployment; what was seen is kept after every look."""

    settings: Settings
    watched: Watched
    state: Path | None

    def look(self) -> list[Observation]:
        """Everything there is to say now; empty when all is well."""
        clock = SystemClock()
        seen = load_state(self.state, self.watched.base)
        watch = Watch(self.watched, Fetcher(self.settings, clock).get, clock, seen)
        found = asyncio.run(watch.look())
        save_state(self.state, watch.state)
        return found


def open_rounds(*, base: str, state: Path | None, anchor: str | None, max_age: int) -> Rounds:
    """A monitor of the deployment at ``base``. Raises ``EvidenceUnavailable`` without an anchor."""
    settings = load_settings(base_url=base)
    key = anchor or settings.trust_anchor
    if key is None:
        raise EvidenceUnavailable("A monitor needs the trust anchor: --anchor, or the setting.")
    watched = Watched(
        base=settings.base_url,
        did_host=settings.did_host,
        anchor=parse_anchor(key, did=f"did:web:{settings.did_host}:trust"),
        max_age=timedelta(seconds=max_age),
    )
    return Rounds(settings=settings, watched=watched, state=state)
