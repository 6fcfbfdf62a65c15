"""Two people for every class list: nobody lets their own list be issued, in any way that can be tried."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from issuer.background import Background
from issuer.service import approving, issuing
from passport.demo_world.class_lists import RPL, demo_class_list
from passport.demo_world.people import DemoPerson
from runtime.auth import Principal, Role
from tests.demo_copies import demo_client
from tests.journey.conftest import approve, sign_in
from tests.journey.test_first_journey import APPROVER, CLERK, desk_of, issue, upload
from tests.journey.test_labour_database import simulator_of
from vc.errors import ConflictError, NotAuthorized

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """A house in which the clerk has a class list in preview, and is signed in."""

    client: httpx2.AsyncClient
    class_id: str
    data: Path

    @property
    def api(self) -> str:
        return f"/issuer/api/classes/{self.class_id}"

    @property
    def page(self) -> str:
        return f"/issuer/classes/{self.class_id}"

    async def submit(self) -> dict[str, Any]:
        answer = await self.client.post(f"{self.api}/submit")
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def decide(self, decision: str, proposal: int, reason: str = "") -> httpx2.Response:
        return await self.client.post(f"{self.api}/{decision}", json={"proposal": proposal, "reason": reason})

    async def state(self) -> str:
        """As the clerk sees it."""
        await sign_in(self.client, CLERK)
        return str((await self.client.get(self.api)).json()["state"])

    def account(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.data / "trust_registry.sqlite3") as database:
            assert database.execute(statement, values).rowcount == 1

    def row(self, column: str, value: str) -> None:
        """Change the third row of the list behind the product's back."""
        statement = f"UPDATE class_row SET {column} = ? WHERE class_id = ? AND row = 3"
        with sqlite3.connect(self.data / "issuer.sqlite3") as database:
            assert database.execute(statement, [value, self.class_id]).rowcount == 1

    def entries(self) -> list[tuple[str, str, str | None, str | None]]:
        """What the audit log of the issuer says of the list after its upload."""
        query = "SELECT act, actor, approver, reason FROM audit_entry WHERE object = ? ORDER BY seq"
        with sqlite3.connect(self.data / "issuer.sqlite3") as database:
            return database.execute(query, [self.class_id]).fetchall()[1:]


def proposal_in(waiting: dict[str, Any]) -> int:
    return int(waiting["approval"]["proposal"])


@pytest.fixture
async def desk(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], tmp_path: Path) -> Desk:
    client.headers["Accept-Language"] = "en"
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    return Desk(client=client, class_id=class_id, data=tmp_path / "data")


async def test_one_submits_another_approves_and_the_log_names_both(
    desk: Desk, people: tuple[DemoPerson, ...]
) -> None:
    waiting = await desk.submit()
    assert (waiting["state"], waiting["credentials"]) == ("waiting", [])
    assert (await desk.decide("approve", proposal_in(waiting))).status_code == 403
    await sign_in(desk.client, APPROVER)
    page = (await desk.client.get(desk.page)).text
    assert "Approve 29 certificates" in page
    assert "One assessor assessed very many people on one day." in page
    assert people[2].name_latin in page
    assert (await desk.decide("approve", proposal_in(waiting))).status_code == 202
    assert await desk.state() in ("issuing", "issued")
    assert desk.entries()[:2] == [
        ("class.submit", CLERK, None, None),
        ("class.issue", CLERK, APPROVER, None),
    ]


async def test_maker_approving_by_the_own_account_is_refused(desk: Desk) -> None:
    waiting = await desk.submit()
    assert (await desk.decide("approve", proposal_in(waiting))).status_code == 403
    form = {"proposal": str(proposal_in(waiting))}
    assert (await desk.client.post(f"{desk.page}/approve", data=form)).status_code == 403
    assert await desk.state() == "waiting"


@pytest.mark.parametrize("door", ["api", "page"])
async def test_maker_approving_after_a_change_of_role_is_refused(desk: Desk, door: str) -> None:
    waiting = await desk.submit()
    desk.account("UPDATE account SET role = 'centre_approver' WHERE username = ?", CLERK)
    await sign_in(desk.client, CLERK)
    page = (await desk.client.get(desk.page)).text
    assert "/approve" not in page
    assert await _status_of_approval(desk, proposal_in(waiting), door) == 409
    desk.account("UPDATE account SET role = 'clerk' WHERE username = ?", CLERK)
    assert await desk.state() == "waiting"


