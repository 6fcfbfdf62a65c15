"""A class list of any length in a served demo, and workers as processes of their own that are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import anyio
import httpx2
import orjson
from sqlalchemy import select

from issuer import job_store, store
from issuer.app import create_desk
from issuer.service import approving
from issuer.service.approving import Decision
from issuer.service.desk import Desk
from issuer.store import NewClass
from issuer.unsealed import Intent
from passport.assembly import open_one
from passport.demo_world.people import draw_people
from runtime.auth import Principal, Role
from runtime.clock import SystemClock
from runtime.entropy import random_token, random_uuid_urn
from runtime.settings import Settings, load_settings
from tests.crash.issuing_life import SLUG, sheet_of
from tests.served_demo import PASSWORD

_CLERK = Principal(subject="clerk", name="Clerk", role=Role.CLERK, organisation_id=SLUG)
_APPROVER = Principal(
    subject="approver",
    name="Approver",
    role=Role.CENTRE_APPROVER,
    organisation_id=SLUG,
    identity="STAFF-1",
)
_PASSPORT = Path(sys.executable).parent / "passport"
_LOOK_SECONDS = 0.05


def settings_of(url: str, data_dir: Path, **more: str) -> Settings:
    """What a worker beside the served demo is run with."""
    return load_settings(data_dir=data_dir, mode="demo", base_url=url, **more)


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """The issuer's desk over the tables of the served demo, in this process."""
    context = open_one(settings, SystemClock(), "issuer")
    try:
        yield create_desk(context)
    finally:
        context.database.close()


def add_class(url: str, desk: Desk, rows: int) -> str:
    """Have a list of ``rows`` rows issued, copies of one good row for other people; returns its id."""
    with httpx2.Client(base_url=url, headers={"Origin": url}, verify=False, timeout=60) as clerk:
        form = {"username": f"clerk-{SLUG}", "password": PASSWORD, "next": "/"}
        assert clerk.post("/sign-in", data=form).status_code == 303
        files = {"file": ("class.csv", sheet_of(draw_people()[:1]))}
        small = clerk.post("/issuer/api/classes", data={"kind": "rpl"}, files=files).json()["id"]
    database, sealed = desk.context.database, desk.sealed
    (model,) = database.read_now(sealed.rows_of, small)
    class_id = random_token(60)
    values = {
        "id": class_id, "centre_slug": SLUG, "kind": "rpl", "data_class": model.data_class,
        "filename": "bulk.csv", "original": b"-", "uploaded_by": "clerk",
        "uploaded_at": desk.context.clock.now().isoformat(), "state": store.PREVIEW, "row_count": rows,
        "problems": "[]", "not_passed": 0,
    }  # fmt: skip
    made = [
        {
            "class_id": class_id,
            "row": row,
            "title": model.title,
            "award_key": sealed.award_key(f"{class_id} {row}"),
            "certificate_number": None,
            "details": replace(
                model.details,
                rld_number=f"RLD-BULK-{class_id}-{row:06d}",
                subject={**model.details.subject, "id": random_uuid_urn()},
            ),
        }
        for row in range(1, rows + 1)
    ]
    database.write_now(sealed.add_class, NewClass(values=values, rows=made))
    anyio.run(_let_issue, desk, class_id)
    return class_id


async def _let_issue(desk: Desk, class_id: str) -> None:
    await approving.submit(desk, _CLERK, class_id)
    waiting = await desk.context.database.read(store.get_class, class_id, SLUG)
    await approving.approve(desk, _APPROVER, class_id, Decision(proposal=waiting.proposal))
    # Clients belong to the event loop that ends here.
    await desk.context.peers.aclose()


class WorkerProcess:
    """``passport worker`` with these settings; started again as often as it is killed."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self.start()

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        return self._process.pid

    def start(self) -> None:
        """Begin."""
        with self._log.open("ab") as log:
            variables = {k: v for k, v in os.environ.items() if not k.startswith("PASSPORT_")}
            self._process = subprocess.Popen(
                [_PASSPORT, "worker"], env=variables | self._environment, stdout=log, stderr=log
            )

    def beside(self, log: Path) -> "WorkerProcess":
        """Another one with the same settings."""
        return WorkerProcess(self._environment, log)

    def ended(self, *, within: float) -> int:
        """The exit status of a worker that ends by itself in so many seconds."""
        return self._process.wait(timeout=within)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=20)

    def stop(self) -> None:
        """End it as an operator would."""
        self._process.terminate()
        assert self._process.wait(timeout=30) == 0, self._log.read_text()[-2000:]


def children_of(pid: int) -> frozenset[int]:
    """The processes that this one started."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in parentheses, may hold anything.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.add(int(stat.parent.name))
    return frozenset(found)


def issued_count(desk: Desk, class_id: str) -> int:
    """How many certificates of the list are signed."""
    return desk.context.database.read_now(store.progress, class_id)[0]


def wait_until(desk: Desk, class_id: str, *, issued: int, seconds: float) -> None:
    """Until that many are signed."""
    deadline = time.monotonic() + seconds
    while issued_count(desk, class_id) < issued:
        assert time.monotonic() < deadline, f"{issued_count(desk, class_id)} of {issued} after {seconds} s"
        time.sleep(_LOOK_SECONDS)


def wait_until_done(desk: Desk, class_id: str, *, seconds: float) -> None:
    """Until the list says that it is issued."""
    deadline = time.monotonic() + seconds
    while desk.context.database.read_now(job_store.state_of, class_id) != store.DONE:
        assert time.monotonic() < deadline, f"{issued_count(desk, class_id)} issued after {seconds} s"
        time.sleep(_LOOK_SECONDS)


def intents_of(desk: Desk, class_id: str) -> tuple[Intent, ...]:
    """Every intent of the list, whatever became of it."""
    return desk.context.database.read_now(
        lambda connection: desk.sealed.open(
            connection,
            connection.execute(select(store.issuance).where(store.issuance.c.class_id == class_id)),
        )
    )


def check_exactly_once(desk: Desk, class_id: str, rows: int) -> None:
    """Every row has one certificate, and nothing was given to two."""
    intents = intents_of(desk, class_id)
    issued = [intent for intent in intents if intent.state == store.ISSUED]
    assert {intent.state for intent in intents} <= {store.ISSUED, store.RETIRED}
    assert sorted(intent.row for intent in issued) == list(range(1, rows + 1))
    for name in ("credential_id", "certificate_number", "token", "code", "secured"):
        assert len({getattr(intent, name) for intent in issued}) == rows, f"{name} was given twice"
    indexes = [index_of(intent) for intent in intents if intent.document]
    assert len(set(indexes)) == len(indexes), "a status index was given twice"


def index_of(intent: Intent) -> tuple[object, object]:
    """The status list of a credential and the index in it."""
    entries = orjson.loads(intent.document)["credentialStatus"]
    status = entries[0] if isinstance(entries, list) else entries
    return status["statusListCredential"], status["statusListIndex"]
