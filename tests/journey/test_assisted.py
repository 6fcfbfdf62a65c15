"""An officer at a kiosk: one person found, their passport printed, their cards replaced; nobody browsed."""

import json
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pypdfium2
import pytest
from limits import parse

from issuer import card_store, store
from issuer.service import assisted, cards
from issuer.service.desk import Desk
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import returnees_who_sign_in
from passport.judging import Where
from passport.verifying import FileAnswer, verify_files
from runtime.auth import Role
from runtime.entropy import format_code
from runtime.service import ServiceContext
from tests.journey.conftest import issue_one, revoke, sign_in
from tests.journey.test_cards import check_card, codes_in, make, until
from tests.journey.test_first_journey import APPROVER, CLERK, desk_of, issue, upload
from vc.errors import EvidenceUnavailable
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

OFFICER = "assisted-officer"
VISITS = "/issuer/api/assisted/visits"


def asked(person: DemoPerson, **changes: str) -> dict[str, str]:
    values = {"rld_number": person.rld_number, "birth_year": str(person.birth_date.year), "reason": "lost"}
    return values | changes


async def visit(client: httpx2.AsyncClient, person: DemoPerson) -> dict[str, Any]:
    found = await client.post(VISITS, json=asked(person))
    assert found.status_code == 201, found.text
    return dict(found.json())


async def of_holder(
    client: httpx2.AsyncClient, issued: list[dict[str, Any]], holder: DemoPerson
) -> dict[str, Any]:
    """Which of these certificates is this person's, for the clerk who is signed in."""
    for item in issued:
        credential = json.loads((await client.get(item["credential"])).content)
        if credential["credentialSubject"]["nameLatin"] == holder.name_latin:
            return item
    raise AssertionError("nothing was issued to them")


async def passport_of(client: httpx2.AsyncClient, visit_id: str, language: str = "en") -> bytes:
    printed = await client.post(f"{VISITS}/{visit_id}/passport", json={"language": language})
    assert printed.status_code == 200, printed.text
    assert printed.headers["content-type"] == "application/pdf"
    return printed.content


def attached(pdf: bytes) -> list[bytes]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            bytes(document.get_attachment(index).get_data()) for index in range(document.count_attachments())
        ]


def context_at(client: httpx2.AsyncClient, path: str) -> ServiceContext:
    transport = client._transport
    assert isinstance(transport, httpx2.ASGITransport)
    app: Any = transport.app
    context = app.app_for(path).state.context
    assert isinstance(context, ServiceContext)
    return context


def wallet_of(client: httpx2.AsyncClient) -> ServiceContext:
    return context_at(client, "/wallet")


async def seen_by(client: httpx2.AsyncClient, person: DemoPerson) -> list[AccessEntry]:
    """What stands in a holder's own log."""
    context = wallet_of(client)
    holder = context.personal.person(person.rld_number)

    def read(connection: Any) -> tuple[AccessEntry, ...]:
        return access_log.of_holder(context.personal, connection, holder)

    return list(await context.database.read(read))


async def offline(client: httpx2.AsyncClient, *texts: str) -> list[str]:
    """What ``passport verify --offline`` says to cards, with what a verifier can take along now."""
    bundle = (await client.get("/verify/bundle")).content

    def judge() -> list[str]:
        said: list[FileAnswer] = []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle.zip"
            path.write_bytes(bundle)
            anchor = desk_of(client).context.settings.trust_anchor
            where = Where(bundle=path, anchor=anchor)
            verify_files(list(texts), where, server=None, say=said.append, note=lambda _: None)
        return [answer.outcome for answer in said]

    return await anyio.to_thread.run_sync(judge)


@pytest.fixture
def holder(people: tuple[DemoPerson, ...]) -> DemoPerson:
    return returnees_who_sign_in(people)[0]


