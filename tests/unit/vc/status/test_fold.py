"""The fold: only ever grows, and the first word about an index stands."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vc.status.fold import ChangeKind, StatusChange, fold

START = datetime(2026, 11, 22, tzinfo=UTC)


@st.composite
def logs(draw: st.DrawFn) -> list[StatusChange]:
    indexes = draw(st.lists(st.integers(0, 20), max_size=30))
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
def test_a_longer_log_never_loses_an_index(log: list[StatusChange], more: list[StatusChange]) -> None:
    later = [
        StatusChange(seq=change.seq + len(log), index=change.index, kind=change.kind, at=change.at)
        for change in more
    ]
    before, after = fold(log), fold(log + later)
    assert before.items() <= after.items()


@given(st.data())
def test_only_the_sequence_counts_not_the_order_of_reading(data: st.DataObject) -> None:
    log = data.draw(logs())
    assert fold(data.draw(st.permutations(log))) == fold(log)


@given(logs())
def test_the_first_change_of_an_index_stands(log: list[StatusChange]) -> None:
    for index, state in fold(log).items():
        first = next(change for change in log if change.index == index)
        assert (state.kind, state.since) == (first.kind, first.at)
