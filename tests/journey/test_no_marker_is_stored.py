"""The first journey with people whose names stand out: afterwards no byte that is kept says any of them."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import psycopg
import pytest

from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from runtime.settings import SERVICES
from tests.demo_copies import demo_client
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_first_journey import CLERK, OFFICER, check, issue, upload
from tests.journey.test_wallet_service import find_holder, page
from tests.stores.postgresql import apply_roles, make_database, role_urls, url_settings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

SUITE = "eddsa-jcs-2022"
BORN = date(1971, 11, 23)
NAMES = (
    ("ឃ្វីសូ ហ្សេប្រា", "QUIXOT ZEBRAN"),
    ("វ៉ុលតេ ហ្វ្រេយ៉ា", "VOLTAI FREYAN"),
    ("ហ្សង់ដា មីកូឡា", "ZANDAR MIKOLA"),
)


@pytest.fixture
def people(people: tuple[DemoPerson, ...]) -> tuple[DemoPerson, ...]:
    """The demo's people, the first three of the class list under names that stand out."""
    rows = demo_class_list("rpl", people).rows[:3]
    marked = {str(row["rld_number"]): names for row, names in zip(rows, NAMES, strict=True)}

    def named(person: DemoPerson) -> DemoPerson:
        km, latin = marked[person.rld_number]
        return replace(person, name_km=km, name_latin=latin, birth_date=BORN)

    return tuple(named(person) if person.rld_number in marked else person for person in people)


def markers(people: tuple[DemoPerson, ...]) -> dict[bytes, str]:
    """Every form in which a name, number or birth date could lie somewhere → what it says."""
    listed = {str(row["rld_number"]) for row in demo_class_list("rpl", people).rows}
    texts = {BORN.isoformat(), *listed, *(name for pair in NAMES for name in pair)}
    return {form: text for text in texts for form in forms(text)}


def forms(text: str) -> Iterator[bytes]:
    """UTF-8, UTF-16, hex, base64 at each offset, JSON and URL escapes."""
    raw = text.encode()
    yield from (raw, text.encode("utf-16-le"), text.encode("utf-16-be"))
    yield from (raw.hex().encode(), raw.hex().upper().encode(), quote(text).encode())
    yield json.dumps(text)[1:-1].encode()
    for offset in range(3):
        # What stands before and behind changes the outermost characters.
        encoded = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 :]
        inner = encoded.rstrip(b"=")[:-1]
        yield from (inner, inner.replace(b"+", b"-").replace(b"/", b"_"))


def hits(wanted: dict[bytes, str], data: bytes) -> set[str]:
    """What of the markers lies in ``data``."""
    return {text for form, text in wanted.items() if form in data}


async def journey(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> bytes:
    """Upload, issue, make cards, hold, check, revoke, and go wrong; returns the answers that are errors."""
    client.headers["Accept-Language"] = "en"
    await sign_in(client, CLERK)
    await upload(client, people, form="xlsx")
    class_id = (await upload(client, people, form="csv"))["id"]
    issued = await issue(client, class_id)
    cards = (await client.post(f"/issuer/api/classes/{class_id}/cards")).json()["cards"]
    assert (await client.post(f"/issuer/api/cards/{cards[0]['card_id']}/reprint")).status_code == 201
    assert (await client.get(f"/issuer/classes/{class_id}/cards.pdf")).status_code == 200
    raw = (await client.get(issued[0]["credential"])).content
    assert NAMES[0][1].encode() in raw
    sought = {"name": NAMES[0][0], "birth_date": "23.11.1971"}
    assert NAMES[0][1] in (await client.post("/issuer/people", data=sought)).text
    wrong: list[httpx2.Response] = []
    row = {"rld_number": people[0].rld_number, "name_km": NAMES[0][0], "name_latin": NAMES[0][1]}
    for body in (
        {"kind": "rpl", "row": row},
        {"kind": NAMES[0][1]},
        {"row": {NAMES[0][1]: BORN.isoformat()}},
    ):
        wrong.append(await client.post("/issuer/api/credentials", json=body))
    _, held_id = await find_holder(client)
    shown = await page(client, f"/wallet/credentials/{held_id}")
    assert any(latin in shown for _, latin in NAMES)
    await sign_in(client, OFFICER)
    wrong.append(await client.post("/revocation/api/revocations", json=body))
    wrong.append(await client.post("/revocation/api/cases", json={"reason": NAMES[0][1], "credentials": []}))
    await revoke(client, issued[0]["credential_id"], "ISSUED_IN_ERROR")
    client.cookies.clear()
    await check(client, raw)
    wrong.append(await client.post("/credentials/verify", content=raw[:-9]))
    wrong.append(await client.post("/cards/verify", json={"card": NAMES[0][1]}))
    assert (await client.post("/cards/verify", json={"card": cards[1]["text"]})).status_code == 200
    # Its answer is not searched: on one's own machine the demo's door names who may enter.
    await client.post("/sign-in", data={"username": people[0].rld_number, "password": NAMES[0][1]})
    assert all(response.status_code >= 400 for response in wrong), [r.status_code for r in wrong]
    return b"\n".join(response.content for response in wrong)


async def test_on_the_disk_and_in_the_logs(
    tmp_path: Path, people: tuple[DemoPerson, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    folder, wanted = tmp_path / "data", markers(people)
    async with demo_client(folder, people, default_cryptosuite=SUITE) as client:
        errors = await journey(client, people)
        found = {"error bodies": hits(wanted, errors)}
        # While the databases are open: the write-ahead logs are there still.
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(folder))] = hits(wanted, path.read_bytes())
        for path in folder.glob("*.sqlite3"):
            copy = tmp_path / f"{path.stem}.backup"
            with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
                source.backup(target)
            found[copy.name] = hits(wanted, copy.read_bytes())
    logs = capfd.readouterr()
    found["logs"] = hits(wanted, (logs.out + logs.err).encode())
    assert {f"{service}.backup" for service in SERVICES} & found.keys() >= {"issuer.backup"}
    assert any(name.endswith("-wal") for name in found)
    assert {name: what for name, what in found.items() if what} == {}


async def test_in_postgresql(tmp_path: Path, people: tuple[DemoPerson, ...], postgresql_url: str) -> None:
    url = make_database(postgresql_url, "markers")
    apply_roles(url)
    settings: dict[str, Any] = url_settings(role_urls(url))
    wanted = markers(people)
    async with demo_client(tmp_path / "data", people, default_cryptosuite=SUITE, **settings) as client:
        await journey(client, people)
    found = {}
    with psycopg.connect(url) as connection:
        query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"
        tables = connection.execute(query, [list(SERVICES)]).fetchall()
        for schema, table in tables:
            # As text, so that nothing hides in PostgreSQL's own compression; bytes come as hex.
            with connection.cursor().copy(f'COPY "{schema}"."{table}" TO STDOUT') as dump:
                found[f"{schema}.{table}"] = hits(wanted, b"".join(bytes(part) for part in dump))
    assert "issuer.issuance" in found
    assert {name: what for name, what in found.items() if what} == {}


def test_the_search_finds_what_lies_there() -> None:
    text = NAMES[0][0]
    wanted = dict.fromkeys(forms(text), text)
    for hidden in (
        text.encode(),
        text.encode("utf-16"),
        text.encode().hex().encode(),
        json.dumps({"name": text}).encode(),
        *(base64.b64encode(b"x" * offset + text.encode() + b"yz") for offset in range(4)),
    ):
        assert hits(wanted, b"before" + hidden + b"behind") == {text}
    assert hits(wanted, b"something else") == set()
