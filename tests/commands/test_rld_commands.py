"""``passport rld import``: all of a file or nothing of it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from issuer.rld import register
from passport.cli import app
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.settings import load_settings

HEAD = "rld_number,name_km,name_latin,birth_date,sex,province_code"
GOOD = "RLD-1,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01"


@pytest.fixture(autouse=True)
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))


def take(tmp_path: Path, *rows: str) -> Result:
    file = tmp_path / "people.csv"
    file.write_text("\n".join((HEAD, *rows)), encoding="utf-8")
    return CliRunner().invoke(app, ["rld", "import", str(file)])


def held() -> list[str]:
    settings = load_settings()
    database = Database.open(settings, "issuer")
    database.upgrade()
    try:
        personal = PersonalData.open(settings, Keyring.open(settings, "issuer"))
        return [one.rld_number for one in database.read_now(register.persons, personal, ["RLD-1", "RLD-2"])]
    finally:
        database.close()


def test_a_file_is_taken_over_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    first = take(tmp_path, GOOD)
    assert (first.exit_code, first.output) == (0, "Rows: 1. New: 1. Changed: 0.\n")
    assert take(tmp_path, GOOD).output == "Rows: 1. New: 0. Changed: 0.\n"
    assert held() == ["RLD-1"]


def test_one_fault_and_nothing_is_taken_over(tmp_path: Path) -> None:
    refused = take(tmp_path, GOOD, GOOD.replace("RLD-1", "RLD-2").replace("1994", "94"))
    assert refused.exit_code == 1
    assert "Row 3, column birth_date" in refused.output
    assert "SOK" not in refused.output
    assert held() == []
