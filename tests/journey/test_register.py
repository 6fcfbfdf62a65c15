"""The register in the whole house: the issuer is asked what a decision touches; demo agencies answer."""

import httpx2
import pytest

from tests.journey.conftest import sign_in

pytestmark = pytest.mark.anyio


async def test_the_registrar_is_told_what_a_suspension_touches(client: httpx2.AsyncClient) -> None:
    await sign_in(client, "registrar")
    page = (await client.get("/trust/registrar/accreditations/1/suspend?lang=en")).text
    assert "This centre has given no certificate under it." in page
    assert "cannot be asked" not in page


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
