"""Judging an entry against a list: match, age, rollback, and the finality of revocation."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, ProblemType
from vc.status.check import StatusState, VerifiedStatusList, check_status, parse_status_list
from vc.status.documents import build_status_list_credential
from vc.status.entries import StatusEntry, StatusPurpose
from vc.status.fold import ChangeKind, IndexState

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
URL = "https://passport.example/status/lists/a1/eddsa-jcs-2022"
REGISTRY = "did:web:passport.example:status"
SET, CLEAR = 17, 18


def document(purpose: StatusPurpose = StatusPurpose.REVOCATION) -> dict[str, JsonValue]:
    return build_status_list_credential(
        url=URL,
        issuer=REGISTRY,
        purpose=purpose,
        length=131_072,
        states={SET: IndexState(kind=ChangeKind.REVOKED, since=NOW, successor=None)},
        valid_from=NOW,
        valid_until=NOW + timedelta(hours=24),
        ttl=timedelta(minutes=5),
    )


def a_list(purpose: StatusPurpose = StatusPurpose.REVOCATION) -> VerifiedStatusList:
    return parse_status_list(document(purpose), url=URL, digest="d")


def an_entry(index: int = CLEAR, purpose: StatusPurpose = StatusPurpose.REVOCATION) -> StatusEntry:
    return StatusEntry(purpose=purpose, index=index, list_url=URL, pointer="/credentialStatus")


def test_a_list_is_read_back_as_it_was_built() -> None:
    found = a_list()
    assert (found.url, found.issuer, found.purposes) == (URL, REGISTRY, frozenset({"revocation"}))
    assert (found.valid_from, found.valid_until) == (NOW, NOW + timedelta(hours=24))
    assert found.ttl == timedelta(minutes=5)


def test_two_lists_of_one_second_keep_their_order() -> None:
    later = document()
    later["validFrom"] = "2026-11-22T03:00:00.001Z"
    assert parse_status_list(later, url=URL, digest="d").valid_from > a_list().valid_from


def test_a_clear_bit_clears_and_says_how_old_the_list_is() -> None:
    result = check_status(an_entry(), a_list(), now=NOW)
    assert (result.state, result.findings, result.as_of) == (StatusState.CLEAR, (), NOW)


@pytest.mark.parametrize("purpose", StatusPurpose)
def test_a_set_bit_is_found(purpose: StatusPurpose) -> None:
    result = check_status(an_entry(SET, purpose), a_list(purpose), now=NOW)
    assert result.state is StatusState.SET
    assert result.findings[0].type is ProblemType.REVOKED


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (msgspec.structs.replace(an_entry(), list_url=URL + "x"), "/credentialStatus/statusListCredential"),
        (an_entry(purpose=StatusPurpose.SUSPENSION), "/credentialStatus/statusPurpose"),
        (an_entry(131_072), "/credentialStatus/statusListIndex"),
    ],
    ids=["list_of_another_url", "list_of_another_purpose", "index_out_of_range"],
)
def test_a_list_that_does_not_fit_never_clears(entry: StatusEntry, place: str) -> None:
    result = check_status(entry, a_list(), now=NOW)
    assert result.state is StatusState.INVALID
    assert result.findings[0].pointer == place


def test_a_list_is_good_until_the_last_moment_and_expired_from_valid_until_on() -> None:
    end = NOW + timedelta(hours=24)
    assert check_status(an_entry(), a_list(), now=end - timedelta(microseconds=1)).state is StatusState.CLEAR
    assert check_status(an_entry(), a_list(), now=end).state is StatusState.STALE


def test_a_list_of_the_future_is_stale_beyond_the_clock_skew() -> None:
    at_edge = NOW - timedelta(minutes=5)
    assert check_status(an_entry(), a_list(), now=at_edge).state is StatusState.CLEAR
    assert check_status(an_entry(), a_list(), now=at_edge - timedelta(seconds=1)).state is StatusState.STALE


def test_a_list_older_than_the_last_seen_is_a_rollback() -> None:
    seen = NOW + timedelta(milliseconds=1)
    result = check_status(an_entry(), a_list(), now=NOW, last_seen_valid_from=seen)
    assert result.state is StatusState.STALE
    assert "rollback" in result.findings[0].detail
    assert check_status(an_entry(), a_list(), now=NOW, last_seen_valid_from=NOW).state is StatusState.CLEAR


def test_a_revocation_counts_on_an_expired_list_and_a_suspension_does_not() -> None:
    late = NOW + timedelta(days=3)
    assert check_status(an_entry(SET), a_list(), now=late).state is StatusState.SET
    suspension = StatusPurpose.SUSPENSION
    result = check_status(an_entry(SET, suspension), a_list(suspension), now=late)
    assert result.state is StatusState.STALE


def test_a_list_without_an_end_is_read() -> None:
    endless = document()
    del endless["validUntil"]
    assert parse_status_list(endless, url=URL, digest="d").valid_until is None


def subject(**changes: JsonValue) -> JsonValue:
    members = document()["credentialSubject"]
    assert isinstance(members, dict)
    return {**members, **changes}


FAULTS: dict[str, tuple[str, JsonValue, str]] = {
    "type_of_a_plain_credential": ("type", ["VerifiableCredential"], "/type"),
    "id_other_than_the_url": ("id", URL + "/", "/id"),
    "issuer_missing": ("issuer", None, "/issuer"),
    "issuer_without_id": ("issuer", {"name": "x"}, "/issuer"),
    "valid_from_without_offset": ("validFrom", "2026-11-22T03:00:00", "/validFrom"),
    "valid_from_null": ("validFrom", None, "/validFrom"),
    "valid_until_a_number": ("validUntil", 5, "/validUntil"),
    "subject_an_array": ("credentialSubject", [], "/credentialSubject"),
    "subject_of_another_type": ("credentialSubject", subject(type="Other"), "/credentialSubject"),
    "purpose_empty": ("credentialSubject", subject(statusPurpose=[]), "/credentialSubject/statusPurpose"),
    "purpose_a_number": ("credentialSubject", subject(statusPurpose=1), "/credentialSubject/statusPurpose"),
    "list_missing": ("credentialSubject", subject(encodedList=None), "/credentialSubject/encodedList"),
    "two_bits_an_entry": ("credentialSubject", subject(statusSize=2), "/credentialSubject/statusSize"),
    "size_true": ("credentialSubject", subject(statusSize=True), "/credentialSubject/statusSize"),
    "ttl_negative": ("credentialSubject", subject(ttl=-1), "/credentialSubject/ttl"),
    "ttl_a_text": ("credentialSubject", subject(ttl="300000"), "/credentialSubject/ttl"),
}


@pytest.mark.parametrize(("member", "value", "place"), FAULTS.values(), ids=FAULTS.keys())
def test_a_malformed_list_is_refused_with_its_place(member: str, value: JsonValue, place: str) -> None:
    with pytest.raises(MalformedValue) as caught:
        parse_status_list(document() | {member: value}, url=URL, digest="d")
    assert caught.value.findings[0].pointer == place


def test_a_list_without_valid_from_is_refused() -> None:
    timeless = document()
    del timeless["validFrom"]
    with pytest.raises(MalformedValue):
        parse_status_list(timeless, url=URL, digest="d")


def test_a_purpose_may_be_one_of_several() -> None:
    both = document() | {"credentialSubject": subject(statusPurpose=["suspension", "revocation"])}
    found = parse_status_list(both, url=URL, digest="d")
    assert check_status(an_entry(SET), found, now=NOW).state is StatusState.SET
