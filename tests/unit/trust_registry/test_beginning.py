"""``passport trust setup``: production begins with one invited registrar, and with no second one."""

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
from trust_registry.service import AUTHORITY_ID
from trust_registry.sessions import token_hash
from trust_registry.staff import NO_PASSWORD

ARGUMENTS = ["trust", "setup", "--authority-en", "Ministry", "--authority-km", "ក្រសួង"]
PERSON = ["--registrar", "first-registrar", "--name", "Sok Dara"]
LINK = re.compile(r"/account/invitation/([0-9A-HJKMNP-TV-Z]{52})")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    opened = Database.open(load_settings(), "trust_registry")
    yield opened
    opened.close()


def setup(*person: str) -> Result:
    return CliRunner().invoke(app, [*ARGUMENTS, *(person or PERSON)])


def invited(database: Database, token: str) -> str | None:
    return database.read_now(people_store.invited_or_none, token_hash(token), SystemClock().now())


def registrar(database: Database) -> Account:
    account = database.read_now(store.account_or_none, "first-registrar")
    assert account is not None
    return account


def test_it_registers_the_authority_and_prints_one_link(database: Database) -> None:
    result = setup()
    assert result.exit_code == 0, result.output
    (token,) = LINK.findall(result.output)
    assert invited(database, token) == "first-registrar"
    assert database.read_now(store.organisation_or_none, AUTHORITY_ID) is not None
    account = registrar(database)
    assert (account.role, account.organisation_id) == ("registrar", AUTHORITY_ID)
    assert account.password_hash == NO_PASSWORD


def test_a_link_nobody_used_is_replaced_and_good_no_more(database: Database) -> None:
    (first,), (second,) = LINK.findall(setup().output), LINK.findall(setup().output)
    assert invited(database, first) is None
    assert invited(database, second) == "first-registrar"


@pytest.mark.parametrize("active", [True, False])
def test_where_there_is_a_registrar_nobody_is_invited(database: Database, active: bool) -> None:
    setup()
    database.write_now(
        store.put_account, replace(registrar(database), password_hash="$argon2id$x", active=active)
    )
    for name in ("first-registrar", "second-registrar"):
        assert run([*ARGUMENTS, "--registrar", name, "--name", "Another"]) != 0
    assert database.read_now(store.account_or_none, "second-registrar") is None
    assert registrar(database).password_hash == "$argon2id$x"
