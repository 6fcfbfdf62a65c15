import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.interop.published import Published, shared_world
from tests.oracles.node_oracle import NodeOracle, node_oracle


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """What the real service issued and published; made once for the whole run."""
    return shared_world(tmp_path_factory, os.environ.get("PYTEST_XDIST_WORKER"))


@pytest.fixture(scope="session")
def node() -> Iterator[NodeOracle]:
    """The JavaScript oracles, in one process for all tests of this worker."""
    with node_oracle() as oracle:
        yield oracle


@pytest.fixture
def tally(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[Counter[str]]:
    """Counts of what was compared and came of it, shown by ``pytest -rP`` and in a JUnit report."""
    counts: Counter[str] = Counter()
    yield counts
    for name, number in sorted(counts.items()):
        record_property(name, number)
        print(f"{request.node.name}: {name}: {number}")
