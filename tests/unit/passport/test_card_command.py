"""``passport card``: what is printed, and the three exits, for a world that nobody serves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from argon2 import PasswordHasher

from passport import cli
from passport.demo_world.in_process import PASSWORD, demo_client
from passport.demo_world.people import draw_people
from passport.front import demo_sample_file
from runtime.qr import alphanumeric_matrix, png_of, qr_png
from vc.card.text import symbol_for

pytestmark = pytest.mark.enable_socket
CLERK, APPROVER = "clerk-phka-trakuon", "approver-phka-trakuon"
CENTRE = "Phka Trakuon Demo Training Centre"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cards:
    """A demo folder with a good card and a replaced one, by their texts."""

    folder: Path
    good: str
    replaced: str

    def picture(self, text: str, name: str = "card.png") -> str:
        path = self.folder / "cards" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png_of(alphanumeric_matrix(text, error_correction=symbol_for(text).level)))
        return str(path)


async def _sign_in(client: httpx2.AsyncClient, username: str) -> None:
    await client.post("/sign-in", data={"username": username, "password": PASSWORD, "next": "/"})


async def _make(folder: Path) -> tuple[str, str]:
    people = draw_people()
    async with demo_client(folder / "data", people, default_cryptosuite="eddsa-jcs-2022") as client:
        await _sign_in(client, CLERK)
        files = {"file": ("class.csv", demo_sample_file(people, "rpl", "en", "csv"))}
        made = await client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
        class_id = made.json()["id"]
        waiting = (await client.post(f"/issuer/api/classes/{class_id}/submit")).json()
        await _sign_in(client, APPROVER)
        body = {"proposal": waiting["approval"]["proposal"]}
        await client.post(f"/issuer/api/classes/{class_id}/approve", json=body)
        await _sign_in(client, CLERK)
        while (await client.get(f"/issuer/api/classes/{class_id}")).json()["state"] != "issued":
            await anyio.sleep(0.1)
        cards = (await client.post(f"/issuer/api/classes/{class_id}/cards")).json()["cards"]
        await client.post(f"/issuer/api/cards/{cards[1]['card_id']}/reprint")
    return cards[0]["text"], cards[1]["text"]


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cards]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patched.setattr("trust_registry.accounts._HASHER", cheap)
        # A port of nobody: whatever else runs on this machine is not asked.
        patched.setenv("PASSPORT_BASE_URL", "http://127.0.0.1:9")
        folder = tmp_path_factory.mktemp("demo")
        good, replaced = anyio.run(_make, folder)
        yield Cards(folder=folder, good=good, replaced=replaced)


def test_a_good_card_is_accepted_and_printed(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["card", cards.picture(cards.good)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("DEMO")
    assert CENTRE in printed
    assert "ACCEPTED: Genuine and in force (identity not checked)" in printed
    assert "this person's  could not check" in printed


def test_a_replaced_card_is_rejected_and_says_what_to_ask_for(
    cards: Cards, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["card", cards.replaced, "--world", str(cards.folder), "--json"]) == 1
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["decision"]["headline"] == "Card replaced: ask for the new one"


def test_a_changed_card_is_rejected_and_its_words_are_not_proven(
    cards: Cards, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = cards.good[:-3] + ("0" if cards.good[-3] != "0" else "1") + cards.good[-2:]
    assert cli.run(["card", changed, "--world", str(cards.folder)]) == 1
    printed = capsys.readouterr().out
    assert "NOT PROVEN" in printed
    assert CENTRE not in printed
    assert "REJECTED: Not genuine" in printed


def test_without_a_trust_list_it_could_not_be_checked(
    cards: Cards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PASSPORT_TRUST_ANCHOR", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
    assert cli.run(["card", cards.good]) == 2
    assert "UNDETERMINED: Could not be checked" in capsys.readouterr().out


@pytest.mark.parametrize("given", ["no-such-file.png", "hello", "link"])
def test_what_holds_no_card_could_not_be_read(given: str, tmp_path: Path) -> None:
    if given == "link":
        picture = tmp_path / "link.png"
        picture.write_bytes(qr_png("http://127.0.0.1:8000/v/7K3M9QXA2B4C7K3M9QXA2B4C7K"))
        given = str(picture)
    assert cli.run(["card", given]) == 2


def test_a_wrong_option_is_a_usage_error_and_no_verdict() -> None:
    assert cli.run(["card", "--no-such-option"]) == 64