@pytest.fixture
async def class_id(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> str:
    """A class that was issued."""
    await sign_in(client, CLERK)
    made = str((await upload(client, people))["id"])
    await issue(client, made)
    return made


async def test_an_officer_replaces_a_card_and_its_holder_sees_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], class_id: str, holder: DemoPerson
) -> None:
    made = await make(client, class_id)
    await sign_in(client, OFFICER)
    found = await visit(client, holder)
    assert (found["name_latin"], found["birth_year"]) == (holder.name_latin, holder.birth_date.year)
    (old,) = found["cards"]
    assert old["text"] in {card["text"] for card in made}
    renewed = await client.post(f"{VISITS}/{found['visit']}/cards")
    assert renewed.status_code == 201, renewed.text
    (new,) = renewed.json()["cards"]
    assert new["card_id"] != old["card_id"]
    await until(client, old["text"], "rejected")
    with anyio.fail_after(20):
        while (answer := await check_card(client, old["text"]))["verdicts"]["inForce"]["reason"] != (
            "cardReplaced"
        ):
            await anyio.sleep(0.2)
    assert answer["decision"]["headline"] == "Card replaced: ask for the new one"
    assert (await check_card(client, new["text"]))["verified"] is True
    others = [card["text"] for card in made if card["card_id"] != old["card_id"]]
    assert (await check_card(client, others[0]))["verified"] is True, "nobody else's card is touched"
    assert await offline(client, old["text"], new["text"]) == ["rejected", "accepted"]

    pdf = await passport_of(client, found["visit"])
    assert new["text"] in codes_in(pdf)
    assert old["text"] not in codes_in(pdf)
    seen = [(entry.kind, entry.by, entry.detail) for entry in await seen_by(client, holder)]
    role = Role.ASSISTED_OFFICER.value
    assert sorted(seen) == [
        (AccessKind.FOUND, role, ""),
        (AccessKind.PRINTED, role, "cards"),
        (AccessKind.PRINTED, role, "passport"),
    ]
    with sqlite3.connect(desk_of(client).context.settings.data_dir / "issuer.sqlite3") as database:
        query = "SELECT act, object, reason FROM audit_entry WHERE actor = ? ORDER BY seq"
        acts = list(database.execute(query, [OFFICER]))
    person = desk_of(client).sealed.personal.person(holder.rld_number)
    assert acts == [
        ("assisted.find", person, "lost"),
        ("assisted.print", person, "lost"),
        ("card.reprint", old["card_id"], None),
        ("assisted.print", person, "lost"),
    ]
    assert holder.rld_number not in str(acts)
    await sign_in(client, "returnee-1")
    page = (await client.get("/wallet/log", headers={"Accept": "text/html", "Accept-Language": "en"})).text
    assert "new cards; the old ones are ended" in page
    registry = context_at(client, "/trust").peers.client("issuer")
    body = {"rld_number": holder.rld_number, "actor": "protection-officer", "reason": "Asked."}
    held = (await registry.post("/issuer/api/people/export", json=body)).json()
    assert [(one["act"], one["by"], one["reason"]) for one in held["kiosk"]] == [("found", OFFICER, "lost")]


async def test_the_passport_holds_every_centres_certificates_as_they_were_signed(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], class_id: str, holder: DemoPerson
) -> None:
    row = demo_class_list("training", people).rows[0]
    course = {name: str(value) for name, value in row.items() if value is not None}
    course |= {
        "rld_number": holder.rld_number,
        "name_km": holder.name_km,
        "name_latin": holder.name_latin,
        "birth_date": holder.birth_date.isoformat(),
    }
    course.pop("sex", None)
    await sign_in(client, "clerk-trei-chhlonh")
    other = await issue_one(client, "training", course, "approver-trei-chhlonh")
    await sign_in(client, CLERK)
    issued = (await client.get(f"/issuer/api/classes/{class_id}")).json()["credentials"]
    own = await of_holder(client, issued, holder)
    signed = {(await client.get(own["credential"])).content}
    await sign_in(client, "clerk-trei-chhlonh")
    signed.add((await client.get(other["credential"])).content)

    await sign_in(client, OFFICER)
    found = await visit(client, holder)
    assert {one["centre"] for one in found["certificates"]} == {"phka-trakuon", "trei-chhlonh"}
    assert found["cards"] == [], "none were made yet"
    pdf = await passport_of(client, found["visit"], "th")
    assert set(attached(pdf)) == signed
    codes = codes_in(pdf)
    assert {code for code in codes if "/v/" in code} == {own["verify_url"], other["verify_url"]}
    texts = [code for code in codes if code.startswith("PC1:")]
    assert len(texts) == 2, "a card of each was made to be cut out"
    for text in texts:
        assert (await check_card(client, text))["verified"] is True
    # Printed again it is the same two cards.
    assert sorted(t for t in codes_in(await passport_of(client, found["visit"])) if t in texts) == sorted(
        texts
    )

    # The clerk of one centre prints for the class, and nothing of another centre's is in it.
    await sign_in(client, CLERK)
    printed = await client.post(f"/issuer/classes/{class_id}/passports.pdf", data={"language": "ms"})
    assert printed.status_code == 200, printed.text
    links = {code for code in codes_in(printed.content) if "/v/" in code}
    assert links == {item["verify_url"] for item in issued}
    assert other["verify_url"] not in links
    with pypdfium2.PdfDocument(printed.content) as document:
        assert len(document) == len(issued)
    wrong = await client.post(f"/issuer/classes/{class_id}/passports.pdf", data={"part": "2"})
    assert wrong.status_code == 404
    wrong = await client.post(f"/issuer/classes/{class_id}/passports.pdf", data={"language": "xx"})
    assert wrong.status_code == 400
    await sign_in(client, "clerk-tonsay-sar")
    assert (await client.post(f"/issuer/classes/{class_id}/passports.pdf")).status_code == 404


