"""A rehearsal of losing the database server: what comes back, how long it takes, and what is lost.

    python -m loadtest.restore

With the operator's own files (``deploy/postgresql``): a class is issued, the server copied, another class
issued, a fraud revoked by two officers, a third class issued; then the server dies with its disk. From the
copy and the log it is restored three times: to the end, to just after the revocation, and to just before the
second class. Each time the registry is recovered, its lists are checked against its log, every certificate is
verified, and a fourth class is issued. Anything that is not as promised ends it with an error.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
import httpx2
import psycopg

from passport.demo_world.in_process import demo_client, running_client
from passport.demo_world.people import DemoPerson, draw_people
from runtime.clock import SystemClock
from runtime.logging import configure_logging
from runtime.settings import Settings
from tests.cheap_costs import cheap_key_stretching
from tests.crash.issuing_life import sheet_of
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_first_journey import CLERK, check, desk_of, issue
from tests.postgresql_server import OwnServer, make_server, server_on, servers_folder
from tests.stores.postgresql import apply_roles, make_database, role_urls, url_settings

SCRIPTS = Path(__file__).parents[1] / "deploy" / "postgresql"
RECEIVER = "passport_wal"
ROWS = 10
_SECONDS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What one restoration gave; times in seconds, counts of certificates."""

    to: str
    server_answers: float
    first_verdict: float
    issued: int
    lost_revocations: int
    no_longer_verify: int
    unknown_to_issuer: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What there was before the server died: ``classes`` are certificates as they were handed out."""

    settings: Settings
    people: tuple[DemoPerson, ...]
    classes: tuple[dict[str, bytes], ...]
    numbers: frozenset[str]
    revoked: str
    copy: Path
    moments: dict[str, datetime | None]


def main() -> None:
    """Rehearse, and print a line for each restoration."""
    configure_logging(level="ERROR")
    with cheap_key_stretching(), servers_folder() as folder:
        found = anyio.run(rehearse, folder)
    sys.stdout.write(
        f"{'restored to':<24}{'server, s':>11}{'verdict, s':>12}{'issued':>8}{'revocations':>13}"
        f"{'verify no more':>16}{'not at the desk':>17}\n{'':<55}{'lost':>13}\n"
    )
    for item in found:
        sys.stdout.write(
            f"{item.to:<24}{item.server_answers:>11.1f}{item.first_verdict:>12.1f}{item.issued:>8}"
            f"{item.lost_revocations:>13}{item.no_longer_verify:>16}{item.unknown_to_issuer:>17}\n"
        )


async def rehearse(folder: Path) -> tuple[Restored, ...]:
    """Live, die, and be restored three times. Raises ``RuntimeError`` where a promise is broken."""
    server = make_server(folder / "server")
    with receiving(server, folder / "log"):
        before = await _live(server, folder)
    return tuple([await _restore(before, folder, name) for name in before.moments])


@contextmanager
def receiving(server: OwnServer, log: Path) -> Iterator[None]:
    """Receive the log of ``server`` meanwhile; no commit is acknowledged before its log is received."""
    command = [str(SCRIPTS / "receive-wal.sh"), str(log)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **server.as_user()
    ) as receiver:
        try:
            _wait_for_receiver(server)
            yield
        finally:
            receiver.terminate()


def _wait_for_receiver(server: OwnServer) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{RECEIVER}'")
        connection.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _SECONDS
        query = "SELECT sync_state FROM pg_stat_replication WHERE application_name = %s"
        while connection.execute(query, [RECEIVER]).fetchone() != ("sync",):
            if time.monotonic() > deadline:
                raise RuntimeError("nobody receives the log")
            time.sleep(0.1)


async def _live(server: OwnServer, folder: Path) -> Before:
    url = make_database(server.url, "passport")
    apply_roles(url)
    people = draw_people()
    settings: dict[str, Any] = url_settings(role_urls(url)) | {"default_cryptosuite": "eddsa-jcs-2022"}
    async with demo_client(folder / "data", people, **settings) as client:
        first, numbers = await _issue(client, people, 0)
        copy = Path(server.run(SCRIPTS / "base-backup.sh", folder / "copies").strip())
        early = await _now(server)
        second, more = await _issue(client, people, 1)
        fraud = next(iter(first))
        await revoke(client, fraud)
        late = await _now(server)
        third, most = await _issue(client, people, 2)
        before = Before(
            settings=desk_of(client).context.settings,
            people=people,
            classes=(first, second, third),
            numbers=numbers | more | most,
            revoked=fraud,
            copy=copy,
            moments={"the end": None, "after the revocation": late, "before it": early},
        )
        server.destroy()
    return before


async def _issue(
    client: httpx2.AsyncClient, people: Sequence[DemoPerson], number: int
) -> tuple[dict[str, bytes], frozenset[str]]:
    """Credential id → certificate of class ``number``; and the numbers that they bear."""
    await sign_in(client, CLERK)
    sheet = sheet_of(list(people[number * ROWS : (number + 1) * ROWS]))
    files = {"file": ("class.csv", sheet)}
    sent = await client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
    issued = await issue(client, sent.json()["id"])
    raws = {item["credential_id"]: (await client.get(item["credential"])).content for item in issued}
    client.cookies.clear()
    if len(raws) != ROWS:
        raise RuntimeError("a class was not issued whole")
    return raws, frozenset(item["certificate_number"] for item in issued)


async def _now(server: OwnServer) -> datetime:
    """The server's clock; what is committed later is later by more than its clock's smallest step."""
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    await anyio.sleep(0.1)
    if row is None:
        raise RuntimeError("the server has no clock")
    return row[0]  # type: ignore[no-any-return]


async def _restore(before: Before, folder: Path, name: str) -> Restored:
    place = name.replace(" ", "-")
    moment = before.moments[name]
    said = "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
    began = time.perf_counter()
    server = server_on(folder / place)
    server.run(SCRIPTS / "restore.sh", before.copy, folder / "log", server.data, said)
    server.start()
    server.until_recovered()
    answers = time.perf_counter() - began
    try:
        shutil.copytree(before.settings.data_dir, folder / f"data-{place}")
        url = server.url.replace("/postgres?", "/passport?")
        changed: dict[str, Any] = url_settings(role_urls(url)) | {"data_dir": folder / f"data-{place}"}
        settings = before.settings.model_copy(update=changed)
        _passport(settings, "recover", "Recovered.")
        lost = _lost(server, url, moment)
        async with running_client(settings, before.people, clock=SystemClock()) as client:
            await check(client, next(iter(before.classes[0].values())))
            verdict = time.perf_counter() - began
            revocations, verify_no_more = await _check_all(client, before)
            _, numbers = await _issue(client, before.people, 3)
        _passport(settings, "fsck", "The published lists are the fold of the log.")
    finally:
        server.stop()
    if numbers & before.numbers:
        raise RuntimeError("a certificate number was given twice")
    _require_named(before, moment, lost)
    return Restored(
        to=name,
        server_answers=answers,
        first_verdict=verdict,
        issued=sum(map(len, before.classes)),
        lost_revocations=revocations,
        no_longer_verify=verify_no_more,
        unknown_to_issuer=len(lost),
    )


def _passport(settings: Settings, act: str, expected: str) -> None:
    """Run ``passport lists`` as the operator does."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}
    variables |= {
        "PASSPORT_DATA_DIR": str(settings.data_dir),
        "PASSPORT_REVOCATION_DATABASE_URL": str(settings.revocation_database_url),
    }
    command = [str(Path(sys.executable).with_name("passport")), "lists", act]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if expected not in done.stdout:
        raise RuntimeError(f"passport lists {act}: {done.stdout}{done.stderr}")


