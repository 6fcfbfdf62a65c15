"""How a service asks another: the same client, over the network or inside the process."""

import ssl
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

import httpx2

from runtime.auth import service_token
from runtime.clock import Clock
from runtime.settings import Settings, require_service_name
from runtime.tracing import TracedTransport

# ASGI applications as the transport types them.
AsgiApp = Callable[[Any, Any, Any], Any]

_TIMEOUT_SECONDS: Final = 30.0


class _ServiceAuth(httpx2.Auth):
    """A fresh service token on every request: they live for a minute only."""

    def __init__(self, settings: Settings, clock: Clock, caller: str, target: str) -> None:
        self._settings = settings
        self._clock = clock
        self._caller = caller
        self._target = target

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        token = service_token(
            caller=self._caller, audience=self._target, settings=self._settings, now=self._clock.now()
        )
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


class Peers:
    """The other services, as ``caller`` sees them."""

    def __init__(
        self, settings: Settings, clock: Clock, caller: str, apps: Mapping[str, AsgiApp] | None = None
    ) -> None:
        """``apps`` are the services of this very process by name.

        The mapping is looked into when a client is first asked for, so it may be filled after
        the services, which need their peers, are made. Services not in it are asked over the network.
        """
        self._settings = settings
        self._clock = clock
        self._caller = require_service_name(caller)
        self._apps = {} if apps is None else apps
        self._clients: dict[str, httpx2.AsyncClient] = {}

    def client(self, service: str, path: str = "") -> httpx2.AsyncClient:
        """A client for ``service``: paths such as ``/status/…`` suffice, the token is attached.

        With ``path`` every request goes below it.
        """
        client = self._clients.get(service + path)
        if client is None or client.is_closed:
            client = self._clients[service + path] = self._make(require_service_name(service), path)
        return client

    def _make(self, service: str, path: str) -> httpx2.AsyncClient:
        app = self._apps.get(service)
        transport: httpx2.AsyncBaseTransport = (
            httpx2.AsyncHTTPTransport(retries=1, verify=_tls(self._settings))
            if app is None
            else httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        )
        return httpx2.AsyncClient(
            transport=TracedTransport(transport, service),
            base_url=self._settings.service_url(service) + path,
            auth=_ServiceAuth(self._settings, self._clock, self._caller, service),
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()


def _tls(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.peer_ca_file is not None:
        context.load_verify_locations(settings.peer_ca_file)
        # The file may hold the peer's own certificate, which need not be its own issuer.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
