"""The labour database over real sockets: the simulator as a process, and TLS with two certificates."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from issuer.rld.connect import _tls
from issuer.rld.port import RldUnavailable, Trouble
from issuer.rld.remote import XRoadRld
from issuer.rld.xroad import XRoadClient, XRoadRoute
from passport.demo_world.people import draw_people
from passport.simulators.rld import CLIENT, SERVICE, RldSimulator, SimulatorWarning
from passport.tls import self_signed
from runtime.clock import SystemClock
from runtime.settings import Settings, SettingsError

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

NUMBER = draw_people(1)[0].rld_number
_STARTS_WITHIN_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the simulator did not start")


@pytest.fixture(scope="module")
def simulated() -> Iterator[str]:
    """The address of ``passport rld simulate``."""
    port = free_port()
    start = "from passport.cli import main; main()"
    command = [sys.executable, "-c", start, "rld", "simulate", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ, text=True) as process:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            said, _ = process.communicate(timeout=30)
    assert "SIMULATOR: RLD (not the Returnee Labour Database)" in said


def rld_at(url: str, **tls: Any) -> tuple[httpx2.AsyncClient, XRoadRld]:
    client = httpx2.AsyncClient(base_url=url, trust_env=False, **tls)
    return client, rld_over(client, timeout_seconds=30)


def rld_over(client: httpx2.AsyncClient, *, timeout_seconds: float) -> XRoadRld:
    route = XRoadRoute(client=CLIENT, service=SERVICE)
    return XRoadRld(XRoadClient(client, route, timeout_seconds=timeout_seconds))


async def test_the_process_answers_and_misbehaves_as_it_is_told(simulated: str) -> None:
    client, rld = rld_at(simulated)
    async with client:
        assert (await rld.get_persons([NUMBER]))[NUMBER] is not None
        for how, trouble in (
            ("wrong-hash", Trouble.UNUSABLE),
            ("slow", Trouble.UNAVAILABLE),
            ("redirect", Trouble.CONFIGURATION),
            ("huge", Trouble.UNUSABLE),
            ("Server.ServerProxy.AccessDenied", Trouble.REFUSED),
        ):
            assert (await client.post("/control", json={"misbehave": how})).status_code == 200
            asked = rld_over(client, timeout_seconds=2) if how == "slow" else rld
            with pytest.raises(RldUnavailable) as caught:
                await asked.get_persons([NUMBER])
            assert caught.value.trouble is trouble, how
        assert (await client.post("/control", json={"misbehave": None})).status_code == 200
        assert (await rld.get_persons([NUMBER]))[NUMBER] is not None


@contextmanager
def security_server(certificate: tuple[Path, Path], client_certificate: Path) -> Iterator[int]:
    """The simulator over https, for those who show ``client_certificate`` only."""
    with pytest.warns(SimulatorWarning):
        simulator = RldSimulator(draw_people(1))
    port = free_port()
    config = uvicorn.Config(
        simulator.app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        lifespan="off",
        ssl_certfile=certificate[0],
        ssl_keyfile=certificate[1],
        ssl_ca_certs=str(client_certificate),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(port)
        yield port
    finally:
        server.should_exit = True
        thread.join(timeout=30)


async def test_the_security_server_is_shown_our_certificate_and_shows_its_own(tmp_path: Path) -> None:
    now = SystemClock().now()
    theirs, ours = (
        self_signed(tmp_path / "s", "127.0.0.1", now),
        self_signed(tmp_path / "c", "127.0.0.1", now),
    )
    good = {"rld_tls_authority": theirs[0], "rld_tls_certificate": ours[0], "rld_tls_key": ours[1]}
    with security_server(theirs, ours[0]) as port:
        for settings, answers in (
            (good, True),
            ({"rld_tls_authority": theirs[0]}, False),
            (good | {"rld_tls_authority": None}, False),
        ):
            context = _tls(Settings(data_dir=tmp_path, **settings))
            client, rld = rld_at(f"https://127.0.0.1:{port}", verify=context)
            async with client:
                if answers:
                    assert (await rld.get_persons([NUMBER]))[NUMBER] is not None
                    continue
                with pytest.raises(RldUnavailable) as caught:
                    await rld.get_persons([NUMBER])
                assert caught.value.trouble is Trouble.UNAVAILABLE


def test_a_certificate_that_cannot_be_used_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PASSPORT_RLD_TLS"):
        _tls(Settings(data_dir=tmp_path, rld_tls_certificate=tmp_path / "none.pem"))
