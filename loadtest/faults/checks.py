"""Nothing lost: what was acknowledged in a house is so, and nothing was given or published twice."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import httpx2
import psycopg

from loadtest.faults.ledger import Held, Ledger
from loadtest.faults.load import Member, Refused, handed_out, outcome_of
from loadtest.house import House
from runtime.settings import SERVICES
from tests.crash.issuing_life import SLUG

_SETTLE_SECONDS: Final = 120
_COMMAND_SECONDS: Final = 120
_PASSPORT: Final = Path(sys.executable).with_name("passport")
_TWICE: Final = {
    "an index was given twice": "SELECT list_id, list_index FROM revocation.status_entry",
    "a credential ended twice": (
        "SELECT credential_id FROM revocation.status_change WHERE kind IN ('revoked', 'superseded')"
    ),
    "a row has two certificates": "SELECT class_id, row FROM issuer.issuance WHERE state = 'issued'",
    "a number was given twice": "SELECT certificate_number FROM issuer.issuance WHERE state = 'issued'",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What stands after a run: counts, and a line for each promise that was broken."""

    issued: int
    revoked: int
    lost: tuple[str, ...]


def search(house: House, ledger: Ledger) -> Found:
    """Wait until what was acknowledged is done, then compare everything with what the client saw."""
    return anyio.run(_search, house, ledger)


async def _search(house: House, ledger: Ledger) -> Found:
    lost = [f"{what}: {times} times" for what, times in ledger.wrong.items()]
    async with _client(house) as client, _client(house) as desk:
        clerk = Member(desk, f"clerk-{SLUG}")
        issued, missing = await _issued(clerk, ledger)
        lost += missing
        lost += await _wrong_verdicts(house, client, ledger, issued)
    lost += _given_twice(house, issued)
    lost += _audited(house)
    return Found(issued=len(issued), revoked=len(ledger.revoked), lost=tuple(lost))


def _client(house: House) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=house.url, headers={"Origin": house.url}, timeout=30, trust_env=False)


async def _issued(clerk: Member, ledger: Ledger) -> tuple[dict[str, Held], list[str]]:
    """Every credential of every approved class, and what is missing of them."""
    found: dict[str, Held] = {}
    lost = []
    deadline = time.monotonic() + _SETTLE_SECONDS
    for class_id, rows in ledger.asked_classes.items():
        is_promised = class_id in ledger.approved
        # One whose approval was never answered may wait for it still.
        handed = await _wait_for(clerk, class_id, deadline if is_promised else 0.0)
        if handed is None and is_promised:
            lost.append(f"an approved class of {rows} was not issued")
        if handed is not None and len(handed) != rows:
            lost.append(f"a class of {rows} has {len(handed)} certificates")
        found |= {held.credential_id: held for held in handed or ()}
    lost += [
        "a certificate that was handed out is gone, or is another now"
        for name, held in ledger.held.items()
        if name not in found or found[name].raw != held.raw
    ]
    return found, lost


async def _wait_for(clerk: Member, class_id: str, deadline: float) -> tuple[Held, ...] | None:
    while True:
        try:
            handed = await handed_out(clerk, class_id)
        except (httpx2.HTTPError, Refused):
            handed = None
        if handed is not None or time.monotonic() > deadline:
            return handed
        await anyio.sleep(0.5)


async def _wrong_verdicts(
    house: House, client: httpx2.AsyncClient, ledger: Ledger, issued: dict[str, Held]
) -> list[str]:
    """Every verifier must say of each what was acknowledged; of what was only asked for, either."""
    wrong = []
    deadline = time.monotonic() + _SETTLE_SECONDS
    for name, url in house.urls.items():
        if not name.startswith("verifier"):
            continue
        for credential_id, held in issued.items():
            wanted = {"rejected"} if credential_id in ledger.revoked else {"accepted"}
            if credential_id in ledger.asked - ledger.revoked.keys():
                wanted = {"accepted", "rejected"}
            outcome = await _settled(client, url, held, wanted, deadline)
            if outcome not in wanted:
                wrong.append(f"{name} says {outcome} and not {' or '.join(sorted(wanted))}")
    return wrong


async def _settled(
    client: httpx2.AsyncClient, url: str, held: Held, wanted: set[str], deadline: float
) -> str:
    """The decision, once it is a wanted one: lists take some seconds to come round."""
    while True:
        try:
            outcome = await outcome_of(client, held.raw, url)
        except (httpx2.HTTPError, Refused):
            outcome = "nothing"
        if outcome in wanted or time.monotonic() > deadline:
            return outcome
        await anyio.sleep(0.3)


def _given_twice(house: House, issued: dict[str, Held]) -> Iterator[str]:
    with psycopg.connect(house.postgres.url) as connection:
        for what, query in _TWICE.items():
            rows = connection.execute(query.encode()).fetchall()
            if len(set(rows)) != len(rows):
                yield what
        issuances = connection.execute("SELECT credential_id FROM issuer.issuance WHERE state = 'issued'")
        logged = [str(row[0]) for row in issuances.fetchall()]
        if any(logged.count(name) != 1 for name in issued):
            yield "a certificate is not in the issuer's log once"
    places = {(held.list_id, held.index) for held in issued.values()}
    if len(places) != len(issued):
        yield "two certificates have one index"


def _audited(house: House) -> Iterator[str]:
    """What the operator's two commands find."""
    asked = [
        (_passport(house, service, *arguments), said, " ".join(arguments))
        for service, said, *arguments in (
            ("revocation", "are the fold of the log", "lists", "fsck"),
            ("trust_registry", "Every audit log is whole", "audit", "verify"),
        )
    ]
    for process, said, command in asked:
        told, _ = process.communicate(timeout=_COMMAND_SECONDS)
        if said not in told:
            yield f"passport {command}: {told.strip()[-500:]}"


def _passport(house: House, service: str, *arguments: str) -> "subprocess.Popen[str]":
    """The command, begun in the data folder of ``service``, with the databases of all."""
    urls = {f"PASSPORT_{name.upper()}_DATABASE_URL": house.postgres.urls[name] for name in SERVICES}
    return subprocess.Popen(
        [_PASSPORT, *arguments],
        env=house.environment(service) | urls,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
