"""The registry's own key comes to the trust list by itself, or no verifier could use its lists."""

from datetime import timedelta

import anyio
import pytest

import revocation.service
from revocation.publisher import KEY_ID
from runtime.keyring import Keyring
from tests.unit.revocation.registry_world import World
from tests.unit.revocation.service_world import TrustRegistry, running
from vc.encoding.timestamps import parse_timestamp

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


async def test_what_was_signed_before_the_key_was_listed_is_signed_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation.service, "_RETRY_SECONDS", 0.01)
    registry = TrustRegistry(absences=10**6)
    world.allocate("one")
    async with running(world.settings, world.database, world.clock, registry) as service:
        (early,) = set(service.registry.signed_at())
        world.clock.advance(timedelta(seconds=30))
        registry.absences = 0
        with anyio.fail_after(10):
            while early in service.registry.signed_at():
                await anyio.sleep(0.01)
    (told,) = registry.told
    assert set(service.registry.signed_at()) == {parse_timestamp(told["valid_from"])}
