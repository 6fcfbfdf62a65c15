"""A process that writes what services promise to keep, and says each time that it is kept.

``python -m tests.durability.writers FOLDER ACKNOWLEDGED``: whatever is promised goes into FOLDER/careful;
a line goes into ACKNOWLEDGED when a promise was made. Then all is done again in FOLDER/careless without
what makes the promises good, so that a test can see whether that would be noticed.
"""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import runtime.database
from issuer import store as issuer_store
from runtime import keyring
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.secret_files import read_or_create
from runtime.settings import Settings
from tests.stores.issuer_rows import centre
from tests.unit.revocation.registry_world import World, open_world
from trust_registry import store as trust_registry_store
from trust_registry.model import Organisation, OrganisationKind
from wallet_api import store as wallet_api_store
from wallet_api.store import SealedCredential

TIMES = 5
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def writers(folder: Path) -> Iterator[tuple[str, Callable[[int], object]]]:
    """(name, what makes its promise number n) of everything that makes promises."""
    settings = Settings(data_dir=folder)
    databases = {
        name: _open(settings, name) for name in ("issuer", "trust_registry", "wallet_api", "revocation")
    }
    yield (
        "issuer",
        lambda n: databases["issuer"].write_now(issuer_store.register_centre, centre(f"centre-{n}", f"P{n}")),
    )
    yield (
        "trust_registry",
        lambda n: databases["trust_registry"].write_now(
            trust_registry_store.insert_organisation, _organisation(n)
        ),
    )
    yield (
        "wallet_api",
        lambda n: databases["wallet_api"].write_now(wallet_api_store.insert_credential, _sealed(n)),
    )
    world = open_world(folder)
    world.start()
    yield "allocation", lambda n: world.allocate(f"n{n}")
    yield "revocation", lambda n: world.revoke(f"n{n}")
    yield "publication", lambda _: _publish(world)
    keys = Keyring.open(settings, "issuer")
    yield "keyring", lambda n: keys.create(f"key-{n}")
    yield "secret", lambda n: read_or_create(folder / "secrets" / f"secret-{n}")


def _open(settings: Settings, service: str) -> Database:
    database = Database.open(settings, service)
    database.upgrade()
    return database


def _organisation(number: int) -> Organisation:
    return Organisation(
        id=f"centre-{number}", kind=OrganisationKind.CENTRE, name_en="Centre", name_km="ក", place="", did=None
    )


def _sealed(number: int) -> SealedCredential:
    return SealedCredential(
        id=f"urn:uuid:{number}",
        holder_index="0" * 64,
        credential=b"sealed",
        delivery=b"sealed",
        received_at=NOW,
    )


def _publish(world: World) -> None:
    (entry,) = world.allocate("n0")
    world.publish(entry.list_id)


def _be_careless() -> None:
    prepare = runtime.database._prepare_sqlite

    def prepare_carelessly(dbapi_connection: object, _record: object) -> None:
        prepare(dbapi_connection, _record)
        dbapi_connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]

    patch = pytest.MonkeyPatch()
    patch.setattr(runtime.database, "_prepare_sqlite", prepare_carelessly)
    patch.setattr(runtime.database, "_require_durable_file", lambda _connection: None)
    patch.setattr(os, "fsync", lambda _descriptor: None)


def main(folder: Path, acknowledged: Path) -> None:
    """Make every promise ``TIMES`` times, with and without care."""
    keyring._SCRYPT.update(n=1 << 14)
    descriptor = os.open(acknowledged, os.O_WRONLY | os.O_CREAT)
    for manner in ("careful", "careless"):
        if manner == "careless":
            _be_careless()
        for name, write in writers(folder / manner):
            os.write(descriptor, f"{manner} ready\n".encode())
            for number in range(TIMES):
                write(number)
                os.write(descriptor, f"{manner} {name}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
