from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from argon2 import PasswordHasher

from passport.demo_world.in_process import PASSWORD, demo_client
from passport.demo_world.people import DemoPerson, draw_people


@contextmanager
def cheap_key_stretching() -> Iterator[None]:
    """The lowest costs that are accepted: a world opens six keyrings and makes a dozen accounts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})
        patch.setattr(
            "trust_registry.accounts._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        yield


@pytest.fixture(autouse=True)
def _cheap_key_stretching() -> Iterator[None]:
    with cheap_key_stretching():
        yield


@pytest.fixture
def people() -> tuple[DemoPerson, ...]:
    return draw_people()


@pytest.fixture
async def client(tmp_path: Path, people: tuple[DemoPerson, ...]) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as running:
        yield running


async def sign_in(client: httpx2.AsyncClient, username: str) -> None:
    client.cookies.clear()
    form = {"username": username, "password": PASSWORD, "next": "/"}
    assert (await client.post("/sign-in", data=form)).status_code == 303
