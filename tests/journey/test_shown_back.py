"""What a clerk wrote in another form is understood, shown as it was read, and signed as that alone."""

import httpx2
import pytest

from issuer import pages
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import approver_of, issue_one, sign_in
from tests.journey.test_corrections import row
from tests.journey.test_first_journey import CLERK, upload

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

HTML = {"Accept": "text/html"}


async def test_digits_eras_and_hidden_spaces_are_understood_and_shown_as_they_were_read(
    client: httpx2.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "en"
    await sign_in(client, "clerk-trei-chhlonh")
    written = row(
        birth_date="០៤.០៤.២៥៣៧",  # 4 April 1994 in Khmer digits and the Buddhist era
        start_date="20.04.2026",
        end_date="15/05/2569",
        hours="៩៦",
        name_km="ឡុង\u200b ស្រីនាង",
        name_latin="Long Sreyneang",
    )
    answer = (await client.post("/issuer/api/credentials", json={"kind": "training", "row": written})).json()
    remarks = {problem["rule"] for problem in answer["problems"] if problem["severity"] != "error"}
    assert "date-buddhist-year" in remarks
    page = (await client.get(f"/issuer/classes/{answer['id']}", headers=HTML)).text
    assert "What was read" in page
    for text in ("1994-04-04", "2026-04-20", "2026-05-15", "96", "LONG SREYNEANG"):
        assert f"<dd>{text}</dd>" in page, text
    await client.post(f"/issuer/classes/{answer['id']}/discard")
    issued = await issue_one(client, "training", written, approver_of("trei-chhlonh"))
    subject = (await client.get(issued["credential"])).json()["credentialSubject"]
    assert (subject["startDate"], subject["endDate"], subject["trainingHours"]) == (
        "2026-04-20",
        "2026-05-15",
        96,
    )
    assert (subject["nameLatin"], subject["birthDate"]) == ("LONG SREYNEANG", "1994-04-04")
    assert "\u200b" not in subject["nameKhmer"]


async def test_a_long_list_is_shown_page_by_page_and_counted_whole(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.headers["Accept-Language"] = "en"
    monkeypatch.setattr(pages, "ROWS_SHOWN", 10)
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    shown = []
    for number in (1, 2, 3, 99):
        page = (await client.get(f"/issuer/classes/{class_id}?page={number}", headers=HTML)).text
        assert "Submit 29 certificates for approval" in page
        shown.append(page.split('id="rows"')[1].count('data-label="Row"'))
    assert shown == [10, 10, 9, 9]
    assert (await client.get(f"/issuer/classes/{class_id}?page=0", headers=HTML)).status_code == 400
