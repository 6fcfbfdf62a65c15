"""What a process does in the tests of revoking: the registry with its journal, database and files."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from revocation import change_store, fsck, store
from revocation.published_files import read_published
from revocation.publisher import KEY_ID
from revocation.records import StatusChanged, parse_record
from revocation.representations import REPRESENTATIONS
from revocation.service import Registry, files_of, journal_of
from revocation.values import Act, Intent, Reason, Revocation
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.crash.death import Death, Witness
from tests.unit.revocation.service_world import make_context

BEFORE, TO_REVOKE, LATER = "before", ("first", "second"), "later"
_SUITES = {
    BEFORE: "eddsa-jcs-2022",
    "first": "eddsa-rdfc-2022",
    "second": "ecdsa-jcs-2019",
    LATER: "ecdsa-rdfc-2019",
}


@asynccontextmanager
async def _context(folder: str, database_url: str | None) -> AsyncIterator[ServiceContext]:
    settings = Settings(data_dir=Path(folder) / "data", database_url=database_url)
    database = Database.open(settings, "revocation")
    database.upgrade()
    context = make_context(settings, database, SystemClock())
    try:
        yield context
    finally:
        database.close()


async def make(folder: str, database_url: str | None = None) -> dict[str, Any]:
    """Make a registry that was never started: its tables, and nothing else."""
    async with _context(folder, database_url):
        return {}


async def prepare(folder: str, database_url: str | None = None) -> dict[str, Any]:
    """Make a registry with credentials in it, one of them revoked and published."""
    async with _context(folder, database_url) as context:
        registry = Registry(context)
        witness = Witness(Path(folder) / "witness")
        assert await registry.start()
        await _allocate(registry, witness, BEFORE, *TO_REVOKE)
        await _revoke(registry, witness, BEFORE)
        await registry.publisher.publish_due()
        return {}


async def start(folder: str, die_at: int | None, database_url: str | None = None) -> dict[str, Any]:
    """Start and publish, asking for nothing; then tell how it stands."""
    death = Death(die_at, Witness(Path(folder) / "witness"))
    async with _context(folder, database_url) as context:
        registry = Registry(context)
        with death.waiting():
            assert await registry.start(), registry.trouble
        return {"effects": death.effects, **await _tell(context)}


async def act(folder: str, die_at: int | None, database_url: str | None = None) -> dict[str, Any]:
    """Start, allocate, revoke and publish, witnessing every acknowledgement; then tell how it stands."""
    witness = Witness(Path(folder) / "witness")
    death = Death(die_at, witness)
    async with _context(folder, database_url) as context:
        registry = Registry(context)
        with death.waiting():
            assert await registry.start(), registry.trouble
            await _allocate(registry, witness, *TO_REVOKE)
            await _revoke(registry, witness, TO_REVOKE[0])
            await registry.publisher.publish_due()
            await _revoke(registry, witness, TO_REVOKE[1])
            await _allocate(registry, witness, LATER)
        await registry.publisher.publish_due()
        return {"effects": death.effects, **await _tell(context)}


async def _allocate(registry: Registry, witness: Witness, *names: str) -> None:
    intents = [
        Intent(
            intent_id=f"intent-{name}",
            credential_id=f"urn:uuid:{name}",
            issuer="did:web:passport.example:centres:poipet",
            cryptosuite=_SUITES[name],
        )
        for name in names
    ]
    entries = await registry.allocate(intents, actor="issuer")
    for name, entry in zip(names, entries, strict=True):
        witness.note(what="allocated", name=name, entry=json.dumps(entry))


async def _revoke(registry: Registry, witness: Witness, name: str) -> None:
    act = Act(reason=Reason.FRAUD.value, actor="officer", request_id=f"request-{name}")
    (done,) = await registry.revoke([Revocation(credential_id=f"urn:uuid:{name}", act=act)])
    witness.note(what="revoked", name=name, at=done.change.logged.at.isoformat())


async def _tell(context: ServiceContext) -> dict[str, Any]:
    files = files_of(context.settings)
    public_key = context.keyring.public_key(KEY_ID)
    found = await context.database.read(
        fsck.check_published, files, public_key, base_url=context.settings.base_url
    )
    lists = [item.list_id for item in await context.database.read(store.lists)]
    changes = [
        change
        for list_id in lists
        for change in await context.database.read(change_store.changes_of, list_id)
    ]
    entries = [
        entry for list_id in lists for entry in await context.database.read(store.all_entries, list_id)
    ]
    records = [parse_record(payload) for _, payload in journal_of(context.settings).read(0)]
    return {
        "journal": {
            record.credential_id: record.at.isoformat()
            for record in records
            if isinstance(record, StatusChanged)
        },
        "discrepancies": [repr(item) for item in found],
        "log": {change.credential_id: change.logged.at.isoformat() for change in changes},
        "set": sorted(f"{change.list_id}#{change.logged.index}" for change in changes),
        "entries": {entry.credential_id: f"{entry.list_id}#{entry.index}" for entry in entries},
    }


def published(folder: Path) -> dict[str, tuple[int, frozenset[int]]]:
    """Every published document as it stands on the disk: its version, and the indexes set in it."""
    files = files_of(Settings(data_dir=folder / "data"))
    found = {}
    for list_id in files.list_ids():
        for representation in REPRESENTATIONS:
            file = files.read_or_none(list_id, representation)
            if file is None:
                continue
            said = read_published(file.body, representation)
            if said.ended is None:
                continue  # what is suspended may be reinstated
            state = said.version, said.ended
            found[f"{list_id}/{representation}"] = state
    return found
