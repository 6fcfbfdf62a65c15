"""``passport audit verify``: a deployment whose logs are whole, and every way in which they are not."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passport.cli import app
from passport.demo_world.people import draw_people
from passport.narrated import run_journey
from tests.cheap_costs import cheap_key_stretching
from tests.demo_copies import demo_client

# One world for all of them, which takes a while to make.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a demo in which a class was issued, delivered, and one certificate revoked."""
    out = tmp_path_factory.mktemp("lived")
    folder = out / "data"
    with cheap_key_stretching():
        await run_journey(out, lambda _: None)
        async with demo_client(folder, draw_people()) as client:
            assert (await client.get("/trust/checkpoints/latest")).status_code == 200
            (folder / "kept.txt").write_bytes((await client.get("/trust/checkpoints/1")).content)
    return folder


@pytest.fixture
def data(lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, and the settings that name it."""
    folder = tmp_path / "data"
    shutil.copytree(lived, folder)
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(folder))
    return folder


def verified(*arguments: str) -> tuple[int, dict[str, object]]:
    """(exit status, what it said) of ``passport audit verify --json``."""
    result = CliRunner().invoke(app, ["audit", "verify", "--json", *arguments])
    return result.exit_code, json.loads(result.stdout)


def change(data: Path, service: str, *statements: str) -> None:
    """SQL as somebody runs it who has the file and takes the triggers away first."""
    connection = sqlite3.connect(data / f"{service}.sqlite3")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def places(said: dict[str, object]) -> Iterator[tuple[str, int]]:
    """(log, entry) of everything found."""
    found = said["tampering"]
    assert isinstance(found, list)
    return ((item["log"], item["entry"]) for item in found)


def acts(data: Path, service: str) -> dict[str, int]:
    """Act → how many entries."""
    connection = sqlite3.connect(data / f"{service}.sqlite3")
    found = connection.execute("SELECT act, count(*) FROM audit_entry GROUP BY act").fetchall()
    connection.close()
    return dict(found)


async def test_every_act_of_the_journey_is_accounted_for(data: Path) -> None:
    issuer, revocation = acts(data, "issuer"), acts(data, "revocation")
    assert (issuer["class.upload"], issuer["class.issue"]) == (1, 1)
    # Thirty certificates are one chunk: one entry with the root of its rows, not thirty. Their cards are
    # another, the card that takes the place of one, the copies that a worker shares, and those that go
    # into a wallet app.
    assert (issuer["credential.issue"], revocation["status.allocate"]) == (1, 5)
    assert revocation["credential.revoke"] == 3, "two certificates, and the card that was replaced"
    wallet = acts(data, "wallet_api")
    assert (wallet["credential.receive"], wallet["share.make"]) == (29, 2)
    trust = acts(data, "trust_registry")
    assert {"organisation.register", "key.register", "accreditation.grant", "list.publish"} <= trust.keys()


async def test_no_entry_names_a_person(data: Path) -> None:
    names = {name for person in draw_people() for name in (person.name_km, person.name_latin)}
    for service in ("trust_registry", "issuer", "revocation", "wallet_api"):
        connection = sqlite3.connect(data / f"{service}.sqlite3")
        rows = connection.execute("SELECT actor, act, object, reason, approver FROM audit_entry").fetchall()
        connection.close()
        said = {str(value) for row in rows for value in row}
        assert not any(name in text for name in names for text in said)


async def test_a_deployment_that_nobody_touched_is_whole(data: Path) -> None:
    status, said = verified("--against", str(data / "kept.txt"))
    assert (status, said["answer"], said["tampering"]) == (0, "whole", [])
    plain = CliRunner().invoke(app, ["audit", "verify"])
    assert plain.stdout.splitlines()[-1] == "Every audit log is whole."


@pytest.mark.parametrize("service", ["trust_registry", "issuer"])
async def test_a_changed_entry_is_named(data: Path, service: str) -> None:
    change(data, service, "UPDATE audit_entry SET actor = 'nobody' WHERE seq = 2")
    status, said = verified()
    assert (status, list(places(said))) == (1, [(service, 2)])


async def test_a_log_cut_off_with_its_head_is_found_by_the_checkpoints(data: Path) -> None:
    change(
        data,
        "issuer",
        "DELETE FROM audit_entry WHERE seq > 1",
        "UPDATE audit_head SET size = 1, hash = (SELECT hash FROM audit_entry WHERE seq = 1)",
    )
    status, said = verified()
    assert (status, next(places(said))) == (1, ("issuer", 2))


async def test_a_database_made_anew_is_found_by_the_checkpoints(data: Path) -> None:
    change(
        data,
        "trust_registry",
        "DELETE FROM audit_entry",
        f"UPDATE audit_head SET size = 0, hash = '{'0' * 64}'",
    )
    status, said = verified()
    assert (status, next(places(said))) == (1, ("trust_registry", 1))


async def test_checkpoints_taken_away_are_found_by_one_kept_elsewhere(data: Path) -> None:
    change(data, "trust_registry", "DELETE FROM audit_checkpoint")
    assert verified()[0] == 0
    status, said = verified("--against", str(data / "kept.txt"))
    assert (status, list(places(said))) == (1, [("checkpoints", 1)])


async def test_a_damaged_checkpoint_is_named(data: Path) -> None:
    change(data, "trust_registry", "UPDATE audit_checkpoint SET note = X'00' WHERE number = 1")
    status, said = verified()
    assert (status, next(places(said))) == (1, ("checkpoints", 1))


async def test_what_cannot_be_checked_is_not_called_whole_or_tampered(data: Path) -> None:
    (data / "issuer.sqlite3").unlink()
    status, said = verified()
    assert (status, said["answer"]) == (69, "could not check")
    assert not (data / "issuer.sqlite3").exists()


async def test_a_checkpoint_of_somebody_else_says_nothing(data: Path) -> None:
    (data / "kept.txt").write_text("not ours\n\n\u2014 x AAAAAAAAAAA=\n", encoding="utf-8")
    status, said = verified("--against", str(data / "kept.txt"))
    assert (status, said["answer"]) == (69, "could not check")
