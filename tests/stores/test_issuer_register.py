"""The issuer's own register on both databases: sealed, found again, and telling what changed."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from issuer.class_list import Sex
from issuer.rld import register
from issuer.rld.local import LocalRld
from issuer.rld.port import EventKind, Photo, PhotoState, RldPerson
from issuer.rld.register_file import RegisterRow
from issuer.sealed import Sealed
from issuer.tables import register_person
from runtime import keyring as keyring_module
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.settings import Settings
from tests.stores.issuer_rows import NOW
from tests.stores.test_issuer_sealed import everything

SERVICE = "issuer"
KHMER = "ម៉ៅ ចាន់ថា"
BORN = date(1994, 3, 7)


@pytest.fixture
def personal(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PersonalData:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    kept = settings.model_copy(update={"data_dir": tmp_path / "data"})
    return PersonalData.open(kept, Keyring.open(kept, SERVICE))


def person(number: str = "RLD-1", **changes: object) -> RldPerson:
    values: dict[str, object] = {
        "rld_number": number,
        "name_km": KHMER,
        "name_latin": "MAO CHANTHA",
        "birth_date": BORN,
        "sex": Sex.FEMALE,
        "province_code": "01",
    }
    return RldPerson(**(values | changes))  # type: ignore[arg-type]


def put(
    database: Database,
    personal: PersonalData,
    *people: RldPerson,
    merged_into: str | None = None,
    day: int = 0,
) -> register.Imported:
    rows = [RegisterRow(person=one, merged_into=merged_into) for one in people]
    now = NOW + timedelta(days=day)
    return database.write_now(register.put_rows, personal, rows, actor="operator", now=now)


@pytest.mark.anyio
async def test_who_was_imported_is_found_by_number_and_birth_date(
    database: Database, personal: PersonalData
) -> None:
    first, second = person(), person("RLD-2", protected=True, passport_name_latin="MAO CHANTHA")
    assert put(database, personal, first, second) == register.Imported(new=2, changed=0)
    rld = LocalRld(database, personal)
    assert await rld.get_persons(["RLD-1", "RLD-2", "RLD-3"]) == {
        "RLD-1": first,
        "RLD-2": second,
        "RLD-3": None,
    }
    found = await rld.find_persons(name_km="ក", name_latin="K", birth_date=BORN)
    assert {one.rld_number for one in found} == {"RLD-1", "RLD-2"}
    assert await rld.find_persons(name_km=KHMER, name_latin="", birth_date=date(1994, 3, 8)) == ()
    assert await rld.get_photo("photo-RLD-1") == Photo(state=PhotoState.NONE)


def test_nothing_of_a_record_lies_open(database: Database, personal: PersonalData) -> None:
    put(database, personal, person())
    put(database, personal, person(name_latin="MAO CHANTHY"), day=1)
    kept = database.read_now(everything)
    for text in ("MAO", "RLD-1", "1994-03-07", KHMER[:8]):
        assert text not in kept, text


def test_the_same_file_again_changes_nothing(database: Database, personal: PersonalData) -> None:
    put(database, personal, person())
    assert put(database, personal, person(), day=1) == register.Imported(new=0, changed=0)
    assert database.read_now(register.events_after, personal, "").events == ()


def test_what_an_import_changes_is_told_once_and_in_order(database: Database, personal: PersonalData) -> None:
    put(database, personal, *(person(f"RLD-{n}") for n in range(1, 5)))
    put(database, personal, person("RLD-1", name_latin="OTHER"), person("RLD-2", deceased=True), day=1)
    put(database, personal, person("RLD-3", protected=True), day=2)
    put(database, personal, person("RLD-4"), merged_into="RLD-1", day=3)
    page = database.read_now(register.events_after, personal, "")
    assert [(event.kind, event.rld_number, event.merged_into) for event in page.events] == [
        (EventKind.NAME_CORRECTED, "RLD-1", None),
        (EventKind.DIED, "RLD-2", None),
        (EventKind.PROTECTED, "RLD-3", None),
        (EventKind.MERGED, "RLD-4", "RLD-1"),
    ]
    assert database.read_now(register.events_after, personal, page.cursor).events == ()
    assert database.read_now(register.persons, personal, ["RLD-4"]) == []


def test_who_is_erased_is_in_it_no_more(database: Database, personal: PersonalData) -> None:
    put(database, personal, person(), person("RLD-2"))
    put(database, personal, person(deceased=True), day=1)
    owner = personal.person("RLD-1")
    assert personal.erase(database, owner, Sealed(personal).forget, at="2026-11-22T03:00:00Z")
    assert database.read_now(register.persons, personal, ["RLD-1"]) == []
    assert [one.rld_number for one in database.read_now(register.born_on, personal, BORN)] == ["RLD-2"]
    page = database.read_now(register.events_after, personal, "")
    assert page.events == ()
    assert page.cursor != ""
    assert database.read_now(_count) == 1
    put(database, personal, person(), day=2)
    assert database.read_now(register.persons, personal, ["RLD-1"]) == [person()]
    assert database.read_now(register.events_after, personal, "").events == ()


def _count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(register_person)) or 0
