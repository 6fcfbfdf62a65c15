"""What an auditor sees: every act, who approved it, and whether it is still what was written."""

from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import text

from runtime.audit_log import Entry, record
from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import browsing
from tests.unit.trust_registry.test_desk import FakeIssuer, with_issuer
from trust_registry.app import create_app

pytestmark = pytest.mark.anyio

AUDITOR = Principal(subject="auditor", name="Auditor", role=Role.AUDITOR)


def write(context: ServiceContext, count: int, **values: str) -> None:
    for number in range(count):
        known = {"actor": "registrar-1", "act": "licence.grant", "object": f"A-{number:03}"}
        entry = replace(Entry(**known), **values)
        context.database.write_now(record, entry, now=context.clock.now())


async def page(context: ServiceContext, query: str = "") -> str:
    async with browsing(create_app(context), AUDITOR) as client:
        answer = await client.get(f"/trust/audit{query}")
    assert answer.status_code == 200
    return answer.text


async def test_the_newest_acts_stand_first_with_both_names(context: ServiceContext) -> None:
    write(context, 1, act="accreditation.withdraw", object="7", approver="second-1", reason="Sold papers.")
    shown = await page(context)
    assert shown.index("accreditation.withdraw") < shown.index("accreditation.grant")
    assert "second-1" in shown
    assert "Sold papers." in shown


async def test_the_log_is_read_a_page_at_a_time(context: ServiceContext) -> None:
    write(context, 60)
    newest = await page(context)
    assert "A-059" in newest
    assert "A-000" not in newest
    before = newest.split("before=")[1].split('"')[0]
    earlier = await page(context, f"?before={before}")
    assert "A-000" in earlier
    assert "A-059" not in earlier


@pytest.mark.parametrize("query", ["?actor=second-1", "?object=B-7"])
async def test_one_person_or_thing_is_found(context: ServiceContext, query: str) -> None:
    write(context, 1, object="B-7", approver="second-1")
    write(context, 1, object="C-8")
    found = await page(context, query)
    assert "B-7" in found
    assert "C-8" not in found


async def test_an_entry_that_was_changed_is_marked(context: ServiceContext) -> None:
    write(context, 3)
    assert "is not what was written" not in await page(context)
    with context.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        connection.execute(text("UPDATE audit_entry SET object = 'X-999' WHERE object = 'A-001'"))
    changed = await page(context)
    assert "is not what was written" in changed
    assert changed.count("tone-bad") == 1


async def test_an_entry_that_was_taken_out_is_marked(context: ServiceContext) -> None:
    write(context, 3)
    with context.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_no_delete"))
        connection.execute(text("DELETE FROM audit_entry WHERE object = 'A-001'"))
    assert "is not what was written" in await page(context)


async def test_a_log_out_of_reach_is_not_an_empty_log(context: ServiceContext) -> None:
    shown = await page(with_issuer(context, FakeIssuer(status=503)), "?service=issuer")
    assert "could not be read now" in shown
    assert "Nothing was found." not in shown


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.SECOND_OFFICER, Role.CLERK, Role.OPERATOR])
async def test_the_log_is_for_auditors(context: ServiceContext, role: Role) -> None:
    other = Principal(subject="somebody", name="Somebody", role=role)
    async with browsing(create_app(context), other) as client:
        answer: httpx2.Response = await client.get("/trust/audit")
    assert answer.status_code == 403
