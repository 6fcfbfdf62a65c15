"""One real server per session, what it issued, and a range on which hostile requests are fired at it."""

import csv
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from runtime.auth import service_token
from runtime.clock import SystemClock
from runtime.keyring import Keyring
from runtime.settings import load_settings
from tests.invalid.case import Attempt
from tests.invalid.genuine import Accounts, Genuine
from tests.served_demo import PASSWORD, ServedDemo, serve_demo
from vc.crypto.keys import Signer
from vc.encoding.timestamps import parse_timestamp
from vc.proof.data_integrity import add_proof

SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
PEOPLE = ("clerk-phka-trakuon", "clerk-trei-chhlonh", "fraud-officer-1", "returnee-1")
CONTROL_EVERY = 50
_CENTRE = "phka-trakuon"
_LIMITS = dict.fromkeys(("verify-page", "share-link", "token", "sign-in"), "100000/minute")
_SOCKET_SECONDS = 10


class Collaborator:
    """A listener on this machine to which hostile input points; it counts who comes."""

    def __init__(self) -> None:
        self.contacts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.contacts += 1
            connection.close()

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@dataclass(kw_only=True, slots=True)
class Answer:
    """What came back, and after how long."""

    status: int
    content_type: str
    body: bytes
    seconds: float
    location: str | None = None


@dataclass(kw_only=True, slots=True)
class Range:
    """The server under fire. Every 50 attempts a genuine credential is verified as a control."""

    demo: ServedDemo
    client: httpx2.Client
    collaborator: Collaborator
    genuine: Mapping[str, Genuine]
    resident_at_start: int
    fired: int = 0
    slowest: dict[str, float] = field(default_factory=dict)

    def fire(self, name: str, attempt: Attempt) -> Answer:
        """Send one attempt, alone."""
        self.fired += 1
        started = time.perf_counter()
        answer = self._over_the_wire(attempt.wire) if attempt.wire else self._send(attempt)
        answer.seconds = time.perf_counter() - started
        self.slowest[name] = answer.seconds
        return answer

    def control(self) -> None:
        """Assert that the service still does its work, is small, and has called nobody."""
        for genuine in self.genuine.values():
            body = b'{"verifiableCredential":' + genuine.raw + b"}"
            answer = self.fire("control", Attempt(body=body, headers={"Content-Type": "application/json"}))
            assert answer.status == 200
            assert orjson.loads(answer.body)["verified"] is True
        assert self.grown_bytes() < 150_000_000
        assert self.collaborator.contacts == 0

    def grown_bytes(self) -> int:
        """By how much the server's resident memory has grown since the start."""
        return resident_bytes(self.demo.pid) - self.resident_at_start

    def _send(self, attempt: Attempt) -> Answer:
        response = self.client.request(
            attempt.method,
            attempt.path,
            content=iter(attempt.chunks) if attempt.chunks else attempt.body,
            headers={"Accept": "*/*", "Accept-Language": "en", **attempt.headers},
        )
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            body=response.content,
            seconds=0,
            location=response.headers.get("location"),
        )

    def _over_the_wire(self, wire: bytes) -> Answer:
        host, port = self.demo.url.removeprefix("http://").split(":")
        received = b""
        with socket.create_connection((host, int(port)), timeout=_SOCKET_SECONDS) as connection:
            try:
                connection.sendall(wire)
                connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65_536):
                    received += chunk
            except (ConnectionResetError, BrokenPipeError):
                pass
        return _parsed(received)


def _parsed(received: bytes) -> Answer:
    """The answer in ``received``; a connection closed without a word counts as 400."""
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.1 ") else 400
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return Answer(status=status, content_type=fields.get("content-type", ""), body=body, seconds=0)


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the process has ended")


@pytest.fixture(scope="session")
def collaborator() -> Iterator[Collaborator]:
    listener = Collaborator()
    yield listener
    listener.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    folder = tmp_path_factory.mktemp("served")
    with serve_demo(folder, PASSPORT_RATE_LIMITS=json.dumps(_LIMITS)) as served:
        yield served


