"""``passport keys rotate-data``: what was sealed before still opens, and old keys go only when told to."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from passport.cli import app
from runtime import keyring as keyring_module
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData, Place
from runtime.personal_data_table import DATA_CLASSES
from runtime.settings import load_settings

PLACE = Place(table="issuance", row="1", column="dataset")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PASSPORT_MODE", "demo")


def opened() -> tuple[Database, PersonalData]:
    settings = load_settings()
    database = Database.open(settings, "issuer")
    database.upgrade()
    return database, PersonalData.open(settings, Keyring.open(settings, "issuer"))


@pytest.mark.parametrize(
    ("options", "versions", "said"), [((), [1, 2], "are kept"), (("--forget-old",), [2], "destroyed: 1")]
)
@pytest.mark.parametrize("data_class", DATA_CLASSES)
def test_every_data_key_is_wrapped_anew_and_opens(
    options: tuple[str, ...], versions: list[int], said: str, data_class: str
) -> None:
    database, personal = opened()
    keys = database.write_now(personal.ensure_keys, ["a", "b"], data_class)
    sealed = keys.seal("a", b"value", PLACE)
    told = CliRunner().invoke(app, ["keys", "rotate-data", "issuer", *options])
    assert told.exit_code == 0, told.output
    assert f"{data_class} data: key 2 is in use; data keys wrapped in it: 2" in told.output
    assert said in told.output
    database.close()
    database, personal = opened()
    assert database.read_now(personal.keys, ["a"], data_class).unseal("a", sealed, PLACE) == b"value"
    assert personal._versions(data_class) == versions
    database.close()


def test_a_service_without_sealed_data_is_refused() -> None:
    assert CliRunner().invoke(app, ["keys", "rotate-data", "revocation"]).exit_code == 2
