"""Every credential type over the whole house: issued by who may, verified, printed where it is printed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pypdfium2
import pytest

from issuer.class_list import example_row, sample_class_list
from passport.demo_world.centres import CENTRES, PUBLIC_BODIES
from passport.demo_world.people import draw_people
from runtime.clock import FixedClock, SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import approver_of, issue_one, sign_in
from vc.model.credential_types import credential_types, types_by_slug

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

ISSUERS = {
    "rpl": "phka-trakuon",
    "training": "trei-chhlonh",
    **{
        credential_types()[name].slug: issuer.slug
        for issuer in (*CENTRES, *PUBLIC_BODIES)
        for name in issuer.types
    },
}


async def submit(client: httpx2.AsyncClient, slug: str, issuer: str, **changes: str) -> httpx2.Response:
    """Submit the example of a type, as the clerk of ``issuer``."""
    await sign_in(client, f"clerk-{issuer}")
    row = _example(slug) | changes
    return await client.post("/issuer/api/credentials", json={"kind": slug, "row": row})


def _example(slug: str) -> dict[str, str]:
    row = example_row(slug, today=SystemClock().now().date())
    return {key: str(value) for key, value in row.items() if value is not None}


async def is_accepted(client: httpx2.AsyncClient, credential: Any) -> bool:
    """Whether the verifier takes it within seconds: issuers' keys are announced once the house runs."""
    for _ in range(50):
        answer = await client.post("/credentials/verify", json={"verifiableCredential": credential})
        if answer.json()["verified"]:
            return True
        await anyio.sleep(0.2)
    return False


def texts_on(pdf: bytes) -> Iterator[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield re.sub(r"\s+", " ", page.get_textpage().get_text_bounded())


def test_somebody_in_the_demo_issues_every_type() -> None:
    assert ISSUERS.keys() == types_by_slug().keys()


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
async def test_every_type_is_issued_and_verifies_and_is_printed_unless_it_ends_soon(
    tmp_path: Path, suite: str
) -> None:
    async with demo_client(tmp_path / "data", draw_people(), default_cryptosuite=suite) as client:
        for slug, issuer in ISSUERS.items():
            await sign_in(client, f"clerk-{issuer}")
            issued = await issue_one(client, slug, _example(slug), approver_of(issuer))
            file = await client.get(issued["credential"])
            assert await is_accepted(client, file.json()), slug
            assert b"RLD-DEMO" not in file.content
            paper = await client.get(issued["credential"].replace("credential.json", "certificate.pdf"))
            if slug == "nssf":
                assert issued["certificate"] is None
                assert paper.status_code == 409
                continue
            assert paper.status_code == 200, (slug, paper.text)
            (page,) = texts_on(paper.content)
            for text in (file.json()["name"], issued["certificate_number"], "LONG SREYNEANG", "DEMO"):
                assert text in page, (slug, text)


async def test_a_row_that_grew_too_old_since_it_was_read_is_not_issued(tmp_path: Path) -> None:
    clock = FixedClock(datetime(2026, 11, 25, 9, tzinfo=UTC))
    async with demo_client(tmp_path / "data", draw_people(), clock=clock) as client:
        await sign_in(client, "clerk-security-fund")
        row = {**example_row("nssf", today=clock.now().date()), "active_on": date(2026, 10, 26)}
        files = {"file": ("list.xlsx", sample_class_list("nssf", "xlsx", "en", [row]))}
        preview = await client.post("/issuer/api/classes", data={"kind": "nssf"}, files=files)
        assert preview.json()["ready_count"] == 1
        path = f"/issuer/api/classes/{preview.json()['id']}"
        waiting = (await client.post(f"{path}/submit")).json()
        clock.advance(timedelta(days=1))
        await sign_in(client, "approver-security-fund")
        answer = await client.post(f"{path}/approve", json={"proposal": waiting["approval"]["proposal"]})
        assert answer.status_code == 409
        assert "too old" in answer.text


async def test_who_was_not_accredited_for_a_type_issues_none(client: httpx2.AsyncClient) -> None:
    for slug in ("nssf", "identity", "contract", "attendance"):
        answer = await submit(client, slug, "phka-trakuon")
        assert answer.status_code == 400
        assert "not accredited" in answer.text
    # Health is for another role at all.
    assert (await submit(client, "health", "phka-trakuon")).status_code == 403


async def test_nothing_is_issued_for_a_person_who_is_not_fit(client: httpx2.AsyncClient) -> None:
    answer = await submit(client, "health", "medical-desk", fit="not fit")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/row/fit"
    assert "credential" not in answer.json()
