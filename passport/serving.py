"""Running the product: all services in one process, one of them in its own, or the conformance profile."""

import asyncio
import ipaddress
import socket
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import anyio.to_thread
import typer
import uvicorn
from starlette.types import ASGIApp

from passport.apart import create_apart, stands_alone
from passport.assembly import assemble, open_contexts, open_one
from passport.conformance import app as conformance_app
from passport.demo_world import licences
from passport.demo_world.holders import DOOR, create_holders
from passport.demo_world.people import draw_people
from passport.demo_world.world import SignIn, create_demo_world
from passport.front import add_basics, with_simulated_provider
from passport.tls import self_signed
from passport.workers import ChildWorkers, settings_of_child
from runtime.aside import SWITCH_SECONDS
from runtime.clock import SystemClock
from runtime.collecting import keep_collecting, settle
from runtime.logging import configure_logging
from runtime.settings import Settings, load_settings
from runtime.tasks import end_tasks
from runtime.tracing import tracing

# What ``uvicorn.run`` ends with where the port cannot be bound, say.
_NOT_STARTED = 3
# As long as a proxy passes over a process whose door it found closed.
_LEAVE_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.02
LOOPBACK_PASSWORD = "demo-passport"  # noqa: S105 - loopback only, printed for everyone to see


Certificate = tuple[Path, Path]


def run_server(*, host: str | None, port: int | None, certificate: Certificate | None) -> None:
    """Serve all services until stopped; ``host`` and ``port`` win over the settings.

    ``certificate`` is a chain and its key, as PEM files; without it the demo makes its own where it
    needs one. Raises ``SettingsError`` for settings nobody can be served with.
    """
    _run_whole(_all_in_one, host, port, certificate)


def run_conformance(*, host: str | None, port: int | None, certificate: Certificate | None) -> None:
    """Serve the conformance profile until stopped, as ``run_server``."""
    _run_whole(_conformance, host, port, certificate)


def run_one(service: str, *, host: str | None, port: int | None, certificate: Certificate | None) -> None:
    """Serve one service until stopped, as ``run_server``; https only with a ``certificate``.

    A verifier without a deployment around it is a whole, and has a certificate of its own like one.
    """
    if stands_alone(load_settings(), service):
        _run_whole(partial(_one, service=service), host, port, certificate)
        return
    configure_logging()
    named = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in named.items() if value is not None})
    workers = ChildWorkers(settings)
    _run(_one(settings, workers, service=service), settings, certificate, workers)


def _run_whole(
    make: Callable[[Settings, ChildWorkers], ASGIApp],
    host: str | None,
    port: int | None,
    certificate: Certificate | None,
) -> None:
    configure_logging()
    settings = chosen_settings(host, port, has_certificate=certificate is not None)
    if certificate is None and settings.is_https and settings.is_demo:
        certificate = self_signed(settings.data_dir / "tls", settings.host, SystemClock().now())
    workers = ChildWorkers(settings_of_child(settings, None if certificate is None else certificate[0]))
    _run(make(settings, workers), settings, certificate, workers)


def chosen_settings(host: str | None, port: int | None, *, has_certificate: bool) -> Settings:
    """The settings with what the command line names instead, and a demo's origin made to fit."""
    given = load_settings()
    chosen_host, chosen_port = host or given.host, port or given.port
    has_own_origin = given.base_url != Settings.model_fields["base_url"].default
    if not has_own_origin and chosen_host in ("0.0.0.0", "::"):  # noqa: S104 - refused, not bound
        message = "name the address others reach, or set PASSPORT_BASE_URL"
        raise typer.BadParameter(message, param_hint="--host")
    overrides: dict[str, object] = {"host": chosen_host, "port": chosen_port}
    if given.is_demo and not has_own_origin:
        scheme = "http" if is_loopback(chosen_host) and not has_certificate else "https"
        overrides["base_url"] = f"{scheme}://{chosen_host}:{chosen_port}"
    return load_settings(**overrides)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _all_in_one(settings: Settings, workers: ChildWorkers) -> ASGIApp:
    if not settings.is_demo:
        return assemble(open_contexts(settings, SystemClock()), workers=workers)
    settings = with_simulated_provider(settings)
    people = draw_people()
    contexts = open_contexts(settings, SystemClock())
    password = LOOPBACK_PASSWORD if is_loopback(settings.host) else None
    sign_ins, anchor = create_demo_world(contexts, people, passwords=password)
    holders = create_holders(contexts, people, fixed_pins=password is not None)
    contexts.close()
    settings = load_settings(**{**settings.model_dump(), "trust_anchor": anchor})
    announce(settings, sign_ins, holders)
    return assemble(open_contexts(settings, SystemClock()), people, workers=workers)


