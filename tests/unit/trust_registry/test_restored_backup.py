"""Yesterday's database restored: an account erased since is erased again before anybody is answered."""

import shutil
from pathlib import Path

from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import NOW, service_context
from trust_registry import people_store, store
from trust_registry.account_details import details_of
from trust_registry.app import create_app
from vc.encoding.timestamps import format_timestamp


def test_an_erasure_is_done_again_at_the_start(context: ServiceContext, tmp_path: Path) -> None:
    account = context.database.read_now(store.account_or_none, "demo-clerk")
    assert account is not None
    context.database.close()
    folder = context.settings.data_dir
    file = folder / "trust_registry.sqlite3"
    shutil.copy(file, tmp_path / "yesterday")
    erased = context.personal.erase(
        context.database, account.owner, people_store.forget_owner, at=format_timestamp(NOW)
    )
    assert erased
    context.database.close()
    for left in folder.glob("trust_registry.sqlite3*"):
        left.unlink()
    shutil.copy(tmp_path / "yesterday", file)
    restored = service_context(folder, "trust_registry")
    assert restored.database.read_now(store.account_or_none, "demo-clerk") is not None
    create_app(restored)
    assert restored.database.read_now(store.account_or_none, "demo-clerk") is None
    other = restored.database.read_now(store.account_or_none, "demo-registrar")
    assert other is not None
    assert restored.database.read_now(details_of, restored.personal, other).name
    restored.database.close()
