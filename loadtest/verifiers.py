"""Verifiers under load: processes of their own on this machine that look at a world served beside them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import psutil

from loadtest.origin import Host
from loadtest.world import LICENCE_NUMBER, LoadWorld
from passport.assembly import open_one
from runtime.clock import SystemClock
from runtime.settings import load_settings
from tests.served_demo import ServedDemo, serve_demo
from tests.simulator import TRUST_LIST_URL
from verifier.keys import WantedKey, create_key

_MIB: Final = 1024 * 1024
# Nobody is told to wait: what is measured is the work and not the limits.
_NO_LIMIT: Final = "100000000/minute"
_LIMITS: Final = ("verify-page", "verify-check", "verify-batch")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What processes used so far: CPU seconds, and resident MiB now."""

    cpu_seconds: float
    resident_mib: float
    open_files: int

    def since(self, before: "Spent") -> float:
        """CPU seconds since ``before``."""
        return self.cpu_seconds - before.cpu_seconds


def spent_by(*pids: int) -> Spent:
    """What these processes and their children used; a child that ended counts with its parent."""
    cpu, resident, files = 0.0, 0, 0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            cpu += times.user + times.system
            resident += one.memory_info().rss
            files += one.num_fds()
        ended = process.cpu_times()
        cpu += ended.children_user + ended.children_system
    return Spent(cpu_seconds=cpu, resident_mib=resident / _MIB, open_files=files)


@contextmanager
def verifiers(
    folder: Path, world: LoadWorld, served: Sequence[Host], *, processes: int = 1, refresh_seconds: int = 300
) -> Iterator[tuple[ServedDemo, ...]]:
    """So many verifiers, each ``passport serve --only verifier`` with a data folder and a port of its own.

    ``refresh_seconds`` is how old lists may grow before they are asked for again.
    """
    aliases = {host.origin: host.address for host in served}
    environment = {
        "PASSPORT_TRUST_ANCHOR": world.world.trust_anchor.text,
        "PASSPORT_TRUST_LIST_URL": TRUST_LIST_URL,
        "PASSPORT_ORIGIN_ALIASES": json.dumps(aliases),
        "PASSPORT_LIST_REFRESH_SECONDS": str(refresh_seconds),
        "PASSPORT_RATE_LIMITS": json.dumps(dict.fromkeys(_LIMITS, _NO_LIMIT)),
        "PASSPORT_HARVEST_PER_HOUR": "1000000",
    }
    with ExitStack() as stack:
        running = []
        for number in range(processes):
            own = folder / f"verifier-{number}"
            own.mkdir(parents=True)
            served_one = serve_demo(own, arguments=("--only", "verifier"), **environment)
            running.append(stack.enter_context(served_one))
        yield tuple(running)


def api_key(served: ServedDemo, world: LoadWorld) -> str:
    """A key under the licence of this world, for batches of 200."""
    settings = load_settings(
        data_dir=served.data_dir,
        base_url=served.url,
        trust_anchor=world.world.trust_anchor.text,
        trust_list_url=TRUST_LIST_URL,
    )
    context = open_one(settings, SystemClock(), "verifier")
    wanted = WantedKey(
        name="Load", scopes=frozenset({"verify:credentials"}), networks=(), daily_quota=None, days=9
    )

    async def create() -> str:
        return await create_key(
            context,
            wanted,
            source=world,
            organisation_id="load",
            licence_number=LICENCE_NUMBER,
            created_by="load",
        )

    try:
        return anyio.run(create)
    finally:
        context.database.close()
