"""An approved class list that is issued on graduation day, and not before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from issuer import store, submission_store
from issuer.class_list import example_row
from issuer.clients import published_trust_list
from issuer.service import issuing
from passport.demo_world.in_process import running_client
from passport.demo_world.people import DemoPerson
from runtime.clock import FixedClock, SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import class_of, sign_in
from tests.journey.test_first_journey import APPROVER, CLERK, desk_of, upload
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError
from vc.trust.trust_list import TrustList

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
START = datetime(2026, 11, 25, 9, tzinfo=UTC)
GRADUATION = START + timedelta(days=3)


async def approve_for(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], moment: str
) -> tuple[str, httpx2.Response]:
    """A class list of the clerk that the approver, who stays signed in, puts off."""
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    waiting = (await client.post(f"/issuer/api/classes/{class_id}/submit")).json()
    await sign_in(client, APPROVER)
    body = {"proposal": waiting["approval"]["proposal"], "issue_at": moment}
    return class_id, await client.post(f"/issuer/api/classes/{class_id}/approve", json=body)


async def test_nothing_is_signed_before_the_moment_and_a_restarted_service_begins_then(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    clock = FixedClock(START)
    options: dict[str, Any] = {"clock": clock, "default_cryptosuite": "eddsa-jcs-2022"}
    async with demo_client(tmp_path / "data", people, **options) as client:
        class_id, approved = await approve_for(client, people, format_timestamp(GRADUATION))
        assert approved.status_code == 202, approved.text
        assert (approved.json()["state"], approved.json()["credentials"]) == ("scheduled", [])
        desk = desk_of(client)
        with pytest.raises(ConflictError):
            await issuing.run(desk, class_id, "phka-trakuon")
        settings = desk.context.settings
    clock.advance(timedelta(days=2, hours=23))
    async with running_client(settings, people, clock=clock) as client:
        await sign_in(client, CLERK)
        await anyio.sleep(2)
        assert (await class_of(client, class_id))["state"] == "scheduled"
    clock.advance(timedelta(hours=1))
    async with running_client(settings, people, clock=clock) as client:
        await sign_in(client, CLERK)
        with anyio.fail_after(60):
            while (record := await class_of(client, class_id))["state"] != "issued":
                await anyio.sleep(0.1)
        assert len(record["credentials"]) == 29


async def test_what_was_put_off_is_stopped_by_one_person_and_needs_a_new_approval(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    later = format_timestamp(SystemClock().now() + timedelta(days=1))
    class_id, approved = await approve_for(client, people, later)
    assert approved.status_code == 202, approved.text
    await sign_in(client, CLERK)
    assert "/unschedule" in (await client.get(f"/issuer/classes/{class_id}")).text
    stopped = await client.post(f"/issuer/api/classes/{class_id}/unschedule")
    assert (stopped.json()["state"], stopped.json()["approval"]) == ("preview", None)
    assert (await client.post(f"/issuer/classes/{class_id}/unschedule")).status_code == 409
    with pytest.raises(ConflictError):
        await issuing.run(desk_of(client), class_id, "phka-trakuon")


@pytest.mark.parametrize("days", [-1, 91])
async def test_a_moment_past_or_too_far_off_approves_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], days: int
) -> None:
    moment = format_timestamp(SystemClock().now() + timedelta(days=days))
    class_id, approved = await approve_for(client, people, moment)
    assert approved.status_code == 400, approved.text
    assert (await class_of(client, class_id))["state"] == "waiting"


async def test_the_form_takes_a_moment_in_cambodian_time_and_says_what_is_wrong_with_another(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    waiting = (await client.post(f"/issuer/api/classes/{class_id}/submit")).json()
    await sign_in(client, APPROVER)
    form = {"proposal": str(waiting["approval"]["proposal"]), "reason": ""}
    refused = await client.post(f"/issuer/classes/{class_id}/approve", data={**form, "issue_at": "tomorrow"})
    assert (refused.status_code, "#field-issue-at" in refused.text) == (400, True), refused.text
    day = (SystemClock().now() + timedelta(days=2)).date()
    taken = await client.post(
        f"/issuer/classes/{class_id}/approve", data={**form, "issue_at": f"{day}T09:30"}
    )
    assert taken.status_code == 303, taken.text
    assert (await class_of(client, class_id))["issue_at"] == f"{day}T02:30:00Z"


async def test_a_centre_that_lost_its_accreditation_meanwhile_signs_nothing_and_approves_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a verifier would refuse: the trust list is the real one, without this centre."""
    later = format_timestamp(SystemClock().now() + timedelta(days=1))
    class_id, approved = await approve_for(client, people, later)
    assert approved.status_code == 202, approved.text

    async def without_the_centre(asked: httpx2.AsyncClient) -> TrustList:
        real = await published_trust_list(asked)
        return replace(real, issuers={did: one for did, one in real.issuers.items() if "phka" not in did})

    monkeypatch.setattr("issuer.service.entitlement.published_trust_list", without_the_centre)
    desk = desk_of(client)
    await desk.context.database.write(submission_store.release_due, SystemClock().now() + timedelta(days=2))
    with pytest.raises(ConflictError, match="not accredited"):
        await issuing.run(desk, class_id, "phka-trakuon")
    assert await desk.context.database.read(store.progress, class_id) == (0, 29)
    await sign_in(client, CLERK)
    row = example_row("rpl", today=SystemClock().now().date())
    body = {"kind": "rpl", "row": {key: str(value) for key, value in row.items() if value is not None}}
    waiting = (await client.post("/issuer/api/credentials", json=body)).json()
    await sign_in(client, APPROVER)
    decision = {"proposal": waiting["approval"]["proposal"]}
    refused = await client.post(f"/issuer/api/classes/{waiting['id']}/approve", json=decision)
    assert refused.status_code == 409
    assert "not accredited" in refused.text