async def test_what_was_revoked_is_not_printed(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson
) -> None:
    await sign_in(client, CLERK)
    issued = (await client.get(f"/issuer/api/classes/{class_id}")).json()["credentials"]
    own = await of_holder(client, issued, holder)
    await sign_in(client, OFFICER)
    found = await visit(client, holder)
    await revoke(client, own["credential_id"])
    await sign_in(client, OFFICER)
    printed = await client.post(f"{VISITS}/{found['visit']}/passport", json={})
    assert printed.status_code == 409
    assert (await client.post(VISITS, json=asked(holder))).status_code == 404


async def test_nobody_is_found_without_what_only_they_know_or_have(
    client: httpx2.AsyncClient, class_id: str, people: tuple[DemoPerson, ...], holder: DemoPerson
) -> None:
    made = await make(client, class_id)
    issued = (await client.get(f"/issuer/api/classes/{class_id}")).json()["credentials"]
    own = await of_holder(client, issued, holder)
    card = next(item for item in made if item["row"] == own["row"])
    await sign_in(client, OFFICER)
    given = {row["rld_number"] for row in demo_class_list("rpl", people).rows}
    with_nothing = next(person for person in people if person.rld_number not in given)
    refusals = []
    for wrong in (
        asked(holder, birth_year=str(holder.birth_date.year + 1)),
        asked(holder, rld_number="RLD-DEMO-999999"),
        asked(with_nothing),
        {"text": "0000-0000-0000", "reason": "lost"},
        {"text": card["text"][:-1] + ("0" if card["text"][-1] != "0" else "1"), "reason": "lost"},
        {"text": f"https://elsewhere.example/v/{own['verify_url'].rsplit('/')[-1]}", "reason": "lost"},
    ):
        answer = await client.post(VISITS, json=wrong)
        assert answer.status_code == 404, wrong
        body = answer.json()
        refusals.append([body[name] for name in ("type", "title", "status", "detail")])
    assert all(refusal == refusals[0] for refusal in refusals), "nothing tells them apart"
    assert await seen_by(client, holder) == []
    token = own["verify_url"].rsplit("/")[-1]
    code = (await desk_of(client).context.database.read(store.issued_by_token, token)).code
    for right in (own["verify_url"], format_code(code).lower(), card["text"]):
        found = await client.post(VISITS, json={"text": right, "reason": "taken"})
        assert found.status_code == 201, right
        assert found.json()["name_latin"] == holder.name_latin
    for faulty in (
        asked(holder, reason="because"),
        asked(holder, reason=""),
        asked(holder, birth_year="x"),
        asked(holder, rld_number=""),
    ):
        assert (await client.post(VISITS, json=faulty)).status_code == 400
    with sqlite3.connect(desk_of(client).context.settings.data_dir / "issuer.sqlite3") as database:
        misses = database.execute("SELECT count(*) FROM audit_entry WHERE act = 'assisted.miss'")
        assert next(misses) == (6,)


async def test_a_visit_is_its_officers_alone_and_ends(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, OFFICER)
    client.headers["Accept-Language"] = "en"
    found = await client.post("/issuer/assisted", data=asked(holder))
    assert found.status_code == 303, found.text
    path = found.headers["location"]
    assert holder.rld_number not in path
    page = await client.get(path, headers={"Accept": "text/html"})
    assert holder.name_latin in page.text
    assert holder.rld_number not in page.text
    printed = await client.post(f"{path}/passport.pdf", data={"language": "ar"})
    assert printed.headers["content-type"] == "application/pdf"
    assert "no-store" in printed.headers["cache-control"]
    renewed = await client.post(f"{path}/cards", headers={"Accept": "text/html"})
    assert "The old cards are ended" in renewed.text
    for stranger in (CLERK, APPROVER, "returnee-1", "protection-officer", "fraud-officer-1"):
        await sign_in(client, stranger)
        assert (await client.get(path)).status_code == 403, stranger
        assert (await client.post(VISITS, json=asked(holder))).status_code == 403
        assert (await client.get("/issuer/handovers")).status_code == 403
    await sign_in(client, OFFICER)
    monkeypatch.setattr(assisted, "VISIT_LASTS", timedelta(0))
    await anyio.sleep(1.1)
    assert (await client.get(path)).status_code == 404
    assert (await client.post(f"{path}/passport.pdf")).status_code == 404


