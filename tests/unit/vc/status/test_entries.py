"""Status entries: what is read, what is reported as uncheckable, what is refused and where."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.status.bitstring_status_list import MAX_BYTES
from vc.status.entries import StatusEntry, StatusPurpose, UncheckableStatus, parse_status_entries

LIST = "https://passport.example/status/lists/a1/eddsa-rdfc-2022"


def entry(**changes: JsonValue) -> dict[str, JsonValue]:
    return {
        "id": f"{LIST}#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": LIST,
        **changes,
    }


MESSAGES: list[JsonValue] = [{"status": f"0x{value}", "message": "x"} for value in range(4)]


def without(name: str) -> dict[str, JsonValue]:
    return {member: value for member, value in entry().items() if member != name}


def test_an_entry_is_read() -> None:
    assert parse_status_entries({"credentialStatus": entry()}) == (
        StatusEntry(
            purpose=StatusPurpose.REVOCATION,
            index=94567,
            list_url=LIST,
            pointer="/credentialStatus",
            id=f"{LIST}#94567",
        ),
    )


def test_no_status_is_no_entries() -> None:
    assert parse_status_entries({}) == ()


def test_every_entry_of_an_array_is_read_with_its_place() -> None:
    found = parse_status_entries({"credentialStatus": [entry(), entry(statusPurpose="suspension")]})
    assert [item.pointer for item in found] == ["/credentialStatus/0", "/credentialStatus/1"]
    assert isinstance(found[1], StatusEntry)
    assert found[1].purpose is StatusPurpose.SUSPENSION


def test_the_index_zero_and_a_missing_id_are_fine() -> None:
    (found,) = parse_status_entries({"credentialStatus": without("id") | {"statusListIndex": "0"}})
    assert isinstance(found, StatusEntry)
    assert (found.index, found.id) == (0, None)


def test_an_index_of_any_length_is_read_and_lies_outside_every_list() -> None:
    (found,) = parse_status_entries({"credentialStatus": entry(statusListIndex="9" * 5000)})
    assert isinstance(found, StatusEntry)
    assert found.index >= MAX_BYTES * 8


def test_messages_and_references_of_an_entry_of_one_bit_are_read_over() -> None:
    extras = entry(statusMessage=MESSAGES[:2], statusReference=[LIST, "urn:x:1"])
    (found,) = parse_status_entries({"credentialStatus": extras})
    assert isinstance(found, StatusEntry)


@pytest.mark.parametrize(
    "status",
    [
        {"type": "RevocationList2020Status", "statusListIndex": 5},
        {"type": ["Unheard", "Of"]},
        entry(statusPurpose="message"),
        entry(statusPurpose="refresh"),
        entry(statusSize=2, statusMessage=MESSAGES),
    ],
    ids=["other_type", "several_unknown_types", "purpose_message", "purpose_refresh", "two_bits"],
)
def test_what_cannot_be_evaluated_is_reported_and_never_dropped(status: JsonValue) -> None:
    (found,) = parse_status_entries({"credentialStatus": status})
    assert isinstance(found, UncheckableStatus)
    assert found.pointer == "/credentialStatus"


FAULTS: Mapping[str, tuple[JsonValue, str]] = {
    "null": (None, ""),
    "a_text": ("revoked", ""),
    "type_missing": (without("type"), "/type"),
    "type_not_a_text": (entry(type=[1]), "/type"),
    "purpose_missing": (without("statusPurpose"), "/statusPurpose"),
    "purpose_an_array": (entry(statusPurpose=["revocation"]), "/statusPurpose"),
    "index_missing": (without("statusListIndex"), "/statusListIndex"),
    "index_a_number": (entry(statusListIndex=94567), "/statusListIndex"),
    "index_negative": (entry(statusListIndex="-1"), "/statusListIndex"),
    "index_leading_zero": (entry(statusListIndex="007"), "/statusListIndex"),
    "index_plus_sign": (entry(statusListIndex="+7"), "/statusListIndex"),
    "index_fraction": (entry(statusListIndex="7.0"), "/statusListIndex"),
    "index_white_space": (entry(statusListIndex="7\n"), "/statusListIndex"),
    "index_khmer_digits": (entry(statusListIndex="៧"), "/statusListIndex"),
    "index_enormous_with_leading_zero": (entry(statusListIndex="0" + "9" * 5000), "/statusListIndex"),
    "list_missing": (without("statusListCredential"), "/statusListCredential"),
    "list_not_a_url": (entry(statusListCredential="somewhere"), "/statusListCredential"),
    "list_with_space": (entry(statusListCredential="https://a.example/ b"), "/statusListCredential"),
    "list_enormous": (entry(statusListCredential="https://" + "a" * 5000), "/statusListCredential"),
    "size_zero": (entry(statusSize=0), "/statusSize"),
    "size_true": (entry(statusSize=True), "/statusSize"),
    "size_a_text": (entry(statusSize="1"), "/statusSize"),
    "size_a_fraction": (entry(statusSize=1.0), "/statusSize"),
    "size_two_without_messages": (entry(statusSize=2), "/statusMessage"),
    "size_two_with_two_messages": (entry(statusSize=2, statusMessage=MESSAGES[:2]), "/statusMessage"),
    "size_one_with_four_messages": (entry(statusMessage=MESSAGES), "/statusMessage"),
    "size_enormous": (entry(statusSize=10**15, statusMessage=MESSAGES), "/statusMessage"),
    "messages_null": (entry(statusMessage=None), "/statusMessage"),
    "messages_an_object": (entry(statusMessage={}), "/statusMessage"),
    "message_a_text": (entry(statusMessage=["unset", "set"]), "/statusMessage/0"),
    "message_without_text": (entry(statusMessage=[*MESSAGES[:1], {"status": "0x1"}]), "/statusMessage/1"),
    "message_without_status": (
        entry(statusMessage=[*MESSAGES[:1], {"message": "x"}]),
        "/statusMessage/1/status",
    ),
    "message_with_decimal_status": (
        entry(statusMessage=[*MESSAGES[:1], {"status": "1", "message": "x"}]),
        "/statusMessage/1/status",
    ),
    "reference_a_number": (entry(statusReference=7), "/statusReference"),
    "reference_not_a_url": (entry(statusReference=[LIST, "somewhere"]), "/statusReference"),
    "id_a_number": (entry(id=7), "/id"),
    "id_null": (entry(id=None), "/id"),
    "id_not_a_url": (entry(id="entry 7"), "/id"),
    "id_of_the_list": (entry(id=LIST), "/id"),
    "list_with_a_khmer_letter": (entry(statusListCredential="https://a.example/ក"), "/statusListCredential"),
}


@pytest.mark.parametrize(("status", "place"), FAULTS.values(), ids=FAULTS.keys())
def test_a_malformed_entry_is_refused_with_its_place(status: JsonValue, place: str) -> None:
    with pytest.raises(MalformedValue) as caught:
        parse_status_entries({"credentialStatus": status})
    assert caught.value.findings[0].pointer == f"/credentialStatus{place}"


@pytest.mark.parametrize("count", [0, 17])
def test_no_entry_and_very_many_entries_are_refused(count: int) -> None:
    with pytest.raises(MalformedValue):
        parse_status_entries({"credentialStatus": [entry() for _ in range(count)]})


def test_only_the_third_entry_being_wrong_fails_on_the_third() -> None:
    with pytest.raises(MalformedValue) as caught:
        parse_status_entries({"credentialStatus": [entry(), entry(), entry(statusListIndex="x")]})
    assert caught.value.findings[0].pointer == "/credentialStatus/2/statusListIndex"


MEMBERS = st.sampled_from(list(entry()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(entry())), inner, max_size=5)
    ),
    max_leaves=8,
)


@given(JSON)
def test_only_malformed_value_leaves_the_parser(status: JsonValue) -> None:
    try:
        found = parse_status_entries({"credentialStatus": status})
    except MalformedValue:
        return
    assert found
