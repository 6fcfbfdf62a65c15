"""The fold: ends only grow and the first word about them stands; of suspensions the last one counts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, StatusChange, fold

START = datetime(2026, 11, 22, tzinfo=UTC)
FINAL = (ChangeKind.REVOKED, ChangeKind.SUPERSEDED)


@st.composite
def logs(draw: st.DrawFn) -> list[StatusChange]:
    indexes = draw(st.lists(st.integers(0, 8), max_size=30))
    return [
        StatusChange(
            seq=seq,
            index=index,
            kind=draw(st.sampled_from(ChangeKind)),
            at=START + timedelta(seconds=seq),
        )
        for seq, index in enumerate(indexes)
    ]


@given(logs(), logs())
def test_a_longer_log_never_loses_an_end(log: list[StatusChange], more: list[StatusChange]) -> None:
    later = [
        StatusChange(seq=change.seq + len(log), index=change.index, kind=change.kind, at=change.at)
        for change in more
    ]
    before, after = fold(log).ended, fold(log + later).ended
    assert before.keys() <= after.keys()
    for index, state in before.items():
        assert after[index].since == state.since
        assert after[index] == state or (state.kind, after[index].kind) == FINAL


@given(st.data())
def test_only_the_sequence_counts_not_the_order_of_reading(data: st.DataObject) -> None:
    log = data.draw(logs())
    assert fold(data.draw(st.permutations(log))) == fold(log)


@given(logs())
def test_the_first_end_of_an_index_stands(log: list[StatusChange]) -> None:
    for index, state in fold(log).ended.items():
        first = next(change for change in log if change.index == index and change.kind in FINAL)
        is_succeeded = any(
            change.index == index and change.seq > first.seq and change.kind is ChangeKind.SUCCEEDED
            for change in log
        )
        kind = ChangeKind.SUPERSEDED if is_succeeded else first.kind
        assert (state.kind, state.since) == (kind, first.at)


@given(logs())
def test_a_successor_ends_nothing(log: list[StatusChange]) -> None:
    without = [change for change in log if change.kind is not ChangeKind.SUCCEEDED]
    assert fold(log).ended.keys() == fold(without).ended.keys()
    assert fold(log).suspended == fold(without).suspended


def test_what_was_revoked_names_its_first_successor_and_keeps_its_day() -> None:
    kinds = (ChangeKind.REVOKED, ChangeKind.SUCCEEDED, ChangeKind.SUCCEEDED)
    log = [
        StatusChange(seq=seq, index=5, kind=kind, at=START + timedelta(days=seq), successor=f"urn:{seq}")
        for seq, kind in enumerate(kinds)
    ]
    state = fold(log).ended[5]
    assert (state.kind, state.since, state.successor) == (ChangeKind.SUPERSEDED, START, "urn:1")


@given(logs())
def test_of_suspensions_the_last_word_counts(log: list[StatusChange]) -> None:
    suspended = fold(log).suspended
    for index in {change.index for change in log}:
        words = [c.kind for c in log if c.index == index and c.kind.purpose is StatusPurpose.SUSPENSION]
        assert (index in suspended) == (words[-1:] == [ChangeKind.SUSPENDED])


@given(logs())
def test_what_has_ended_is_told_as_ended_though_it_is_suspended_too(log: list[StatusChange]) -> None:
    folded = fold(log)
    for index, state in folded.combined().items():
        assert state == folded.state_of(index)
        assert (state.kind in FINAL) == (index in folded.ended)


def test_a_suspension_renewed_keeps_the_day_it_began_and_takes_the_new_end() -> None:
    renewed = START + timedelta(days=20)
    folded = fold(
        [
            StatusChange(
                seq=1, index=5, kind=ChangeKind.SUSPENDED, at=START, until=START + timedelta(days=30)
            ),
            StatusChange(seq=2, index=5, kind=ChangeKind.SUSPENDED, at=renewed),
        ]
    )
    assert (folded.suspended[5].since, folded.suspended[5].until) == (START, None)
