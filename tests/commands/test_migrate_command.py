"""``passport migrate`` makes the tables of this version, and says where it must not."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from passport.cli import run
from runtime.database import Database
from runtime.settings import SERVICES, load_settings

STORING = tuple(service for service in SERVICES if service != "passport")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path))


def has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


def test_the_tables_of_one_service_alone_and_then_of_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["migrate", "--only", "revocation"]) == 0
    assert capsys.readouterr().out == "revocation: the tables are those of this version.\n"
    assert [file.name for file in tmp_path.glob("*.sqlite3")] == ["revocation.sqlite3"]
    assert run(["migrate"]) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [*STORING]
    for service in STORING:
        database = Database.open(load_settings(), service)
        assert database.read_now(has_tables)
        database.close()


def test_tables_of_a_newer_version_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    database = Database.open(load_settings(), "revocation")
    database.upgrade()
    database.write_now(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    database.close()
    assert run(["migrate", "--only", "revocation"]) == 69
    assert "newer version of this product" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["passport", "nonsense"])
def test_what_has_no_tables_is_a_wrong_name(name: str, tmp_path: Path) -> None:
    assert run(["migrate", "--only", name]) == 64
    assert list(tmp_path.iterdir()) == []
