"""What a step of a worker hands to the engine: never an exception, whose text could name somebody."""

import pytest

from issuer.crunch import CrunchInterrupted
from issuer.open_key import KeyEnded
from issuer.worker import _guarded
from runtime.database import StorageUnavailable
from runtime.keyring import KeyringError
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue

pytestmark = pytest.mark.anyio


async def fails(error: Exception) -> int:
    raise error


async def succeeds() -> int:
    return 7


async def test_what_a_step_comes_to_is_handed_on() -> None:
    assert await _guarded(succeeds()) == 7


@pytest.mark.parametrize(
    "kind", [EvidenceUnavailable, StorageUnavailable, KeyringError, KeyEnded, CrunchInterrupted]
)
async def test_what_passes_by_itself_is_waited_for(kind: type[Exception]) -> None:
    assert await _guarded(fails(kind("SOK DARA"))) == "wait"


@pytest.mark.parametrize("kind", [ConflictError, MalformedValue, RuntimeError, KeyError])
async def test_anything_else_ends_the_run(kind: type[Exception]) -> None:
    assert await _guarded(fails(kind("SOK DARA"))) == "failed"
