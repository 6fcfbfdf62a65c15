"""What operators do at the command line: the same transactions as the pages, on the same database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import load_settings
from trust_registry import store
from trust_registry.model import Register

_SERVICE = "trust_registry"


@contextmanager
def _database() -> Iterator[Database]:
    database = Database.open(load_settings(), _SERVICE)
    try:
        database.upgrade()
        yield database
    finally:
        database.close()


def register_lines() -> Sequence[str]:
    """Every accreditation and licence with its state now, a line each."""
    with _database() as database:
        return tuple(_lines(database.read_now(store.read_register), SystemClock().now()))


def _lines(register: Register, now: datetime) -> Iterator[str]:
    for entry in register.accreditations:
        granted = entry.granted
        what = (
            "any" if granted.qualification_codes is None else ", ".join(sorted(granted.qualification_codes))
        )
        yield (
            f"accreditation {entry.id}  {granted.organisation_id}  {entry.state_at(now).value}  "
            f"{', '.join(sorted(granted.credential_types))}: {what}"
        )
    for licence in register.licences:
        yield (
            f"licence {licence.number}  {licence.facts.licence_class.value}  "
            f"{licence.state_at(now).value}  {licence.facts.names['en']}"
        )
