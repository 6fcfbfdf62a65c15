"""What a process does in the tests of issuing: everything real, all services joined in memory."""

import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import orjson
import pytest
from sqlalchemy import Connection, select

from issuer import store
from issuer.sealed import Sealed
from issuer.service import approving, delivery, issuing
from issuer.service.approving import Decision
from issuer.service.desk import Desk, announce_keys
from issuer.unsealed import Intent
from passport.assembly import Contexts, assemble, open_contexts
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import create_demo_world
from passport.dispatch import Dispatcher
from revocation.published_files import read_list
from revocation.service import Registry, files_of
from runtime.auth import Principal, Role
from runtime.clock import SystemClock
from runtime.settings import load_settings
from tests.crash.death import Death, Witness
from vc.crypto.keys import Signer
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import ConflictError
from vc.issue import PreparedCredential, UncheckedCredential, sign_prepared
from vc.proof.data_integrity import attach, hash_data
from vc.status.bitstring_status_list import bit_at
from vc.status.entries import StatusEntry, parse_status_entries

ROWS = 2
SLUG = "phka-trakuon"
PASSWORD = "demo-passport"
_COLUMNS = (
    "rld_number", "name_km", "name_latin", "birth_date", "qualification_code", "assessment_date",
    "decision_date", "assessor_1", "assessor_2", "assessment_method",
)  # fmt: skip
_APPROVER = Principal(
    subject="approver", name="Approver", role=Role.CENTRE_APPROVER, organisation_id=SLUG, identity="other"
)


class LaterClock:
    """The machine's clock, some minutes on: a process that resumes comes after a pause."""

    def __init__(self, minutes: int) -> None:
        self._ahead = timedelta(minutes=minutes)

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        return SystemClock().now() + self._ahead


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """The running application and what is in it."""

    contexts: Contexts
    app: Dispatcher
    client: httpx2.AsyncClient

    @property
    def desk(self) -> Desk:
        """The issuing desk."""
        desk = self.app.apps["issuer"].state.desk
        assert isinstance(desk, Desk)
        return desk

    @property
    def registry(self) -> Registry:
        """The status registry."""
        registry = self.app.apps["revocation"].state.registry
        assert isinstance(registry, Registry)
        return registry


@asynccontextmanager
async def open_world(
    folder: str, suite: str, database_url: str | None, *, anchor: str, minutes: int = 0
) -> AsyncIterator[World]:
    settings = load_settings(
        data_dir=Path(folder) / "data",
        mode="demo",
        default_cryptosuite=suite,
        database_url=database_url,
        trust_anchor=anchor,
    )
    contexts = open_contexts(settings, LaterClock(minutes))
    app = assemble(contexts, draw_people())
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url=settings.base_url,
        headers={"Origin": settings.base_url},
    )
    try:
        async with client:
            yield World(contexts=contexts, app=app, client=client)
    finally:
        contexts.close()


async def prepare(folder: str, suite: str, database_url: str | None = None) -> dict[str, Any]:
    """Make the demo world with a class list that is ready to be issued."""
    settings = load_settings(
        data_dir=Path(folder) / "data", mode="demo", default_cryptosuite=suite, database_url=database_url
    )
    contexts = open_contexts(settings, LaterClock(0))
    people = draw_people()
    _, anchor = create_demo_world(contexts, people, passwords=PASSWORD)
    contexts.close()
    async with open_world(folder, suite, database_url, anchor=anchor) as world, world.app.running():
        # The issuer does so in the background, maybe after this process has ended.
        await announce_keys(world.desk.context)
        form = {"username": f"clerk-{SLUG}", "password": PASSWORD, "next": "/"}
        assert (await world.client.post("/sign-in", data=form)).status_code == 303
        files = {"file": ("class.csv", sheet_of(people[:ROWS]))}
        answer = await world.client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
        assert answer.json()["ready_count"] == ROWS, answer.text
        submitted = await world.client.post(f"/issuer/api/classes/{answer.json()['id']}/submit")
        assert submitted.status_code == 202, submitted.text
    return {"anchor": anchor, "class_id": answer.json()["id"]}


async def _approve(world: World, class_id: str) -> None:
    """Agree as a second person to what the clerk submitted."""
    state = await world.desk.context.database.read(store.get_class, class_id, SLUG)
    await approving.approve(world.desk, _APPROVER, class_id, Decision(proposal=state.proposal))


def sheet_of(people: Sequence[DemoPerson]) -> bytes:
    lines = [
        (
            person.rld_number, person.name_km, person.name_latin, person.birth_date.isoformat(),
            "DEMO-RPL-BRL", "2026-05-18", "2026-06-05", "A-1", "A-2", "Observation",
        )
        for person in people
    ]  # fmt: skip
    return "\n".join(",".join(line) for line in (_COLUMNS, *lines)).encode()


