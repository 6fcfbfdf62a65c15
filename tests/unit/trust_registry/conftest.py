import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from runtime import keyring
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import populate, service_context
from trust_registry import accounts


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2 with little memory: its cost is tested once, in ``test_passwords_are_hashed_at_full_cost``."""
    with pytest.MonkeyPatch.context() as patch:
        accounts._nobodys_hash.cache_clear()
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield
    accounts._nobodys_hash.cache_clear()


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Path:
    """Prepared folders to be copied: stretching passphrases for every test would take minutes."""
    folder = tmp_path_factory.mktemp("trust_registry")
    with pytest.MonkeyPatch.context() as patch:
        # The cheapest cost the keyring accepts; it is read from the file ever after.
        patch.setitem(keyring._SCRYPT, "n", keyring._SCRYPT_LIMITS["n"][0])
        for name in ("empty", "populated"):
            context = service_context(folder / name, "trust_registry")
            if name == "populated":
                populate(context)
            context.database.close()
    return folder


@pytest.fixture
def empty_context(deployments: Path, tmp_path: Path) -> Iterator[ServiceContext]:
    yield from _copied(deployments / "empty", tmp_path / "data")


@pytest.fixture
def context(deployments: Path, tmp_path: Path) -> Iterator[ServiceContext]:
    yield from _copied(deployments / "populated", tmp_path / "data")


def _copied(prepared: Path, folder: Path) -> Iterator[ServiceContext]:
    shutil.copytree(prepared, folder)
    context = service_context(folder, "trust_registry", migrate=False)
    yield context
    context.database.close()