async def test_where_the_holder_could_not_see_it_nothing_is_shown(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make(client, class_id)
    await sign_in(client, OFFICER)
    found = await visit(client, holder)

    async def away(*_: Any, **__: Any) -> None:
        raise EvidenceUnavailable("The wallet is away.")

    monkeypatch.setattr(assisted, "note_printed", away)
    assert (await client.post(VISITS, json=asked(holder))).status_code == 503
    assert (await client.post(f"{VISITS}/{found['visit']}/passport", json={})).status_code == 503
    assert (await client.post(f"{VISITS}/{found['visit']}/cards")).status_code == 503
    for card in made:
        assert (await check_card(client, card["text"]))["verified"] is True, "and nothing was ended"


async def test_searches_are_counted_for_each_officer(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assisted, "_SEARCHES", parse("2/hour"))
    await sign_in(client, OFFICER)
    for year in ("1901", "1902"):
        assert (await client.post(VISITS, json=asked(holder, birth_year=year))).status_code == 404
    assert (await client.post(VISITS, json=asked(holder))).status_code == 429


async def test_after_a_recovery_every_card_is_ended_once_also_where_the_registry_was_away(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make(client, class_id)
    issued = (await client.get(f"/issuer/api/classes/{class_id}")).json()["credentials"]
    own = await of_holder(client, issued, holder)
    mine = next(card for card in made if card["row"] == own["row"])
    wallet = wallet_of(client).peers.client("issuer")
    path, body = "/issuer/api/assisted/end-cards", {"rld_number": holder.rld_number}

    async def away(*_: Any) -> None:
        raise EvidenceUnavailable("The registry is away.")

    with monkeypatch.context() as patched:
        patched.setattr(cards, "end_replaced_card", away)
        assert (await wallet.post(path, json=body)).status_code == 503
    first = await wallet.post(path, json=body)
    assert (first.status_code, first.json()) == (200, {"ended": 1}), "what was left, and not twice"
    assert (await wallet.post(path, json=body)).json() == {"ended": 0}
    await until(client, mine["text"], "rejected")
    kept = [card for card in made if card is not mine]
    for card in kept:
        assert (await check_card(client, card["text"]))["verified"] is True
    nobody = await wallet.post(path, json={"rld_number": "RLD-NOBODY-1"})
    assert nobody.json() == {"ended": 0}
    with sqlite3.connect(desk_of(client).context.settings.data_dir / "issuer.sqlite3") as database:
        acts = database.execute("SELECT count(*) FROM audit_entry WHERE act = 'card.end-all'")
        assert next(acts) == (1,)
    # A print makes new ones.
    await sign_in(client, OFFICER)
    found = await visit(client, holder)
    assert found["cards"] == []
    texts = [t for t in codes_in(await passport_of(client, found["visit"])) if t.startswith("PC1:")]
    assert len(texts) == 1
    assert texts[0] != mine["text"]
    assert (await check_card(client, texts[0]))["verified"] is True
    for other in (client, desk_of(client).context.peers.client("issuer")):
        assert (await other.post(path, json=body)).status_code in (401, 403)


async def test_a_renewal_that_stops_anywhere_leaves_one_card_in_force_at_most(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old card is ended before the new one is signed; what stopped goes on in the background."""
    await make(client, class_id)
    await sign_in(client, OFFICER)
    found = await visit(client, holder)
    (old,) = found["cards"]

    async def stopped(*_: Any) -> None:
        raise EvidenceUnavailable("The process ends here.")

    desk: Desk = desk_of(client)
    for stage in ("end_replaced_card", "_intend", "_sign"):
        with monkeypatch.context() as patched:
            patched.setattr(cards, stage, stopped)
            answer = await client.post(f"{VISITS}/{found['visit']}/cards")
            assert answer.status_code == 503, stage
        await cards.resume(desk)
        await until(client, old["text"], "rejected")
        person = desk.sealed.personal.person(holder.rld_number)
        standing = await desk.context.database.read(
            cards.sealed_cards(desk).of_people, [person], card_store.STANDING
        )
        assert [card.state for card in standing] == [card_store.ISSUED], stage
        assert (await check_card(client, standing[0].text))["verified"] is True
        old = {"text": standing[0].text}


async def test_a_passport_is_offered_in_what_can_be_set_here(
    client: httpx2.AsyncClient, class_id: str, holder: DemoPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, OFFICER)
    found = await visit(client, holder)
    families = {"en": "Noto Sans", "ms": "Noto Sans"}
    monkeypatch.setattr("issuer.service.passports.families_abroad", lambda: families)
    path = f"/issuer/assisted/{found['visit']}"
    page = (await client.get(path, headers={"Accept": "text/html"})).text
    assert 'value="ms"' in page
    assert 'value="ja"' not in page
    refused = await client.post(f"{VISITS}/{found['visit']}/passport", json={"language": "ja"})
    assert refused.status_code == 400
    assert (await passport_of(client, found["visit"], "ms")).startswith(b"%PDF")
