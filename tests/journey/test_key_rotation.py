"""A centre's key is replaced: what was signed stays good, a class under way goes on, a thief has nothing."""

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from typer.testing import CliRunner

from issuer import store
from issuer.service import issuing
from issuer.service.desk import announce_keys
from issuer.service.keys import rotate_key
from passport.assembly import Contexts, assemble, open_contexts
from passport.cli import app as command
from passport.demo_world.in_process import PASSWORD
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import create_demo_world
from runtime.clock import SystemClock
from runtime.settings import load_settings
from tests.journey.conftest import issue_one, sign_in
from tests.journey.test_first_journey import APPROVER, CLERK, check, desk_of, let_issue, upload
from tests.journey.test_stolen_key import forged, two_officers_say_it_was_stolen
from vc.errors import EvidenceUnavailable

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

CENTRE = "phka-trakuon"


@asynccontextmanager
async def house(
    folder: Path, people: tuple[DemoPerson, ...], suite: str
) -> AsyncIterator[tuple[Contexts, httpx2.AsyncClient]]:
    """A demo in ``folder``, begun or opened again, that signs with ``suite``."""
    clock = SystemClock()
    settings = load_settings(data_dir=folder, mode="demo", default_cryptosuite=suite, list_refresh_seconds=1)
    contexts = open_contexts(settings, clock)
    _, anchor = create_demo_world(contexts, people, passwords=PASSWORD)
    contexts.close()
    contexts = open_contexts(settings.model_copy(update={"trust_anchor": anchor}), clock)
    app = assemble(contexts, people)
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
        base_url=settings.base_url,
        headers={"Origin": settings.base_url},
    )
    async with app.running(), client:
        yield contexts, client
    contexts.close()


async def issue_row(client: httpx2.AsyncClient, position: int) -> bytes:
    """The certificate of one carpenter of the sample class, issued now."""
    await sign_in(client, CLERK)
    sample = (await client.get("/demo/samples/rpl-en.csv")).text.lstrip("\ufeff")
    rows = [
        {name: value for name, value in row.items() if value}
        for row in csv.DictReader(io.StringIO(sample))
        if row["Qualification code"] == "DEMO-RPL-CRP" and not row["Units passed"]
    ]
    issued = await issue_one(client, "rpl", rows[position], APPROVER)
    raw = (await client.get(issued["credential"])).content
    client.cookies.clear()
    return raw


def method_of(raw: bytes) -> str:
    return str(json.loads(raw)["proof"]["verificationMethod"])


async def accepted(client: httpx2.AsyncClient, raw: bytes) -> bool:
    """Whether the answer comes to be yes; lists are held for a second."""
    with anyio.move_on_after(20):
        while (await check(client, raw))["decision"]["outcome"] != "accepted":
            await anyio.sleep(0.3)
        return True
    return False


@pytest.mark.parametrize("after", ["ecdsa-jcs-2019", pytest.param("eddsa-jcs-2022", marks=pytest.mark.full)])
async def test_what_was_signed_before_and_after_a_rotation_verifies(
    tmp_path: Path, people: tuple[DemoPerson, ...], after: str
) -> None:
    async with house(tmp_path, people, "eddsa-jcs-2022") as (_, client):
        earlier = await issue_row(client, 0)
    async with house(tmp_path, people, after) as (contexts, client):
        issuer = contexts.by_service["issuer"]
        key, given_up = rotate_key(issuer, CENTRE, actor="operator")
        await announce_keys(issuer)
        later = await issue_row(client, 1)
        assert method_of(earlier).endswith(f"#{CENTRE}-1")
        assert method_of(later).endswith(f"#{key.key_id}")
        assert (key.key_id, given_up) == (f"{CENTRE}-2", 0)
        assert json.loads(later)["proof"]["cryptosuite"] == after
        assert await accepted(client, earlier)
        assert await accepted(client, later)
        document = (await client.get(f"/centres/{CENTRE}/did.json")).json()
        ended, current = [
            method for method in document["verificationMethod"] if ".es256-" not in method["id"]
        ]
        assert ended["expires"] == key.valid_from
        assert "expires" not in current


