"""``passport trust setup``: production begins with two invited officers, and with nobody else."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from passport.cli import app, run
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import load_settings
from trust_registry import people_store, store
from trust_registry.model import Account
from trust_registry.service import AUTHORITY_ID, STATUS_REGISTRY_ID
from trust_registry.sessions import token_hash
from trust_registry.staff import NO_PASSWORD

ARGUMENTS = ["trust", "setup", "--authority-en", "Ministry", "--authority-km", "ក្រសួង"]
REGISTRAR = {"registrar": "first-registrar", "registrar-name": "Sok Dara", "registrar-number": "MLVT-0001"}
SECOND = {
    "second-officer": "first-second",
    "second-officer-name": "Chan Thea",
    "second-officer-number": "MLVT-0002",
}
LINK = re.compile(r"/account/invitation/([0-9A-HJKMNP-TV-Z]{52})")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    opened = Database.open(load_settings(), "trust_registry")
    yield opened
    opened.close()


def arguments(**changes: str) -> list[str]:
    given = REGISTRAR | SECOND | {name.replace("_", "-"): value for name, value in changes.items()}
    return ARGUMENTS + [part for name, value in given.items() for part in (f"--{name}", value)]


def setup(**changes: str) -> Result:
    return CliRunner().invoke(app, arguments(**changes))


def invited(database: Database, token: str) -> str | None:
    found = database.read_now(people_store.invitation_or_none, token_hash(token), SystemClock().now())
    return None if found is None else found.username


def account(database: Database, username: str) -> Account:
    found = database.read_now(store.account_or_none, username)
    assert found is not None
    return found


def takes_up(database: Database, username: str, *, active: bool = True) -> None:
    changed = replace(account(database, username), password_hash="$argon2id$x", active=active)
    database.write_now(store.put_account, changed)


def test_it_registers_authority_and_status_registry_and_prints_a_link_for_each_of_two_officers(
    database: Database,
) -> None:
    result = setup()
    assert result.exit_code == 0, result.output
    assert [invited(database, token) for token in LINK.findall(result.output)] == [
        "first-registrar",
        "first-second",
    ]
    for organisation in (AUTHORITY_ID, STATUS_REGISTRY_ID):
        assert database.read_now(store.organisation_or_none, organisation) is not None
    for username, role in (("first-registrar", "registrar"), ("first-second", "second_officer")):
        found = account(database, username)
        assert (found.role, found.organisation_id, found.password_hash) == (role, AUTHORITY_ID, NO_PASSWORD)
    identities = {
        database.read_now(people_store.identity_or_none, username)
        for username in ("first-registrar", "first-second")
    }
    assert None not in identities
    assert len(identities) == 2


def test_links_nobody_used_are_replaced_and_good_no_more(database: Database) -> None:
    first, second = LINK.findall(setup().output), LINK.findall(setup().output)
    assert [invited(database, token) for token in first] == [None, None]
    assert [invited(database, token) for token in second] == ["first-registrar", "first-second"]


def test_whoever_has_signed_in_is_not_invited_again_and_the_other_is(database: Database) -> None:
    setup()
    takes_up(database, "first-registrar")
    (token,) = LINK.findall(setup(registrar="another").output)
    assert invited(database, token) == "first-second"
    assert database.read_now(store.account_or_none, "another") is None


@pytest.mark.parametrize(
    "changes",
    [{"second_officer_number": "mlvt 0001"}, {"second_officer": "first-registrar"}],
    ids=["one staff number", "one account"],
)
def test_one_person_is_not_both_officers(database: Database, changes: dict[str, str]) -> None:
    assert run(arguments(**changes)) != 0
    assert database.read_now(store.account_or_none, "first-registrar") is None


def test_the_registrar_who_signed_in_is_not_the_second_officer_too(database: Database) -> None:
    setup()
    takes_up(database, "first-registrar")
    assert run(arguments(registrar_number="MLVT-0009", second_officer_number="MLVT-0001")) != 0


@pytest.mark.parametrize("active", [True, False])
def test_where_there_are_officers_nobody_is_invited(database: Database, active: bool) -> None:
    setup()
    for username in ("first-registrar", "first-second"):
        takes_up(database, username, active=active)
    for name in ("first-registrar", "second-registrar"):
        assert run(arguments(registrar=name)) != 0
    assert database.read_now(store.account_or_none, "second-registrar") is None
    assert account(database, "first-registrar").password_hash == "$argon2id$x"
