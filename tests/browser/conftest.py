from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.served_demo import CHEAP, ServedDemo, serve_demo

# Chromium asks its maker's hosts for many things at start, none of which this suite wants.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Module scope and no wider: Playwright's own event loop runs as long as it is open, and no other can.
@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    # A suite on a fast machine signs in oftener than the thirty times a minute one address may.
    limits = '{"sign-in": "600/minute"}'
    with serve_demo(tmp_path_factory.mktemp("demo"), program=CHEAP, PASSPORT_RATE_LIMITS=limits) as served:
        yield served


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are left for people to look at."""
    folder = Path(__file__).parent.parent.parent / "test-results"
    folder.mkdir(exist_ok=True)
    return folder
