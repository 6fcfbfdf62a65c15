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
from revocation.values import Pool
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
        pool=st.sampled_from(Pool),
        suspends=st.booleans(),
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
        until=st.none() | TIMES,
        approver=st.none() | NAMES,
        case_id=st.none() | NAMES,
    ),
)


@given(RECORDS)
def test_a_record_is_read_back_as_it_was_written(record: Record) -> None:
    assert parse_record(encode_record(record)) == record


def test_a_list_of_before_suspensions_takes_no_further_entries() -> None:
    record = parse_record(
        b'{"record":"listOpened","list_id":"a","purpose":"revocation","length":131072,'
        b'"permutation_key":"AAAA","closed":false,"at":"2026-11-01T00:00:00+00:00"}'
    )
    assert isinstance(record, ListOpened)
    assert (record.closed, record.suspends, record.pool) == (True, False, Pool.GENERAL)


def test_a_change_of_before_suspensions_is_read() -> None:
    record = parse_record(
        b'{"record":"statusChanged","list_id":"a","index":5,"credential_id":"urn:uuid:a","kind":"revoked",'
        b'"reason":"FRAUD","note":null,"successor":null,"actor":"officer","request_id":"r",'
        b'"at":"2026-11-01T00:00:00+00:00"}'
    )
    assert isinstance(record, StatusChanged)
    assert (record.until, record.approver, record.case_id) == (None, None, None)


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
