"""What a centre issued: looked through, taken away as a table without formulas, counted."""

import csv
import io
import sqlite3
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from openpyxl import load_workbook

from issuer.class_list import code_list
from issuer.service import notices, overview
from passport.demo_world.class_lists import RPL, demo_class_list
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_first_journey import CLERK, OTHER_CLERK, desk_of, issue, upload

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

HTML = {"Accept": "text/html"}
API = "/issuer/api/certificates"


async def test_what_was_issued_is_found_by_page_state_number_and_day(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.headers["Accept-Language"] = "en"
    monkeypatch.setattr(overview, "PAGE", 10)
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    first = (await client.get(API)).json()
    assert (first["total"], first["pages"], len(first["certificates"])) == (29, 3, 10)
    pages = [first, *[(await client.get(f"{API}?page={number}")).json() for number in (2, 3, 9)]]
    assert [page["page"] for page in pages] == [1, 2, 3, 3]
    numbers = [line["certificate_number"] for page in pages[:3] for line in page["certificates"]]
    assert sorted(numbers) == sorted(item["certificate_number"] for item in issued)
    one = issued[0]["certificate_number"]
    (found,) = (await client.get(f"{API}?number={one}")).json()["certificates"]
    assert found["state"] == "standing"
    for query, total in (
        ("kind=rpl", 29),
        ("kind=training", 0),
        ("until=2020-01-01", 0),
        ("since=2020-01-01&until=2099-12-31", 29),
        ("number=%25", 0),
    ):
        assert (await client.get(f"{API}?{query}")).json()["total"] == total, query
    for query in ("state=lost", "since=yesterday", "kind=unknown"):
        assert (await client.get(f"{API}?{query}")).status_code == 400, query
        assert (await client.get(f"/issuer/certificates?{query}", headers=HTML)).status_code == 400, query
    await revoke(client, issued[0]["credential_id"])
    await notices.read_registry(desk_of(client))
    await sign_in(client, CLERK)
    assert (await client.get(f"{API}?state=revoked")).json()["certificates"][0]["certificate_number"] == one
    assert (await client.get(f"{API}?state=standing")).json()["total"] == 28
    page = (await client.get("/issuer/certificates?page=2", headers=HTML)).text
    assert "Page 2 of 3" in page
    await sign_in(client, OTHER_CLERK)
    assert (await client.get(API)).json()["total"] == 0


async def test_the_table_to_take_away_holds_all_that_was_asked_for_and_no_formula(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], tmp_path: Path
) -> None:
    client.headers["Accept-Language"] = "en"
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    with sqlite3.connect(tmp_path / "data" / "issuer.sqlite3") as database:
        database.execute("UPDATE class_row SET title = '=1+1'")
    table = await client.get("/issuer/certificates.csv?kind=rpl")
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["Certificate number", "Title"]
    assert {row[0] for row in rows[1:]} == {item["certificate_number"] for item in issued}
    assert {row[1] for row in rows[1:]} == {"'=1+1"}
    book = load_workbook(io.BytesIO((await client.get("/issuer/certificates.xlsx")).content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert len(cells) == 6 * 30
    assert {cell.data_type for cell in cells} == {"s"}
    with sqlite3.connect(tmp_path / "data" / "issuer.sqlite3") as database:
        exports = "SELECT count(*) FROM audit_entry WHERE act = 'certificates.export'"
        assert database.execute(exports).fetchone() == (2,)


async def test_a_table_that_is_too_long_says_what_to_do(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.headers["Accept-Language"] = "en"
    await sign_in(client, CLERK)
    await issue(client, (await upload(client, people))["id"])
    monkeypatch.setattr(overview, "MAX_EXPORT", 28)
    refused = await client.get("/issuer/certificates.xlsx", headers=HTML)
    assert refused.status_code == 400
    assert "choose fewer days" in refused.text


async def test_figures_by_sex_and_province_are_those_of_the_labour_database(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.headers["Accept-Language"] = "en"
    monkeypatch.setattr(overview, "_CHUNK", 7)
    await sign_in(client, CLERK)
    issued = await issue(client, (await upload(client, people))["id"])
    lines = (await client.get(f"{API}?state=standing")).json()["certificates"]
    by_name = {person.name_latin: person for person in people}
    numbers = {str(row["rld_number"]) for row in demo_class_list(RPL, people).rows}
    expected = Counter(
        p.sex
        for p in people
        if p.rld_number in numbers and p.name_latin in {line["name_latin"] for line in lines}
    )
    figures = (await client.get("/issuer/api/figures")).json()
    assert figures["total"]["women"] + figures["total"]["men"] == len(issued)
    assert (figures["total"]["women"], figures["total"]["men"]) == (expected["F"], expected["M"])
    provinces = Counter(by_name[line["name_latin"]].province_code for line in lines)
    assert sorted(g["women"] + g["men"] for g in figures["by_province"]) == sorted(provinces.values())
    assert all(group["name_en"] for group in figures["by_province"])
    page = (await client.get("/issuer/figures", headers=HTML)).text
    assert figures["by_province"][0]["name_en"] in page
    none = (await client.get("/issuer/api/figures?until=2020-01-01")).json()
    assert (none["total"]["women"], none["by_title"]) == (0, [])


async def test_khmer_texts_that_nobody_reviewed_are_listed_for_whoever_will(
    client: httpx2.AsyncClient,
) -> None:
    await sign_in(client, CLERK)
    page = (await client.get("/issuer/language-report", headers=HTML)).text
    assert "DEMO-BRL-U1" in page
    table = (await client.get("/issuer/language-report.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["list"] for row in rows} >= {"qualifications", "courses", "occupations"}
    entries = {(name, code) for name in ("qualifications", "courses") for code in code_list(name)}
    assert entries <= {(row["list"], row["code"]) for row in rows}
    assert all(row["en"] and row["km"] for row in rows)
