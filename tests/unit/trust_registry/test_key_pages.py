"""Saying that a key was stolen: one officer sees what it touches and proposes, another agrees."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import CENTRE_DID, NOW, browsing
from tests.unit.trust_registry.test_compromise import KEY, THEFT
from tests.unit.trust_registry.test_desk import FakeIssuer, with_issuer
from trust_registry import store
from trust_registry.app import create_app
from trust_registry.root import ensure_list_key
from trust_registry.service import register_issuer_key

pytestmark = pytest.mark.anyio

FIRST = Principal(subject="registrar-1", name="One", role=Role.REGISTRAR, identity="a" * 64)
SECOND = Principal(subject="second-1", name="Two", role=Role.SECOND_OFFICER, identity="b" * 64)
PAGE = f"/trust/registrar/keys/{KEY}"
APPROVE = "/trust/registrar/waiting/1/approve"
# 03:00 UTC on the 21st.
FORM = {"since": "2026-11-21T10:00", "reason": "The card was stolen."}


@pytest.fixture
def stolen(context: ServiceContext) -> ServiceContext:
    register_issuer_key(
        context.database, did=CENTRE_DID, public_key_multibase=KEY, valid_from=THEFT - timedelta(9), now=THEFT
    )
    return context


async def send(
    context: ServiceContext, person: Principal, path: str, form: dict[str, str] | None = None
) -> httpx2.Response:
    async with browsing(create_app(with_issuer(context, FakeIssuer())), person) as client:
        return await (client.get(path) if form is None else client.post(path, data=form))


def since_of(context: ServiceContext) -> Any:
    found = context.database.read_now(store.key_or_none, KEY)
    assert found is not None
    return found.compromised_since


async def test_one_officer_proposes_and_with_the_other_it_is_marked_and_published(
    stolen: ServiceContext,
) -> None:
    assert (await send(stolen, FIRST, PAGE, FORM)).status_code == 303
    assert since_of(stolen) is None
    assert (await send(stolen, FIRST, APPROVE, {})).status_code == 409
    assert since_of(stolen) is None
    assert "The card was stolen." in (await send(stolen, SECOND, "/trust/registrar/waiting")).text
    assert (await send(stolen, SECOND, APPROVE, {})).status_code == 303
    assert since_of(stolen) == THEFT
    published = await send(stolen, SECOND, "/trust/list")
    assert '"compromisedSince":"2026-11-21T03:00:00Z"' in published.text


async def test_while_the_issuer_is_silent_the_page_says_that_it_is_not_collected_yet(
    stolen: ServiceContext,
) -> None:
    await send(stolen, FIRST, PAGE, FORM)
    await send(stolen, SECOND, APPROVE, {})
    assert "not collected yet" in (await send(stolen, SECOND, PAGE)).text
    assert "Not collected yet" in (await send(stolen, FIRST, "/trust/registrar/keys")).text


async def test_what_it_touches_is_shown_before_it_is_proposed(stolen: ServiceContext) -> None:
    page = (await send(stolen, FIRST, f"{PAGE}?since=2026-11-21T10:00")).text
    assert page.index('id="touched"') < page.index('name="reason"')
    assert "<strong>1041</strong>" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": ""},
        {"since": ""},
        {"since": "yesterday"},
        {"since": "2026-11-21"},
        {"since": "2026-11-21T25:00"},
        {"since": "2026-11-22T10:01"},
    ],
)
async def test_a_proposal_with_one_fault_waits_for_nobody(
    stolen: ServiceContext, changes: dict[str, str]
) -> None:
    assert (await send(stolen, FIRST, PAGE, FORM | changes)).status_code == 400
    assert (await send(stolen, SECOND, APPROVE, {})).status_code == 404


async def test_a_second_officer_looks_and_proposes_nothing(stolen: ServiceContext) -> None:
    page = await send(stolen, SECOND, PAGE)
    assert page.status_code == 200
    assert 'name="reason"' not in page.text
    assert (await send(stolen, SECOND, PAGE, FORM)).status_code == 403


async def test_an_unknown_key_is_not_found_and_the_roots_own_is_no_case_for_this_page(
    stolen: ServiceContext,
) -> None:
    for form in (None, FORM):
        assert (await send(stolen, FIRST, PAGE + "x", form)).status_code == 404
    root_key = ensure_list_key(stolen.database, stolen.settings, stolen.keyring, NOW)
    page = await send(stolen, FIRST, f"/trust/registrar/keys/{root_key}", FORM)
    assert page.status_code == 400
    assert "next root document" in page.text
