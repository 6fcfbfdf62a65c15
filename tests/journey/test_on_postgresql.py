"""The same journey on a real PostgreSQL, each service under its own role in its own schema."""

import json
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest

from passport.demo_world.people import DemoPerson
from runtime.settings import SERVICES
from tests.demo_copies import demo_client
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_first_journey import CLERK, check, issue, upload
from tests.journey.test_register import figures
from tests.journey.test_trust_registry_service import list_with_keys
from tests.journey.test_wallet_service import find_holder, page
from tests.stores.postgresql import apply_roles, make_database, role_urls, url_settings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

ROWS = {
    "trust_registry.organisation": 8,
    "issuer.issuance": 29,
    "revocation.status_entry": 29,
    "revocation.status_change": 1,
    "wallet_api.held_credential": 1,
}


@pytest.fixture
def journey_url(postgresql_url: str) -> str:
    """A database for this test alone on the shared server, prepared as an operator does."""
    url = make_database(postgresql_url, "journey")
    apply_roles(url)
    return url


def query(url: str, statement: str) -> set[object]:
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(statement)}


async def test_a_class_is_issued_held_checked_and_revoked(
    tmp_path: Path, people: tuple[DemoPerson, ...], journey_url: str
) -> None:
    settings: dict[str, Any] = url_settings(role_urls(journey_url))
    async with demo_client(
        tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022", **settings
    ) as client:
        client.headers["Accept-Language"] = "en"
        trust_list = await list_with_keys(client)
        await sign_in(client, CLERK)
        issued = await issue(client, (await upload(client, people))["id"])
        raws = {item["credential_id"]: (await client.get(item["credential"])).content for item in issued}
        assert {json.loads(raw)["issuer"]["id"] for raw in raws.values()} <= trust_list.issuers.keys()

        holder, held_id = await find_holder(client)
        kept = await client.get(f"/wallet/credentials/{held_id}/file")
        assert kept.content == raws[held_id]

        await revoke(client, held_id, "ISSUED_IN_ERROR")
        client.cookies.clear()
        with anyio.fail_after(20):
            while (result := await check(client, raws[held_id]))["verified"]:
                await anyio.sleep(0.2)
        assert result["verdicts"]["inForce"]["reason"] == "revoked"
        others = [raw for name, raw in raws.items() if name != held_id][:2]
        assert [(await check(client, raw))["verified"] for raw in others] == [True, True]
        await sign_in(client, holder)
        assert 'data-state="revoked"' in await page(client, "/wallet")

        assert await figures(client) == (28, 28, 29)

        sessions = "SELECT usename FROM pg_stat_activity WHERE application_name LIKE 'passport %'"
        assert query(journey_url, sessions) == {f"passport_{service}" for service in SERVICES}
    assert len(issued) == 29
    assert not list((tmp_path / "data").glob("*.sqlite3"))
    for table, least in ROWS.items():
        (found,) = query(journey_url, f"SELECT count(*) FROM {table}")
        assert isinstance(found, int)
        assert found >= least, table
    strangers = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert query(journey_url, strangers) == set()
