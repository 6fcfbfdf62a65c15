"""Yesterday's database restored: who was erased since is erased again before anybody is answered."""

import shutil
from pathlib import Path

import pytest

from issuer import store
from issuer.app import create_app
from runtime import keyring as keyring_module
from runtime.service import ServiceContext
from tests.stores.issuer_rows import centre
from tests.stores.test_issuer_sealed import AT, fill, person
from tests.unit.trust_registry.deployment import service_context
from vc.errors import NotFound


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceContext:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    return service_context(tmp_path / "data", "issuer")


def test_an_erasure_is_done_again_at_the_start(context: ServiceContext, tmp_path: Path) -> None:
    sealed = create_app(context).state.desk.sealed
    context.database.write_now(store.register_centre, centre())
    fill(context.database, sealed)
    context.database.close()
    file = tmp_path / "data" / "issuer.sqlite3"
    shutil.copy(file, tmp_path / "yesterday")
    assert sealed.personal.erase(context.database, person(sealed, 0), sealed.forget, at=AT)
    context.database.close()
    for left in file.parent.glob("issuer.sqlite3*"):
        left.unlink()
    shutil.copy(tmp_path / "yesterday", file)
    restored = service_context(tmp_path / "data", "issuer")
    sealed = create_app(restored).state.desk.sealed
    with pytest.raises(NotFound):
        restored.database.read_now(sealed.issued, store.issued_by_token, "token-0")
    assert restored.database.read_now(sealed.issued, store.issued_by_token, "token-1").row == 1
    restored.database.close()
