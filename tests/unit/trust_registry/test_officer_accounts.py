"""No officer alone makes, takes over or renames the account of an officer."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import PASSWORD, browsing
from tests.unit.trust_registry.test_staff import REGISTRAR, SECOND, STAFF, Desk, signs_in
from trust_registry import people_store, store
from trust_registry.accounts import NewAccount, create_accounts
from trust_registry.app import create_app

pytestmark = pytest.mark.anyio

WAITING = "/trust/registrar/waiting"
FORM = {
    "username": "new-officer",
    "name": "New Officer",
    "role": "second_officer",
    "organisation_id": "mlvt",
    "reason": "The work grows.",
}
OTHER_ACCOUNT = Principal(subject="second-9", name="R", role=Role.SECOND_OFFICER, identity=REGISTRAR.identity)
UNVERIFIED = Principal(subject="second-8", name="U", role=Role.SECOND_OFFICER)
ROLES = ("registrar", "second_officer", "fraud_officer", "auditor", "operator", "assisted_officer")
LINK = re.compile(r"/account/invitation/[0-9A-Z]{52}")
CODE = re.compile(r">([0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4})<|\"([0-9A-Z]{4}-[0-9A-Z]{4})\"")


@pytest.fixture
async def desk(context: ServiceContext) -> AsyncIterator[Desk]:
    officer = NewAccount(
        username="fraud-1",
        password=PASSWORD,
        role=Role.FRAUD_OFFICER,
        name="Fraud One",
        organisation_id="mlvt",
    )
    create_accounts(context.database, context.personal, [officer])
    app = create_app(context)
    async with browsing(app) as client:
        yield Desk(context, client, app)


async def proposed(desk: Desk, path: str = STAFF, **form: str) -> str | None:
    """Lay an act down as the registrar; the code where one is shown."""
    answer = await desk.post(REGISTRAR, path, **(form or FORM))
    assert answer.status_code in (201, 303), answer.text
    assert LINK.search(answer.text) is None
    found = CODE.search(answer.text)
    return None if found is None else (found[1] or found[2])


async def decided(desk: Desk, who: Principal, number: int = 1, decision: str = "approve") -> Any:
    return await desk.post(who, f"{WAITING}/{number}/{decision}")


async def link_of(desk: Desk, number: int = 1) -> str:
    answer = await decided(desk, SECOND, number)
    assert answer.status_code == 201, answer.text
    assert CODE.search(answer.text) is None
    found = LINK.search(answer.text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("role", ROLES)
async def test_an_officer_is_invited_by_two_and_needs_what_each_of_them_has(desk: Desk, role: str) -> None:
    code = await proposed(desk, **FORM | {"role": role})
    assert code is not None
    link = await link_of(desk)
    assert 'name="code"' in (await desk.client.get(link)).text
    for wrong in ("", "0000-0000", code[:-1]):
        assert (await desk.post(None, link, password="a good password", code=wrong)).status_code == 400
    assert not await signs_in(desk, "new-officer", "a good password")
    told = {"password": "a good password", "code": code.lower().replace("0", "o")}
    assert (await desk.post(None, link, **told)).status_code == 303
    assert await signs_in(desk, "new-officer", "a good password")


async def test_after_five_wrong_codes_the_link_ends(desk: Desk) -> None:
    code = await proposed(desk)
    link = await link_of(desk)
    for _ in range(5):
        answer = await desk.post(None, link, password="a good password", code="0000-0000")
        assert answer.status_code == 400
    assert (await desk.post(None, link, password="a good password", code=str(code))).status_code == 404


async def test_before_the_other_agrees_nobody_has_a_link_and_the_account_opens_to_nobody(desk: Desk) -> None:
    await proposed(desk)
    assert not await signs_in(desk, "new-officer", "!")
    account = desk.context.database.read_now(store.account_or_none, "new-officer")
    assert account is not None
    assert not account.active


@pytest.mark.parametrize("decision", ["cancel", "reject"])
async def test_what_is_not_agreed_to_leaves_no_account(desk: Desk, decision: str) -> None:
    await proposed(desk)
    who = REGISTRAR if decision == "cancel" else SECOND
    assert (await decided(desk, who, decision=decision)).status_code == 303
    assert desk.context.database.read_now(store.account_or_none, "new-officer") is None
    assert (await decided(desk, SECOND)).status_code == 409
    await proposed(desk)


@pytest.mark.parametrize(
    ("who", "status"),
    [(REGISTRAR, 409), (OTHER_ACCOUNT, 409), (UNVERIFIED, 403)],
    ids=["the maker", "a second account of the maker", "somebody whose number nobody verified"],
)
async def test_one_person_is_not_two_officers(desk: Desk, who: Principal, status: int) -> None:
    await proposed(desk)
    answer = await decided(desk, who)
    assert answer.status_code == status
    assert LINK.search(answer.text) is None


async def test_what_somebody_proposed_who_was_switched_off_since_is_not_done(desk: Desk) -> None:
    await proposed(desk)
    account = desk.context.database.read_now(store.account_or_none, REGISTRAR.subject)
    assert account is not None
    desk.context.database.write_now(store.put_account, replace(account, active=False))
    assert (await decided(desk, SECOND)).status_code == 403
    assert (await decided(desk, SECOND, decision="reject")).status_code == 303


async def test_whoever_is_not_verified_proposes_nothing(desk: Desk) -> None:
    unknown = Principal(subject="demo-registrar", name="R", role=Role.REGISTRAR, organisation_id="mlvt")
    assert (await desk.post(unknown, STAFF, **FORM)).status_code == 403
    assert desk.context.database.read_now(store.account_or_none, "new-officer") is None


@pytest.mark.parametrize("act", ["invite", "reset-second-step", "identity"])
async def test_an_officers_account_changes_only_when_another_agrees(desk: Desk, act: str) -> None:
    read = desk.context.database.read_now
    before = read(store.account_or_none, "fraud-1")
    await proposed(desk, f"{STAFF}/fraud-1/{act}", reason="Asked for it.", number="MLVT-0009")
    assert read(store.account_or_none, "fraud-1") == before
    assert read(people_store.identity_or_none, "fraud-1") is None
    assert (await decided(desk, REGISTRAR)).status_code == 409
    assert (await decided(desk, SECOND)).status_code in (201, 303)
    assert (read(people_store.identity_or_none, "fraud-1") is not None) is (act == "identity")


@pytest.mark.parametrize("act", ["invite", "reset-second-step", "identity"])
async def test_nobody_agrees_to_an_act_on_an_account_of_their_own(desk: Desk, act: str) -> None:
    await proposed(desk, f"{STAFF}/fraud-1/{act}", reason="Asked for it.", number="MLVT-0009")
    own = Principal(subject="fraud-1", name="F", role=Role.SECOND_OFFICER, identity="c" * 64)
    assert (await decided(desk, own)).status_code == 403
    desk.context.database.write_now(people_store.put_identity, "fraud-1", "d" * 64)
    own_elsewhere = Principal(subject="second-7", name="F", role=Role.SECOND_OFFICER, identity="d" * 64)
    assert (await decided(desk, own_elsewhere)).status_code == 403
    assert (await decided(desk, SECOND)).status_code in (201, 303)


@pytest.mark.parametrize("act", ["invite", "reset-second-step", "identity"])
async def test_an_act_on_an_officer_wants_a_reason(desk: Desk, act: str) -> None:
    answer = await desk.post(REGISTRAR, f"{STAFF}/fraud-1/{act}", reason=" ", number="MLVT-0009")
    assert answer.status_code == 400
    assert (await decided(desk, SECOND)).status_code == 404


async def test_a_link_that_one_person_gave_leaves_nobody_verified(desk: Desk) -> None:
    desk.context.database.write_now(people_store.put_identity, "demo-clerk", "e" * 64)
    assert (await desk.post(REGISTRAR, f"{STAFF}/demo-clerk/invite")).status_code == 201
    assert desk.context.database.read_now(people_store.identity_or_none, "demo-clerk") is None


async def test_whoever_agrees_reads_first_what_will_happen(desk: Desk) -> None:
    await proposed(desk)
    await proposed(desk, f"{STAFF}/fraud-1/identity", reason="Card seen.", number="MLVT-0009")
    desk.client.cookies.clear()
    async with browsing(create_app(desk.context), SECOND) as client:
        page = (await client.get(WAITING)).text
    for text in ("New Officer", "new-officer", "The work grows.", "Fraud One", "Card seen."):
        assert text in page
    assert "MLVT" not in page
