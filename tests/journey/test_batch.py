"""Many certificates at once through the verifier's doors: files, ZIP, lists, pasted lines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from runtime.qr import qr_png
from tests.journey.batch_folder import (
    ALTERED,
    LICENSED,
    REVOKED,
    STRANGER,
    UNREADABLE,
    asks,
    closed,
    folder,
    outcomes,
    rows_of,
    rows_on,
    send,
)
from tests.journey.test_verifier_service import words
from tests.journey.verifier_house import BASE_URL, CODE, TOKEN, VerifierHouse, open_house
from tests.unit.vc.card import cards
from vc.trust.licences import VerifierClass
from verifier.answers import AnswerWriter
from verifier.batch import Batch
from verifier.batch_rendering import batch_bytes, batch_json
from verifier.links import SharedToken, TypedCode

LINK = f"{BASE_URL}/v/{TOKEN}"
EXPECTED = {
    **dict.fromkeys(REVOKED, "rejected"),
    ALTERED: "rejected",
    STRANGER: "rejected",
    UNREADABLE: "unreadable",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        yield opened


# The folder --------------------------------------------------------------------------------------


def test_an_officer_without_an_account_finds_the_five_in_a_folder_of_thirty(house: VerifierHouse) -> None:
    rows = rows_of(send(house, folder(house)))
    assert outcomes(rows) == EXPECTED
    by_name = {row["name"]: row for row in rows}
    reasons = {name: row["answer"] and row["answer"]["decision"]["reasons"] for name, row in by_name.items()}
    assert [reasons[name][0]["reason"] for name in (*REVOKED, ALTERED, STRANGER)] == [
        "revoked",
        "revoked",
        "proofInvalid",
        "issuerUnknown",
    ]
    good = by_name["28 ស្រីមុំ.json"]
    assert (good["title"], good["names"]) == ("Bricklayer", ["សុខ ដារ៉ា", "SOK DARA"])
    assert good["answer"]["issuer"]["name"] == "Poipet Training Centre"
    assert by_name[ALTERED]["names"] == []
    assert "EVIL TWIN" not in send(house, folder(house)).text


def test_the_page_shows_one_table_with_the_worst_first(house: VerifierHouse) -> None:
    page = send(house, folder(house), accept="text/html")
    assert page.status_code == 200
    shown = rows_on(page.text)
    assert len(shown) == 30
    assert [outcome for _, outcome in shown] == ["rejected"] * 4 + ["unreadable"] + ["accepted"] * 25
    said = words(page.text)
    for text in ("30 certificates were checked.", "Rejected 4", "Could not be read 1", "Accepted 25"):
        assert text in said
    for text in (*REVOKED, ALTERED, STRANGER, UNREADABLE, "28 ស្រីមុំ.json", "DEMO", "not a visa"):
        assert text in said
    for anchor in ("rejected", "unreadable", "accepted"):
        assert f'href="#{anchor}"' in page.text
        assert f'<tbody id="{anchor}">' in page.text
    assert page.text.count("Four questions, four answers") == 29, "all that was verified can be looked into"
    assert "EVIL TWIN" not in page.text
    assert "Ministry of Everything" not in page.text


def test_the_evidence_is_fetched_once_for_all(house: VerifierHouse) -> None:
    rows_of(send(house, folder(house)))
    assert len(house.contacts) == len(set(house.contacts))


def test_a_zip_is_as_good_as_the_folder_in_it(house: VerifierHouse) -> None:
    files = folder(house)
    rows = rows_of(send(house, {"all.zip": closed(files)}))
    assert outcomes(rows) == {f"all.zip/{name}": outcome for name, outcome in EXPECTED.items()}


def test_the_form_takes_files_a_folder_and_lines_without_javascript(house: VerifierHouse) -> None:
    page = house.page("/verify/batch")
    assert page.status_code == 200
    for control in ('name="files"', "webkitdirectory", 'name="text"', 'name="purpose"', 'value="report"'):
        assert control in page.text
    assert "at most 10 MB" in words(page.text)
    sent = house.client.post(
        "/verify/batch",
        files=[("files", ("", b"")), ("folder", ("korea/a.json", house.world.issue(1)))],
        data={"text": "", "answer": "page"},
        headers={"Accept": "text/html", "Accept-Language": "en"},
    )
    assert rows_on(sent.text) == [(1, "accepted")]
    assert "korea/a.json" in sent.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_nothing_to_check_is_said(house: VerifierHouse, accept: str) -> None:
    answer = send(house, accept=accept, text=" \n")
    assert answer.status_code == 400
    assert "Choose a file" in words(answer.text)


# Other things than files -------------------------------------------------------------------------


def test_links_codes_pictures_and_presentations_are_rows_too(house: VerifierHouse) -> None:
    world = house.world
    house.shared |= {TOKEN: world.issue(4), CODE: world.issue(4)}
    files = {
        "photo.png": qr_png(LINK),
        "list.csv": f"name,link\nA,{LINK}\nB,{BASE_URL}/v/{TOKEN[:-1]}X\n".encode(),
        "two.json": world.present(world.issue(5), world.issue(6)),
        "false.png": qr_png("https://evil.example/v/" + TOKEN),
    }
    rows = rows_of(send(house, files, text=f"7k3m-9qxa-2b4c\n{'0' * 12}"))
    assert [(row["name"], row["line"], row["part"], row["outcome"]) for row in rows] == [
        ("photo.png", None, None, "accepted"),
        ("list.csv", 2, None, "accepted"),
        ("list.csv", 3, None, "unreadable"),
        ("two.json", None, [1, 2], "accepted"),
        ("two.json", None, [2, 2], "accepted"),
        ("false.png", None, None, "rejected"),
        ("", 1, None, "accepted"),
        ("", 2, None, "unreadable"),
    ]
    assert [row["duplicateOf"] for row in rows] == [None, 1, None, None, None, None, 1, None]
    assert "Do not trust it" in rows[5]["problem"]
    assert "urn:uuid" not in orjson.dumps([rows[0], rows[6]]).decode()
    page = send(house, files, accept="text/html", text=CODE).text
    assert "1994" not in page
    assert "PPT-2026-00004" not in page, "a link opens no more than the paper shows"


def test_what_is_brought_twice_is_checked_once_and_marked(house: VerifierHouse) -> None:
    raw = house.world.issue(2)
    rows = rows_of(send(house, {"a.json": raw, "b.json": raw, "c.json": raw + b"\n"}))
    assert [row["duplicateOf"] for row in rows] == [None, 1, 1]
    assert {row["outcome"] for row in rows} == {"accepted"}
    page = words(send(house, {"a.json": raw, "b.json": raw}, accept="text/html").text)
    assert "The same as row 1" in page


def test_a_presentation_that_is_not_right_has_nothing_accepted(house: VerifierHouse) -> None:
    good = orjson.loads(house.world.present(house.world.issue(5), house.world.issue(6)))
    good["holder"] = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    rows = rows_of(send(house, {"two.json": orjson.dumps(good)}))
    assert [row["outcome"] for row in rows] == ["rejected", "rejected"]
    assert rows[0]["problem"] == "The presentation itself is not right"


def test_an_issuer_that_does_not_answer_leaves_a_row_open(house: VerifierHouse) -> None:
    house.issuer_is_down = True
    (row,) = rows_of(send(house, text=LINK))
    assert (row["outcome"], row["answer"]) == ("undetermined", None)
    assert "says nothing against" in row["problem"]


# How many ----------------------------------------------------------------------------------------


def test_thirty_without_an_account_and_two_hundred_with_one(house: VerifierHouse) -> None:
    codes = "\n".join(f"{number:012}" for number in range(201))
    refused = send(house, accept="text/html", text=codes)
    assert refused.status_code == 400
    assert "more than 30 certificates" in words(refused.text)
    assert house.contacts == []
    asks(house, LICENSED)
    assert "more than 200" in send(house, text=codes).json()["detail"]
    assert len(rows_of(send(house, text=codes.rpartition("\n")[0]))) == 200


def test_each_certificate_of_a_presentation_counts(house: VerifierHouse) -> None:
    many = house.world.present(*(house.world.issue(number) for number in range(16)))
    assert len(rows_of(send(house, {"a.json": many}))) == 16
    refused = send(house, {"a.json": many, "b.json": many})
    assert (refused.status_code, house.client.post("/verify/batch").status_code) == (400, 400)
    assert "more than 30" in refused.json()["detail"]


# Consent -----------------------------------------------------------------------------------------


AGENCY = replace(LICENSED, verifier_class=VerifierClass.AGENCY)


class OneShare:
    """A worker shares one link with one licence."""

    def __init__(self, name: str, licence_number: str) -> None:
        self._share = (name, licence_number)

    async def is_live(self, name: SharedToken | TypedCode, licence_number: str) -> bool:
        return (name.value, licence_number) == self._share


def test_an_agency_sees_nothing_without_consent(house: VerifierHouse) -> None:
    asks(house, AGENCY)
    house.shared[TOKEN] = house.world.issue(4)
    files = {"a.json": house.world.issue(5), "two.json": house.world.present(house.world.issue(6))}
    for accept in ("application/json", "text/html"):
        answer = send(house, files, accept=accept, text=LINK)
        assert answer.status_code == 200
        for secret in ("SOK DARA", "សុខ", "Bricklayer", "Poipet", "Genuine"):
            assert secret not in answer.text
        assert "No consent" in answer.text
    rows = rows_of(send(house, files, text=LINK))
    assert {(row["outcome"], row["answer"], row["openedSha256"]) for row in rows} == {
        ("noConsent", None, None)
    }
    assert house.contacts == [], "neither the issuer nor a list is asked about them"


def test_an_agency_sees_what_is_shared_with_its_licence_and_no_more(house: VerifierHouse) -> None:
    house.shared |= {TOKEN: house.world.issue(4), CODE: house.world.issue(5)}
    desk = house.client.app.state.batch_desk  # type: ignore[attr-defined]
    desk._consents = OneShare(TOKEN, "L-9")
    for asker, expected in ((AGENCY, "accepted"), (replace(AGENCY, licence_number="L-8"), "noConsent")):
        asks(house, asker)
        rows = rows_of(send(house, {"a.json": house.world.issue(6)}, text=f"{LINK}\n{CODE}"))
        assert [row["outcome"] for row in rows] == ["noConsent", expected, "noConsent"]


@pytest.mark.parametrize("kind", [kind for kind in VerifierClass if kind is not VerifierClass.AGENCY])
def test_no_other_class_of_verifier_needs_a_share(house: VerifierHouse, kind: VerifierClass) -> None:
    asks(house, replace(LICENSED, verifier_class=kind))
    assert [row["outcome"] for row in rows_of(send(house, {"a.json": house.world.issue(5)}))] == ["accepted"]


# Languages ---------------------------------------------------------------------------------------


def test_page_and_json_come_in_the_language_asked_for(house: VerifierHouse) -> None:
    files = {"a.json": house.world.issue(1)}
    page = send(house, files, accept="text/html", language="km")
    assert page.headers["content-language"] == "km"
    assert "ទទួលយក" in page.text
    (row,) = rows_of(send(house, files, language="km"))
    assert not row["headline"].isascii()
    assert row["title"] == "ជាងរៀបឥដ្ឋ"


@pytest.mark.parametrize("language", ["en", "km", "ja"])
def test_the_answer_is_written_as_it_is_rendered(
    house: VerifierHouse, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def compare(batch: Batch, language: str, writer: AnswerWriter) -> bytes:
        rendered = batch_json(batch, language, writer.translate_to(language), origin=BASE_URL)
        written = batch_bytes(batch, language, writer)
        assert written == orjson.dumps(rendered)
        compared.append(language)
        return written

    monkeypatch.setattr("verifier.batch_pages.batch_bytes", compare)
    world = house.world
    house.shared[CODE] = world.issue(4)
    files = {**folder(house), "two.json": world.present(world.issue(5), world.issue(6))}
    del files["20 SOK.json"], files["22 SOK.json"], files["23 SOK.json"], files["24 SOK.json"]
    assert rows_of(send(house, files, language=language, text=f"{CODE}\n{cards.issue(world)}"))
    assert compared == [language]
