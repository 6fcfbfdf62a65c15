"""A centre's administrator sees the centre's keys, and replaces the one that signs in two steps."""

import re

import httpx2
import pytest

from tests.journey.conftest import sign_in
from tests.journey.test_first_journey import CLERK

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

ADMIN, KEYS, REPLACE = "admin-phka-trakuon", "/issuer/keys?lang=en", "/issuer/keys/replace"
_SHOWN = re.compile(r'name="key_id" value="([^"]+)"')


async def shown_key(client: httpx2.AsyncClient, use: str = "documents") -> str:
    page = await client.get(f"{REPLACE}?lang=en&use={use}")
    assert "Certificates signed before stay good." in page.text
    (key_id,) = _SHOWN.findall(page.text)
    return str(key_id)


async def test_the_key_is_replaced_once_however_often_it_is_sent(client: httpx2.AsyncClient) -> None:
    await sign_in(client, ADMIN)
    assert "Signing keys" in (await client.get("/account/staff?lang=en")).text
    before = (await client.get(KEYS)).text
    assert (before.count("Signs now"), before.count("Ended")) == (2, 0)
    assert (before.count("For certificates and cards"), before.count("For copies in wallets")) == (1, 1)
    key_id = await shown_key(client)
    answers = [await client.post(REPLACE, data={"key_id": key_id}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 409]
    after = (await client.get(KEYS)).text
    assert (after.count("Signs now"), after.count("Ended")) == (2, 1)
    assert await shown_key(client) != key_id
    methods = (await client.get("/centres/phka-trakuon/did.json")).json()["verificationMethod"]
    assert all(method["publicKeyMultibase"] in after for method in methods)
    listed = (await client.get("/trust/list")).text
    assert all(method["publicKeyMultibase"] in listed for method in methods)


async def test_the_key_for_wallets_is_replaced_by_itself(client: httpx2.AsyncClient) -> None:
    await sign_in(client, ADMIN)
    documents, tokens = await shown_key(client), await shown_key(client, "tokens")
    assert (await client.post(REPLACE, data={"key_id": tokens})).status_code == 303
    assert await shown_key(client) == documents
    assert await shown_key(client, "tokens") != tokens
    # The trust list has one open key for each use.
    entries = (await client.get("/trust/list")).json()["credentialSubject"]["issuers"]
    (centre,) = [entry for entry in entries if entry["id"].endswith(":phka-trakuon")]
    assert sorted("validUntil" in key for key in centre["keys"]) == [False, False, True]
    assert (await client.get(f"{REPLACE}?use=other")).status_code in (400, 404, 422)


async def test_a_clerk_replaces_nothing(client: httpx2.AsyncClient) -> None:
    await sign_in(client, ADMIN)
    key_id = await shown_key(client)
    await sign_in(client, CLERK)
    assert (await client.post(REPLACE, data={"key_id": key_id})).status_code == 403
    await sign_in(client, ADMIN)
    assert await shown_key(client) == key_id