async def issue(
    *,
    folder: str,
    suite: str,
    anchor: str,
    class_id: str,
    number: int,
    die_at: int | None,
    database_url: str | None = None,
) -> dict[str, Any]:
    """Issue the class list, or go on doing so, and deliver; tell what came of it.

    ``number`` counts the lives of one folder: each begins two minutes after the one before.
    """
    death = Death(die_at, Witness(Path(folder) / "witness"))
    async with open_world(folder, suite, database_url, anchor=anchor, minutes=2 * number) as world:
        assert await world.registry.start()
        await world.app.apps["trust_registry"].state.publication.refresh()
        state = await world.desk.context.database.read(store.get_class, class_id, SLUG)
        with death.waiting():
            if state.state == store.WAITING:
                await _approve(world, class_id)
            await issuing.run(world.desk, class_id, SLUG)
            await delivery.deliver_all(world.desk)
        # What is not urgent waits for the end of its period, which is not waited for here.
        for list_id in files_of(world.contexts.settings).list_ids():
            await world.registry.publisher.publish(list_id)
        return {"effects": death.effects, **await _tell(world, class_id, death.witness)}


async def issue_at_once(
    *, folder: str, suite: str, anchor: str, class_id: str, database_url: str | None = None
) -> dict[str, Any]:
    """Two runs over one class list at the same time, in which signing takes its time."""
    death = Death(None, Witness(Path(folder) / "witness"))

    def sign_slowly(prepared: PreparedCredential, signer: Signer) -> UncheckedCredential:
        time.sleep(0.3)
        return sign_prepared(prepared, signer)

    async with open_world(folder, suite, database_url, anchor=anchor) as world:
        assert await world.registry.start()
        await world.app.apps["trust_registry"].state.publication.refresh()
        with death.waiting(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(issuing, "sign_prepared", sign_slowly)
            await _approve(world, class_id)
            async with anyio.create_task_group() as group:
                for _ in range(2):
                    group.start_soon(issuing.run, world.desk, class_id, SLUG)
            await delivery.deliver_all(world.desk)
        return await _tell(world, class_id, death.witness)


async def start_only(
    *, folder: str, suite: str, anchor: str, class_id: str, database_url: str | None = None
) -> dict[str, Any]:
    """Take the decision to issue; what came of it, and the class list's state."""
    async with open_world(folder, suite, database_url, anchor=anchor) as world:
        try:
            await _approve(world, class_id)
            refused = None
        except ConflictError as error:
            refused = str(error)
        state = await world.desk.context.database.read(store.get_class, class_id, SLUG)
        return {"refused": refused, "class_state": state.state}


async def _tell(world: World, class_id: str, witness: Witness) -> dict[str, Any]:
    database = world.desk.context.database
    records = await database.read(_intents, world.desk.sealed, class_id)
    signatures = {line["data"]: line["signature"] for line in witness.seen("signature")}
    state = await database.read(store.get_class, class_id, SLUG)
    return {
        "class_state": state.state,
        "undelivered": list(await database.read(store.undelivered)),
        "intents": [await _tell_intent(world, record, signatures) for record in records],
    }


def _intents(connection: Connection, sealed: Sealed, class_id: str) -> Sequence[Intent]:
    query = select(store.issuance).where(store.issuance.c.class_id == class_id)
    return sealed.open(connection, connection.execute(query))


async def _tell_intent(
    world: World, record: Intent, signatures: dict[str, str]
) -> dict[str, str | int | bool | None]:
    """One intent as it stands, and what the verifier says to every signed copy there can be of it."""
    document = parse_json_object(record.document)
    proof_config = parse_json_object(record.proof_config)
    key = world.desk.context.keyring.public_key(record.key_id)
    data = hash_data(document, proof_config, key.key_type).hex()
    entry, _ = parse_status_entries({"credentialStatus": document["credentialStatus"]})
    assert isinstance(entry, StatusEntry)
    list_id, suite = entry.list_url.rsplit("/", 2)[-2:]
    published = files_of(world.contexts.settings).read_or_none(list_id, suite)
    assert published is not None
    stray = None
    if data in signatures:
        stray = await _check(world, attach(document, proof_config, bytes.fromhex(signatures[data])))
    return {
        "row": record.row,
        "state": record.state,
        "cryptosuite": record.cryptosuite,
        "credential_id": record.credential_id,
        "award_key": record.award_key,
        "certificate_number": record.certificate_number,
        "index": f"{entry.list_url}#{entry.index}",
        "bit": bit_at(read_list(published.body).bits, entry.index),
        "data": data,
        "digest": hashlib.sha256(record.secured).hexdigest() if record.secured else None,
        "copy_found": stray,
        "kept_found": await _check(world, orjson.loads(record.secured)) if record.secured else None,
    }


async def _check(world: World, credential: dict[str, JsonValue]) -> str:
    """The verifier's answer in one word: the outcome, and why not where it is a no."""
    answer = await world.client.post("/credentials/verify", json={"verifiableCredential": credential})
    found = answer.json()
    return f"{found['decision']['outcome']} {found['verdicts']['inForce']['reason']}"
