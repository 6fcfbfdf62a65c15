"""What the simulated Returnee Labour Database holds, and what happens to its records."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from runtime.clock import SystemClock

BATCH = 100
"""Records, numbers and events in one answer."""

_BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)
# The smallest PNG there is: one grey point.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


class Registered(Protocol):
    """What the simulator is given about a person."""

    @property
    def rld_number(self) -> str: ...
    @property
    def name_km(self) -> str: ...
    @property
    def name_latin(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def sex(self) -> str: ...
    @property
    def province_code(self) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A person of the simulated database."""

    rld_number: str
    name_km: str
    name_latin: str
    birth_date: date
    sex: str
    province_code: str
    protected: bool = False
    deceased: bool = False
    photo: str = "none"
    passport_name_latin: str | None = None
    contact_reference: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The record as it is answered."""
        return {
            "rld_number": self.rld_number,
            "name_km": self.name_km,
            "name_latin": self.name_latin,
            "birth_date": self.birth_date.isoformat(),
            "sex": self.sex,
            "province_code": self.province_code,
            "protected": self.protected,
            "deceased": self.deceased,
            "photo": self.photo,
            "passport_name_latin": self.passport_name_latin,
            "contact_reference": self.contact_reference,
            "photo_reference": None if self.photo == "none" else f"photo-{self.rld_number}",
        }


class SimulatedRegister:
    """People, what happened to them, and the notices that were taken.

    With ``has_one_photo`` everybody has the same picture.
    """

    def __init__(self, people: Iterable[Registered]) -> None:
        self.has_one_photo = False
        self._people = {
            person.rld_number: Record(
                rld_number=person.rld_number,
                name_km=person.name_km,
                name_latin=person.name_latin,
                birth_date=person.birth_date,
                sex=str(person.sex),
                province_code=person.province_code,
                # Of every third person a passport was seen.
                passport_name_latin=person.name_latin if number % 3 == 0 else None,
            )
            for number, person in enumerate(people)
        }
        self._events: list[dict[str, Any]] = []
        self.notices: dict[str, dict[str, Any]] = {}
        """What it was told, by the id of the notice: one told twice is here once."""

    def persons(self, numbers: Iterable[str]) -> list[dict[str, Any]]:
        """The records of these numbers that it has."""
        return [self._people[number].as_json() for number in numbers if number in self._people]

    def find(self, name_km: str, name_latin: str, birth_date: str) -> list[dict[str, Any]]:
        """Everybody born that day whose name begins alike in one of the scripts."""
        return [
            person.as_json()
            for person in self._people.values()
            if person.birth_date.isoformat() == birth_date
            and (person.name_km[:1] == name_km[:1] or person.name_latin[:1] == name_latin[:1].upper())
        ][:BATCH]

    def members(self, numbers: Iterable[str]) -> dict[str, Any]:
        """As the NSSF: of one in ten nothing is known, one in ten is a member no more."""
        today = SystemClock().now().date().isoformat()
        return {
            "members": [
                {"rld_number": number, "active": _tenth(number) != 1, "active_on": today}
                for number in numbers
                if number in self._people and _tenth(number) != 0
            ]
        }

    def checks(self, numbers: Iterable[str]) -> dict[str, Any]:
        """As the medical department: of one in ten nothing is known, one in ten is not fit."""
        day = (SystemClock().now().date() - timedelta(days=30)).isoformat()
        return {
            "checks": [
                {
                    "rld_number": number,
                    "fit": _tenth(number) != 1,
                    "examined_on": day,
                    "consent_on": day,
                    "consent_by": "thumbprint",
                    # What goes no further, however it comes along.
                    "finding": "SIMULATED-FINDING",
                }
                for number in numbers
                if number in self._people and _tenth(number) != 0
            ]
        }

    def photo(self, reference: str) -> dict[str, Any]:
        """The picture that a record names, or why there is none."""
        person = self._people.get(reference.removeprefix("photo-"))
        state = "none" if person is None else person.photo
        # What follows the end of a PNG is not looked at: a file of one's own for everybody.
        image = _PICTURE + (b"" if self.has_one_photo else reference.encode())
        return {"state": state} | (
            {"image_base64": base64.b64encode(image).decode()} if state == "held" else {}
        )

    def take_notice(self, notice: dict[str, Any]) -> dict[str, Any]:
        """Keep a notice; the same one again changes nothing."""
        self.notices.setdefault(str(notice["notice_id"]), notice)
        return {"notice_id": notice["notice_id"]}

    def events(self, after: str) -> dict[str, Any]:
        """What happened behind the cursor ``after``, a page at a time."""
        start = int(after) if after.isascii() and after.isdigit() else 0
        page = self._events[start : start + BATCH]
        return {"events": page, "cursor": str(start + len(page))}

    def put(self, person: Registered, **flags: Any) -> None:
        """Register one more person, or say more of one; ``flags`` are those of ``Record``."""
        names = ("rld_number", "name_km", "name_latin", "birth_date", "sex", "province_code")
        self._people[person.rld_number] = Record(**{name: getattr(person, name) for name in names}, **flags)

    def happen(self, kind: str, rld_number: str, **details: str) -> str:
        """Let something happen to a record and be told of; the id of the event.

        ``merged`` needs ``merged_into``; ``name-corrected`` takes ``name_km`` and ``name_latin``.
        Raises ``KeyError`` for a number there is no record of.
        """
        person = self._people[rld_number]
        if kind == "merged":
            self._people[details["merged_into"]]
            del self._people[rld_number]
        elif kind == "died":
            self._people[rld_number] = replace(person, deceased=True)
        elif kind == "protected":
            self._people[rld_number] = replace(person, protected=True)
        elif kind == "name-corrected":
            names = {name: details[name] for name in ("name_km", "name_latin") if name in details}
            self._people[rld_number] = replace(person, **names)  # type: ignore[arg-type]
        else:
            raise KeyError(kind)
        number = len(self._events) + 1
        event = {
            "event_id": f"event-{number}",
            "kind": kind,
            "rld_number": rld_number,
            "happened_at": (_BEGINNING + timedelta(minutes=number)).isoformat(),
        }
        if kind == "merged":
            event["merged_into"] = details["merged_into"]
        self._events.append(event)
        return event["event_id"]


def _tenth(number: str) -> int:
    """0 to 9, as the last figure of a number has it."""
    return int(number[-1]) if number[-1].isdigit() else 0