def _lost(server: OwnServer, url: str, moment: datetime | None) -> frozenset[str]:
    """What the operator's file names; nothing where everything came back."""
    if moment is None:
        return frozenset()
    file, variable = str(SCRIPTS / "after-restore.sql"), f"moment={moment.isoformat()}"
    said = server.run("psql", "--no-psqlrc", "--dbname", url, "--variable", variable, "--file", file)
    return frozenset(said.split())


def _require_named(before: Before, moment: datetime | None, lost: frozenset[str]) -> None:
    after = {None: (), before.moments["after the revocation"]: before.classes[2:]}
    expected = {name for raws in after.get(moment, before.classes[1:]) for name in raws}
    if lost != expected:
        raise RuntimeError("the certificates that the issuer lost are not the ones named")


async def _check_all(client: httpx2.AsyncClient, before: Before) -> tuple[int, int]:
    """How many acknowledged revocations are gone, and how many other certificates verify no more."""
    raws = {name: raw for item in before.classes for name, raw in item.items()}
    with anyio.move_on_after(_SECONDS):
        # Nothing to be woken by: a verifier learns of a revocation from the published list alone.
        while (await check(client, raws[before.revoked]))["verified"]:  # noqa: ASYNC110
            await anyio.sleep(0.2)
    verified = {name for name, raw in raws.items() if (await check(client, raw))["verified"]}
    return int(before.revoked in verified), len(raws.keys() - verified - {before.revoked})


if __name__ == "__main__":
    main()
