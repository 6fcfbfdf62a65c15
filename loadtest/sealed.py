"""What sealing costs the issuer's store, as ratios to the same work with nothing sealed, in one run.

    python -m loadtest.sealed [--rows 1000] [--rounds 5]

Every round takes a class list through the store's steps twice, sealed and plain, each in an SQLite
file of its own; the figure of a step is the median of its rounds. Plain is ``issuer.store`` itself
given the same details, which it too writes as JSON and reads again. What was sealed must come out as it
went in, or nothing is printed.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from issuer import reservations, store
from issuer.sealed import Sealed
from issuer.unsealed import Details
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.entropy import random_token
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.personal_data_table import GENERAL
from runtime.settings import Settings

CHUNK = 100
DOCUMENT = b"d" * 2500
Step = Callable[[], None]
Steps = dict[str, Step]


class Bench:
    """An issuer's store in a folder of its own, with one centre."""

    def __init__(self, folder: Path, rows: int) -> None:
        settings = Settings(data_dir=folder)
        self.database = Database.open(settings, "issuer")
        self.database.upgrade()
        self.sealed = Sealed(PersonalData.open(settings, Keyring.open(settings, "issuer")))
        self.rows = rows
        self.now = SystemClock().now()
        names = {"name_en": "Centre", "name_km": "Centre", "place": "Place", "number_prefix": "C"}
        self.database.write_now(store.register_centre, {"slug": "centre", "did": "did:web:c", **names})

    def steps(self, *, sealed: bool) -> Steps:
        """The steps of one class list of new people, to be run in this order."""
        class_id = random_token(60)
        new = self._new_class(class_id)
        intents = [self._intent(row) for row in new.rows]
        return self._sealed_steps(new, intents) if sealed else self._plain_steps(new, intents)

    def _new_class(self, class_id: str) -> store.NewClass:
        at = self.now.isoformat()
        values = {
            "id": class_id,
            "centre_slug": "centre",
            "kind": "rpl",
            "data_class": GENERAL,
            "filename": "list.csv",
            "original": b"x" * 100 * self.rows,
            "uploaded_by": "clerk",
            "uploaded_at": at,
            "state": store.ISSUING,
            "row_count": self.rows,
            "problems": "[]",
            "not_passed": 0,
        }
        rows = [
            {
                "class_id": class_id,
                "row": number,
                "data_class": GENERAL,
                "title": "Bricklayer",
                "award_key": random_token(128),
                "certificate_number": None,
                "details": _details(f"RLD-{class_id}-{number}"),
            }
            for number in range(self.rows)
        ]
        return store.NewClass(values=values, rows=rows)

    def _intent(self, row: dict[str, Any]) -> dict[str, Any]:
        named = {name: random_token(128) for name in ("intent_id", "credential_id", "token")}
        fixed = {"cryptosuite": "eddsa-jcs-2022", "key_id": "centre-1", "state": store.RESERVED}
        kept = {name: value for name, value in row.items() if name != "title"}
        created = self.now.isoformat()
        return {
            **kept,
            **named,
            **fixed,
            "centre_slug": "centre",
            "code": random_token(60),
            "created": created,
        }

    def _sealed_steps(self, new: store.NewClass, intents: Sequence[dict[str, Any]]) -> Steps:
        class_id = new.values["id"]
        people = {i["intent_id"]: self.sealed.personal.person(i["details"].rld_number) for i in intents}
        named = [
            {"intent_id": intent_id, "person": person, "data_class": GENERAL}
            for intent_id, person in people.items()
        ]
        opened: list[Details] = []

        def read_rows() -> None:
            opened.extend(row.details for row in self.database.read_now(self.sealed.rows_of, class_id))

        def check() -> None:
            if opened != [row["details"] for row in new.rows]:
                raise SystemExit("a wrong answer is not worth timing")

        return {
            "add_class": lambda: self.database.write_now(self.sealed.add_class, new),
            "rows_of": read_rows,
            "reserve": lambda: self._chunks(self.sealed.reserve, intents),
            "intents_in": lambda: self._read(self.sealed.intents_in, class_id, store.RESERVED),
            "record_intents": lambda: self._chunks(self.sealed.record_intents, _with_document(named)),
            "intents_in again": lambda: self._read(self.sealed.intents_in, class_id, store.INTENDED),
            "record_issued": lambda: self._chunks(self.sealed.record_issued, self._made(named)),
            "": check,
        }

    def _plain_steps(self, new: store.NewClass, intents: Sequence[dict[str, Any]]) -> Steps:
        class_id = new.values["id"]
        values = new.values | {"filename": b"list.csv", "problems": b"[]"}
        named = [{"intent_id": intent["intent_id"]} for intent in intents]
        return {
            "add_class": lambda: self.database.write_now(
                store.add_class, store.NewClass(values=values, rows=[_unsealed(row) for row in new.rows])
            ),
            "rows_of": lambda: _read_details(self.database.read_now(store.rows_of, class_id)),
            "reserve": lambda: self._chunks(reservations.reserve, [_unsealed(intent) for intent in intents]),
            "intents_in": lambda: self._read(_intents_with_details, class_id, store.RESERVED),
            "record_intents": lambda: self._chunks(store.record_intents, _with_document(named)),
            "intents_in again": lambda: self._read(store.issuances_in, class_id, store.INTENDED),
            "record_issued": lambda: self._chunks(store.record_issued, self._made(named)),
        }

    def _made(self, named: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        made = {"secured": DOCUMENT, "digest": b"digest", "sha256": "00", "issued_at": self.now.isoformat()}
        return [item | made for item in named]

    def _chunks(self, write: Callable[..., object], items: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(items), CHUNK):
            self.database.write_now(write, items[start : start + CHUNK])

    def _read(self, read: Callable[..., Sequence[Any]], class_id: str, state: str) -> None:
        """As often as the issuer reads a chunk of intents, the rest of its loop left out."""
        for _ in range(0, self.rows, CHUNK):
            self.database.read_now(read, class_id, state, CHUNK)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line per step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        sealing, plain = Bench(Path(one), options.rows), Bench(Path(other), options.rows)
        for _ in range(options.rounds):
            sealed, unsealed = _run(sealing.steps(sealed=True)), _run(plain.steps(sealed=False))
            for name, seconds in unsealed.items():
                times.setdefault(name, []).append((sealed[name], seconds))
    _print(times)


def _run(steps: Steps) -> dict[str, float]:
    taken = {}
    for name, step in steps.items():
        start = time.perf_counter()
        step()
        taken[name] = time.perf_counter() - start
    return taken


def _print(times: dict[str, list[tuple[float, float]]]) -> None:
    sys.stdout.write(f"{'step':<20} {'sealed ms':>10} {'plain ms':>10} {'ratio':>7}\n")
    rounds = [
        (sum(s for s, _ in pairs), sum(p for _, p in pairs)) for pairs in zip(*times.values(), strict=True)
    ]
    for name, pairs in [*times.items(), ("all steps", rounds)]:
        sealed = statistics.median(pair[0] for pair in pairs) * 1e3
        plain = statistics.median(pair[1] for pair in pairs) * 1e3
        ratio = statistics.median(s / p for s, p in pairs)
        sys.stdout.write(f"{name:<20} {sealed:>10.1f} {plain:>10.1f} {ratio:>7.2f}\n")


def _details(rld_number: str) -> Details:
    units = [{"unitCode": f"U{n}", "unitTitle": "Lay bricks to a line", "unitResult": "C"} for n in range(8)]
    named = {"nameKhmer": "សុខ ដារា", "nameLatin": "SOK DARA", "birthDate": "1990-01-01"}
    subject: dict[str, Any] = {**named, "unitsOfCompetency": units}
    return Details(
        rld_number=rld_number,
        credential_type="RPLCertificate",
        name="Bricklayer",
        subject=subject,
        valid_until=None,
    )


def _unsealed(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name != "details"}
    return {**kept, "person": row["details"].rld_number, "dataset": row["details"].to_bytes()}


def _intents_with_details(
    connection: store.Connection, class_id: str, state: str, limit: int
) -> Sequence[store.Record]:
    records = store.issuances_in(connection, class_id, state, limit)
    _read_details(records)
    return records


def _with_document(named: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item | {"document": DOCUMENT, "proof_config": b"{}"} for item in named]


def _read_details(records: Sequence[store.Record]) -> None:
    for record in records:
        Details.from_bytes(record.dataset)


if __name__ == "__main__":
    main()
