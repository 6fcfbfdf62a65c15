"""Everything acknowledged is on the disk first, shown by the system calls of a real process."""

from pathlib import Path

import pytest

from tests.durability.traced import Acknowledgement, trace
from tests.durability.writers import TIMES

# One process is traced for all of them.

# Promise → the files that must be synced for it, in this order. A * stands for any name.
PROMISES = {
    "issuer": ["issuer.sqlite3-wal"],
    "trust_registry": ["trust_registry.sqlite3-wal"],
    "wallet_api": ["wallet_api.sqlite3-wal"],
    "allocation": ["journal/revocation.journal", "revocation.sqlite3-wal"],
    "revocation": ["journal/revocation.journal", "revocation.sqlite3-wal"],
    "publication": [
        "revocation.sqlite3-wal",
        *("status/lists/*/*", "status/lists/*", "status/notes/*", "status/notes"),
        "revocation.sqlite3-wal",
    ],
    "keyring": ["keys/*", "keys"],
    "secret": ["secrets/*", "secrets"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traced")


@pytest.fixture(scope="module")
def acknowledgements(folder: Path) -> list[Acknowledgement]:
    return trace("tests.durability.writers", folder)


@pytest.mark.parametrize("promise", PROMISES)
def test_nothing_is_acknowledged_before_it_is_synced(
    promise: str, folder: Path, acknowledgements: list[Acknowledgement]
) -> None:
    made = [item for item in acknowledgements if item.name == f"careful {promise}"]
    assert len(made) == TIMES
    for item in made:
        assert item.unsynced == set()
        synced = [Path(path).relative_to(folder / "data" / "careful") for path in item.synced]
        assert synced[0].match(PROMISES[promise][0])
        # Each is looked for behind the one before it.
        rest = iter(synced)
        missing = [wanted for wanted in PROMISES[promise] if not any(path.match(wanted) for path in rest)]
        assert missing == []


def test_getting_ready_leaves_nothing_unsynced(acknowledgements: list[Acknowledgement]) -> None:
    made = [item for item in acknowledgements if item.name == "careful ready"]
    assert len(made) == len(PROMISES)
    assert all(item.unsynced == set() for item in made)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_careless_process_would_be_seen(promise: str, acknowledgements: list[Acknowledgement]) -> None:
    made = [item for item in acknowledgements if item.name == f"careless {promise}"]
    assert len(made) == TIMES
    assert all(item.unsynced for item in made)
    assert sum(len(item.synced) for item in made) < TIMES