@pytest.fixture(scope="session")
def firing_range(demo: ServedDemo, collaborator: Collaborator) -> Iterator[Range]:
    with httpx2.Client(base_url=demo.url, timeout=60, trust_env=False) as client:
        genuine = _issue(demo, client, collaborator)
        fired = Range(
            demo=demo,
            client=client,
            collaborator=collaborator,
            genuine=genuine,
            resident_at_start=resident_bytes(demo.pid),
        )
        fired.control()
        # What is loaded on first use is no growth.
        fired.resident_at_start = resident_bytes(demo.pid)
        yield fired


def _issue(demo: ServedDemo, client: httpx2.Client, collaborator: Collaborator) -> dict[str, Genuine]:
    cookies = {name: _sign_in(demo, name) for name in PEOPLE}
    as_clerk = {"Cookie": cookies[f"clerk-{_CENTRE}"], "Origin": demo.url}
    rows = _sample_rows(client)
    # The first carpenter holds the whole qualification, and so does the second.
    carpenters = [
        row for row in rows if row["Qualification code"] == "DEMO-RPL-CRP" and not row["Units passed"]
    ]
    items = [_issue_one(client, row, as_clerk) for row in carpenters[:2]]
    first, second = (client.get(item["credential"], headers=as_clerk).content for item in items)
    accounts = Accounts(
        cookies=cookies,
        service_token=_service_tokens(demo),
        class_id=_class_id(client, as_clerk),
        credential_file=items[0]["credential"],
    )
    centre = _centre_signer(demo, first)
    pdf = client.get(items[0]["certificate"], headers=as_clerk).content
    return {
        suite: Genuine(
            suite=suite,
            raw=_in_suite(first, suite, centre),
            other=_in_suite(second, suite, centre),
            base_url=demo.url,
            collaborator=collaborator.url,
            token=items[0]["verify_url"].rsplit("/", 1)[1],
            centre=centre,
            accounts=accounts,
            pdf=pdf,
        )
        for suite in SUITES
    }


def _sign_in(demo: ServedDemo, username: str) -> str:
    """The session of ``username`` as a Cookie header."""
    form = {"username": username, "password": PASSWORD, "next": "/"}
    response = httpx2.post(f"{demo.url}/sign-in", data=form, timeout=60, trust_env=False)
    assert response.status_code == 303
    return str(response.headers["set-cookie"].split(";")[0])


def _sample_rows(client: httpx2.Client) -> list[dict[str, str]]:
    sample = client.get("/demo/samples/rpl-en.csv").text.lstrip("\ufeff")
    return list(csv.DictReader(io.StringIO(sample)))


def _issue_one(client: httpx2.Client, row: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
    body = {"kind": "rpl", "row": {name: value for name, value in row.items() if value}}
    response = client.post("/issuer/api/credentials", json=body, headers=headers)
    assert response.status_code == 201, response.text
    return dict(response.json())


def _class_id(client: httpx2.Client, headers: Mapping[str, str]) -> str:
    """A class list of the first clerk, in preview."""
    sample = client.get("/demo/samples/rpl-en.csv").content
    files = {"file": ("list.csv", sample)}
    response = client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files, headers=headers)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def _service_tokens(demo: ServedDemo) -> Callable[[str], str]:
    settings = load_settings(data_dir=demo.data_dir, base_url=demo.url)

    def make(pair: str) -> str:
        caller, audience = pair.split(">")
        now = SystemClock().now()
        return service_token(caller=caller, audience=audience, settings=settings, now=now)

    return make


def _centre_signer(demo: ServedDemo, credential: bytes) -> Signer:
    """The centre's own key, out of the demo's key file."""
    method = orjson.loads(credential)["proof"]["verificationMethod"]
    settings = load_settings(data_dir=demo.data_dir, base_url=demo.url)
    return Keyring.open(settings, "issuer").signer(method.split("#")[1], method)


def _in_suite(credential: bytes, suite: str, centre: Signer) -> bytes:
    """The credential as issued, or the same award as the centre secures it in the other suite.

    A server issues in one suite, and starting a second would take longer than all the rest.
    """
    document = orjson.loads(credential)
    proof = document.pop("proof")
    if proof["cryptosuite"] == suite:
        return credential
    entry = document["credentialStatus"]
    for name in ("id", "statusListCredential"):
        entry[name] = entry[name].replace(proof["cryptosuite"], suite)
    created = parse_timestamp(proof["created"])
    return orjson.dumps(add_proof(document, cryptosuite=suite, signer=centre, created=created))
