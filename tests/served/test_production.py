"""Production from nothing to a checked certificate, by the commands and one server; nothing of a demo."""

import csv
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from issuer import job_store, store
from issuer.app import create_desk
from issuer.service import approving, classes
from issuer.service.approving import Decision
from passport.assembly import open_one
from passport.demo_world.people import draw_people
from passport.front import demo_sample_file
from runtime.auth import Principal, Role
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import Settings, load_settings
from trust_registry.model import GrantedAccreditation, OrganisationKind
from trust_registry.service import accredit, register_organisation

CENTRE = "kampot-school"
HOST = "skills.gov.kh"
_WAIT_SECONDS = 60
_SIMULATOR = """
import sys, uvicorn
from passport.demo_world.people import draw_people
from passport.simulators.rld import create_rld_simulator
uvicorn.run(create_rld_simulator(draw_people()), port=int(sys.argv[1]), log_level="critical")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(*command: str, port: int, log: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """A process of its own, until it listens on ``port``; ended after."""
    with log.open("wb") as out:
        started = subprocess.Popen(command, stdout=out, stderr=out, env=dict(variables))
        try:
            deadline = time.monotonic() + _WAIT_SECONDS
            while True:
                assert started.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < deadline, log.read_text()[-2000:]
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield
        finally:
            started.terminate()
            started.wait(timeout=20)


class Deployment:
    """A production deployment in a folder; commands run in processes of their own."""

    def __init__(self, folder: Path, rld_port: int) -> None:
        self.folder = folder
        secrets = ("KEYRING_PASSPHRASE", "SERVICE_SECRET")
        own = {f"PASSPORT_{name}": hashlib.sha256(name.encode()).hexdigest() for name in secrets}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}
        self.variables = {
            **inherited,
            **own,
            "PASSPORT_MODE": "production",
            "PASSPORT_DATA_DIR": str(folder / "data"),
            "PASSPORT_BASE_URL": f"https://{HOST}",
            "PASSPORT_DID_HOST": HOST,
            "PASSPORT_HOTLINE": "1297",
            "PASSPORT_RLD_URL": f"http://127.0.0.1:{rld_port}",
            "PASSPORT_ROOT_KEY_PASSPHRASE": "what opens the offline keys",
            "PASSPORT_DEFAULT_CRYPTOSUITE": "eddsa-jcs-2022",
            "PASSPORT_LIST_REFRESH_SECONDS": "1",
        }

    def command(self, *arguments: str, **variables: str) -> str:
        """What ``passport`` prints; it must succeed."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "passport"), *arguments],
            capture_output=True,
            text=True,
            env=self.variables | variables,
            timeout=_WAIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def begin(self) -> None:
        """The authority and the root of trust; the anchor is set from then on."""
        people = ["--registrar", "r.one", "--registrar-name", "Sok", "--registrar-number", "MLVT-0001"]
        people += [
            "--second-officer",
            "s.one",
            "--second-officer-name",
            "Chan",
            "--second-officer-number",
            "MLVT-0002",
        ]
        self.command("trust", "setup", "--authority-en", "Ministry", "--authority-km", "ក្រសួង", *people)
        proposal, keys = str(self.folder / "root.json"), self.folder / "root-keys"
        made = self.command("trust", "root", "init", "--keys-out", str(keys), "--out", proposal)
        for key in sorted(keys.glob("*.json"))[:2]:
            self.command("trust", "root", "sign", proposal, "--key", str(key))
        self.command("trust", "root", "publish", proposal)
        self.variables["PASSPORT_TRUST_ANCHOR"] = made.strip().splitlines()[-1]

    def grant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the registrar's grant writes; its pages have their own tests."""
        with monkeypatch.context() as patch:
            for name, value in self.variables.items():
                patch.setenv(name, value)
            settings = load_settings()
            database = Database.open(settings, "trust_registry")
            register_organisation(
                database,
                settings,
                organisation_id=CENTRE,
                kind=OrganisationKind.CENTRE,
                name_en="Kampot School",
                name_km="សាលាកំពត",
            )
            accredit(
                database,
                GrantedAccreditation(
                    organisation_id=CENTRE,
                    credential_types=frozenset({"RPLCertificate"}),
                    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
                ),
            )
            database.close()


def rows() -> list[dict[str, str]]:
    """Rows of people whom the simulated RLD knows, as the API takes them."""
    sample = demo_sample_file(draw_people(), "rpl", "en", "csv").decode("utf-8-sig")
    return [
        {name: value for name, value in row.items() if value}
        for row in csv.DictReader(io.StringIO(sample))
        if not row["Units passed"]
    ]


