"""What the default run leaves out is named by names that there are."""

from pathlib import Path

import pytest

from tests.scheduling import comes_late
from tests.tiers import KEPT, LONG, SAMPLED, is_drawn, is_long

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("begin", [*LONG, *SAMPLED, *KEPT])
def test_every_name_is_that_of_a_test(begin: str) -> None:
    path, _, test = begin.partition("::")
    name = test.partition("[")[0]
    text = (ROOT / path).read_text()
    assert f"def {name}" in text if name else "def test_" in text


def test_a_sample_is_the_same_every_time_and_no_larger_than_asked_for() -> None:
    names = [f"tests/a.py::test[{number}]" for number in range(1000)]
    drawn = [name for name in names if is_drawn(name, 4)]
    assert drawn == [name for name in names if is_drawn(name, 4)]
    assert 200 < len(drawn) < 300


def test_one_case_of_a_sampled_suite_is_in_the_default_run() -> None:
    for begin, one_in in SAMPLED.items():
        cases = [f"{begin}[{number}]" for number in range(40 * one_in)]
        assert any(not is_long(case) for case in cases)


@pytest.mark.parametrize("begin", KEPT)
def test_what_is_kept_is_in_the_default_run(begin: str) -> None:
    assert not is_long(begin)
    assert not begin.startswith(LONG)


@pytest.mark.parametrize("begin", SAMPLED)
def test_ci_draws_from_what_the_default_run_leaves_out(begin: str) -> None:
    left_out = [name for name in (f"{begin}[{number}]" for number in range(400)) if is_long(name)]
    drawn = [name for name in left_out if is_drawn(name, 4)]
    assert len(left_out) / 8 < len(drawn) < len(left_out) / 2


def test_the_long_tests_are_given_out_before_the_many_short_ones() -> None:
    names = ["tests/unit/test_a.py::test", "tests/workers/test_b.py::test", "tests/vectors/test_c.py::test"]
    assert sorted(names, key=comes_late) == [names[1], names[0], names[2]]
