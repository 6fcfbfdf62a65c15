"""How the processes of a house reach one another: all on loopback, or each in a network namespace of its own.

In namespaces there is a link for each pair that may speak, and nothing else: no route leads from one service
to another that it does not call, nor to the outside. So what works there works under the network policies of
a deployment (deploy/helm).
"""

import os
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, Protocol

LOOPBACK: Final = "127.0.0.1"

CALLS: Final[Mapping[str, frozenset[str]]] = {
    "trust_registry": frozenset({"issuer", "revocation", "wallet_api", "passport"}),
    "issuer": frozenset({"trust_registry", "revocation", "wallet_api", "passport"}),
    "revocation": frozenset({"trust_registry", "issuer"}),
    "wallet_api": frozenset({"trust_registry", "issuer", "revocation", "passport"}),
    "passport": frozenset({"trust_registry", "wallet_api"}),
    "verifier": frozenset(),
}
"""Service → the services it may connect to; a verifier lives on what the proxy publishes. In a demo the
front door's simulators stand for the labour database and for those who deliver messages."""


class Network(Protocol):
    """Where each process is; processes are named as in ``loadtest.house``."""

    @property
    def public(self) -> str:
        """The address of the proxy, for everybody."""

    def prepare(self, services: Mapping[str, str]) -> None:
        """Make it, for processes (name → service)."""

    def address(self, name: str, *, caller: str | None) -> str | None:
        """The address of a process for a ``caller`` (None: the proxy), or None where no way leads there."""

    def proxy_address(self, name: str) -> str:
        """The address from which the proxy comes to a process."""

    def namespace(self, name: str) -> str | None:
        """The file of the namespace of a process, where it has one of its own."""

    def close(self) -> None:
        """Take it down."""


class Loopback:
    """Everything on 127.0.0.1, where everybody reaches everybody."""

    public = LOOPBACK

    def prepare(self, services: Mapping[str, str]) -> None:
        """See ``Network``: there is nothing to make."""

    def address(self, name: str, *, caller: str | None) -> str | None:
        """See ``Network``."""
        return LOOPBACK

    def proxy_address(self, name: str) -> str:
        """See ``Network``."""
        return LOOPBACK

    def namespace(self, name: str) -> str | None:
        """See ``Network``."""
        return None

    def close(self) -> None:
        """See ``Network``."""


class Namespaces:
    """A namespace for each process, with links as ``CALLS`` says and one to the proxy; needs root."""

    public = "10.77.255.1"

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._prefix = f"pp{os.getpid() % 100_000}"
        self._numbers: dict[str, int] = {}
        self._addresses: dict[tuple[str, str | None], str] = {}
        self._links = 0

    @staticmethod
    def are_permitted() -> bool:
        """Whether this process may make namespaces and links."""
        probe = f"pp{os.getpid() % 100_000}-probe"
        try:
            _ip("netns", "add", probe)
            _ip("netns", "del", probe)
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def prepare(self, services: Mapping[str, str]) -> None:
        """See ``Network``."""
        _ip("address", "add", f"{self.public}/32", "dev", "lo")
        for number, name in enumerate(services):
            self._numbers[name] = number
            _ip("netns", "add", self._named(name))
            self._inside(name, "link", "set", "lo", "up")
            self._link(name, None)
            self._inside(name, "route", "add", f"{self.public}/32", "via", self._addresses[name, None])
        for caller, service in services.items():
            for name in _called(service, services):
                if (caller, name) not in self._addresses and caller != name:
                    self._link(caller, name)

    def address(self, name: str, *, caller: str | None) -> str | None:
        """See ``Network``."""
        return self._addresses.get((caller, name) if caller is not None else ("", name))

    def proxy_address(self, name: str) -> str:
        """See ``Network``."""
        return self._addresses[name, None]

    def namespace(self, name: str) -> str | None:
        """See ``Network``."""
        return f"/var/run/netns/{self._named(name)}"

    def close(self) -> None:
        """See ``Network``: links go with the namespaces they end in."""
        for name in self._numbers:
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", self._named(name))
        with suppress(subprocess.CalledProcessError):
            _ip("address", "del", f"{self.public}/32", "dev", "lo")

    def _link(self, one: str, other: str | None) -> None:
        """A pair of interfaces and a network of two addresses, between two processes or to the proxy."""
        self._links += 1
        block = f"10.77.{self._links // 64}.{self._links % 64 * 4}"
        head, _, last = block.rpartition(".")
        mine, theirs = f"{head}.{int(last) + 1}", f"{head}.{int(last) + 2}"
        ends = [f"{self._prefix}v{self._links}{side}" for side in "ab"]
        _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        self._put(ends[0], one, mine)
        self._put(ends[1], other, theirs)
        # Keys are (who asks, whom): the proxy asks under the name "".
        self._addresses[one, other] = theirs
        self._addresses[other or "", one] = mine

    def _put(self, interface: str, name: str | None, address: str) -> None:
        if name is None:
            _ip("address", "add", f"{address}/30", "dev", interface)
            _ip("link", "set", interface, "up")
            return
        _ip("link", "set", interface, "netns", self._named(name))
        self._inside(name, "address", "add", f"{address}/30", "dev", interface)
        self._inside(name, "link", "set", interface, "up")

    def _inside(self, name: str, *arguments: str) -> None:
        _ip("-netns", self._named(name), *arguments)

    def _named(self, name: str) -> str:
        return f"{self._prefix}-{name}"


def _called(service: str, services: Mapping[str, str]) -> Iterable[str]:
    return [name for name, called in services.items() if called in CALLS[service]]


def _ip(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True, capture_output=True, timeout=30)
