import os

import pytest

from tests.interop.published import Published, shared_world


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """What the real service issued and published; made once for the whole run."""
    return shared_world(tmp_path_factory, os.environ.get("PYTEST_XDIST_WORKER"))
