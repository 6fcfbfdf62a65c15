"""``passport jobs`` says how far class lists are, and changes what is wanted of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer import store
from passport.cli import run
from runtime.database import Database
from runtime.settings import load_settings


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The issuer's tables with one class list of three rows that is being issued."""
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path))
    database = Database.open(load_settings(), "issuer")
    database.upgrade()
    values = {
        "id": "LIST-1", "centre_slug": "takeo", "kind": "rpl", "filename": b"f", "original": b"o",
        "uploaded_by": "clerk", "uploaded_at": "2026-11-20T03:00:00+00:00", "state": store.ISSUING,
        "row_count": 3, "problems": b"[]", "not_passed": 0,
    }  # fmt: skip
    database.write_now(store.add_class, store.NewClass(values=values, rows=[]))
    yield database
    database.close()


def test_each_list_is_one_line(issuer: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jobs"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split() == ["LIST-1", "takeo", "being", "issued", "0", "of", "0", "(100", "%)"]


def test_an_operator_pauses_goes_on_and_cancels(issuer: Database, capsys: pytest.CaptureFixture[str]) -> None:
    for act, shown in (("pause", "paused"), ("resume", "being issued"), ("cancel", "cancelled")):
        assert run(["jobs", act, "LIST-1"]) == 0
        assert shown in capsys.readouterr().out
    assert run(["jobs", "resume", "LIST-1"]) == 69
    assert "not in a state that allows this" in capsys.readouterr().err


def test_an_unknown_list_is_named_so(issuer: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jobs", "pause", "LIST-2"]) == 69
    assert "There is no such class list." in capsys.readouterr().err


def test_no_list_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path))
    assert run(["jobs"]) == 0
    assert capsys.readouterr().out == "No class list is being issued, or was.\n"
