"""People without a phone get their passports on paper: gathered, printed in one bundle, handed over."""

import csv
import io
import sqlite3
from typing import Any

import httpx2
import pypdfium2
import pytest

from issuer.service import handovers
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import returnees_who_sign_in
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_appeals import held
from tests.journey.test_assisted import OFFICER, class_id, holder, seen_by
from tests.journey.test_cards import codes_in
from tests.journey.test_corrections import HTML
from tests.journey.test_first_journey import CLERK, desk_of
from tests.journey.test_notices import confirm_phone, tell
from vc.errors import EvidenceUnavailable

__all__ = ["class_id", "holder"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def make_list(client: httpx2.AsyncClient, scope: str, place: str) -> dict[str, Any]:
    await sign_in(client, OFFICER)
    made = await client.post("/issuer/api/handovers", json={"scope": scope, "place": place})
    assert made.status_code == 201, made.text
    return dict(made.json())


def names(made: dict[str, Any]) -> list[str]:
    return [one["name_latin"] for one in made["people"]]


async def mark(client: httpx2.AsyncClient, made: dict[str, Any], number: int, state: str) -> httpx2.Response:
    one = made["people"][number]["handover_id"]
    return await client.post(f"/issuer/handovers/{made['list_id']}/{one}", data={"state": state})


async def test_who_has_no_phone_is_on_the_list_and_the_bundle_is_in_its_order(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], class_id: str, holder: DemoPerson
) -> None:
    await sign_in(client, "returnee-1")
    await confirm_phone(client, "012 345 678")
    made = await make_list(client, "class", class_id)
    assert (made["state"], made["is_full"]) == ("ready", False)
    assert len(made["people"]) == 28, "29 certificates, and one of them has a phone"
    assert holder.name_latin not in names(made)
    assert all(one["certificates"] == 1 and one["state"] == "waiting" for one in made["people"])
    by_place = [(one["place"], one["name_latin"]) for one in made["people"]]
    assert by_place == sorted(by_place)

    printed = await client.post(made["passports"], data={"language": "th"})
    assert printed.status_code == 200, printed.text
    with pypdfium2.PdfDocument(printed.content) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
        assert document.count_attachments() == 0, "the pages go to different people"
    assert len(texts) == 28
    for name, text in zip(names(made), texts, strict=True):
        assert name in text
    assert len({code for code in codes_in(printed.content) if code.startswith("PC1:")}) == 28
    person = next(one for one in people if one.name_latin == names(made)[0])
    assert [entry.detail for entry in await seen_by(client, person)] == ["passport"]
    assert "passport" not in [entry.detail for entry in await seen_by(client, holder)]

    signed = await client.get(made["list"])
    with pypdfium2.PdfDocument(signed.content) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert all(name in text for name in names(made))
    table = list(csv.reader(io.StringIO((await client.get(made["table"])).content.decode("utf-8-sig"))))
    assert [row[1] for row in table[1:]] == names(made)
    assert table[1][-1] == "waiting"


async def test_what_became_of_it_is_noted_once_and_can_be_put_back(
    client: httpx2.AsyncClient, class_id: str
) -> None:
    made = await make_list(client, "class", class_id)
    assert (await mark(client, made, 0, "handed")).status_code == 303
    assert (await mark(client, made, 0, "handed")).status_code == 409
    assert (await mark(client, made, 0, "not-found")).status_code == 409
    assert (await mark(client, made, 1, "not-found")).status_code == 303
    assert (await mark(client, made, 2, "eaten")).status_code == 400
    read = (await client.get(f"/issuer/api/handovers/{made['list_id']}")).json()
    assert [one["state"] for one in read["people"][:3]] == ["handed", "not-found", "waiting"]

    again = await make_list(client, "class", class_id)
    assert names(again) == [names(made)[1]], "who waits or has their papers is passed over"
    assert (await mark(client, made, 1, "waiting")).status_code == 409, "they wait on the other list"
    assert (await mark(client, made, 0, "waiting")).status_code == 303, "it was not handed over after all"
    page = (await client.get(f"/issuer/handovers/{made['list_id']}", headers=HTML)).text
    assert names(made)[0] in page
    with sqlite3.connect(desk_of(client).context.settings.data_dir / "issuer.sqlite3") as database:
        acts = database.execute("SELECT act FROM audit_entry WHERE act LIKE 'handover.%' ORDER BY seq")
        assert [act for (act,) in acts] == [
            "handover.list",
            "handover.handed",
            "handover.not-found",
            "handover.list",
            "handover.waiting",
        ]


