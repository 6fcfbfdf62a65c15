"""Running one law over many generated values, the same ones every time."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

T = TypeVar("T")


def sizes(default: int, full: int) -> pytest.MarkDecorator:
    """Parametrize ``examples``: ``default`` in every run, ``full`` where the heavier suites run."""
    return pytest.mark.parametrize("examples", [default, pytest.param(full, marks=pytest.mark.full)])


def hold_for_all(
    values: st.SearchStrategy[T],
    examples: int,
    law: Callable[[T], None],
    *,
    shrink: bool = True,
    series: int = 0,
) -> None:
    """Call ``law`` on ``examples`` values; what raises is reported, made small where ``shrink``.

    The values of a ``series`` are the same in every run, the first ones whatever ``examples``. Making
    small calls the law hundreds of times, which laws that ask several oracles are too slow for.
    """

    @seed(series)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(values)
    def run(value: T) -> None:
        law(value)

    run()
