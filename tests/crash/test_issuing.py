"""kill -9 between every two effects of issuing, with keys that repeat their signatures and others."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.house import SUITES, House
from tests.crash.issuing_checks import NOT_REPEATABLE, REPEATABLE, check_issued

pytestmark = pytest.mark.timeout(600)
MakeHouse = Callable[[str], House]


@pytest.mark.parametrize("suite", SUITES)
def test_killed_before_any_effect_it_is_issued_once(
    make_house: MakeHouse, tmp_path: Path, suite: str
) -> None:
    house = make_house(suite)
    undisturbed = house.copy(tmp_path / "undisturbed")
    effects = undisturbed.require_done(0)["effects"]
    assert effects.count("sign") == 2
    for die_at in range(1, len(effects) + 1):
        killed = house.copy(tmp_path / f"killed-{die_at}")
        killed.require_dead(0, die_at=die_at)
        killed.require_done(1)
        killed.clear()
    assert "sign" not in undisturbed.require_done(1)["effects"], "what is issued was signed again"


def test_killed_again_while_it_retires_an_intent_it_is_issued_once(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    house = make_house(NOT_REPEATABLE)
    effects = house.copy(tmp_path / "undisturbed").require_done(0)["effects"]
    after_first_signature = effects.index("sign") + 2
    house.require_dead(0, die_at=after_first_signature)
    resumed = house.copy(tmp_path / "resumed").require_done(1)
    assert Counter(intent["state"] for intent in resumed["intents"]) == {"issued": 2, "retired": 2}
    # From the signatures on it is what every first life does.
    for die_at in range(1, resumed["effects"].index("sign") + 2):
        killed = house.copy(tmp_path / f"killed-{die_at}")
        killed.require_dead(1, die_at=die_at)
        killed.require_done(2)
        killed.clear()


@pytest.mark.parametrize("suite", SUITES)
def test_two_runs_at_once_issue_once_and_give_nothing_up(make_house: MakeHouse, suite: str) -> None:
    house = make_house(suite)
    told = house.ask("issue_at_once").told
    check_issued(told, house.witness, suite)
    assert {intent["state"] for intent in told["intents"]} == {"issued"}


def test_a_key_of_another_kind_than_the_cryptosuite_is_refused_before_anything_is_done(
    make_house: MakeHouse,
) -> None:
    told = make_house(REPEATABLE).ask("start_only", suite=NOT_REPEATABLE).told
    assert told == {
        "refused": "The centre's signing key is of another kind than the cryptosuite set.",
        "class_state": "waiting",
    }


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("suite", SUITES)
def test_killed_twice_it_is_issued_once(make_house: MakeHouse, tmp_path: Path, suite: str) -> None:
    house = make_house(suite)
    first_effects = house.copy(tmp_path / "undisturbed").require_done(0)["effects"]
    for first in range(1, len(first_effects) + 1):
        once = house.copy(tmp_path / f"once-{first}")
        once.require_dead(0, die_at=first)
        second_effects = once.copy(tmp_path / f"resumed-{first}").require_done(1)["effects"]
        # Each first death with every fourth second one, and another four after the next first one.
        for second in range(1 + first % 4, len(second_effects) + 1, 4):
            twice = once.copy(tmp_path / "twice")
            twice.require_dead(1, die_at=second)
            twice.require_done(2)
            twice.clear()
