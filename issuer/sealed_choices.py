"""Between service and store: who is meant by a row without number, sealed with the sheet it stands in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from issuer import link_store
from issuer.sealing import place, seal_row, sheet_owner
from issuer.store import Connection, NewClass, Record
from runtime.personal_data import DataErased, DataKeys, PersonalData
from vc.errors import NotFound


class Sheet(Protocol):
    """What is needed of a class list to open what is sealed with it."""

    @property
    def id(self) -> str: ...
    @property
    def data_class(self) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Who may be meant by a row without number. ``chosen`` is the number chosen, None where nobody is."""

    row: int
    candidates: Sequence[Mapping[str, Any]]
    chosen: str | None
    is_decided: bool


class SealedChoices:
    """Every method takes the connection of one transaction first."""

    def __init__(self, personal: PersonalData) -> None:
        """``personal`` are the keys of the issuer."""
        self._personal = personal

    def of_class(self, connection: Connection, sheet: Sheet) -> tuple[Choice, ...]:
        """Who may be, or is, meant by rows without number; none once the sheet was destroyed."""
        owner = sheet_owner(self._personal, sheet.id)
        keys = self._personal.keys(connection, [owner], sheet.data_class)
        if owner not in keys:
            return ()
        return tuple(_open_choice(keys, owner, one) for one in link_store.choices_of(connection, sheet.id))

    def decide(
        self,
        connection: Connection,
        sheet: Sheet,
        row: int,
        position: int | None,
        *,
        actor: str,
        now: datetime,
    ) -> None:
        """Record that the candidate at ``position`` is meant, or nobody.

        Raises ``ConflictError``, ``NotFound``.
        """
        standing = {choice.row: choice for choice in self.of_class(connection, sheet)}
        candidates = standing[row].candidates if row in standing else ()
        sealed = None
        if position is not None:
            if position >= len(candidates):
                raise NotFound("There is no such candidate.")
            owner = sheet_owner(self._personal, sheet.id)
            number = str(candidates[position]["rld_number"]).encode()
            keys = self._personal.keys(connection, [owner], sheet.data_class)
            sealed = keys.seal(owner, number, place("link_choice", f"{sheet.id}|{row}", "chosen"))
        link_store.decide_choice(connection, sheet.id, row, sealed, actor=actor, now=now)

    def refill(self, connection: Connection, new: NewClass, *, actor: str, now: datetime) -> None:
        """``link_store.refill``: ``problems`` and the rows' ``details`` plain.

        Raises ``DataErased`` where the sheet was destroyed meanwhile.
        """
        class_id, data_class = new.values["id"], new.values["data_class"]
        owner = sheet_owner(self._personal, class_id)
        sheet = self._personal.keys(connection, [owner], data_class)
        if owner not in sheet:
            raise DataErased("The uploaded list is not kept any more.")
        problems = sheet.seal(
            owner, new.values["problems"].encode(), place("class_list", class_id, "problems")
        )
        people = {row["row"]: self._personal.person(row["details"].rld_number) for row in new.rows}
        keys = self._personal.ensure_keys(connection, people.values(), data_class)
        rows = [seal_row(keys, people[row["row"]], row | {"data_class": data_class}) for row in new.rows]
        values = {"problems": problems, "not_passed": new.values["not_passed"]}
        link_store.put_choices(connection, class_id, seal_choices(sheet, owner, new))
        slug = new.values["centre_slug"]
        link_store.refill(connection, class_id, slug, values, rows, actor=actor, now=now)


def seal_choices(keys: DataKeys, owner: str, new: NewClass) -> list[dict[str, Any]]:
    """The open choices of a new class list, as ``link_store.put_choices`` takes them."""
    class_id = new.values["id"]
    return [
        {
            "row": choice["row"],
            "candidates": keys.seal(
                owner,
                json.dumps(choice["candidates"], ensure_ascii=False).encode(),
                place("link_choice", f"{class_id}|{choice['row']}", "candidates"),
            ),
        }
        for choice in new.choices
    ]


def _open_choice(keys: DataKeys, owner: str, record: Record) -> Choice:
    name = f"{record.class_id}|{record.row}"
    candidates = keys.unseal(owner, record.candidates, place("link_choice", name, "candidates"))
    chosen = None
    if record.chosen is not None:
        chosen = keys.unseal(owner, record.chosen, place("link_choice", name, "chosen")).decode()
    return Choice(
        row=record.row,
        candidates=json.loads(candidates),
        chosen=chosen,
        is_decided=record.decided_at is not None,
    )
