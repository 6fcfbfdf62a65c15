import os
import shutil
from pathlib import Path

import pytest
from pytest_socket import disable_socket

ROOT = Path(__file__).parent.parent
# Suites whose subject is a real network or a real process; everything else opens no socket.
_WITH_SOCKETS = ("browser", "interop", "served", "commands")


def pytest_runtest_setup(item: pytest.Item) -> None:
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    if folder not in _WITH_SOCKETS and item.get_closest_marker("allow_hosts") is None:
        disable_socket(allow_unix_socket=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; tests that need one skip, naming it, where there is none."""
    named = os.environ.get("PASSPORT_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is missing: install the package chromium, or set PASSPORT_CHROMIUM")
    return found
