"""kill -9 between every two effects of renewing and of ending somebody's cards."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crash.house import SUITES, House

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
MakeHouse = Callable[[str], House]


def live(house: House, life: str, number: int, **arguments: Any) -> Any:
    given = {"folder": str(house.folder), "suite": house.suite, **house.prepared, "number": number}
    return house.nursery.live(f"card_life.{life}", **given, **arguments)


def with_a_card(make_house: MakeHouse, suite: str) -> House:
    """A house in which one person has a certificate and its card."""
    house = make_house(suite)
    house.require_done(0)
    (card,) = live(house, "make", 1).told["cards"]
    assert (card["state"], card["outcome"]) == ("issued", "accepted")
    return house


def check(told: dict[str, Any]) -> None:
    """One card is good, and no other that ever left."""
    outcomes = Counter(card["outcome"] for card in told["cards"])
    assert outcomes["accepted"] == 1, told
    assert outcomes["undetermined"] == 0, told
    states = {card["state"]: card["outcome"] for card in told["cards"]}
    assert set(states) <= {"issued", "ended", "retired"}, told
    assert states["issued"] == "accepted"
    assert states["ended"] == "rejected"


@pytest.mark.parametrize("suite", SUITES)
def test_killed_before_any_effect_of_a_renewal_one_card_is_good(
    make_house: MakeHouse, tmp_path: Path, suite: str
) -> None:
    house = with_a_card(make_house, suite)
    undisturbed = live(house.copy(tmp_path / "undisturbed"), "renew", 2, die_at=None).told
    check(undisturbed)
    assert undisturbed["effects"].count("sign") == 1
    for die_at in range(1, len(undisturbed["effects"]) + 1):
        killed = house.copy(tmp_path / f"killed-{die_at}")
        assert live(killed, "renew", 2, die_at=die_at).killed_by == signal.SIGKILL
        told = live(killed, "resume", 3).told
        if die_at == 1:
            assert [(card["state"], card["outcome"]) for card in told["cards"]] == [("issued", "accepted")]
        else:
            check(told)
        killed.clear()


def test_killed_before_any_effect_of_ending_a_card_it_ends_when_asked_again(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    house = with_a_card(make_house, SUITES[0])
    undisturbed = house.copy(tmp_path / "undisturbed")
    first = live(undisturbed, "end", 2, die_at=None).told
    assert first["ended"] == 1
    assert live(undisturbed, "end", 3, die_at=None).told["ended"] == 0
    for die_at in range(1, len(first["effects"]) + 1):
        killed = house.copy(tmp_path / f"killed-{die_at}")
        assert live(killed, "end", 2, die_at=die_at).killed_by == signal.SIGKILL
        (card,) = live(killed, "end", 3, die_at=None).told["cards"]
        assert (card["state"], card["outcome"]) == ("ended", "rejected")
        check(live(killed, "resume", 4).told)
        killed.clear()
