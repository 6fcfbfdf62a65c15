"""Status notes: since when a bit is set, in a signed document beside the list.

A bit cannot say since when. The notes can, from the same log; they only ever add to a verdict,
so a verifier without them still knows *that* a credential is revoked, and says "since: not known".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.status.check import issuer_of, time_or_none
from vc.status.entries import StatusEntry
from vc.status.fold import ChangeKind

NOTES_CREDENTIAL_TYPE = "StatusNotesCredential"
NOTES_TYPE = "StatusNotes"

_LIST_URL = re.compile(
    r"(https?://[^/?#]+(?:/[^?#]*)?)/status/(?:lists|suspensions)/([A-Za-z0-9_-]{1,64})/[a-z0-9-]{1,64}"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_KINDS = {kind.value: kind for kind in ChangeKind if kind.is_end or kind is ChangeKind.SUSPENDED}
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,14})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusNote:
    """What is said about one index: the kind of change, the day (UTC), what replaces it."""

    kind: ChangeKind
    since: date
    successor: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedStatusNotes:
    """Status notes whose proof is valid. ``list_urls`` are the lists they speak about."""

    url: str
    issuer: str
    list_urls: frozenset[str]
    notes: Mapping[int, StatusNote]
    valid_from: datetime
    digest: str


def notes_url(list_url: str) -> str | None:
    """Where the notes to a list of this product stand; None for a list of any other shape."""
    match = _LIST_URL.fullmatch(list_url)
    return None if match is None else f"{match[1]}/status/notes/{match[2]}"


def note_for(entry: StatusEntry, notes: VerifiedStatusNotes) -> StatusNote | None:
    """The note about ``entry``, or None where these notes do not speak about it."""
    return notes.notes.get(entry.index) if entry.list_url in notes.list_urls else None


def parse_status_notes(
    verified_document: Mapping[str, JsonValue], *, url: str, digest: str
) -> VerifiedStatusNotes:
    """Read status notes out of the document their *valid* proof covers.

    Raises ``MalformedValue`` with the pointer of the first member of the wrong shape. The caller
    requires that the issuer is the list's.
    """
    types = verified_document.get("type")
    if not isinstance(types, list) or NOTES_CREDENTIAL_TYPE not in types:
        raise MalformedValue("The document holds no status notes.", pointer="/type")
    if verified_document.get("id") != url:
        raise MalformedValue("The notes do not carry the URL they were got from.", pointer="/id")
    valid_from = time_or_none(verified_document, "validFrom")
    if valid_from is None:
        raise MalformedValue("The notes must say since when they hold.", pointer="/validFrom")
    subject = verified_document.get("credentialSubject")
    if not isinstance(subject, dict):
        raise MalformedValue("The notes have no subject.", pointer="/credentialSubject")
    return VerifiedStatusNotes(
        url=url,
        issuer=issuer_of(verified_document),
        list_urls=_list_urls(subject.get("statusListCredential")),
        notes=_parse_notes(subject.get("statusNote")),
        valid_from=valid_from,
        digest=digest,
    )


def _list_urls(value: JsonValue) -> frozenset[str]:
    items = value if isinstance(value, list) else []
    urls = frozenset(item for item in items if isinstance(item, str))
    if not urls:
        raise MalformedValue("The notes name no list.", pointer="/credentialSubject/statusListCredential")
    return urls


def _parse_notes(value: JsonValue) -> Mapping[int, StatusNote]:
    pointer = "/credentialSubject/statusNote"
    if not isinstance(value, list):
        raise MalformedValue("An array of notes is expected.", pointer=pointer)
    notes: dict[int, StatusNote] = {}
    for position, item in enumerate(value):
        index, note = _parse_note(item, f"{pointer}/{position}")
        if index in notes:
            raise MalformedValue("An index stands in the notes twice.", pointer=f"{pointer}/{position}")
        notes[index] = note
    return notes


def _parse_note(value: JsonValue, pointer: str) -> tuple[int, StatusNote]:
    if not isinstance(value, dict):
        raise MalformedValue("A note must be an object.", pointer=pointer)
    index, kind = value.get("statusListIndex"), value.get("state")
    successor = value.get("successor")
    if not isinstance(index, str) or _INDEX.fullmatch(index) is None:
        raise MalformedValue("The index must be decimal digits.", pointer=f"{pointer}/statusListIndex")
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise MalformedValue("The state is not known.", pointer=f"{pointer}/state")
    if successor is not None and not isinstance(successor, str):
        raise MalformedValue("The successor must be a URL.", pointer=f"{pointer}/successor")
    day = _parse_day(value.get("effectiveDay"), f"{pointer}/effectiveDay")
    return int(index), StatusNote(kind=known, since=day, successor=successor)


def _parse_day(value: JsonValue, pointer: str) -> date:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise MalformedValue("The day must be an ISO 8601 date.", pointer=pointer)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise MalformedValue("There is no such day.", pointer=pointer) from error