def _one(settings: Settings, workers: ChildWorkers, *, service: str) -> ASGIApp:
    return create_apart(settings, service, workers)


def _conformance(settings: Settings, _: ChildWorkers) -> ASGIApp:
    # Before anything is opened: a production folder is not to be touched.
    conformance_app.require_demo(settings)
    app = conformance_app.create_app(open_one(settings, SystemClock(), "passport"))
    add_basics(app, "/conformance/ids.json")
    typer.echo(
        "CONFORMANCE PROFILE: signs anything for anybody, with keys made just now. Never rely on it.\n"
        f"  Issuers and verifiers  {settings.base_url}/conformance/ids.json"
    )
    return app


def announce(settings: Settings, sign_ins: tuple[SignIn, ...], holders: tuple[SignIn, ...]) -> None:
    """Print the doors of a demo world and who may go through which."""
    lines = [
        "",
        "  DEMO / គំរូ. Not a service of the Royal Government of Cambodia.",
        "",
        f"  All doors              {settings.base_url}/",
        f"  Check a certificate    {settings.base_url}/verify   (no sign-in)",
        f"  Who may certify what   {settings.base_url}/trust   (no sign-in)",
        f"  Check an agency        {settings.base_url}/trust/agencies   (no sign-in), such as",
        f"    licensed {licences.LICENSED}, suspended {licences.SUSPENDED}, expired {licences.EXPIRED},",
        f"    employer {licences.EMPLOYER}, public body {licences.PUBLIC_BODY}, abroad {licences.ABROAD}",
        f"  Ask to be registered   {settings.base_url}/trust/apply   (no sign-in)",
        "",
        f"  Sign in at {settings.base_url}/sign-in",
        "",
        f"  {'name':<22} {'password':<14} {'role':<14} door",
    ]
    lines += [
        f"  {item.username:<22} {item.password:<14} {item.role.value:<14} {settings.base_url}{item.door}"
        for item in sign_ins
    ]
    lines += [
        "",
        f"  By phone at {settings.base_url}{DOOR}; codes: {settings.base_url}/simulators/messages/",
        f"  By a phone without a browser: {settings.base_url}/simulators/phone/",
        *(f"  {item.username:<22} PIN {item.password:<10} {item.name}" for item in holders),
    ]
    lines += ["", *(f"  {line}" for line in reach_notice(settings)), ""]
    typer.echo("\n".join(lines))


def reach_notice(settings: Settings) -> tuple[str, ...]:
    """What to know about QR codes made by this deployment."""
    if is_loopback(settings.host):
        return (
            "QR codes of this demo point at this machine, which a phone cannot reach: upload the",
            "PDF, a picture of it or the credential file at /verify instead, or type the short code.",
            "For phones on your network: make run HOST=<this machine's address>",
        )
    return ("The certificate of this server is self-signed: browsers will ask once.",)


class _Server(uvicorn.Server):
    """Ends its workers first: they ask it, and it waits for whoever is connected.

    A proxy keeps connections for later, and sends a check on one of them in the very moment in which it is
    closed; that cannot be told from one that was done, so nobody sends it again. Therefore nobody new is let
    in first, which the proxy does understand, and every answer says that its connection ends with it.
    """

    def __init__(self, config: uvicorn.Config, workers: ChildWorkers) -> None:
        super().__init__(config)
        self._workers = workers
        self._collecting: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See ``uvicorn.Server``."""
        await super().startup(sockets)
        settle()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._collecting = asyncio.create_task(keep_collecting())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See ``uvicorn.Server``."""
        if self._collecting is not None:
            await end_tasks(self._collecting)
        await anyio.to_thread.run_sync(self._workers.stop)
        await self._take_leave()
        await super().shutdown(sockets)

    async def _take_leave(self) -> None:
        for server in self.servers:
            server.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        until = time.monotonic() + _LEAVE_SECONDS
        # Connections come and go by themselves: there is nothing to wait for but the clock.
        while self.server_state.connections and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)


def server_config(app: ASGIApp, settings: Settings, certificate: Certificate | None) -> uvicorn.Config:
    """How uvicorn serves ``app``: no log of its own, and forwarded addresses from trusted proxies alone."""
    certificate_file, key_file = certificate or (None, None)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        ssl_certfile=certificate_file,
        ssl_keyfile=key_file,
    )


def _run(app: ASGIApp, settings: Settings, certificate: Certificate | None, workers: ChildWorkers) -> None:
    server = _Server(server_config(app, settings, certificate), workers)
    with suppress(KeyboardInterrupt), tracing(settings):
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)
