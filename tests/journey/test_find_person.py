"""The desk's search: by name and birth date, in either script, within the own centre, and accounted for."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, OTHER_CLERK, issue, upload

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


def listed(people: tuple[DemoPerson, ...], number: int) -> DemoPerson:
    """The person in one row of the demo's class list."""
    rld_number = demo_class_list("rpl", people).rows[number]["rld_number"]
    return next(person for person in people if person.rld_number == rld_number)


async def search(client: httpx2.AsyncClient, name: str, person: DemoPerson) -> httpx2.Response:
    form = {"name": name, "birth_date": person.birth_date.strftime("%d.%m.%Y")}
    return await client.post("/issuer/people", data=form)


async def test_the_desk_finds_who_it_certified_and_no_other_desk_does(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    first, second = listed(people, 0), listed(people, 1)
    # Two people of one Latin name, born on one day.
    twin = replace(second, name_latin=first.name_latin, birth_date=first.birth_date)
    people = tuple(twin if person is second else person for person in people)
    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as client:
        client.headers["Accept-Language"] = "en"
        await sign_in(client, CLERK)
        await issue(client, (await upload(client, people))["id"])
        for name in (first.name_latin.lower(), f"{first.name_latin}H"):
            page = (await search(client, name, first)).text
            assert first.name_km in page
            assert twin.name_km in page
            assert "Two people can have one name" in page
        page = (await search(client, f"\u200b{first.name_km}", first)).text
        assert f"{first.name_km} · {first.name_latin}" in page
        assert "Nobody of this name" in (await search(client, first.name_latin, listed(people, 3))).text
        wrong = await client.post("/issuer/people", data={"name": first.name_latin, "birth_date": "12"})
        assert (wrong.status_code, "day.month.year" in wrong.text) == (400, True)
        await sign_in(client, OTHER_CLERK)
        assert "Nobody of this name" in (await search(client, first.name_latin, first)).text


async def test_a_search_is_in_the_audit_log_once_without_its_words(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], tmp_path: Path
) -> None:
    await sign_in(client, CLERK)
    await search(client, people[0].name_latin, people[0])
    with sqlite3.connect(tmp_path / "data" / "issuer.sqlite3") as database:
        searches = database.execute(
            "SELECT actor, object, reason FROM audit_entry WHERE act = 'person.search'"
        ).fetchall()
    assert searches == [(CLERK, "phka-trakuon", None)]
