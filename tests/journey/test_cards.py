"""Passport cards from the desk to the verifier, over HTTP: made, printed, checked, replaced, ended."""

import io
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pypdfium2
import pytest

from issuer import card_store
from issuer.service import cards
from issuer.service.desk import Desk, announce_keys
from issuer.service.keys import rotate_key
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey.conftest import issue_one, revoke, sign_in
from tests.journey.test_first_journey import APPROVER, CLERK, OFFICER, OTHER_CLERK, check, issue, upload
from tests.qr_reading import qr_codes
from vc.card.text import parse_card
from vc.encoding.timestamps import parse_timestamp
from vc.errors import EvidenceUnavailable

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


async def check_card(client: httpx2.AsyncClient, text: str) -> dict[str, Any]:
    response = await client.post("/cards/verify", json={"card": text})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def until(client: httpx2.AsyncClient, text: str, outcome: str) -> dict[str, Any]:
    with anyio.fail_after(20):
        while (answer := await check_card(client, text))["decision"]["outcome"] != outcome:
            await anyio.sleep(0.2)
    return answer


async def make(client: httpx2.AsyncClient, class_id: str) -> list[dict[str, Any]]:
    made = await client.post(f"/issuer/api/classes/{class_id}/cards")
    assert made.status_code == 201, made.text
    return list(made.json()["cards"])


def codes_in(pdf: bytes) -> list[str]:
    return [
        code.text
        for page in pypdfium2.PdfDocument(pdf)
        for code in qr_codes(page.render(scale=200 / 72, grayscale=True).to_pil())
    ]


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "ecdsa-jcs-2019"])
async def test_a_class_gets_its_cards_and_one_is_replaced(
    tmp_path: Path, people: tuple[DemoPerson, ...], suite: str
) -> None:
    async with demo_client(tmp_path / "data", people, default_cryptosuite=suite) as client:
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        issued = await issue(client, class_id)
        made = await make(client, class_id)
        assert [card["row"] for card in made] == [item["row"] for item in issued]
        assert {card["state"] for card in made} == {"issued"}
        assert await make(client, class_id) == made, "a second order makes no second card"

        answers = [await check_card(client, card["text"]) for card in made]
        assert {answer["decision"]["outcome"] for answer in answers} == {"accepted"}
        assert answers[0]["card"]["kind"] == "work"
        assert answers[0]["card"]["facts"][0]["title"]["km"]

        sheet = (await client.get(f"/issuer/classes/{class_id}/cards.pdf")).content
        printed = codes_in(sheet)
        assert sorted(text for text in printed if text.startswith("PC1:")) == sorted(c["text"] for c in made)
        assert {text for text in printed if not text.startswith("PC1:")} == {i["verify_url"] for i in issued}

        old, other = made[0], made[1]
        new = (await client.post(f"/issuer/api/cards/{old['card_id']}/reprint")).json()
        assert (await client.post(f"/issuer/api/cards/{old['card_id']}/reprint")).status_code == 409
        assert (await client.get(old["picture"])).status_code == 409
        await until(client, old["text"], "rejected")
        with anyio.fail_after(20):
            # The list may be seen before the notes that say *replaced*.
            while (replaced := await check_card(client, old["text"]))["verdicts"]["inForce"][
                "reason"
            ] != "cardReplaced":
                await anyio.sleep(0.2)
        assert replaced["decision"]["headline"] == "Card replaced: ask for the new one"
        assert replaced["verdicts"]["inForce"]["reason"] == "cardReplaced"
        for text in (new["text"], other["text"]):
            assert (await check_card(client, text))["verified"] is True
        certificate = (await client.get(issued[0]["credential"])).content
        assert (await check(client, certificate))["verified"] is True
        ids = [parse_card(text).card.card_id for text in (old["text"], new["text"])]
        assert ids[0] != ids[1]