@pytest.mark.parametrize("is_stolen", [False, True], ids=["rotated", "stolen"])
@pytest.mark.parametrize("stage", [pytest.param("_intend", marks=pytest.mark.full), "_sign"])
async def test_a_class_under_way_is_finished(
    tmp_path: Path,
    people: tuple[DemoPerson, ...],
    monkeypatch: pytest.MonkeyPatch,
    is_stolen: bool,
    stage: str,
) -> None:
    """With the key that was theirs; under a stolen one nothing more is signed, and all begins anew."""
    async with house(tmp_path, people, "eddsa-jcs-2022") as (contexts, client):
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        desk = desk_of(client)
        await let_issue(client, class_id)
        real = getattr(issuing, stage)

        async def breaks_off(*arguments: Any) -> None:
            raise EvidenceUnavailable("the power went")

        monkeypatch.setattr(issuing, stage, breaks_off)
        with pytest.raises(EvidenceUnavailable):
            await issuing.run(desk, class_id, CENTRE)
        issuer = contexts.by_service["issuer"]
        key, given_up = rotate_key(issuer, CENTRE, actor="operator", is_stolen=is_stolen)
        assert given_up == (29 if is_stolen else 0)
        monkeypatch.setattr(issuing, stage, real)
        await announce_keys(issuer)
        await issuing.run(desk, class_id, CENTRE)
        issued = await desk.context.database.read(desk.sealed.intents_in, class_id, store.ISSUED)
        assert len(issued) == 29
        used = {method_of(record.secured) for record in issued if record.secured}
        wanted = key.key_id if is_stolen else f"{CENTRE}-1"
        assert used == {f"{desk.did_of(CENTRE)}#{wanted}"}
        client.cookies.clear()
        for record in issued[:2]:
            assert record.secured is not None
            assert await accepted(client, record.secured)


@pytest.mark.allow_hosts(["127.0.0.1"])
async def test_a_thief_gains_nothing_and_nobody_loses_a_certificate(
    tmp_path: Path, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two officers mark the key, the operator's command replaces it at once."""
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PASSPORT_DEFAULT_CRYPTOSUITE", "eddsa-jcs-2022")
    # Nobody listens there: the running issuer tells the registry.
    monkeypatch.setenv("PASSPORT_TRUST_REGISTRY_URL", "http://127.0.0.1:9")
    async with house(tmp_path, people, "eddsa-jcs-2022") as (contexts, client):
        earlier = await issue_row(client, 0)
        await anyio.sleep(1.1)  # instants are whole seconds
        stolen = contexts.by_service["issuer"].keyring.public_key(f"{CENTRE}-1").multikey
        await two_officers_say_it_was_stolen(client, stolen)
        arguments = ["issuer", "keys", "rotate", CENTRE, "--stolen"]
        told = await anyio.to_thread.run_sync(lambda: CliRunner().invoke(command, arguments))
        assert told.exit_code == 0, told.output
        assert stolen not in told.output
        await announce_keys(contexts.by_service["issuer"])
        later = await issue_row(client, 1)
        assert method_of(later).endswith(f"#{CENTRE}-2")
        assert await accepted(client, earlier)
        assert await accepted(client, later)
        fake = forged(contexts, earlier)
        with anyio.fail_after(20):
            while (result := await check(client, fake))["decision"]["outcome"] != "rejected":
                await anyio.sleep(0.2)
        assert result["verdicts"]["authentic"]["reason"] == "keyCompromised"
        listed = await anyio.to_thread.run_sync(
            lambda: CliRunner().invoke(command, ["issuer", "keys", "list", CENTRE])
        )
        first, second = [line for line in listed.output.splitlines() if "  documents  " in line]
        assert stolen in first
        assert "until" in first
        assert second.endswith("signs now")
