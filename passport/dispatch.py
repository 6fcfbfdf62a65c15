"""One ASGI application out of several: the path's beginning says which service answers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

# A prefix of two parts comes before one of its first part.
PREFIXES: Mapping[str, str] = {
    "/sign-in": "trust_registry",
    "/sign-out": "trust_registry",
    "/account": "trust_registry",
    "/token": "trust_registry",
    "/trust": "trust_registry",
    "/issuer": "issuer",
    "/centres": "issuer",
    "/types": "issuer",
    "/openid4vci": "issuer",
    "/.well-known/openid-credential-issuer": "issuer",
    "/.well-known/oauth-authorization-server": "issuer",
    "/revocation": "revocation",
    "/status": "revocation",
    "/verify": "verifier",
    "/v": "verifier",
    "/s": "verifier",
    "/credentials": "verifier",
    "/presentations": "verifier",
    "/cards": "verifier",
    "/wallet": "wallet_api",
}
FRONT_DOOR = "passport"


def service_of(path: str) -> str:
    """The service that answers ``path``, known by its first two parts or by the first."""
    first, second = [*path.lstrip("/").split("/", 2), ""][:2]
    return PREFIXES.get(f"/{first}/{second}") or PREFIXES.get(f"/{first}", FRONT_DOOR)


class Dispatcher:
    """Routes requests by path prefix and runs every service's lifespan."""

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        """``apps`` by service name; a service that is absent here is answered by the front door."""
        self.apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._run_lifespans(receive, send)
            return
        await self.app_for(scope["path"])(scope, receive, send)

    def app_for(self, path: str) -> ASGIApp:
        """The application that answers ``path``."""
        return self.apps.get(service_of(path), self.apps[FRONT_DOOR])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Every service's lifespan, entered in order and left in reverse."""
        async with AsyncExitStack() as stack:
            for app in self.apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    async def _run_lifespans(self, receive: Receive, send: Send) -> None:
        await receive()
        started = False
        try:
            async with self.running():
                started = True
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except BaseException:
            stage = "shutdown" if started else "startup"
            await send({"type": f"lifespan.{stage}.failed", "message": "a service did not start or stop"})
            raise
        await send({"type": "lifespan.shutdown.complete"})
