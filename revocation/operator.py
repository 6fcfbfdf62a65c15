"""What an operator does from the command line: ask for revocations, and export the published lists."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from revocation import acts, cases
from revocation.case_store import Case, Member
from revocation.cases import Delay
from revocation.published_files import PublishedUnreadable, read_published
from revocation.representations import REPRESENTATIONS
from revocation.service import files_of, journal_of
from revocation.values import Act, Reason, Revocation
from runtime.approvals import Approver
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.entropy import random_token
from runtime.secret_files import write_atomically
from runtime.settings import Settings, load_settings

_SERVICE: Final = "revocation"
# Not a person: nobody signs in as it, so whoever agrees is another.
OPERATOR: Final = Approver(subject="operator", name="The command line", identity="operator")
MANIFEST: Final = "manifest.json"


def revoke_as_asked(credential_ids: Sequence[str], *, case: str) -> int:
    """Revoke what the holders asked for; returns how many were in force. Raises ``NotFound``."""
    with _database() as (settings, database):
        act = Act(
            reason=Reason.HOLDER_REQUEST.value,
            actor=OPERATOR.subject,
            request_id=random_token(80),
            note=case,
        )
        done = database.write_now(
            acts.revoke,
            journal_of(settings),
            [Revocation(credential_id=name, act=act) for name in dict.fromkeys(credential_ids)],
            now=SystemClock().now(),
        )
    return sum(item.is_new for item in done)


def ask_to_revoke(credential_ids: Sequence[str], *, reason: Reason, case: str) -> str:
    """Open a case and lay it before an officer; returns the URL of its page. Raises ``NotFound``."""
    now = SystemClock().now()
    case_id = random_token(60).lower()
    opened = Case(
        case_id=case_id,
        reason=reason,
        note=case,
        evidence=None,
        criteria=None,
        opened_by=OPERATOR.subject,
        opened_at=now,
    )
    members = [
        Member(credential_id=name, centre="", kind="", issued_on="") for name in dict.fromkeys(credential_ids)
    ]
    with _database() as (settings, database):
        delay = Delay(
            above=settings.mass_revocation_count,
            wait=timedelta(minutes=settings.mass_revocation_delay_minutes),
        )
        database.write_now(cases.open_case, opened, members)
        database.write_now(cases.ask_to_revoke, case_id, officer=OPERATOR, delay=delay, now=now)
        return f"{settings.base_url}/revocation/cases/{case_id}"


def export_lists(folder: Path) -> tuple[int, int]:
    """Copy every published document below ``folder``; how many were written, and how many were kept.

    A document that stands there already in the same or a newer version is kept.
    """
    files = files_of(load_settings())
    written = kept = 0
    manifest: dict[str, dict[str, str]] = {}
    for list_id in files.list_ids():
        for item in REPRESENTATIONS.values():
            file = files.read_or_none(list_id, item.name)
            if file is None:
                continue
            place = f"status/{item.path(list_id)}"
            target = folder / place
            if _is_newer(file.body, target, item.name):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(target, file.body)
                target.chmod(0o644)
                written += 1
            else:
                kept += 1
            manifest[place] = {
                "mediaType": item.media_type,
                "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            }
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
    (folder / MANIFEST).chmod(0o644)
    return written, kept


def _is_newer(body: bytes, target: Path, name: str) -> bool:
    if not target.exists():
        return True
    try:
        standing = read_published(target.read_bytes(), name)
    except PublishedUnreadable:
        return True  # somebody else's file, or half of one: ours is whole
    return read_published(body, name).version > standing.version


@contextmanager
def _database() -> Iterator[tuple[Settings, Database]]:
    settings = load_settings()
    database = Database.open(settings, _SERVICE)
    try:
        yield settings, database
    finally:
        database.close()
