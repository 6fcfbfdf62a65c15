import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import populate, service_context


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared folders to be copied: stretching passphrases for every test would take minutes."""
    folder = tmp_path_factory.mktemp("trust_registry")
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
