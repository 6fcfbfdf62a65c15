"""Staff accounts: who may invite whom, links that work once, and two accounts that are one person."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.signed_in import session_cookie
from tests.unit.trust_registry.deployment import PASSWORD, browsing, clock_of
from trust_registry import store
from trust_registry.accounts import NewAccount, create_accounts
from trust_registry.app import create_app
from trust_registry.sessions import begin, principal_of

pytestmark = pytest.mark.anyio

IDENTITY = "a" * 64
ADMIN = Principal(subject="admin", name="Admin", role=Role.CENTRE_ADMIN, organisation_id="poipet")
REGISTRAR = Principal(
    subject="demo-registrar", name="R", role=Role.REGISTRAR, organisation_id="mlvt", identity=IDENTITY
)
SECOND = Principal(subject="second-1", name="S", role=Role.SECOND_OFFICER, identity="b" * 64)
APPROVE = "/trust/registrar/waiting/{}/approve"
FORM = {"username": "new-clerk", "name": "New Clerk", "role": "clerk"}
STAFF = "/account/staff"


class Desk:
    def __init__(self, context: ServiceContext, client: httpx2.AsyncClient, app: object) -> None:
        self.context, self.client, self.app = context, client, app

    async def post(self, principal: Principal | None, path: str, **form: str) -> httpx2.Response:
        self.client.cookies.clear()
        if principal is not None:
            self.client.cookies.update(session_cookie(self.app, principal))  # type: ignore[arg-type]
        answer = await self.client.post(path, data=form)
        self.client.cookies.clear()
        return answer

    async def link(self, principal: Principal = ADMIN, **changes: str) -> str:
        page = await self.post(principal, STAFF, **FORM | changes)
        assert page.status_code == 201, page.text
        found = re.search(r"/account/invitation/[0-9A-Z]{52}", page.text)
        assert found is not None
        return found[0]


@pytest.fixture
async def desk(context: ServiceContext) -> AsyncIterator[Desk]:
    new = NewAccount(
        username="other-clerk", password=PASSWORD, role=Role.CLERK, name="Other", organisation_id="battambang"
    )
    create_accounts(context.database, context.personal, [new])
    app = create_app(context)
    async with browsing(app) as client:
        yield Desk(context, client, app)


async def signs_in(desk: Desk, username: str, password: str) -> bool:
    answer = await desk.post(None, "/sign-in", username=username, password=password)
    return answer.status_code == 303


async def test_an_invitation_sets_a_password_once(desk: Desk) -> None:
    link = await desk.link()
    account = desk.context.database.read_now(store.account_or_none, "new-clerk")
    assert account is not None
    assert (account.organisation_id, account.role) == ("poipet", "clerk")
    for guess in ("!", "", PASSWORD):
        assert not await signs_in(desk, "new-clerk", guess)
    assert (await desk.client.get(link)).status_code == 200
    assert (await desk.post(None, link, password="short")).status_code == 400
    assert (await desk.post(None, link, password="a good password")).status_code == 303
    assert await signs_in(desk, "new-clerk", "a good password")
    assert (await desk.post(None, link, password="another password")).status_code == 404
    assert (await desk.client.get(link)).status_code == 404
    assert not await signs_in(desk, "new-clerk", "another password")


async def test_a_link_ends_after_seven_days_and_with_the_next_one(desk: Desk) -> None:
    first = await desk.link()
    again = await desk.post(ADMIN, f"{STAFF}/new-clerk/invite")
    assert again.status_code == 201
    assert (await desk.client.get(first)).status_code == 404
    link = await desk.link(username="second-clerk")
    clock_of(desk.context).advance(timedelta(days=7))
    assert (await desk.post(None, link, password="a good password")).status_code == 404


@pytest.mark.parametrize(
    "role", ["registrar", "centre_admin", "fraud_officer", "returnee", "service", "x", ""]
)
async def test_a_centre_gives_only_its_own_two_roles(desk: Desk, role: str) -> None:
    assert (await desk.post(ADMIN, STAFF, **FORM | {"role": role})).status_code == 400
    assert desk.context.database.read_now(store.account_or_none, "new-clerk") is None


async def test_the_centre_comes_from_the_sign_in(desk: Desk) -> None:
    await desk.link(organisation_id="battambang", active="no", rld_number="RLD-1", password_hash="x")
    account = desk.context.database.read_now(store.account_or_none, "new-clerk")
    assert account is not None
    assert (account.organisation_id, account.active) == ("poipet", True)


async def test_nobody_takes_over_an_account_by_inviting_its_name(desk: Desk) -> None:
    before = desk.context.database.read_now(store.account_or_none, "demo-registrar")
    answer = await desk.post(ADMIN, STAFF, **FORM | {"username": "demo-registrar"})
    assert answer.status_code == 400
    assert desk.context.database.read_now(store.account_or_none, "demo-registrar") == before


@pytest.mark.parametrize("act", ["invite", "switch-off", "reset-second-step", "unlink-provider"])
@pytest.mark.parametrize("username", ["other-clerk", "demo-registrar", "demo-returnee", "nobody"])
async def test_another_centres_account_is_not_found(desk: Desk, username: str, act: str) -> None:
    before = desk.context.database.read_now(store.account_or_none, username)
    assert (await desk.post(ADMIN, f"{STAFF}/{username}/{act}")).status_code == 404
    assert desk.context.database.read_now(store.account_or_none, username) == before


async def test_nobody_acts_on_their_own_account(desk: Desk) -> None:
    for act in ("invite", "switch-off", "reset-second-step", "unlink-provider", "identity"):
        answer = await desk.post(REGISTRAR, f"{STAFF}/demo-registrar/{act}", number="MLVT-0001")
        assert answer.status_code == 403, act


@pytest.mark.parametrize("act", ["switch-off", "reset-second-step"])
async def test_switching_off_and_resetting_end_every_session(desk: Desk, act: str) -> None:
    account = desk.context.database.read_now(store.account_or_none, "other-clerk")
    assert account is not None
    token = await begin(desk.context, account)
    assert (await desk.post(REGISTRAR, f"{STAFF}/other-clerk/{act}")).status_code == 303
    assert await principal_of(desk.context, token) is None
    assert await signs_in(desk, "other-clerk", PASSWORD) is (act != "switch-off")


async def test_two_accounts_of_one_staff_number_are_one_person(desk: Desk) -> None:
    numbers = (("demo-clerk", "mlvt 00-123"), ("other-clerk", "MLVT-00123"))
    for proposal, (username, number) in enumerate(numbers, start=1):
        form = {"number": number, "reason": "Card seen."}
        assert (await desk.post(REGISTRAR, f"{STAFF}/{username}/identity", **form)).status_code == 303
        assert (await desk.post(SECOND, APPROVE.format(proposal))).status_code == 303
    identities = set()
    for username in ("demo-clerk", "other-clerk"):
        await desk.post(None, "/sign-in", username=username, password=PASSWORD)
        account = desk.context.database.read_now(store.account_or_none, username)
        assert account is not None
        principal = await principal_of(desk.context, await begin(desk.context, account))
        assert principal is not None
        identities.add(principal.identity)
    (identity,) = identities
    assert identity is not None
    assert len(identity) == 64
    files = desk.context.settings.data_dir.glob("trust_registry.sqlite3*")
    content = b"".join(file.read_bytes() for file in files)
    assert b"MLVT00123" not in content
    assert identity.encode() in content


@pytest.mark.parametrize("number", ["", "12", "x" * 50, "'; DROP TABLE"])
async def test_what_is_no_staff_number_is_refused(desk: Desk, number: str) -> None:
    answer = await desk.post(REGISTRAR, f"{STAFF}/other-clerk/identity", number=number, reason="Seen.")
    assert answer.status_code == 400
