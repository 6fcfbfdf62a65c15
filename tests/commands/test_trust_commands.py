"""``passport trust``: an operator's decisions are an officer's, signed in at the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from passport.assembly import open_contexts
from passport.cli import app
from passport.demo_world.people import draw_people
from passport.demo_world.world import create_demo_world
from runtime.audit_log import entries
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import Settings, load_settings
from tests.cheap_costs import lowest_costs
from trust_registry import store
from vc.encoding.strict_json import parse_json_object
from vc.errors import ConflictError, NotAuthorized

PASSWORD = "demo-passport"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("operator") / "data"
    with lowest_costs():
        contexts = open_contexts(Settings(data_dir=folder), SystemClock())
        create_demo_world(contexts, draw_people(), passwords=PASSWORD)
    contexts.close()
    return folder


@pytest.fixture(autouse=True)
def deployment(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(prepared))
    # Nobody listens there, so the issuer does not answer.
    monkeypatch.setenv("PASSPORT_ISSUER_URL", "http://127.0.0.1:9")
    return prepared


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database.open(load_settings(), "trust_registry")
    yield opened
    opened.close()


def trust(*arguments: object, typed: str = f"{PASSWORD}\n") -> Result:
    return CliRunner().invoke(app, ["trust", *map(str, arguments)], input=typed)


def listed(database: Database) -> str:
    """What the trust list says; empty before the first was published."""
    signed = database.read_now(store.signed_version_or_none)
    return "" if signed is None else str(parse_json_object(signed.body)["credentialSubject"])


def accredited() -> int:
    """A fresh accreditation, made by the command; its number."""
    done = trust(
        *("accredit", "phka-trakuon", "--type", "RPLCertificate", "--as", "registrar"),
        *("--reason", "Inspected.", "--from", f"2031-01-{len(list_lines()) % 27 + 1:02}", "--level", "2"),
    )
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    return int(done.output.split("Accreditation ")[1].split()[0])


def list_lines() -> list[str]:
    shown = trust("list")
    assert shown.exit_code == 0
    return shown.output.splitlines()


def test_what_was_accredited_is_listed_and_published(database: Database) -> None:
    number = accredited()
    assert any(line.startswith(f"accreditation {number}  phka-trakuon") for line in list_lines())
    assert "2031-01-" in listed(database)


def test_a_suspension_says_first_what_is_not_known_and_asks(database: Database) -> None:
    number = accredited()
    refused = trust("suspend", number, "--as", "registrar", "--reason", "Complaints.", typed="n\n")
    assert "is not known now" in refused.output
    assert "Nothing was changed." in refused.output
    done = trust("suspend", number, "--as", "registrar", "--reason", "Complaints.", "--yes")
    assert done.exit_code == 0, done.output
    assert any(line.startswith(f"accreditation {number}  phka-trakuon  ") for line in list_lines())
    assert "suspensions" in listed(database)


def test_withdrawing_takes_two_people(database: Database) -> None:
    number = accredited()
    proposed = trust(
        *("withdraw", number, "--as", "registrar", "--reason", "Sold papers.", "--earlier-stand")
    )
    proposal = proposed.output.split("Proposal ")[1].split()[0]
    assert "withdrawn" not in listed(database)
    alone = trust("approve", proposal, "--as", "registrar")
    assert isinstance(alone.exception, ConflictError)
    clerk = trust("approve", proposal, "--as", "clerk-phka-trakuon")
    assert isinstance(clerk.exception, NotAuthorized)
    agreed = trust("approve", proposal, "--as", "second-officer")
    assert agreed.exit_code == 0, agreed.output
    assert "withdrawn" in listed(database)
    assert isinstance(trust("approve", proposal, "--as", "second-officer").exception, ConflictError)
    last = database.read_now(
        lambda connection: [row for row in entries(connection) if row["act"] == "accreditation.withdraw"][-1]
    )
    assert (last["object"], last["actor"], last["approver"]) == (str(number), "registrar", "second-officer")


def test_saying_that_a_key_was_stolen_takes_two_people(database: Database) -> None:
    register = database.read_now(store.read_register)
    key = next(key for key in register.keys if key.organisation_id == "status").public_key_multibase
    since = ("--since", SystemClock().now().strftime("%Y-%m-%dT%H:%M:%SZ"))
    proposed = trust("compromise", key, *since, "--as", "registrar", "--reason", "The card was stolen.")
    assert proposed.exit_code == 0, proposed.output
    proposal = proposed.output.split("Proposal ")[1].split()[0]
    (line,) = [line for line in trust("waiting").output.splitlines() if line.startswith(f"{proposal} ")]
    assert line == f"{proposal}  key.compromise  {key}  by registrar: The card was stolen."
    assert isinstance(trust("approve", proposal, "--as", "registrar").exception, ConflictError)
    assert "compromisedSince" not in listed(database)
    agreed = trust("approve", proposal, "--as", "second-officer")
    assert agreed.exit_code == 0, agreed.output
    assert "compromisedSince" in listed(database)
    assert not any(line.startswith(f"{proposal} ") for line in trust("waiting").output.splitlines())
    assert trust("digests").output == "Nothing is missing.\n"


@pytest.mark.parametrize("typed", ["wrong\n", "\n\n\n"], ids=["wrong", "empty"])
def test_a_wrong_password_decides_nothing(typed: str) -> None:
    before = list_lines()
    refused = trust("suspend", 1, "--as", "registrar", "--reason", "No.", "--yes", typed=typed)
    assert refused.exit_code != 0
    assert list_lines() == before


def test_a_clerk_accredits_nobody() -> None:
    before = list_lines()
    refused = trust(
        *("accredit", "phka-trakuon", "--type", "RPLCertificate"),
        *("--as", "clerk-phka-trakuon", "--reason", "Mine."),
    )
    assert isinstance(refused.exception, NotAuthorized)
    assert list_lines() == before


def test_publishing_signs_a_newer_list(database: Database) -> None:
    before = database.read_now(store.signed_version_or_none)
    done = trust("publish")
    after = database.read_now(store.signed_version_or_none)
    assert done.exit_code == 0
    assert after is not None
    assert after.version == (0 if before is None else before.version) + 1
    assert f"List {after.version} is signed." in done.output
