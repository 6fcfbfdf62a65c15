"""Values sealed for one person and one place; keys that are rotated, and destroyed for good."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, MetaData

from runtime import personal_data as module
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import DataErased, PersonalData, Place, SealBroken
from runtime.personal_data_table import GENERAL, HEALTH, person_key_table
from runtime.settings import Settings
from vc.errors import PassportError

HERE = Place(table="held", row="1", column="name")
AT = "2026-11-22T03:00:00Z"
NAME = "សុខ ស្រីម៉ៅ".encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", keyring_passphrase="p" * 40)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database.open(settings, "issuer")
    metadata = MetaData()
    person_key_table(metadata)
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def personal(settings: Settings) -> PersonalData:
    return open_again(settings)


def open_again(settings: Settings) -> PersonalData:
    """As another process would."""
    return PersonalData.open(settings, Keyring.open(settings, "issuer"))


def seal(database: Database, personal: PersonalData, owner: str, data_class: str = GENERAL) -> bytes:
    keys = database.write_now(personal.ensure_keys, [owner], data_class)
    return keys.seal(owner, NAME, HERE)


def unseal(
    database: Database, personal: PersonalData, owner: str, sealed: bytes, place: Place = HERE
) -> bytes:
    return database.read_now(personal.keys, [owner]).unseal(owner, sealed, place)


def forget_nothing(_connection: Connection, _owner: str) -> None:
    pass


def test_what_is_sealed_opens_in_its_place_in_every_process(
    database: Database, personal: PersonalData, settings: Settings
) -> None:
    sealed = seal(database, personal, "a")
    assert NAME not in sealed
    assert unseal(database, open_again(settings), "a", sealed) == NAME


@pytest.mark.parametrize(
    "change", [{"table": "x"}, {"row": "2"}, {"column": "x"}], ids=["table", "row", "column"]
)
def test_it_opens_in_no_other_place(
    database: Database, personal: PersonalData, change: dict[str, str]
) -> None:
    sealed = seal(database, personal, "a")
    other = Place(**({"table": "held", "row": "1", "column": "name"} | change))
    with pytest.raises(SealBroken):
        unseal(database, personal, "a", sealed, other)


def test_two_persons_values_cannot_be_swapped(database: Database, personal: PersonalData) -> None:
    sealed = seal(database, personal, "a")
    seal(database, personal, "b")
    with pytest.raises(SealBroken):
        unseal(database, personal, "b", sealed)


def test_a_flipped_bit_and_a_stump_are_refused(database: Database, personal: PersonalData) -> None:
    sealed = seal(database, personal, "a")
    for broken in (b"", sealed[:10], sealed[:20], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(SealBroken):
            unseal(database, personal, "a", broken)


def test_a_blind_index_is_stable_and_tells_kinds_and_services_apart(settings: Settings) -> None:
    ours = open_again(settings)
    assert ours.blind_index("person", "RLD-1") == open_again(settings).person("RLD-1")
    other = PersonalData.open(settings, Keyring.open(settings, "wallet_api"))
    indexes = {
        ours.blind_index("person", "RLD-1"),
        ours.blind_index("person", "RLD-2"),
        ours.blind_index("award", "RLD-1"),
        other.blind_index("person", "RLD-1"),
    }
    assert len(indexes) == 4


def test_the_keys_of_health_data_are_others(database: Database, personal: PersonalData) -> None:
    sealed = seal(database, personal, "a", HEALTH)
    seal(database, personal, "a")
    with pytest.raises(SealBroken):
        unseal(database, personal, "a", sealed)
    health = database.read_now(personal.keys, ["a"], HEALTH)
    assert health.unseal("a", sealed, HERE) == NAME


def test_keys_are_rotated_while_another_process_reads_and_writes(
    database: Database, personal: PersonalData, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REWRAP", 3)
    owners = [f"person-{number}" for number in range(20)]
    keys = database.write_now(personal.ensure_keys, owners)
    sealed = {owner: keys.seal(owner, NAME, HERE) for owner in owners}
    running, done, reads, failed = open_again(settings), Event(), [0], list[PassportError]()

    def read_all_the_time() -> None:
        while not done.is_set():
            try:
                assert all(unseal(database, running, owner, value) == NAME for owner, value in sealed.items())
                seal(database, running, f"new-{reads[0]}")
            except PassportError as error:
                failed.append(error)
                return
            reads[0] += 1

    reader = Thread(target=read_all_the_time)
    reader.start()
    while not reads[0] and reader.is_alive():
        pass
    version, count = personal.rotate(database)
    done.set()
    reader.join()
    assert failed == []
    assert (version, count >= len(owners)) == (2, True)
    assert all(
        unseal(database, open_again(settings), owner, value) == NAME for owner, value in sealed.items()
    )


def test_an_older_key_is_forgotten_once_it_wraps_nothing(
    database: Database, personal: PersonalData, settings: Settings
) -> None:
    sealed = seal(database, personal, "a")
    assert personal.forget_unused(database) == ()
    personal.rotate(database)
    assert personal.forget_unused(database) == (1,)
    assert unseal(database, open_again(settings), "a", sealed) == NAME


def test_what_is_erased_cannot_be_opened_and_a_new_key_opens_nothing_old(
    database: Database, personal: PersonalData
) -> None:
    sealed = seal(database, personal, "a")
    assert personal.erase(database, "a", forget_nothing, at=AT)
    assert not personal.erase(database, "a", forget_nothing, at=AT)
    with pytest.raises(DataErased):
        unseal(database, personal, "a", sealed)
    again = seal(database, personal, "a")
    with pytest.raises(DataErased):
        unseal(database, personal, "a", sealed)
    assert personal.reapply(database, forget_nothing) == 0
    assert unseal(database, personal, "a", again) == NAME


def test_a_restored_backup_is_shredded_again(database: Database, settings: Settings) -> None:
    personal = open_again(settings)
    sealed = seal(database, personal, "a")
    kept = seal(database, personal, "b")
    database.close()
    file = settings.data_dir / "issuer.sqlite3"
    shutil.copy(file, settings.data_dir / "backup")
    personal.erase(database, "a", forget_nothing, at=AT)
    database.close()
    for rest in settings.data_dir.glob("issuer.sqlite3-*"):
        rest.unlink()
    shutil.copy(settings.data_dir / "backup", file)
    assert unseal(database, personal, "a", sealed) == NAME
    forgotten = list[str]()
    assert open_again(settings).reapply(database, lambda _, owner: forgotten.append(owner)) == 1
    assert forgotten == ["a"]
    with pytest.raises(DataErased):
        unseal(database, personal, "a", sealed)
    assert unseal(database, personal, "b", kept) == NAME


def test_an_erasure_that_died_before_the_database_is_finished_at_the_next_start(
    database: Database, personal: PersonalData, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal(database, personal, "a")
    with monkeypatch.context() as patch:
        patch.setattr(module, "_shred", None)
        with pytest.raises(TypeError):
            personal.erase(database, "a", forget_nothing, at=AT)
    assert open_again(settings).reapply(database, forget_nothing) == 1
    with pytest.raises(DataErased):
        unseal(database, personal, "a", sealed)


def test_the_journal_goes_on_after_a_torn_record(
    database: Database, personal: PersonalData, settings: Settings
) -> None:
    for owner in ("a", "b"):
        seal(database, personal, owner)
    personal.erase(database, "a", forget_nothing, at=AT)
    with (settings.data_dir / "journal" / "issuer.erasures").open("ab") as file:
        file.write(b"RJ1\n\x00\x00")
    personal.erase(database, "b", forget_nothing, at=AT)
    assert personal.reapply(database, forget_nothing) == 0