@pytest.mark.parametrize("door", ["api", "page"])
async def test_maker_approving_by_a_second_account_of_the_same_identity_is_refused(
    desk: Desk, door: str
) -> None:
    waiting = await desk.submit()
    own = "(SELECT identity_index FROM staff_identity WHERE username = ?)"
    desk.account(f"UPDATE staff_identity SET identity_index = {own} WHERE username = ?", CLERK, APPROVER)
    await sign_in(desk.client, APPROVER)
    assert await _status_of_approval(desk, proposal_in(waiting), door) == 409
    assert (await desk.decide("send-back", proposal_in(waiting), "Mine.")).status_code == 409
    assert await desk.state() == "waiting"


async def test_an_approver_without_a_verified_staff_number_is_refused(desk: Desk) -> None:
    waiting = await desk.submit()
    desk.account("DELETE FROM staff_identity WHERE username = ?", APPROVER)
    await sign_in(desk.client, APPROVER)
    assert (await desk.decide("approve", proposal_in(waiting))).status_code == 403
    assert await desk.state() == "waiting"


async def test_an_approver_of_another_centre_finds_nothing(desk: Desk) -> None:
    waiting = await desk.submit()
    await sign_in(desk.client, "approver-trei-chhlonh")
    for decision in ("approve", "send-back"):
        assert (await desk.decide(decision, proposal_in(waiting), "No.")).status_code == 404
    assert (await desk.client.get(desk.page)).status_code == 404
    assert await desk.state() == "waiting"


async def test_a_form_sent_again_after_the_list_came_back_approves_nothing(desk: Desk) -> None:
    first = await desk.submit()
    await sign_in(desk.client, APPROVER)
    assert (await desk.decide("send-back", proposal_in(first), "Row 3: another date.")).status_code == 200
    await sign_in(desk.client, CLERK)
    page = (await desk.client.get(desk.page)).text
    assert "Row 3: another date." in page
    assert (await desk.client.get(desk.api)).json()["approval"]["sent_back"] == "Row 3: another date."
    again = await desk.submit()
    await sign_in(desk.client, APPROVER)
    assert (await desk.decide("approve", proposal_in(first))).status_code == 409
    assert (await desk.decide("approve", proposal_in(again))).status_code == 202
    assert (await desk.decide("approve", proposal_in(again))).status_code == 409


async def test_a_proposal_about_another_list_decides_nothing(
    desk: Desk, people: tuple[DemoPerson, ...]
) -> None:
    other = (await upload(desk.client, people))["id"]
    proposal = proposal_in(await desk.submit())
    submitted = await desk.client.post(f"/issuer/api/classes/{other}/submit")
    await sign_in(desk.client, APPROVER)
    assert submitted.status_code == 202
    body = {"proposal": proposal, "reason": "Not this one."}
    for decision in ("approve", "send-back"):
        answer = await desk.client.post(f"/issuer/api/classes/{other}/{decision}", json=body)
        assert answer.status_code == 409, decision


async def test_a_list_changed_after_it_was_submitted_is_not_approved(desk: Desk) -> None:
    waiting = await desk.submit()
    desk.row("certificate_number", "X-1")
    await sign_in(desk.client, APPROVER)
    answer = await desk.decide("approve", proposal_in(waiting))
    assert (answer.status_code, "changed" in answer.json()["detail"]) == (409, True)
    assert await desk.state() == "waiting"


async def test_a_list_nobody_approved_and_a_row_changed_since_are_not_issued(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Background, "issue", lambda *_: None)
    issuer, slug = desk_of(desk.client), "phka-trakuon"
    with pytest.raises(ConflictError):
        await issuing.run(issuer, desk.class_id, slug)
    waiting = await desk.submit()
    with pytest.raises(ConflictError):
        await issuing.run(issuer, desk.class_id, slug)
    await approve(desk.client, waiting, APPROVER)
    desk.row("title", "Welder")
    with pytest.raises(ConflictError):
        await issuing.run(issuer, desk.class_id, slug)


