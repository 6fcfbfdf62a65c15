"""``issuer.sealed`` on both databases: what is kept opens for us only, and not for who was erased."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from issuer import people_store, store
from issuer.identity_link.name_search import NamedPerson
from issuer.sealed import Sealed
from issuer.unsealed import Details
from runtime import keyring as keyring_module
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData, SealBroken
from runtime.personal_data_table import GENERAL, HEALTH
from runtime.settings import Settings
from tests.stores.issuer_rows import NOW, centre, intent
from vc.errors import NotFound

SERVICE = "issuer"
KHMER = "ម៉ៅ ចាន់ថា"
SHEET = f"RLD-1,{KHMER},SOK DARA".encode()
AT = "2026-11-22T03:00:00Z"


@pytest.fixture
def sealed(settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealed:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    kept = settings.model_copy(update={"data_dir": tmp_path / "data"})
    database.write_now(store.register_centre, centre())
    return Sealed(PersonalData.open(kept, Keyring.open(kept, SERVICE)))


def details(number: int) -> Details:
    subject: dict[str, Any] = {
        "nameKhmer": KHMER,
        "nameLatin": f"SOK DARA {number}",
        "birthDate": "1990-02-01",
    }
    return Details(
        rld_number=f"RLD-{number}",
        credential_type="RPLCertificate",
        name="Bricklayer",
        subject=subject,
        valid_until=None,
    )


def new_class(rows: int, data_class: str = GENERAL) -> store.NewClass:
    values = {
        "id": "class",
        "centre_slug": "poipet",
        "kind": "rpl",
        "data_class": data_class,
        "filename": f"{KHMER}.csv",
        "original": SHEET,
        "uploaded_by": "clerk",
        "uploaded_at": NOW.isoformat(),
        "state": store.ISSUING,
        "row_count": rows,
        "problems": '[{"message": "SOK DARA"}]',
        "not_passed": 0,
    }
    row = {"class_id": "class", "title": "Bricklayer", "certificate_number": None}
    return store.NewClass(
        values=values,
        rows=[
            {**row, "row": number, "award_key": f"award-{number}", "details": details(number)}
            for number in range(rows)
        ],
    )


def plain_intent(number: int) -> dict[str, Any]:
    values = intent(str(number), row=number) | {"details": details(number)}
    return {name: value for name, value in values.items() if name not in ("person", "dataset")}


def person(sealed: Sealed, number: int) -> str:
    return sealed.personal.person(f"RLD-{number}")


def fill(database: Database, sealed: Sealed, *, issued: bool = True) -> None:
    """A class list of two, reserved, and issued unless told otherwise."""
    database.write_now(sealed.add_class, new_class(2))
    database.write_now(sealed.reserve, [plain_intent(number) for number in range(2)])
    if not issued:
        return
    named = [
        {"intent_id": f"intent-{n}", "person": person(sealed, n), "data_class": GENERAL} for n in range(2)
    ]
    database.write_now(
        sealed.record_intents, [{**item, "document": SHEET, "proof_config": b"{}"} for item in named]
    )
    made = {"secured": SHEET, "digest": b"digest", "sha256": "00", "issued_at": NOW.isoformat()}
    database.write_now(sealed.record_issued, [{**item, **made} for item in named])


def everything(connection: Connection) -> str:
    tables = (table for table in store.metadata.sorted_tables if not table.name.startswith("audit"))
    return repr([tuple(row) for table in tables for row in connection.execute(select(table))])


def erase(database: Database, sealed: Sealed, number: int) -> None:
    assert sealed.personal.erase(database, person(sealed, number), sealed.forget, at=AT)


def test_nothing_that_was_given_lies_in_the_database_and_all_of_it_comes_back(
    database: Database, sealed: Sealed
) -> None:
    fill(database, sealed)
    kept = database.read_now(everything)
    for text in ("SOK DARA", "RLD-", KHMER[:8], KHMER[:8].encode("unicode_escape").decode()):
        assert text not in kept, text
    sheet = database.read_now(sealed.get_class, "class", "poipet")
    assert (sheet.filename, sheet.original, sheet.problems) == (
        f"{KHMER}.csv",
        SHEET,
        '[{"message": "SOK DARA"}]',
    )
    assert [item.filename for item in database.read_now(sealed.classes_of, "poipet", {GENERAL})] == [
        f"{KHMER}.csv"
    ]
    assert [row.details for row in database.read_now(sealed.rows_of, "class")] == [details(0), details(1)]
    found = database.read_now(sealed.issued, store.issued_by_token, "token-1")
    assert (found.details, found.document, found.secured) == (details(1), SHEET, SHEET)


def test_who_is_erased_is_skipped_and_others_are_not(database: Database, sealed: Sealed) -> None:
    fill(database, sealed)
    erase(database, sealed, 0)
    with pytest.raises(NotFound):
        database.read_now(sealed.issued, store.issued_by_token, "token-0")
    assert database.read_now(store.undelivered) == ["intent-1"]
    assert [row.row for row in database.read_now(sealed.rows_of, "class")] == [1]
    assert [item.row for item in database.read_now(sealed.intents_in, "class", store.ISSUED)] == [1]
    opened = database.read_now(sealed.issued_by_intents, ["intent-0", "intent-1"])
    assert [item.row for item in opened] == [1]


def test_the_sheet_goes_with_the_first_who_is_erased_from_it(database: Database, sealed: Sealed) -> None:
    fill(database, sealed)
    erase(database, sealed, 0)
    sheet = database.read_now(sealed.get_class, "class", "poipet")
    assert (sheet.original, sheet.problems, sheet.row_count) == (None, "[]", 2)


def test_a_class_list_is_finished_without_who_was_erased_meanwhile(
    database: Database, sealed: Sealed
) -> None:
    fill(database, sealed, issued=False)
    erase(database, sealed, 0)
    late = {"intent_id": "intent-0", "person": person(sealed, 0), "data_class": GENERAL}
    database.write_now(sealed.record_intents, [{**late, "document": SHEET, "proof_config": b"{}"}])
    assert [item.row for item in database.read_now(sealed.intents_in, "class", store.RESERVED)] == [1]
    assert database.read_now(sealed.intents_in, "class", store.INTENDED) == ()
    database.write_now(sealed.reserve, [plain_intent(0)])
    assert [item.row for item in database.read_now(sealed.intents_in, "class", store.RESERVED)] == [1]


def test_an_abandoned_intent_of_who_was_erased_is_closed_without_successor(
    database: Database, sealed: Sealed
) -> None:
    fill(database, sealed, issued=False)
    prepared = {"document": SHEET, "proof_config": b"{}"}
    intents = [
        {"intent_id": f"intent-{n}", "person": person(sealed, n), "data_class": GENERAL, **prepared}
        for n in range(2)
    ]
    database.write_now(sealed.record_intents, intents)
    database.write_now(store.begin_signing, ["intent-0", "intent-1"], AT)
    erase(database, sealed, 0)
    database.write_now(store.abandon, ["intent-0", "intent-1"])
    heirs = {}
    for n in range(2):
        heir = {"intent_id": f"heir-{n}", "token": f"heir-{n}", "code": f"h-{n}", "credential_id": f"h-{n}"}
        heirs[f"intent-{n}"] = {**plain_intent(n), **heir}
        del heirs[f"intent-{n}"]["details"]
    database.write_now(sealed.retire, heirs)
    assert database.read_now(store.issuances_in, "class", store.ABANDONED) == []
    (left,) = database.read_now(sealed.intents_in, "class", store.RESERVED)
    assert (left.intent_id, left.details) == ("heir-1", details(1))


def test_a_value_moved_to_another_row_does_not_open(database: Database, sealed: Sealed) -> None:
    fill(database, sealed)

    def swap(connection: Connection) -> None:
        table = store.issuance
        query = select(table.c.secured, table.c.person).where(table.c.intent_id == "intent-0")
        moved, owner = connection.execute(query).one()
        connection.execute(
            update(table).where(table.c.intent_id == "intent-1").values(secured=moved, person=owner)
        )

    database.write_now(swap)
    with pytest.raises(SealBroken):
        database.read_now(sealed.issued, store.issued_by_token, "token-1")


def found(database: Database, sealed: Sealed, slug: str = "poipet") -> set[str]:
    wanted = NamedPerson(name_km="ម៉ៅ", name_latin="", birth_date=date(1990, 2, 1))
    terms = sealed.terms(wanted)
    return {record.intent_id for record in database.read_now(people_store.issued_to_found, slug, terms)}


def test_people_are_found_by_terms_that_say_nothing_until_they_are_erased(
    database: Database, sealed: Sealed
) -> None:
    fill(database, sealed)
    assert found(database, sealed) == {"intent-0", "intent-1"}
    assert found(database, sealed, "another-centre") == set()
    assert "1990-02-01" not in database.read_now(everything)
    erase(database, sealed, 0)
    assert found(database, sealed) == {"intent-1"}


def test_a_person_who_is_certified_again_is_found_by_old_and_new_names(
    database: Database, sealed: Sealed
) -> None:
    fill(database, sealed)
    again = plain_intent(7) | {
        "details": replace(details(0), subject={**details(0).subject, "nameKhmer": "ហេង"})
    }
    database.write_now(sealed.reserve, [again])
    assert found(database, sealed) == {"intent-0", "intent-1"}


def test_health_data_lies_under_keys_of_its_own(database: Database, sealed: Sealed) -> None:
    database.write_now(sealed.add_class, new_class(2, HEALTH))
    assert [row.details for row in database.read_now(sealed.rows_of, "class")] == [details(0), details(1)]
    assert database.read_now(sealed.classes_of, "poipet", {GENERAL}) == ()
    owner = person(sealed, 0)
    assert owner in database.read_now(sealed.personal.keys, [owner], HEALTH)
    assert owner not in database.read_now(sealed.personal.keys, [owner], GENERAL)
    intents = [plain_intent(number) | {"data_class": HEALTH} for number in range(2)]
    database.write_now(sealed.reserve, intents)
    kept = database.read_now(sealed.intents_in, "class", store.RESERVED)
    assert [intent.details for intent in kept] == [details(0), details(1)]
    erase(database, sealed, 0)
    assert [row.row for row in database.read_now(sealed.rows_of, "class")] == [1]


def test_a_row_moved_to_another_class_of_data_does_not_open(database: Database, sealed: Sealed) -> None:
    database.write_now(sealed.add_class, new_class(1, HEALTH))
    database.write_now(sealed.personal.ensure_keys, [person(sealed, 0)])
    database.write_now(
        lambda connection: connection.execute(update(store.class_row).values(data_class=GENERAL))
    )
    with pytest.raises(SealBroken):
        database.read_now(sealed.rows_of, "class")
