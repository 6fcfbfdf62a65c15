import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette

from runtime import keyring
from runtime.clients import Peers
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import service_context


@pytest.fixture(scope="session")
def empty_wallet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared folder to be copied: stretching a passphrase for every test would take minutes."""
    folder = tmp_path_factory.mktemp("wallet_api") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(keyring._SCRYPT, "n", keyring._SCRYPT_LIMITS["n"][0])
        service_context(folder, "wallet_api").database.close()
    return folder


@pytest.fixture
def context(empty_wallet: Path, tmp_path: Path) -> Iterator[ServiceContext]:
    shutil.copytree(empty_wallet, tmp_path / "data")
    alone = service_context(tmp_path / "data", "wallet_api", migrate=False)
    # An issuer that knows of no report, and a registry that tells holders nothing.
    silent = {"issuer": Starlette(), "revocation": Starlette(), "passport": Starlette()}
    peers = Peers(alone.settings, alone.clock, "wallet_api", apps=silent)
    yield replace(alone, peers=peers)
    alone.database.close()
