"""The registry's own key comes to the trust list by itself, or no verifier could use its lists."""

import anyio
import pytest

import revocation.service
from revocation.publisher import KEY_ID
from runtime.keyring import Keyring
from tests.unit.revocation.registry_world import World
from tests.unit.revocation.service_world import TrustRegistry, running

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("absences", [0, 3])
async def test_the_key_is_told_once_the_trust_registry_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch, absences: int
) -> None:
    monkeypatch.setattr(revocation.service, "_RETRY_SECONDS", 0.01)
    registry = TrustRegistry(absences=absences)
    async with running(world.settings, world.database, world.clock, registry):
        with anyio.fail_after(10):
            while not registry.told:
                await anyio.sleep(0.01)
        await anyio.sleep(0.1)
    (told,) = registry.told
    key = Keyring.open(world.settings, "revocation").public_key(KEY_ID)
    assert told["did"] == f"did:web:{world.settings.did_host}:status"
    assert told["public_key_multibase"] == key.multikey