async def test_a_card_ends_with_its_certificate(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    issued = await issue(client, class_id)
    made = await make(client, class_id)
    await revoke(client, issued[0]["credential_id"])
    answer = await until(client, made[0]["text"], "rejected")
    assert answer["verdicts"]["inForce"]["reason"] == "revoked"
    assert (await check_card(client, made[1]["text"]))["verified"] is True


async def test_a_card_of_two_certificates_of_one_person(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    row, others_row = demo_class_list("rpl", people).rows[:2]
    made = []
    for day in ("2026-06-05", "2026-06-06"):
        one = {name: str(value) for name, value in row.items() if value is not None}
        one |= {"decision_date": day, "certificate_number": ""}
        made.append(await issue_one(client, "rpl", one, APPROVER))
    ids = [item["credential"].split("/")[3] for item in made]
    single = (await client.post("/issuer/api/cards", json={"credentials": ids[:1]})).json()
    answer = await client.post("/issuer/api/cards", json={"credentials": ids})
    assert answer.status_code == 201, answer.text
    card = answer.json()
    checked = await check_card(client, card["text"])
    assert checked["verified"] is True
    assert [fact["day"] for fact in checked["card"]["facts"]] == ["2026-06-05", "2026-06-06"]
    await until(client, single["text"], "rejected")
    twice = await client.post("/issuer/api/cards", json={"credentials": [ids[0], ids[0]]})
    assert twice.status_code == 400
    assert (await client.post("/issuer/api/cards", json={"credentials": [*ids, ids[0]]})).status_code == 400
    other = {name: str(value) for name, value in others_row.items() if value is not None}
    issued = await issue_one(client, "rpl", other, APPROVER)
    anothers = issued["credential"].split("/")[3]
    two_people = await client.post("/issuer/api/cards", json={"credentials": [ids[0], anothers]})
    assert two_people.status_code == 400
    await sign_in(client, OTHER_CLERK)
    assert (await client.post("/issuer/api/cards", json={"credentials": ids})).status_code == 404


async def test_the_pages_make_show_and_replace_cards(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    client.headers["Accept-Language"] = "en"
    assert (await client.get(f"/issuer/classes/{class_id}/cards.pdf")).status_code == 409
    ordered = await client.post(f"/issuer/classes/{class_id}/cards")
    assert ordered.status_code == 303
    page = await client.get(ordered.headers["location"])
    assert page.text.count("Ready to print") == 29
    (first, *_) = (await client.get(f"/issuer/api/classes/{class_id}/cards")).json()["cards"]
    again = await client.post(f"/issuer/cards/{first['card_id']}/reprint")
    assert again.status_code == 303
    standing = (await client.get(f"/issuer/api/classes/{class_id}/cards")).json()["cards"]
    assert first["card_id"] not in {card["card_id"] for card in standing}
    single = (await client.get(standing[0]["card"])).content
    assert standing[0]["text"] in codes_in(single)


async def test_a_card_is_checked_as_text_as_picture_and_as_paper(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    (card, *_) = await make(client, class_id)
    files = {
        "png": ("card.png", (await client.get(card["picture"])).content, "image/png"),
        "pdf": ("card.pdf", (await client.get(card["card"])).content, "application/pdf"),
    }
    page = pypdfium2.PdfDocument(files["pdf"][1])[0].render(scale=300 / 72).to_pil()
    jpeg = io.BytesIO()
    page.convert("RGB").save(jpeg, "JPEG", quality=60)
    files["photo"] = ("photo.jpg", jpeg.getvalue(), "image/jpeg")
    client.cookies.clear()
    client.headers["Accept-Language"] = "en"
    for name, file in files.items():
        answer = await client.post("/verify", files={"file": file})
        assert answer.status_code == 200, name
        assert "Genuine and in force" in answer.text
        assert "Year of birth" in answer.text
    pasted = await client.post("/verify", data={"text": f"\r\n {card['text']}\r\n"})
    assert "Genuine and in force" in pasted.text
    assert "identity not checked" in pasted.text


@pytest.mark.parametrize(
    "body", [{}, {"card": 7}, {"card": "https://x.example/"}, {"card": "PC1:A", "x": 1}, []]
)
async def test_what_is_no_card_is_a_problem(client: httpx2.AsyncClient, body: Any) -> None:
    response = await client.post("/cards/verify", json=body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("content", "kind", "status"), [(b"", None, 415), (b"PC1:A", "text/plain", 415)])
async def test_a_body_that_is_no_json_is_a_problem(
    client: httpx2.AsyncClient, content: bytes, kind: str | None, status: int
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    response = await client.post("/cards/verify", content=content, headers=headers)
    assert response.status_code == status


async def test_a_card_with_a_changed_letter_is_not_genuine(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    (card, *_) = await make(client, class_id)
    text = card["text"]
    for place in (10, 60, len(text) - 3):
        other = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        answer = await check_card(client, other)
        assert answer["verified"] is False
        assert answer["decision"]["outcome"] == "rejected"
        assert "card" not in answer, "nothing of it is shown"


async def test_another_centres_cards_are_not_found(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    (card, *_) = await make(client, class_id)
    await sign_in(client, OTHER_CLERK)
    assert (await client.post(f"/issuer/api/classes/{class_id}/cards")).status_code == 404
    assert (await client.post(f"/issuer/api/cards/{card['card_id']}/reprint")).status_code == 404
    assert (await client.get(card["picture"])).status_code == 404


async def test_a_reprint_goes_on_when_the_registry_is_back(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    (card, *_) = await make(client, class_id)
    desks: list[Desk] = []

    async def away(*_: Any) -> None:
        raise EvidenceUnavailable("The registry is away.")

    real = cards.run

    async def watched(desk: Desk, class_id: str, slug: str) -> None:
        desks.append(desk)
        await real(desk, class_id, slug)

    with monkeypatch.context() as patched:
        patched.setattr(cards, "end_replaced_card", away)
        patched.setattr(cards, "run", watched)
        assert (await client.post(f"/issuer/api/cards/{card['card_id']}/reprint")).status_code == 503
    assert (await check_card(client, card["text"]))["verified"] is True, "nothing was ended yet"
    await cards.resume(desks[0])
    await until(client, card["text"], "rejected")
    standing = (await client.get(f"/issuer/api/classes/{class_id}/cards")).json()["cards"]
    assert {item["state"] for item in standing} == {card_store.ISSUED}
    assert len(standing) == 29


async def test_signing_that_stops_goes_on_with_the_same_cards(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 1: the intent is committed before the key is used, and resuming signs just that."""
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    seen: list[Desk] = []

    async def stopped(desk: Desk, intended: Any) -> None:
        seen.append(desk)
        raise EvidenceUnavailable("The process ends here.")

    with monkeypatch.context() as patched:
        patched.setattr(cards, "_sign", stopped)
        assert (await client.post(f"/issuer/api/classes/{class_id}/cards")).status_code == 503
    desk = seen[0]
    intended = await desk.context.database.read(cards.sealed_cards(desk).in_class, class_id)
    assert {card.state for card in intended} == {card_store.INTENDED}
    await cards.resume(desk)
    issued = await desk.context.database.read(cards.sealed_cards(desk).in_class, class_id)
    assert [(c.card_id, c.payload) for c in issued] == [(c.card_id, c.payload) for c in intended]
    assert [parse_card(c.text).message.payload for c in issued] == [c.payload for c in intended]


async def test_what_a_key_may_have_signed_is_ended_and_made_anew(
    tmp_path: Path, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that does not repeat its signatures: left *signing*, a card is given up and its index ended."""
    seen: list[Desk] = []

    def dies(*_: Any) -> Any:
        raise EvidenceUnavailable("The process ends here.")

    real = cards.run

    async def watched(desk: Desk, class_id: str, slug: str) -> None:
        seen.append(desk)
        await real(desk, class_id, slug)

    async with demo_client(tmp_path / "data", people, default_cryptosuite="ecdsa-jcs-2019") as client:
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        await issue(client, class_id)
        with monkeypatch.context() as patched:
            patched.setattr(cards, "complete_card", dies)
            patched.setattr(cards, "run", watched)
            assert (await client.post(f"/issuer/api/classes/{class_id}/cards")).status_code == 503
        desk = seen[0]
        database = desk.context.database
        left = await database.read(card_store.in_class, class_id, (card_store.SIGNING,))
        assert len(left) == 29
        with monkeypatch.context() as patched:
            patched.setattr(cards, "SIGNING_LEASE", timedelta(0))
            await cards.resume(desk)
        with anyio.fail_after(20):
            # The running issuer looks for such cards too, and may be at it.
            while len(made := await database.read(card_store.in_class, class_id, (card_store.ISSUED,))) < 29:
                await anyio.sleep(0.1)
        assert not {card.card_id for card in made} & {card.card_id for card in left}
        await sign_in(client, OFFICER)
        state = await client.get(f"/revocation/api/credentials/{left[0].card_id}")
        assert state.json()["state"] == "revoked"


async def test_every_act_on_cards_is_accounted_for_once(
    tmp_path: Path, people: tuple[DemoPerson, ...]
) -> None:
    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as client:
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        await issue(client, class_id)
        (card, *_) = await make(client, class_id)
        await client.post(f"/issuer/api/cards/{card['card_id']}/reprint")
        await client.post(f"/issuer/api/cards/{card['card_id']}/reprint")
        with sqlite3.connect(tmp_path / "data" / "issuer.sqlite3") as database:
            acts = database.execute(
                "SELECT act, object FROM audit_entry WHERE act LIKE 'card.%' ORDER BY seq"
            )
            assert list(acts) == [
                ("card.order", class_id),
                ("card.issue", class_id),
                ("card.reprint", card["card_id"]),
                ("card.issue", class_id),
            ]


@pytest.mark.parametrize("stage", ["_intend", "_sign"])
async def test_under_a_stolen_key_no_card_is_signed_any_more(
    tmp_path: Path, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """Cards under way are given up with an index of their own ended, and made anew under the next key."""
    seen: list[Desk] = []

    async def stopped(desk: Desk, _: Any) -> None:
        seen.append(desk)
        raise EvidenceUnavailable("The process ends here.")

    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as client:
        await sign_in(client, CLERK)
        class_id = (await upload(client, people))["id"]
        await issue(client, class_id)
        with monkeypatch.context() as patched:
            patched.setattr(cards, stage, stopped)
            assert (await client.post(f"/issuer/api/classes/{class_id}/cards")).status_code == 503
        context = seen[0].context
        key, given_up = rotate_key(context, "phka-trakuon", actor="operator", is_stolen=True)
        assert given_up == 29
        await announce_keys(context)
        await cards.resume(seen[0])
        made = await context.database.read(card_store.in_class, class_id, (card_store.ISSUED,))
        assert len(made) == 29
        assert {card.key_id for card in made} == {key.key_id}
        begins = parse_timestamp(key.valid_from)
        assert all(parse_timestamp(card.created) >= begins for card in made)
        client.cookies.clear()
        text = (await context.database.read(cards.sealed_cards(seen[0]).in_class, class_id))[0].text
        await until(client, text, "accepted")


async def test_no_card_is_reserved_under_a_key_that_has_ended(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, CLERK)
    class_id = (await upload(client, people))["id"]
    await issue(client, class_id)
    real = cards.reservation

    def rotated_meanwhile(desk: Desk, key: Any) -> dict[str, Any]:
        if not rotations:
            rotations.append(rotate_key(desk.context, "phka-trakuon", actor="operator"))
        return real(desk, key)

    rotations: list[Any] = []
    monkeypatch.setattr(cards, "reservation", rotated_meanwhile)
    assert (await client.post(f"/issuer/api/classes/{class_id}/cards")).status_code == 409
    assert (await client.get(f"/issuer/api/classes/{class_id}/cards")).json()["cards"] == []
