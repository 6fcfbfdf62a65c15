"""What bulk issuing costs from the sheet to the stored certificate, as ratios to bare signing, in one run.

    python -m loadtest.bulk [--rows 400]

*Bare* is canonicalizing each of the very documents once with a library (pyoxigraph) and signing the two
hashes; beside it the same by PyLD, and by our contexts compiled once. *Whole* is what the desk does: read the
sheet, match every person, look up the trust list, two people's approval, status entries, lint, sign, verify
what was signed, seal and store; in one process, and with the heavy part spread over processes. A list before
each of the two is not counted: it finds what is made once. A certificate of each list must verify, or nothing
is printed. eddsa-rdfc-2022 on SQLite.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import httpx2
import orjson

from issuer import store
from issuer.crunch import InProcesses
from issuer.service import approving, classes, issuing
from issuer.service.approving import Decision
from issuer.service.desk import Desk
from passport.demo_world.in_process import demo_client
from passport.demo_world.people import draw_people
from runtime.auth import Principal, Role
from runtime.entropy import throwaway_signer
from tests.cheap_costs import cheap_key_stretching
from tests.crash.issuing_life import SLUG, sheet_of
from tests.journey.test_first_journey import desk_of
from tests.oracles.pyld_oracle import canonicalize_with_pyld
from vc.encoding.rdfc import canonicalize_rdfc, canonicalize_rdfc_reference

CLERK = Principal(subject="clerk", name="Clerk", role=Role.CLERK, organisation_id=SLUG)
APPROVER = replace(CLERK, subject="approver", name="Approver", role=Role.CENTRE_APPROVER, identity="STAFF-1")
# Fewer are enough for the slow reference.
BARE_ROWS = 100
# Enough for every process to have its share.
WARMING_ROWS = 100


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line per subject."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=400, help="rows of each list, 400 at most")
    rows = parser.parse_args(arguments).rows
    with cheap_key_stretching(), TemporaryDirectory() as folder:
        anyio.run(_measure, Path(folder), rows)


async def _measure(folder: Path, rows: int) -> None:
    people = draw_people(min(2 * (rows + WARMING_ROWS), 1000))
    rows = len(people) // 2 - WARMING_ROWS
    turn = iter(people)

    def sheet(length: int) -> bytes:
        return sheet_of([next(turn) for _ in range(length)])

    async with demo_client(folder, people, default_cryptosuite="eddsa-rdfc-2022") as client:
        desk = desk_of(client)
        await issue_list(client, desk, sheet(WARMING_ROWS))
        alone, documents = await issue_list(client, desk, sheet(rows))
        with InProcesses() as crunch:
            spreading = replace(desk, crunch=crunch)
            await issue_list(client, spreading, sheet(WARMING_ROWS))
            spread, _ = await issue_list(client, spreading, sheet(rows))
    some = documents[:BARE_ROWS]
    reference = _bare(canonicalize_rdfc_reference, some)
    lines = {
        "bare, pyoxigraph": reference,
        "bare, PyLD": _bare(canonicalize_with_pyld, some),
        "bare, compiled contexts": _bare(canonicalize_rdfc, some),
        "whole, in one process": alone / rows,
        "whole, over processes": spread / rows,
    }
    sys.stdout.write(f"{rows} rows\n{'subject':<26} {'ms a row':>9} {'ratio':>7} {'100,000 rows, min':>19}\n")
    for name, seconds in lines.items():
        minutes = seconds * 100_000 / 60
        sys.stdout.write(f"{name:<26} {1000 * seconds:>9.2f} {seconds / reference:>7.2f} {minutes:>19.1f}\n")


async def issue_list(
    client: httpx2.AsyncClient, desk: Desk, sheet: bytes
) -> tuple[float, list[dict[str, Any]]]:
    """Seconds from the sheet to the stored certificates, and the documents that were signed."""
    database, began = desk.context.database, time.perf_counter()
    class_id = await classes.upload(desk, CLERK, kind="rpl", filename="bulk.csv", data=sheet)
    await approving.submit(desk, CLERK, class_id)
    waiting = await database.read(store.get_class, class_id, SLUG)
    await approving.approve(desk, APPROVER, class_id, Decision(proposal=waiting.proposal))
    await issuing.run(desk, class_id, SLUG)
    seconds = time.perf_counter() - began
    intents = await database.read(desk.sealed.intents_in, class_id, store.ISSUED)
    assert len(intents) == sheet.count(b"\n")
    body = {"verifiableCredential": orjson.loads(intents[-1].secured)}
    assert (await client.post("/credentials/verify", json=body)).json()["verified"]
    return seconds, [orjson.loads(intent.document) for intent in intents]


def _bare(canonicalize: Callable[[dict[str, Any]], bytes], documents: Sequence[dict[str, Any]]) -> float:
    """Seconds for one document: canonicalized once, hashed, signed."""
    signer, began = throwaway_signer(), time.perf_counter()
    for document in documents:
        digest = hashlib.sha256(canonicalize(document)).digest()
        signer.sign(digest + digest)
    return (time.perf_counter() - began) / len(documents)


if __name__ == "__main__":
    main()