async def test_an_assessor_does_not_approve_whom_they_assessed(desk: Desk) -> None:
    waiting = await desk.submit()
    assessor = Principal(
        subject="other",
        name="NOP  Sarin",
        role=Role.CENTRE_APPROVER,
        organisation_id="phka-trakuon",
        identity="another",
    )
    decision = approving.Decision(proposal=proposal_in(waiting))
    with pytest.raises(NotAuthorized, match="assessed"):
        await approving.approve(desk_of(desk.client), assessor, desk.class_id, decision)
    assert await desk.state() == "waiting"


async def test_one_certificate_by_api_waits_too(desk: Desk, people: tuple[DemoPerson, ...]) -> None:
    person = people[40]
    row = {
        "rld_number": person.rld_number,
        "name_km": person.name_km,
        "name_latin": person.name_latin,
        "birth_date": person.birth_date.isoformat(),
        "qualification_code": "DEMO-RPL-BRL",
        "assessment_date": "2026-05-18",
        "decision_date": "2026-06-05",
        "assessor_1": "A-1",
        "assessor_2": "A-2",
        "assessment_method": "Observation",
    }
    answer = await desk.client.post("/issuer/api/credentials", json={"kind": "rpl", "row": row})
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert answer.json()["credentials"] == []


async def test_over_the_quota_of_the_day_nothing_is_approved(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    settings: dict[str, Any] = {"default_cryptosuite": "eddsa-jcs-2022", "issue_quota_per_day": 40}
    async with demo_client(tmp_path / "data", people, **settings) as client:
        client.headers["Accept-Language"] = "en"
        await sign_in(client, CLERK)
        first, second = [(await upload(client, people, form=form))["id"] for form in ("csv", "xlsx")]
        waiting = (await client.post(f"/issuer/api/classes/{second}/submit")).json()
        await issue(client, first)
        await sign_in(client, APPROVER)
        assert "may issue 11 more today" in (await client.get(f"/issuer/classes/{second}")).text
        body = {"proposal": proposal_in(waiting)}
        answer = await client.post(f"/issuer/api/classes/{second}/approve", json=body)
        assert (answer.status_code, "in one day" in answer.json()["detail"]) == (409, True)


async def test_a_back_dated_award_needs_the_approvers_reason(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    settings: dict[str, Any] = {"default_cryptosuite": "eddsa-jcs-2022", "backdating_days": 5}
    async with demo_client(tmp_path / "data", people, **settings) as client:
        client.headers["Accept-Language"] = "en"
        await sign_in(client, CLERK)
        desk = Desk(client=client, class_id=(await upload(client, people))["id"], data=tmp_path / "data")
        proposal = proposal_in(await desk.submit())
        await sign_in(client, APPROVER)
        assert (await desk.decide("approve", proposal, "  ")).status_code == 400
        form = {"proposal": str(proposal)}
        page = await client.post(f"{desk.page}/approve", data=form)
        assert (page.status_code, "write why it is issued now" in page.text) == (400, True)
        assert (await desk.decide("approve", proposal, "The ceremony was late.")).status_code == 202
        assert desk.entries()[1] == ("class.issue", CLERK, APPROVER, "The ceremony was late.")


async def _status_of_approval(desk: Desk, proposal: int, door: str) -> int:
    if door == "api":
        return (await desk.decide("approve", proposal)).status_code
    form = {"proposal": str(proposal)}
    return (await desk.client.post(f"{desk.page}/approve", data=form)).status_code


async def test_people_of_one_telephone_are_shown_to_the_approver(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    """As the labour database says it: by a reference that names no telephone."""
    numbers = [str(row["rld_number"]) for row in demo_class_list(RPL, people).rows[:6]]
    for person in people:
        if person.rld_number in numbers:
            simulator_of(client).register.put(person, contact_reference="same-telephone")
    await sign_in(client, CLERK)
    preview = await upload(client, people)
    (flag,) = [flag for flag in preview["flags"] if flag["rule"] == "shared-contact"]
    assert len(flag["rows"]) == 6
    assert "same-telephone" not in str(preview)
