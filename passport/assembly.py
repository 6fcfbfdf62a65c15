"""The all-in-one process: every service with its own database and keys, joined in memory.

Services still speak HTTP with one another, over an in-process transport: nothing is different
when one of them moves to another machine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

import issuer.app
import revocation.app
import trust_registry.app
import verifier.app
import wallet_api.app
from issuer.background import Workers
from passport.demo_world.people import DemoPerson
from passport.dispatch import Dispatcher
from passport.front import create_front
from runtime.clients import AsgiApp, Peers
from runtime.clock import Clock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.metrics import Metrics
from runtime.pages import Pages
from runtime.readiness import ReadinessChecks
from runtime.service import ServiceContext
from runtime.settings import SERVICES, Settings, load_settings

_MAKERS: dict[str, Callable[[ServiceContext], FastAPI]] = {
    "trust_registry": trust_registry.app.create_app,
    "revocation": revocation.app.create_app,
    "verifier": verifier.app.create_app,
    "wallet_api": wallet_api.app.create_app,
}
_STORING = ("trust_registry", "revocation", "wallet_api", "issuer", "verifier")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contexts:
    """The surroundings of every service of one process, and what they share."""

    settings: Settings
    clock: Clock
    by_service: dict[str, ServiceContext]
    peer_apps: dict[str, AsgiApp]
    origin_apps: dict[str, AsgiApp]

    def close(self) -> None:
        """Give back every database connection."""
        for context in self.by_service.values():
            context.database.close()


def open_contexts(settings: Settings, clock: Clock, *, is_apart: bool = False) -> Contexts:
    """Open (and migrate) every service's database and keyring.

    ``is_apart``: each service has a data folder of its own, named after it, below the one in ``settings``.
    """
    peer_apps: dict[str, AsgiApp] = {}
    origin_apps: dict[str, AsgiApp] = {}
    pages = Pages(settings)
    fetcher = Fetcher(settings, clock, apps=origin_apps)
    metrics, readiness = Metrics(), ReadinessChecks()
    by_service = {}
    for service in SERVICES:
        own = _with_own_folder(settings, service) if is_apart else settings
        by_service[service] = _context(
            own,
            clock,
            service,
            peer_apps=peer_apps,
            fetcher=fetcher,
            pages=pages,
            metrics=metrics,
            readiness=readiness,
        )
    return Contexts(
        settings=settings,
        clock=clock,
        by_service=by_service,
        peer_apps=peer_apps,
        origin_apps=origin_apps,
    )


def _with_own_folder(settings: Settings, service: str) -> Settings:
    # Built anew and not copied: a copy would share the secrets made in the folder of another service.
    return load_settings(**{**settings.model_dump(), "data_dir": settings.data_dir / service})


def open_one(settings: Settings, clock: Clock, service: str) -> ServiceContext:
    """The surroundings of one service that runs alone; its peers are asked over the network."""
    return _context(
        settings,
        clock,
        service,
        peer_apps={},
        fetcher=Fetcher(settings, clock),
        pages=Pages(settings),
        metrics=Metrics(),
        readiness=ReadinessChecks(),
    )


def _context(
    settings: Settings,
    clock: Clock,
    service: str,
    *,
    peer_apps: dict[str, AsgiApp],
    fetcher: Fetcher,
    pages: Pages,
    metrics: Metrics,
    readiness: ReadinessChecks,
) -> ServiceContext:
    database = Database.open(settings, service)
    if service in _STORING:
        database.upgrade()
    return ServiceContext(
        service=service,
        settings=settings,
        clock=clock,
        database=database,
        keyring=Keyring.open(settings, service),
        peers=Peers(settings, clock, service, peer_apps),
        fetcher=fetcher,
        pages=pages,
        metrics=metrics,
        readiness=readiness,
    )


def assemble(
    contexts: Contexts,
    people: tuple[DemoPerson, ...] = (),
    *,
    workers: Workers | None = None,
) -> Dispatcher:
    """Build the all-in-one application. ``people`` fill the RLD simulator of a demo.

    Class lists are issued in this process where there are no ``workers`` (``issuer.background``).
    """
    makers = _MAKERS | {"issuer": partial(issuer.app.create_app, workers=workers)}
    apps = {"passport": create_front(contexts.by_service["passport"], people)}
    # Known before the issuer is made: its client of the RLD may be the simulator behind this door.
    contexts.peer_apps.update(apps)
    apps |= {service: make(contexts.by_service[service]) for service, make in makers.items()}
    contexts.peer_apps.update(apps)
    dispatcher = Dispatcher(apps)
    contexts.origin_apps[contexts.settings.base_url] = dispatcher
    return dispatcher
