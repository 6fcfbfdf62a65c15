"""What a service is given when it is made: everything that is not pure, in one value."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from runtime.clients import Peers
from runtime.clock import Clock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.metrics import Metrics
from runtime.pages import Pages
from runtime.personal_data import PersonalData
from runtime.rate_limit import RateLimiter
from runtime.readiness import ReadinessChecks
from runtime.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceContext:
    """The surroundings of one service in one process; services of one process share what is measured."""

    service: str
    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    peers: Peers
    fetcher: Fetcher
    pages: Pages
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    metrics: Metrics = field(default_factory=Metrics)
    readiness: ReadinessChecks = field(default_factory=ReadinessChecks)
    personal: PersonalData = field(init=False)

    def __post_init__(self) -> None:
        # Frozen: this is the one way to set what follows from the other fields.
        object.__setattr__(self, "personal", PersonalData.open(self.settings, self.keyring))


@contextmanager
def opened_alone(settings: Settings, clock: Clock, service: str) -> Iterator[ServiceContext]:
    """A service's surroundings for one command: its peers are asked over the network."""
    database = Database.open(settings, service)
    try:
        database.upgrade()
        yield ServiceContext(
            service=service,
            settings=settings,
            clock=clock,
            database=database,
            keyring=Keyring.open(settings, service),
            peers=Peers(settings, clock, service),
            fetcher=Fetcher(settings, clock),
            pages=Pages(settings),
        )
    finally:
        database.close()


def context_of(request: Request) -> ServiceContext:
    """The context of the service that answers ``request``."""
    context = request.app.state.context
    if not isinstance(context, ServiceContext):
        raise TypeError("the application was not made by runtime.http.build_app")
    return context
