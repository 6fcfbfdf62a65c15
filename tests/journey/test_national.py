"""The dashboard of the ministries: it counts what there is, and no figure of it is about one person."""

import csv
import io

import httpx2
import pytest

from issuer import tally_store
from issuer.service import national, notices
from issuer.service.desk import Desk
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_corrections import CLERK, HTML, issued
from tests.journey.test_first_journey import desk_of, issue, upload

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def counted(client: httpx2.AsyncClient) -> Desk:
    await national.sweep(desk_of(client))
    return desk_of(client)


async def csv_rows(client: httpx2.AsyncClient, query: str = "") -> dict[tuple[str, str], list[str]]:
    await sign_in(client, "observer")
    answer = await client.get(f"/issuer/national.csv{query}")
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return {(row[0], row[1]): row[3:] for row in rows[1:]}


async def test_a_class_is_counted_once_and_what_was_revoked_is_counted_as_that(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, "clerk-phka-trakuon")
    credentials = await issue(client, (await upload(client, people))["id"])
    await counted(client)
    await counted(client)
    found = await national.figures(desk_of(client))
    assert found.total.issued == national.shown(len(credentials)) == 10 * round(len(credentials) / 10)
    before = await desk_of(client).context.database.read(tally_store.counts)
    assert sum(count.issued for count in before.values()) == len(credentials)
    assert all(cell.programme == "rpl" for cell in before)
    await revoke(client, credentials[0]["credential_id"])
    await notices.read_registry(desk_of(client))
    await counted(client)
    await counted(client)
    after = await desk_of(client).context.database.read(tally_store.counts)
    assert sum(count.revoked for count in after.values()) == 1
    assert sum(count.issued for count in after.values()) == len(credentials)


async def test_nobody_is_told_of_fewer_than_ten(client: httpx2.AsyncClient) -> None:
    await issued(client)
    await counted(client)
    rows = await csv_rows(client)
    assert rows["total", "All"] == ["<10", "<10", "0"]
    client.headers["Accept-Language"] = "en"
    page = (await client.get("/issuer/national", headers=HTML)).text
    assert "&lt;10" in page
    assert "<svg" in page
    figures = await national.figures(desk_of(client))
    lines = (*figures.by_kind, *figures.by_province, *figures.by_sex, *figures.by_programme)
    assert all(value in (None, 0) for line in lines for value in (line.issued, line.valid, line.revoked))
    assert all(target.women is None for target in figures.targets)


@pytest.mark.parametrize(("number", "is_shown"), [(0, 0), (1, None), (9, None), (10, 10), (14, 10), (15, 20)])
def test_figures_are_rounded_to_tens(number: int, is_shown: int | None) -> None:
    assert national.shown(number) == is_shown


async def test_women_are_counted_only_where_the_report_asks_for_it(client: httpx2.AsyncClient) -> None:
    figures = await national.figures(desk_of(client))
    asked = {target.title_en: target.women_wanted for target in figures.targets}
    assert {title for title, share in asked.items() if share} == {
        "Cash-for-work: attendance records",
        "Short agro modules within 24 months",
        "Micro-MBA by 2027",
    }
    assert [target.goal for target in figures.targets][:2] == [500_000, 900_000]


async def test_a_governor_chooses_a_province_and_a_wrong_one_is_refused(client: httpx2.AsyncClient) -> None:
    await sign_in(client, "observer")
    for code in national.provinces():
        answer = await client.get(f"/issuer/national?province={code}", headers=HTML)
        assert answer.status_code == 200
    assert (await client.get("/issuer/national?province=99", headers=HTML)).status_code == 400
    assert (await client.get("/issuer/national.csv?province=99")).status_code == 400
    await sign_in(client, CLERK)
    assert (await client.get("/issuer/national", headers=HTML)).status_code == 403
