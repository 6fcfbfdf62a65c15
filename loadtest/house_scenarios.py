"""The scenarios that need every service: a revocation storm, and a dead database.

All services run apart on PostgreSQL behind the proxy (``loadtest.house``). A class is issued in it as at the
desk, and then people come.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson

from loadtest.bodies import JSON_TYPE, write_bodies
from loadtest.house import PASSWORD, House, Plan
from loadtest.results import People
from loadtest.scenarios import Size, Stage, Tell, run_people
from passport.demo_world.people import draw_people
from revocation.service import visible_within_seconds
from runtime.clock import SystemClock
from runtime.settings import load_settings
from tests.crash.issuing_life import SLUG, sheet_of

_CLOCK: Final = SystemClock()
_OFFICERS: Final = ("fraud-officer-1", "fraud-officer-2")
_CERTIFICATES: Final = 30
_ISSUE_SECONDS: Final = 300
_PILE: Final = "eddsa-rdfc-2022"


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A class of a house: the bytes of each certificate, its id, and the path of the list it stands in."""

    raws: tuple[bytes, ...]
    ids: tuple[str, ...]
    list_path: str


@contextmanager
def lived_in_house() -> Iterator[tuple[House, Issued]]:
    """A house with two verifiers and one worker, in which a class was issued."""
    with (
        TemporaryDirectory(prefix="passport-house-") as folder,
        House(Path(folder), Plan(verifiers=2, workers=1)).running() as house,
    ):
        issued = _issue(house.url)
        _wait_until_accepted(house, issued.raws[0])
        yield house, issued


def revocation_storm(house: House, issued: Issued, folder: Path, size: Size) -> People:
    """See ``loadtest.people.revocation_storm``."""
    told = {
        "piles": {_PILE: _pile(folder, issued)},
        "credential_ids": issued.ids,
        "cookies": [_signed_in(house.url, officer) for officer in _OFFICERS],
        "promised_seconds": visible_within_seconds(load_settings(), urgent=True),
    }
    return run_people("revocation_storm", _stage(house, folder), told, size)


def database_down(house: House, issued: Issued, folder: Path, size: Size) -> People:
    """See ``loadtest.people.database_down``; killed after a third, back after two thirds."""

    def kill_and_bring_back(tell: Tell) -> None:
        time.sleep(size.seconds / 3)
        dead = _CLOCK.now()
        tell({"dead": dead})
        house.postgres.kill()
        time.sleep(size.seconds / 3)
        house.postgres.start()
        tell({"dead": dead, "back": _CLOCK.now()})

    told = {"piles": {_PILE: _pile(folder, issued)}, "list_path": issued.list_path}
    return run_people("database_down", _stage(house, folder), told, size, kill_and_bring_back)


def _stage(house: House, folder: Path) -> Stage:
    verifiers = [pid for name, pid in house.pids.items() if name.startswith(("verifier", "revocation"))]
    return Stage(url=house.url, pids=verifiers, folder=folder)


def _pile(folder: Path, issued: Issued) -> dict[str, str]:
    bodies = (b'{"verifiableCredential":' + raw + b"}" for raw in issued.raws)
    good = write_bodies(folder / "class", bodies)
    none = write_bodies(folder / "none", ())
    return {"path": "/credentials/verify", "good": str(good), "revoked": str(none)}


@contextmanager
def _client(url: str, username: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, headers={"Origin": url}, trust_env=False, timeout=60) as client:
        form = {"username": username, "password": PASSWORD, "next": "/"}
        if client.post("/sign-in", data=form).status_code != httpx2.codes.SEE_OTHER:
            raise RuntimeError("the sign-in of a demo account did not work")
        yield client


def _signed_in(url: str, username: str) -> str:
    """The cookies of a session."""
    with _client(url, username) as client:
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def _issue(url: str) -> Issued:
    """Upload a class, submit it, approve it as another person, wait, and fetch every certificate."""
    with _client(url, f"clerk-{SLUG}") as clerk, _client(url, f"approver-{SLUG}") as approver:
        files = {"file": ("class.csv", sheet_of(draw_people()[:_CERTIFICATES]))}
        class_id = _answer(clerk.post("/issuer/api/classes", data={"kind": "rpl"}, files=files))["id"]
        path = f"/issuer/api/classes/{class_id}"
        waiting = _answer(clerk.post(f"{path}/submit"))
        _answer(approver.post(f"{path}/approve", json={"proposal": waiting["approval"]["proposal"]}))
        deadline = time.monotonic() + _ISSUE_SECONDS
        while (state := _answer(clerk.get(path)))["state"] != "issued":
            if time.monotonic() > deadline:
                raise RuntimeError("the class was not issued in time")
            time.sleep(0.2)
        raws = [clerk.get(one["credential"]).content for one in state["credentials"]]
    documents = [orjson.loads(raw) for raw in raws]
    return Issued(
        raws=tuple(raws),
        ids=tuple(document["id"] for document in documents),
        list_path=urlsplit(_first_list(documents[0])).path,
    )


def _wait_until_accepted(house: House, raw: bytes) -> None:
    """Have every verifier fetch its lists: how that goes is the subject of another scenario."""
    headers = {"Content-Type": JSON_TYPE, "Accept": JSON_TYPE}
    body, deadline = b'{"verifiableCredential":' + raw + b"}", time.monotonic() + _ISSUE_SECONDS
    for url in (url for name, url in house.urls.items() if name.startswith("verifier")):
        while True:
            response = httpx2.post(
                f"{url}/credentials/verify", content=body, headers=headers, trust_env=False, timeout=60
            )
            if response.is_success and response.json()["verified"]:
                break
            if time.monotonic() > deadline:
                raise RuntimeError("a certificate of this house was not accepted in time")
            time.sleep(0.2)


def _first_list(document: dict[str, Any]) -> str:
    status = document["credentialStatus"]
    entry = status[0] if isinstance(status, list) else status
    return str(entry["statusListCredential"])


def _answer(response: httpx2.Response) -> dict[str, Any]:
    if not response.is_success:
        raise RuntimeError(f"a step of issuing answered {response.status_code}: {response.text[:300]}")
    answer: dict[str, Any] = response.json()
    return answer
