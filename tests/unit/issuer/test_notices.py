"""How long a notice waits before it is tried again."""

from datetime import timedelta
from itertools import pairwise

from issuer.service.notices import pause_after


def test_each_pause_is_twice_the_one_before_up_to_six_hours() -> None:
    pauses = [pause_after(attempts) for attempts in range(40)]
    assert pauses[0] == timedelta(seconds=15)
    for before, later in pairwise(pauses):
        assert later == min(2 * before, timedelta(hours=6))
    assert pauses[-1] == timedelta(hours=6)
