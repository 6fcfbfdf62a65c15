"""Records: written and read back equal; anything else is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revocation.records import (
    AllocatedEntry,
    EntriesAllocated,
    ListClosed,
    ListOpened,
    Record,
    RecordError,
    StatusChanged,
    encode_record,
    parse_record,
)
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind

NAMES = st.text(min_size=1, max_size=20)
NUMBERS = st.integers(0, 2**40)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ENTRIES = st.builds(
    AllocatedEntry,
    list_id=NAMES,
    index=NUMBERS,
    intent_id=NAMES,
    credential_id=NAMES,
    issuer=NAMES,
    cryptosuite=NAMES,
    allocated_by=NAMES,
)
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(
        ListOpened,
        list_id=NAMES,
        purpose=st.sampled_from(StatusPurpose),
        length=NUMBERS,
        permutation_key=st.binary(max_size=32),
        closed=st.booleans(),
        at=TIMES,
    ),
    st.builds(
        EntriesAllocated,
        list_id=NAMES,
        next_counter=NUMBERS,
        entries=st.lists(ENTRIES, max_size=3).map(tuple),
        at=TIMES,
    ),
    st.builds(ListClosed, list_id=NAMES, at=TIMES),
    st.builds(
        StatusChanged,
        list_id=NAMES,
        index=NUMBERS,
        credential_id=NAMES,
        kind=st.sampled_from(ChangeKind),
        reason=NAMES,
        note=st.none() | NAMES,
        successor=st.none() | NAMES,
        actor=NAMES,
        request_id=NAMES,
        at=TIMES,
    ),
)


@given(RECORDS)
def test_a_record_is_read_back_as_it_was_written(record: Record) -> None:
    assert parse_record(encode_record(record)) == record


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"null", b"{}", b'{"record":"other"}', b'{"record":"listClosed","list_id":"a"}', b"\xff"],
)
def test_anything_else_is_refused(payload: bytes) -> None:
    with pytest.raises(RecordError):
        parse_record(payload)


@given(st.binary(max_size=80))
def test_only_record_error_leaves_the_parser(payload: bytes) -> None:
    with pytest.raises(RecordError):
        parse_record(payload)
