"""What publishing a status list costs, as ratios, and how many one process serves with its database gone.

    python -m loadtest.lists [--seconds 5]

*Bare* is one GZIP of the list's bits and one Ed25519 signature. *Whole* is what the publisher does for one
list: reserve a version and fold the log, build and sign nine documents, read each back and compare, put them
in place and record them; for 131,072 and 1,048,576 entries, one in a hundred ended. Then one process of the
service serves a list over HTTP while its database lies renamed; its answers must be the published bytes, or
nothing is printed.
"""

import argparse
import asyncio
import gzip
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn

from revocation import acts, ledger, publication
from revocation.app import create_app
from revocation.values import Act, Revocation
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import Settings
from tests.unit.revocation.registry_world import World, open_world
from tests.unit.revocation.service_world import make_context
from vc.crypto.keys import InMemorySigner

LENGTHS = (131_072, 1_048_576)
_CONNECTIONS = 16
_BATCH = 1_000


def main(arguments: Sequence[str]) -> None:
    """Print the ratios and the rate."""
    parser = argparse.ArgumentParser(description="The cost of status lists.")
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args(arguments).seconds
    for length in LENGTHS:
        with TemporaryDirectory() as folder:
            _print_cost(Path(folder), length)
    with TemporaryDirectory() as folder:
        _print_rate(Path(folder), seconds)


def _print_cost(folder: Path, length: int) -> None:
    ledger.LIST_LENGTH = length
    world = _world(folder)
    names = [f"n{number}" for number in range(length // 100)]
    act = Act(reason="FRAUD", actor="officer", request_id="all")
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        entries = world.allocate(*some)
        wishes = [Revocation(credential_id=f"urn:uuid:{name}", act=act) for name in some]
        world.database.write_now(acts.revoke, world.journal, wishes, now=world.clock.now())
    list_id = entries[0].list_id
    plan = world.plan(list_id)
    bits = bytearray(length // 8)
    for index in plan.states.ended:
        bits[index // 8] |= 0x80 >> index % 8
    signer = InMemorySigner(bytes(32), world.signer.verification_method)
    bare = _best(lambda: signer.sign(gzip.compress(bytes(bits), 9)))
    signing = _best(lambda: publication.sign(plan, world.publishing, world.signer))
    whole = _best(lambda: world.publish(list_id))
    print(
        f"{length:>9,} entries, {len(names):,} ended: bare {bare * 1e3:.1f} ms, "
        f"signing nine documents {signing / bare:.1f} x, whole {whole / bare:.1f} x ({whole * 1e3:.0f} ms)"
    )
    world.database.close()


def _best(act: Callable[[], Any], times: int = 5) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return min(took)


def _world(folder: Path) -> World:
    database = Database.open(Settings(data_dir=folder), "revocation")
    database.upgrade()
    database.close()
    world = open_world(folder)
    world.start()
    return world


def _print_rate(folder: Path, seconds: float) -> None:
    ledger.LIST_LENGTH = LENGTHS[0]
    world = _world(folder)
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.database.close()
    path = f"/status/lists/{entry.list_id}/eddsa-rdfc-2022"
    file = world.files.read_or_none(entry.list_id, "eddsa-rdfc-2022")
    assert file is not None
    # With its protocol named, since asyncio sends small answers at once only then.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(folder, listener))
        server.start()
        port = listener.getsockname()[1]
        try:
            asyncio.run(_wait(port, path))
            world.database_file.rename(world.database_file.with_suffix(".gone"))
            done, wrong = asyncio.run(_ask(port, path, file.etag, seconds))
        finally:
            server.terminate()
            server.join()
    if wrong:
        raise SystemExit(f"{wrong} answers were not the published list")
    print(f"served with the database gone: {done / seconds:,.0f} lists/s from one process")


def _serve(folder: Path, listener: socket.socket) -> None:
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the life of this process
    settings = Settings(data_dir=folder)
    context = make_context(settings, Database.open(settings, "revocation"), SystemClock())
    config = uvicorn.Config(create_app(context), log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


async def _wait(port: int, path: str) -> None:
    for _ in range(100):
        if (await _ask(port, path, "", 0.05))[0]:
            return
    raise SystemExit("the service did not start")


async def _ask(port: int, path: str, etag: str, seconds: float) -> tuple[int, int]:
    """Ask on several connections, one request after the other; (answers, answers that were wrong)."""
    until = time.monotonic() + seconds
    counted = await asyncio.gather(*(_ask_on_one(port, path, etag, until) for _ in range(_CONNECTIONS)))
    return sum(done for done, _ in counted), sum(wrong for _, wrong in counted)


async def _ask_on_one(port: int, path: str, etag: str, until: float) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/vc\r\n\r\n".encode()
    done = wrong = 0
    while time.monotonic() < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        done += 1
        wrong += not (head.startswith(b"http/1.1 200") and f"etag: {etag}".encode() in head)
    writer.close()
    return done, wrong


if __name__ == "__main__":
    main(sys.argv[1:])
