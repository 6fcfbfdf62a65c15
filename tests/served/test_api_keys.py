"""A revoked API key is refused within a second by every worker: two real processes, one database."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from runtime.database import Database
from runtime.settings import Settings
from tests.served_demo import serve_demo
from verifier import store
from verifier.keys import _digest
from verifier.store import ApiKey

ANCHOR = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
KEY = "spk_0123456789_" + "7K3M" * 13


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Path]]:
    """Two verifiers over one data folder, and that folder."""
    shared = tmp_path_factory.mktemp("shared")
    variables = {"PASSPORT_TRUST_ANCHOR": ANCHOR, "PASSPORT_DATA_DIR": str(shared)}
    with ExitStack() as stack:
        urls = []
        for name in ("one", "two"):
            folder = tmp_path_factory.mktemp(name)
            served = stack.enter_context(serve_demo(folder, arguments=("--only", "verifier"), **variables))
            urls.append(served.url)
        yield urls, shared


def test_a_revoked_key_is_refused_by_every_worker_within_a_second(workers: tuple[list[str], Path]) -> None:
    urls, folder = workers
    database = Database.open(Settings(data_dir=folder), "verifier")
    now = datetime.now(UTC)  # noqa: TID251 - the workers go by the machine's clock
    entry = ApiKey(
        key_id="0123456789",
        key_hash=_digest(KEY),
        organisation_id="agency-a",
        licence_number="L-1",
        name="Desk",
        scopes=frozenset({"verify:credentials"}),
        networks=None,
        daily_quota=None,
        created_by="admin",
        created=now,
        expires=now + timedelta(days=1),
    )
    database.write_now(store.insert_key, entry)
    for _ in range(3):
        assert all(_status(url) not in (401, 403) for url in urls)
    database.write_now(store.revoke_key, entry.key_id, "agency-a", now)
    revoked = time.monotonic()
    assert [_status(url) for url in urls] == [401, 401]
    assert time.monotonic() - revoked < 1
    database.close()


def _status(url: str) -> int:
    body = {"verifiableCredential": {"type": "nothing that can be checked"}}
    headers = {"Authorization": f"Bearer {KEY}"}
    return httpx2.post(
        f"{url}/credentials/verify", json=body, headers=headers, timeout=20, trust_env=False
    ).status_code