async def test_a_list_of_a_province_is_gathered_step_by_step(
    client: httpx2.AsyncClient,
    people: tuple[DemoPerson, ...],
    class_id: str,
    holder: DemoPerson,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handovers, "LOOK", 4)
    monkeypatch.setattr(handovers, "STEPS_AT_ONCE", 2)
    made = await make_list(client, "province", holder.province_code)
    assert (made["state"], made["seen"]) == ("gathering", 8)
    page = (await client.get(f"/issuer/handovers/{made['list_id']}", headers=HTML)).text
    assert "8" in page
    desk = desk_of(client)
    while made["state"] == "gathering":
        await handovers.resume(desk)
        made = (await client.get(f"/issuer/api/handovers/{made['list_id']}")).json()
    assert made["seen"] == 29
    here = {person.name_latin for person in people if person.province_code == holder.province_code}
    assert holder.name_latin in names(made)
    assert set(names(made)) <= here
    assert len(names(made)) > 1
    monkeypatch.setattr(handovers, "MOST", 1)
    rest = await make_list(client, "class", class_id)
    while rest["state"] == "gathering":
        await handovers.resume(desk)
        rest = (await client.get(f"/issuer/api/handovers/{rest['list_id']}")).json()
    assert rest["is_full"] is True
    assert len(rest["people"]) == 1
    assert not set(names(rest)) & set(names(made))


async def test_a_wallet_that_is_away_puts_the_list_off(
    client: httpx2.AsyncClient, class_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise EvidenceUnavailable("The wallet is away.")

    await sign_in(client, OFFICER)
    with monkeypatch.context() as patched:
        patched.setattr(handovers, "reachable_people", away)
        made = await client.post("/issuer/api/handovers", json={"scope": "class", "place": class_id})
        assert made.status_code == 503
        page = (await client.get("/issuer/handovers", headers=HTML)).text
        assert class_id in page, "the list is there, and gathered later"
    await handovers.resume(desk_of(client))
    (waiting,) = await handovers.lists(desk_of(client))
    assert waiting.waiting == 29


@pytest.mark.parametrize(
    "body",
    [
        {"scope": "province", "place": "99"},
        {"scope": "class", "place": "nothing"},
        {"scope": "commune", "place": "0102"},
        {"scope": "class", "place": ""},
        {"scope": "class"},
        {"scope": "class", "place": "x", "and": "more"},
    ],
)
async def test_a_place_that_is_none_makes_no_list(client: httpx2.AsyncClient, body: dict[str, str]) -> None:
    await sign_in(client, OFFICER)
    assert (await client.post("/issuer/api/handovers", json=body)).status_code == 400
    wrong = await client.post("/issuer/handovers", data={"province": "99"}, headers=HTML)
    assert wrong.status_code == 400
    assert await handovers.lists(desk_of(client)) == []


async def test_letters_of_a_province_go_out_under_a_cover_list(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    certificate = await held(client, people)
    await revoke(client, certificate["credential_id"])
    await tell(client)
    await sign_in(client, OFFICER)
    told = returnees_who_sign_in(people)[0]
    page = (await client.get("/issuer/letters", headers=HTML)).text
    assert certificate["certificate_number"] in page, "whichever centre's"
    path = f"/issuer/letters.pdf?province={told.province_code}"
    assert path in page
    printed = await client.get(path)
    with pypdfium2.PdfDocument(printed.content) as document:
        texts = [each.get_textpage().get_text_bounded() for each in document]
    assert len(texts) == 2, "the list, and the letter"
    assert "Letters to hand over" in texts[0]
    assert all(told.name_latin in text for text in texts)
    other = "01" if told.province_code != "01" else "02"
    assert (await client.get(f"/issuer/letters.pdf?province={other}")).status_code == 404
    await sign_in(client, CLERK)
    assert (await client.get("/issuer/letters.pdf")).status_code in (200, 404)
