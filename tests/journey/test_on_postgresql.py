"""The same journey on a real PostgreSQL, each service in a schema of its own."""

import json
from pathlib import Path

import psycopg
import pytest

from passport.demo_world.in_process import demo_client
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK, OFFICER, check, issue, upload

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.fixture
def own_database(postgresql_url: str) -> str:
    """A database for this test alone on the shared server."""
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE journey")
        host = connection.info.host
        user = connection.info.user
    return f"postgresql://{user}@/journey?host={host}"


async def test_a_class_is_issued_checked_and_revoked(
    tmp_path: Path, people: tuple[DemoPerson, ...], own_database: str
) -> None:
    suite = "eddsa-jcs-2022"
    async with demo_client(
        tmp_path / "data", people, database_url=own_database, default_cryptosuite=suite
    ) as client:
        await sign_in(client, CLERK)
        issued = await issue(client, (await upload(client, people))["id"])
        raws = [(await client.get(item["credential"])).content for item in issued[:3]]
        await sign_in(client, OFFICER)
        body = {"credential_id": json.loads(raws[0])["id"], "reason": "ISSUED_IN_ERROR"}
        assert (await client.post("/revocation/api/revocations", json=body)).status_code == 201
        client.cookies.clear()
        results = [await check(client, raw) for raw in raws]
    assert len(issued) == 29
    assert [result["verified"] for result in results[1:]] == [True, True]
    assert not list((tmp_path / "data").glob("*.sqlite3"))
