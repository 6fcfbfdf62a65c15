"""Five services, the front and two workers as processes of their own: a class from the sheet to its end."""

import anyio
import httpx2
import pytest

from loadtest.house import House
from revocation.representations import REPRESENTATIONS
from tests.journey.conftest import revoke
from tests.layout.journey import check, client_of, issue_class, open_share, share, until

pytestmark = [pytest.mark.anyio, pytest.mark.full, pytest.mark.timeout(1800)]


async def test_a_class_is_issued_by_workers_checked_shared_and_one_is_revoked(house: House) -> None:
    async with client_of(house) as client:
        issued = await issue_class(client)
        assert len(issued) == 29
        client.cookies.clear()
        for one in issued:
            assert (await check(client, one.raw))["decision"]["outcome"] == "accepted"

        link = await share(client, issued)
        opened = await open_share(client, link)
        assert opened.status_code == 200, opened.text
        (result,) = opened.json()["credentialResults"]
        assert {verdict["answer"] for verdict in result["verdicts"].values()} == {"yes"}

        first, *others = issued
        await revoke(client, first.id)
        client.cookies.clear()
        answer = await until(client, first.raw, "rejected")
        assert answer["verdicts"]["inForce"]["reason"] == "revoked"
        assert answer["verdicts"]["authentic"]["answer"] == "yes"
        assert (await check(client, others[0].raw))["decision"]["outcome"] == "accepted"
        await _lists_are_the_same_from_the_folder_and_from_the_service(house, client)
        await _one_verifier_dies_and_nobody_notices(house, client, others[1].raw)


async def _lists_are_the_same_from_the_folder_and_from_the_service(
    house: House, client: httpx2.AsyncClient
) -> None:
    """What the proxy takes from the published folder is what the service says, byte for byte."""
    listed = (await client.get("/status/lists")).json()["lists"]
    list_id = listed[0].split("/status/")[1].split("/")[1]
    seen = set()
    for item in REPRESENTATIONS.values():
        path = f"/status/{item.path(list_id)}"
        for accept in ("*/*", "application/vc"):
            for _ in range(5):
                headers = {"Accept": accept, "Accept-Encoding": "identity"}
                proxied = await client.get(path, headers=headers)
                direct = await client.get(house.urls["revocation"] + path, headers=headers)
                if proxied.content == direct.content:
                    break
            assert proxied.content == direct.content, path
            for name in ("content-type", "access-control-allow-origin", "cache-control"):
                assert proxied.headers[name] == direct.headers[name], (path, name)
            # Caddy adds that it might have compressed.
            assert proxied.headers["vary"].startswith(direct.headers["vary"])
            # Only the service names its answers: what has no such name came from the folder.
            seen.add("x-request-id" in proxied.headers)
    assert seen == {False}


async def _one_verifier_dies_and_nobody_notices(house: House, client: httpx2.AsyncClient, raw: bytes) -> None:
    house.kill("verifier-1")
    for _ in range(6):
        assert (await check(client, raw))["decision"]["outcome"] == "accepted"
    await anyio.to_thread.run_sync(house.restart, "verifier-1")