def eventually(client: httpx2.Client, raw: bytes, outcome: str) -> None:
    """Wait for this answer of the verifier; lists take some seconds to come round."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        body = {"verifiableCredential": json.loads(raw)}
        answer: dict[str, Any] = client.post("/credentials/verify", json=body).json()
        if answer["decision"]["outcome"] == outcome:
            return
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)


def wait_until_listed(client: httpx2.Client, multikey: str) -> None:
    """Until the signed list has this key: the running services tell the registry by themselves."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while multikey not in (listed := client.get("/trust/list").text):
        assert time.monotonic() < deadline, listed[:2000]
        time.sleep(0.5)


def issue(house: Deployment, port: int, monkeypatch: pytest.MonkeyPatch, row: Mapping[str, str]) -> bytes:
    """One certificate, submitted by one person and approved by another; the server's own worker issues it.

    The two act at the desk itself: signing in with two steps, and the pages, have their own tests.
    """
    with monkeypatch.context() as patch:
        for name, value in house.variables.items():
            patch.setenv(name, value)
        patch.setenv("PASSPORT_TRUST_REGISTRY_URL", f"http://127.0.0.1:{port}")
        return anyio.run(_issue, load_settings(), row)


async def _issue(settings: Settings, row: Mapping[str, str]) -> bytes:
    context = open_one(settings, SystemClock(), "issuer")
    desk, database = create_desk(context), context.database
    clerk = Principal(subject="c", name="Clerk", role=Role.CLERK, organisation_id=CENTRE, identity="KPS-0001")
    approver = replace(clerk, subject="a", name="Approver", role=Role.CENTRE_APPROVER, identity="KPS-0002")
    text = io.StringIO()
    sheet = csv.DictWriter(text, list(row))
    sheet.writeheader()
    sheet.writerow(row)
    class_id = await classes.upload(
        desk, clerk, kind="rpl", filename="one.csv", data=text.getvalue().encode()
    )
    await approving.submit(desk, clerk, class_id)
    waiting = await database.read(store.get_class, class_id, CENTRE)
    await approving.approve(desk, approver, class_id, Decision(proposal=waiting.proposal))
    with anyio.fail_after(_WAIT_SECONDS):
        while await database.read(job_store.state_of, class_id) != store.DONE:
            await anyio.sleep(0.2)
    (issued,) = await database.read(desk.sealed.intents_in, class_id, store.ISSUED)
    await desk.rld.aclose()
    await context.peers.aclose()
    database.close()
    return issued.secured


def method_of(raw: bytes) -> str:
    return str(json.loads(raw)["proof"]["verificationMethod"])


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """A deployment begun, with one centre granted, beside a register of people."""
    port = free_port()
    deployment = Deployment(tmp_path, port)
    simulator = (sys.executable, "-c", _SIMULATOR, str(port))
    with process(*simulator, port=port, log=tmp_path / "rld.log", variables=deployment.variables):
        deployment.begin()
        deployment.grant(monkeypatch)
        yield deployment


@pytest.mark.full
@pytest.mark.timeout(300)
def test_a_granted_centre_issues_in_production_and_its_key_is_rotated(
    house: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    registry = {"PASSPORT_TRUST_REGISTRY_URL": f"http://127.0.0.1:{port}"}
    names = ("--name-en", "Kampot School", "--name-km", "សាលាកំពត")
    begun = house.command(
        "issuer", "add", CENTRE, "--prefix", "KPS", "--place", "Kampot", *names, **registry
    ).splitlines()
    assert begun[1].startswith("The trust registry was not told"), "there is no server yet"
    serve = (str(Path(sys.executable).parent / "passport"), "serve", "--port", str(port))
    with (
        process(*serve, port=port, log=house.folder / "server.log", variables=house.variables),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client,
    ):
        client.headers["Host"] = HOST
        wait_until_listed(client, begun[0].split()[-1].rstrip("."))
        earlier = issue(house, port, monkeypatch, rows()[0])
        eventually(client, earlier, "accepted")
        rotated = house.command("issuer", "keys", "rotate", CENTRE, **registry)
        assert "The trust registry knows it." in rotated
        later = issue(house, port, monkeypatch, rows()[1])
        assert method_of(later) != method_of(earlier)
        eventually(client, later, "accepted")
        eventually(client, earlier, "accepted")
        listed = house.command("issuer", "keys", "list", CENTRE).splitlines()
        for_documents = [line for line in listed if ".es256-" not in line]
        assert [line.endswith("signs now") for line in for_documents] == [False, True]
