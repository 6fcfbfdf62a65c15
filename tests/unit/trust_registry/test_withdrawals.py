"""Withdrawing an accreditation takes two different people, and happens once."""

import re
from dataclasses import replace
from typing import Any

import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import browsing
from tests.unit.trust_registry.test_desk import FakeIssuer, with_issuer
from trust_registry import store
from trust_registry.app import create_app
from trust_registry.doors import DOORS
from trust_registry.life import StandingAccreditation

pytestmark = pytest.mark.anyio

FIRST = Principal(subject="registrar-1", name="One", role=Role.REGISTRAR, identity="a" * 64)
SECOND = Principal(subject="second-1", name="Two", role=Role.SECOND_OFFICER, identity="b" * 64)
SAME_AGAIN = Principal(subject="second-2", name="One", role=Role.SECOND_OFFICER, identity="a" * 64)
ONE = "/trust/registrar/accreditations/1/withdraw"
FORM = {"reason": "Sold certificates.", "earlier": "stand"}
APPROVE, CANCEL = (f"/trust/registrar/waiting/1/{name}" for name in ("approve", "cancel"))


def standing(context: ServiceContext) -> StandingAccreditation:
    found = context.database.read_now(store.standing_accreditation_or_none, 1)
    assert found is not None
    return found


async def send(context: ServiceContext, person: Principal, path: str, **form: Any) -> int:
    async with browsing(create_app(with_issuer(context, FakeIssuer())), person) as client:
        return (await client.post(path, data=form)).status_code


async def test_a_withdrawal_waits_for_another_person_and_is_then_published(context: ServiceContext) -> None:
    assert await send(context, FIRST, ONE, **FORM) == 303
    assert standing(context).withdrawal is None
    app = create_app(with_issuer(context, FakeIssuer()))
    async with browsing(app, SECOND) as client:
        assert "Sold certificates." in (await client.get("/trust/registrar/waiting")).text
        assert (await client.post(APPROVE)).status_code == 303
        assert '"earlierStand":true' in (await client.get("/trust/list")).text
        assert (await client.post(APPROVE)).status_code == 409
    last = standing(context).events[-1]
    assert (last.act.actor, last.act.approver) == ("registrar-1", "second-1")
    assert [event.decision.value for event in standing(context).events] == ["granted", "withdrawn"]


@pytest.mark.parametrize("person", [FIRST, SAME_AGAIN], ids=["the-maker", "the-same-staff-number"])
async def test_one_person_is_never_two_officers(context: ServiceContext, person: Principal) -> None:
    await send(context, FIRST, ONE, **FORM)
    assert await send(context, person, APPROVE) == 409
    assert standing(context).withdrawal is None


async def test_whoever_is_not_verified_neither_proposes_nor_agrees(context: ServiceContext) -> None:
    unknown = replace(FIRST, identity=None), replace(SECOND, identity=None)
    assert await send(context, unknown[0], ONE, **FORM) == 403
    await send(context, FIRST, ONE, **FORM)
    assert await send(context, unknown[1], APPROVE) == 403
    assert standing(context).withdrawal is None


async def test_a_cancelled_proposal_withdraws_nothing(context: ServiceContext) -> None:
    await send(context, FIRST, ONE, **FORM)
    assert await send(context, FIRST, CANCEL) == 303
    assert await send(context, SECOND, APPROVE) == 409
    assert standing(context).withdrawal is None


@pytest.mark.parametrize("changes", [{"reason": ""}, {"earlier": ""}, {"from": "soon"}])
async def test_a_proposal_with_one_fault_waits_for_nobody(
    context: ServiceContext, changes: dict[str, str]
) -> None:
    assert await send(context, FIRST, ONE, **(FORM | changes)) == 400
    assert await send(context, SECOND, APPROVE) == 404


async def test_a_second_officer_proposes_nothing(context: ServiceContext) -> None:
    assert await send(context, SECOND, ONE, **FORM) == 403


async def test_the_blast_radius_stands_before_the_form(context: ServiceContext) -> None:
    async with browsing(create_app(with_issuer(context, FakeIssuer())), FIRST) as client:
        page = (await client.get(ONE)).text
    assert page.index('id="touched"') < page.index('name="earlier"')


async def test_a_second_officer_lands_at_what_waits_and_is_shown_no_link_that_is_refused(
    context: ServiceContext,
) -> None:
    door = DOORS[Role.SECOND_OFFICER]
    async with browsing(create_app(with_issuer(context, FakeIssuer())), SECOND) as client:
        page = await client.get(door)
        links = set(re.findall(r'href="(/trust[^"?]*)"', page.text))
        assert {door, "/trust"} <= links
        for link in links:
            assert (await client.get(link)).status_code == 200, link


async def test_a_registrar_is_shown_the_whole_desk_beside_what_waits(context: ServiceContext) -> None:
    async with browsing(create_app(with_issuer(context, FakeIssuer())), FIRST) as client:
        page = await client.get("/trust/registrar/waiting")
    assert 'href="/trust/registrar/licences"' in page.text
