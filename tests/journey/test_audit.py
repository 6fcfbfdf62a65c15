"""The audit log in the running house: every door's acts, the heads, the published checkpoints."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.people import draw_people
from runtime import checkpoints
from tests.demo_copies import demo_client
from vc.crypto.checkpoint import Checkpoint
from vc.crypto.signed_note import NoteKey
from vc.did.documents import find_verification_method, parse_document

pytestmark = pytest.mark.anyio

DID = "did:web:skills-passport.example:trust:audit"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path, draw_people()) as client:
        yield client


async def read_checkpoint(client: httpx2.AsyncClient, name: str) -> Checkpoint:
    """A published checkpoint, its signature checked with the published key."""
    document = parse_document(DID, (await client.get("/trust/audit/did.json")).content)
    method = find_verification_method(document, f"{DID}#{checkpoints.KEY_ID}", "assertionMethod")
    assert method is not None
    answer = await client.get(f"/trust/checkpoints/{name}")
    assert answer.status_code == 200
    key = NoteKey(name="skills-passport.example/audit", public_key=method.public_key)
    found = checkpoints.read_or_none(answer.content, key)
    assert found is not None
    return found


async def test_one_checkpoint_covers_the_heads_of_all_services(house: httpx2.AsyncClient) -> None:
    newest = await read_checkpoint(house, "latest")
    assert set(newest.heads) == {"issuer", "revocation", "trust_registry", "wallet_api"}
    assert all(head.since is None for head in newest.heads.values())
    assert newest.heads["trust_registry"].size > 0
    assert await read_checkpoint(house, str(newest.size)) == newest


async def test_a_checkpoint_is_static(house: httpx2.AsyncClient) -> None:
    answer = await house.get("/trust/checkpoints/1")
    again = await house.get("/trust/checkpoints/1", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in answer.headers["cache-control"]
    assert (await house.get("/trust/checkpoints/999999")).status_code == 404
    assert (await house.get("/trust/checkpoints/0")).status_code == 400


@pytest.mark.parametrize("door", ["/issuer", "/revocation", "/wallet", "/trust"])
async def test_the_head_is_told_to_the_trust_registry_only(house: httpx2.AsyncClient, door: str) -> None:
    assert (await house.get(f"{door}/api/audit/head")).status_code == 401
