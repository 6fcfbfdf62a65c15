import gc
from collections.abc import Iterator

import pytest

from loadtest.faults.house_faults import lived_in
from loadtest.faults.ledger import Ledger
from loadtest.house import House
from tests.layout.conftest import require_house


@pytest.fixture(scope="module")
def lived() -> Iterator[tuple[House, Ledger]]:
    """Every service as a process of its own behind the proxy, and what a client of it saw so far."""
    require_house()
    with lived_in() as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_left_for_other_tests() -> Iterator[None]:
    """What was killed here leaves connections to the collector, which would warn in another test."""
    yield
    gc.collect()
