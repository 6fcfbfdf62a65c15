"""Where a sealed value stands, and who owns the key it is sealed under: shared by what seals and opens."""

from collections.abc import Mapping
from typing import Any

from runtime.personal_data import DataKeys, PersonalData, Place


def sheet_owner(personal: PersonalData, class_id: str) -> str:
    """The owner of the key of an uploaded sheet, which is about several people."""
    return personal.blind_index("class", class_id)


def seal_row(keys: DataKeys, person: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``class_row``, its plain ``details`` sealed under the key of its person."""
    values = {name: value for name, value in row.items() if name != "details"}
    where = row_place(row["class_id"], row["row"])
    return {**values, "person": person, "dataset": keys.seal(person, row["details"].to_bytes(), where)}


def row_place(class_id: str, row: int) -> Place:
    """Where the details of a row of a class list stand."""
    return place("class_row", f"{class_id}|{row}", "dataset")


def place(table: str, row: str, column: str) -> Place:
    """Where one sealed value stands."""
    return Place(table=table, row=row, column=column)
