"""Status notes: built from the fold, read back, and never speaking about another list."""

from datetime import UTC, date, datetime, timedelta

import pytest

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.status.documents import build_status_notes
from vc.status.entries import StatusEntry, StatusPurpose
from vc.status.fold import ChangeKind, IndexState
from vc.status.notes import StatusNote, note_for, notes_url, parse_status_notes

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
URL = "https://passport.example/status/notes/a1"
LIST = "https://passport.example/status/lists/a1/eddsa-jcs-2022"
REVOKED = IndexState(kind=ChangeKind.REVOKED, since=NOW, successor=None)
SUPERSEDED = IndexState(kind=ChangeKind.SUPERSEDED, since=NOW, successor="urn:uuid:1")


def document(states: dict[int, IndexState] | None = None) -> dict[str, JsonValue]:
    return build_status_notes(
        url=URL,
        context="https://passport.example/contexts/v1",
        issuer="did:web:passport.example:status",
        list_urls=[LIST],
        states={99: REVOKED, 7: SUPERSEDED} if states is None else states,
        valid_from=NOW,
        valid_until=NOW + timedelta(hours=24),
    )


def entry(index: int, list_url: str = LIST) -> StatusEntry:
    return StatusEntry(purpose=StatusPurpose.REVOCATION, index=index, list_url=list_url, pointer="")


def test_notes_are_read_back_as_they_were_built() -> None:
    notes = parse_status_notes(document(), url=URL, digest="d")
    day = date(2026, 11, 22)
    assert notes.notes == {
        7: StatusNote(kind=ChangeKind.SUPERSEDED, since=day, successor="urn:uuid:1"),
        99: StatusNote(kind=ChangeKind.REVOKED, since=day),
    }


def test_notes_do_not_depend_on_the_order_of_the_facts() -> None:
    assert document({7: SUPERSEDED, 99: REVOKED}) == document({99: REVOKED, 7: SUPERSEDED})


def test_notes_name_no_reason_no_hour_and_no_person() -> None:
    text = repr(document())
    assert "23:30" not in text.replace("2026-11-22T23:30:00.000Z", "").replace("2026-11-23T23:30", "")
    assert "reason" not in text
    assert "actor" not in text


def test_a_note_is_found_for_its_list_only() -> None:
    notes = parse_status_notes(document(), url=URL, digest="d")
    assert note_for(entry(99), notes) is not None
    assert note_for(entry(98), notes) is None
    assert note_for(entry(99, LIST + "x"), notes) is None


@pytest.mark.parametrize(
    ("list_url", "expected"),
    [
        (LIST, URL),
        ("http://127.0.0.1:8000/status/lists/a1/eddsa-rdfc-2022", "http://127.0.0.1:8000/status/notes/a1"),
        ("https://h.example/base/status/lists/a1/x", "https://h.example/base/status/notes/a1"),
        ("https://other.example/lists/3", None),
        ("https://h.example/status/lists/a1", None),
        ("https://h.example/status/lists/../x", None),
        ("https://h.example/status/lists/a1/x?y", None),
        ("ftp://h.example/status/lists/a1/x", None),
    ],
)
def test_the_place_of_the_notes_follows_from_the_list(list_url: str, expected: str | None) -> None:
    assert notes_url(list_url) == expected


def note(**changes: JsonValue) -> JsonValue:
    members: JsonValue = {"statusListIndex": "5", "state": "revoked", "effectiveDay": "2026-11-22"}
    assert isinstance(members, dict)
    return [{**members, **changes}]


def subject(**changes: JsonValue) -> JsonValue:
    members = document()["credentialSubject"]
    assert isinstance(members, dict)
    return {**members, **changes}


PLACE = "/credentialSubject/statusNote"
FAULTS: dict[str, tuple[str, JsonValue, str]] = {
    "type_of_a_plain_credential": ("type", ["VerifiableCredential"], "/type"),
    "id_other_than_the_url": ("id", LIST, "/id"),
    "valid_from_missing": ("validFrom", None, "/validFrom"),
    "subject_missing": ("credentialSubject", None, "/credentialSubject"),
    "no_list_named": (
        "credentialSubject",
        subject(statusListCredential=[]),
        "/credentialSubject/statusListCredential",
    ),
    "notes_not_an_array": ("credentialSubject", subject(statusNote={}), PLACE),
    "note_not_an_object": ("credentialSubject", subject(statusNote=["7"]), f"{PLACE}/0"),
    "index_a_number": (
        "credentialSubject",
        subject(statusNote=note(statusListIndex=7)),
        f"{PLACE}/0/statusListIndex",
    ),
    "state_unknown": ("credentialSubject", subject(statusNote=note(state="paused")), f"{PLACE}/0/state"),
    "day_with_hour": (
        "credentialSubject",
        subject(statusNote=note(effectiveDay="2026-11-22T01:00:00Z")),
        f"{PLACE}/0/effectiveDay",
    ),
    "day_that_does_not_exist": (
        "credentialSubject",
        subject(statusNote=note(effectiveDay="2026-02-30")),
        f"{PLACE}/0/effectiveDay",
    ),
    "successor_a_number": (
        "credentialSubject",
        subject(statusNote=note(successor=1)),
        f"{PLACE}/0/successor",
    ),
}


@pytest.mark.parametrize(("member", "value", "place"), FAULTS.values(), ids=FAULTS.keys())
def test_malformed_notes_are_refused_with_their_place(member: str, value: JsonValue, place: str) -> None:
    with pytest.raises(MalformedValue) as caught:
        parse_status_notes(document() | {member: value}, url=URL, digest="d")
    assert caught.value.findings[0].pointer == place


def test_an_index_noted_twice_is_refused() -> None:
    once = note()
    assert isinstance(once, list)
    twice = document() | {"credentialSubject": subject(statusNote=once + once)}
    with pytest.raises(MalformedValue) as caught:
        parse_status_notes(twice, url=URL, digest="d")
    assert caught.value.findings[0].pointer == f"{PLACE}/1"
