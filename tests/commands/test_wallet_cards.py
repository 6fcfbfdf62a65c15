"""``passport wallet reprint`` and ``deliver-list`` against a served demo."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from typer.testing import CliRunner, Result

from passport.cli import app
from passport.demo_world.people import draw_people
from passport.demo_world.world import returnees_who_sign_in
from tests.commands.test_person_commands import issue_class, signed_in
from tests.journey.test_cards import codes_in
from tests.served_demo import CHEAP, PASSWORD, ServedDemo, serve_demo
from vc.errors import EvidenceUnavailable, MalformedValue, NotAuthorized, NotFound

OFFICER = "assisted-officer"
PEOPLE = draw_people()
WHOSE = returnees_who_sign_in(PEOPLE)[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with serve_demo(
        tmp_path_factory.mktemp("wallet"), program=CHEAP, PASSPORT_DEFAULT_CRYPTOSUITE="eddsa-jcs-2022"
    ) as running:
        with signed_in(running, "clerk-phka-trakuon") as client:
            issue_class(running, client)
        yield running


def wallet(demo: ServedDemo, *arguments: object, officer: str = OFFICER, typed: str = "") -> Result:
    given = ["wallet", *map(str, arguments), "--server", demo.url, "--as", officer]
    return CliRunner().invoke(app, given, input=f"{PASSWORD}\n{typed}")


def reprint(demo: ServedDemo, out: Path, *more: object, year: int = WHOSE.birth_date.year) -> Result:
    typed = f"{WHOSE.rld_number}\n{year}\n"
    return wallet(demo, "reprint", "--reason", "lost", "--out", out, *more, typed=typed)


def test_a_card_is_replaced_and_the_passport_written(demo: ServedDemo, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.pdf" for name in ("first", "second", "third"))
    done = reprint(demo, first)
    assert done.exit_code == 0, done.output
    assert WHOSE.name_latin in done.output
    assert first.stat().st_mode & 0o077 == 0
    (card,) = [code for code in codes_in(first.read_bytes()) if code.startswith("PC1:")]
    assert reprint(demo, second, "--keep-cards", "--language", "th").exit_code == 0
    assert card in codes_in(second.read_bytes())
    renewed = wallet(demo, "reprint", "--reason", "taken", "--out", third, "--scanned", typed=f"{card}\n")
    assert renewed.exit_code == 0, renewed.output
    assert card not in codes_in(third.read_bytes())


def test_nobody_is_found_by_another_year_and_nobody_else_may_ask(demo: ServedDemo, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    assert isinstance(reprint(demo, out, year=WHOSE.birth_date.year + 1).exception, NotFound)
    typed = f"{WHOSE.rld_number}\n{WHOSE.birth_date.year}\n"
    arguments = ("reprint", "--reason", "lost", "--out", out)
    refused = wallet(demo, *arguments, officer="clerk-phka-trakuon", typed=typed)
    assert isinstance(refused.exception, NotAuthorized)
    wrong = CliRunner().invoke(
        app,
        ["wallet", *map(str, arguments), "--server", demo.url, "--as", OFFICER],
        input=f"wrong\n{typed}",
    )
    assert isinstance(wrong.exception, NotAuthorized)
    assert isinstance(reprint(demo, out, "--language", "xx").exception, MalformedValue)
    assert not out.exists()
    out.write_bytes(b"")
    assert reprint(demo, out).exit_code == 2


def test_a_server_that_is_away_is_said(demo: ServedDemo, tmp_path: Path) -> None:
    away = ["--server", "http://127.0.0.1:9", "--as", OFFICER, "--out", str(tmp_path / "x")]
    asked = CliRunner().invoke(
        app, ["wallet", "reprint", "--reason", "lost", *away], input=f"{PASSWORD}\nA\n1990\n"
    )
    assert isinstance(asked.exception, EvidenceUnavailable)


def test_a_list_is_made_and_its_papers_written(demo: ServedDemo, tmp_path: Path) -> None:
    out = tmp_path / "list"
    place = WHOSE.province_code
    done = wallet(demo, "deliver-list", "--province", place, "--out", out)
    assert done.exit_code == 0, done.output
    rows = list(csv.reader(io.StringIO((out / "list.csv").read_bytes().decode("utf-8-sig"))))
    assert f"{len(rows) - 1} people without a phone" in done.output
    with pypdfium2.PdfDocument((out / "passports.pdf").read_bytes()) as document:
        assert len(document) == len(rows) - 1
    assert (out / "list.pdf").read_bytes().startswith(b"%PDF")
    again = wallet(demo, "deliver-list", "--province", place, "--out", tmp_path / "again")
    assert "0 people without a phone" in again.output, "they wait on the first list"
    assert not (tmp_path / "again").exists()
    both = wallet(demo, "deliver-list", "--province", place, "--class", "x", "--out", tmp_path / "b")
    assert both.exit_code == 2
