"""Which organisation asks under which licence: the registrar's word, and nobody else's."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from runtime.audit_log import entries
from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import LICENCE, NOW, PASSWORD, browsing, clock_of, license_eps
from trust_registry import store
from trust_registry.accounts import NewAccount, create_accounts
from trust_registry.app import create_app
from trust_registry.licences import end_licence, grant_licence
from trust_registry.life import Act, LicenceFacts, VerifierClass
from trust_registry.sessions import principal_for

pytestmark = pytest.mark.anyio

REGISTRAR = Principal(subject="demo-registrar", name="R", role=Role.REGISTRAR, organisation_id="mlvt")
ADMIN = Principal(subject="boss", name="B", role=Role.VERIFIER_ADMIN, organisation_id="phnom-works")
NUMBER = "DEMO-A-7"
PAGE = f"/trust/registrar/licences/{NUMBER}"
ACT = Act(actor="registrar", reason="Inspected.", at=NOW)


@pytest.fixture(autouse=True)
def licences(context: ServiceContext) -> None:
    """One licence without an organisation, and one that the EPS office holds."""
    facts = LicenceFacts(
        licence_class=VerifierClass.AGENCY,
        names={"en": "Phnom Demo Works", "km": "ភ្នំ ការងារគំរូ"},
        office="12 Demo Street, Phnom Penh",
        phone="023 000 000",
        countries=("JP",),
        programmes=("jp-ssw",),
        valid_from=NOW - timedelta(days=1),
    )
    context.database.write_now(grant_licence, NUMBER, facts, ACT)
    license_eps(context)


async def send(context: ServiceContext, principal: Principal, path: str, **form: str) -> httpx2.Response:
    async with browsing(create_app(context), principal) as client:
        return await client.post(path, data=form)


def acts(context: ServiceContext) -> list[dict[str, Any]]:
    return [dict(row) for row in context.database.read_now(lambda connection: list(entries(connection)))]


async def test_the_registrar_registers_an_organisation_under_its_licence(context: ServiceContext) -> None:
    before = len(acts(context))
    done = await send(context, REGISTRAR, f"{PAGE}/organisation", organisation_id="phnom-works")
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    found = context.database.read_now(store.organisation_or_none, "phnom-works")
    assert found is not None
    assert (found.name_en, found.name_km, found.licence_number) == (
        "Phnom Demo Works",
        "ភ្នំ ការងារគំរូ",
        NUMBER,
    )
    (entry,) = [row for row in acts(context)[before:] if row["actor"] == "demo-registrar"]
    assert (entry["act"], entry["object"], entry["reason"]) == (
        "organisation.register",
        "phnom-works",
        f"licence {NUMBER}",
    )
    async with browsing(create_app(context), REGISTRAR) as client:
        page = (await client.get(PAGE)).text
        assert "phnom-works" in page
        assert f"{PAGE}/organisation" not in page


async def test_its_people_are_invited_and_stand_under_its_licence(context: ServiceContext) -> None:
    await send(context, REGISTRAR, f"{PAGE}/organisation", organisation_id="phnom-works")
    boss = {"username": "boss", "name": "Boss", "role": "verifier_admin", "organisation_id": "phnom-works"}
    assert (await send(context, REGISTRAR, "/account/staff", **boss)).status_code == 201
    # Whatever the form says, the member is of the own organisation.
    member = {"username": "member", "name": "M", "role": "verifier_member", "organisation_id": "eps"}
    assert (await send(context, ADMIN, "/account/staff", **member)).status_code == 201
    for name in ("boss", "member"):
        account = context.database.read_now(store.account_or_none, name)
        assert account is not None
        principal = await principal_for(context, account)
        assert (principal.organisation_id, principal.licence_number) == ("phnom-works", NUMBER)


@pytest.mark.parametrize("role", ["verifier_admin", "registrar", "clerk", "recruiter"])
async def test_a_verifiers_administrator_invites_members_only(context: ServiceContext, role: str) -> None:
    form = {"username": "somebody", "name": "S", "role": role, "organisation_id": "eps"}
    eps = Principal(subject="boss", name="B", role=Role.VERIFIER_ADMIN, organisation_id="eps")
    assert (await send(context, eps, "/account/staff", **form)).status_code == 400
    assert context.database.read_now(store.account_or_none, "somebody") is None


async def test_another_verifiers_member_is_not_found(context: ServiceContext) -> None:
    new = NewAccount(
        username="member", password=PASSWORD, role=Role.VERIFIER_MEMBER, name="M", organisation_id="eps"
    )
    create_accounts(context.database, context.personal, [new])
    for act in ("invite", "switch-off", "reset-second-step"):
        assert (await send(context, ADMIN, f"/account/staff/member/{act}")).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"organisation_id": "eps"},
        {"organisation_id": "poipet"},
        {"organisation_id": ""},
        {"organisation_id": "Not an id"},
        {"known": "eps"},
        {"known": "poipet"},
        {"known": "nobody"},
    ],
    ids=str,
)
async def test_a_licence_goes_to_a_new_organisation_or_to_one_without(
    context: ServiceContext, form: dict[str, str]
) -> None:
    before = context.database.read_now(store.organisations)
    assert (await send(context, REGISTRAR, f"{PAGE}/organisation", **form)).status_code == 400
    assert context.database.read_now(store.organisations) == before


async def test_one_licence_is_one_organisations(context: ServiceContext) -> None:
    held = f"/trust/registrar/licences/{LICENCE}/organisation"
    assert (await send(context, REGISTRAR, held, organisation_id="second")).status_code == 400
    assert context.database.read_now(store.organisation_or_none, "second") is None


async def test_whose_licence_has_ended_gets_the_next_one(context: ServiceContext) -> None:
    context.database.write_now(end_licence, LICENCE, effective_from=NOW, act=ACT)
    clock_of(context).advance(timedelta(seconds=1))
    before = len(acts(context))
    assert (await send(context, REGISTRAR, f"{PAGE}/organisation", known="eps")).status_code == 303
    assert context.database.read_now(store.licence_number_or_none, "eps") == NUMBER
    (entry,) = [row for row in acts(context)[before:] if row["actor"] == "demo-registrar"]
    assert (entry["act"], entry["object"]) == ("organisation.license", "eps")
    ended = f"/trust/registrar/licences/{LICENCE}/organisation"
    assert (await send(context, REGISTRAR, ended, organisation_id="late")).status_code == 400


async def test_nobody_but_the_registrar_names_a_holder(context: ServiceContext) -> None:
    refused = await send(context, ADMIN, f"{PAGE}/organisation", organisation_id="phnom-works")
    assert refused.status_code == 403
    assert context.database.read_now(store.organisation_or_none, "phnom-works") is None
