"""Auditing what is published and repairing what only a person may repair, for the command line."""

from collections.abc import Sequence

from revocation import fsck, ledger
from revocation.publisher import KEY_ID
from revocation.service import files_of, journal_of
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.settings import load_settings
from vc.errors import NotFound

_SERVICE = "revocation"


def find_differences() -> Sequence[str] | None:
    """What differs between the published lists and the log, a line each; None before any key exists."""
    settings = load_settings()
    try:
        public_key = Keyring.open(settings, _SERVICE).public_key(KEY_ID)
    except NotFound:
        return None
    database = Database.open(settings, _SERVICE)
    try:
        found = database.read_now(
            fsck.check_published, files_of(settings), public_key, base_url=settings.base_url
        )
    finally:
        database.close()
    return [
        f"list {item.list_id} {item.representation}"
        f"{'' if item.index is None else f' index {item.index}'}: {item.detail}"
        for item in found
    ]


def recover_registry() -> None:
    """Bring database, journal and published lists together. Raises ``PassportError`` where it cannot."""
    settings = load_settings()
    database = Database.open(settings, _SERVICE)
    try:
        database.upgrade()
        published = tuple(files_of(settings).bits())
        database.write_now(ledger.recover, journal_of(settings), published, now=SystemClock().now())
    finally:
        database.close()
