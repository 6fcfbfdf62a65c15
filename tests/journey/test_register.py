"""The register in the whole house: the issuer is asked what a decision touches; demo agencies answer."""

import re

import httpx2
import pytest

from passport.demo_world.people import DemoPerson
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_first_journey import CLERK, issue, upload

pytestmark = pytest.mark.anyio

SUSPEND = "/trust/registrar/accreditations/1/suspend"


async def test_the_registrar_is_told_what_a_suspension_touches(client: httpx2.AsyncClient) -> None:
    await sign_in(client, "registrar")
    page = (await client.get(f"{SUSPEND}?lang=en")).text
    assert "This centre has given no certificate under it." in page
    assert "cannot be asked" not in page


@pytest.mark.timeout(240)
async def test_the_registrar_is_told_how_many_are_in_force(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    assert await figures(client) == (29, 29, 29)
    for item in issued[:2]:
        await revoke(client, item["credential_id"])
    assert await figures(client) == (27, 27, 29)
    later = await client.get(f"{SUSPEND}?lang=en&from=2099-01-01")
    assert read_figures(later.text) == (0, 27, 29)


async def figures(client: httpx2.AsyncClient) -> tuple[int, ...]:
    """What the registrar reads who would suspend from before the demo began: since then, in force, given."""
    await sign_in(client, "registrar")
    return read_figures((await client.get(f"{SUSPEND}?lang=en&from=2020-01-01")).text)


def read_figures(page: str) -> tuple[int, ...]:
    (line,) = re.findall(r"<p>In force, given from .*</p>", page)
    return tuple(int(number) for number in re.findall(r"<strong>(\d+)</strong>", line))


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("demo-a-001", "licensed"),
        ("DEMO-A-002", "suspended"),
        ("DEMO-A-003", "expired"),
        ("DEMO-E-001", "licensed"),
        ("DEMO-P-001", "licensed"),
        ("DEMO-F-001", "licensed"),
        ("DEMO-X-999", "unknown"),
    ],
)
async def test_a_demo_agency_gives_its_answer(client: httpx2.AsyncClient, number: str, state: str) -> None:
    page = (await client.get("/trust/agencies", params={"number": number, "lang": "km"})).text
    assert f'data-state="{state}"' in page
