"""One test for each fault of a whole house under load: what it did not promise to do, and nothing lost."""

from dataclasses import replace

import pytest

from loadtest.faults import checks
from loadtest.faults.house_faults import (
    kill_every_process,
    kill_the_database,
    restart_verifiers_in_turn,
    run_fault,
)
from loadtest.faults.ledger import Ledger
from loadtest.faults.load import ACTS, CHECK, Pace
from loadtest.faults.results import FaultRun
from loadtest.house import House

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(900),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    # A client that hangs up while it connects leaves its socket to the collector; clients do.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def require_kept(run: FaultRun) -> None:
    assert run.lost == ()
    assert run.broken == ()
    assert {act.act for act in run.acts} >= set(ACTS)
    assert run.issued > 0


def test_every_process_is_killed_and_comes_back(lived: tuple[House, Ledger]) -> None:
    house, ledger = lived
    run = run_fault("kill", house, ledger, kill_every_process)
    require_kept(run)
    assert run.revoked > 0
    assert {f"{name}_answers_after_seconds" for name in house.names} <= run.facts.keys()


def test_the_database_is_killed_and_comes_back(lived: tuple[House, Ledger]) -> None:
    run = run_fault("database", *lived, kill_the_database)
    require_kept(run)
    failed = {act.act for act in run.acts if act.failed}
    assert "issue" in failed, "the database was not missed"


def test_verifiers_are_restarted_in_turn(lived: tuple[House, Ledger]) -> None:
    pace = Pace(checkers=4, issue=5, revoke=5)
    run = run_fault("rolling", *lived, restart_verifiers_in_turn, pace)
    require_kept(run)
    (checks,) = (act for act in run.acts if act.act == CHECK)
    assert checks.count > 100


def test_what_is_lost_is_found(lived: tuple[House, Ledger], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same house, and a client that remembers more than it was told."""
    house, ledger = lived
    monkeypatch.setattr(checks, "_SETTLE_SECONDS", 5)
    run_fault("nothing", house, ledger, lambda _: None)
    assert checks.search(house, ledger).lost == ()
    good = next(one for one in ledger.held.values() if one.credential_id not in ledger.asked)
    ended = next(iter(ledger.revoked))
    ledger.approved["no-such-class"] = ledger.asked_classes["no-such-class"] = 3
    ledger.held[good.credential_id] = replace(good, raw=good.raw + b" ")
    ledger.revoked[good.credential_id] = 0.0
    ledger.asked.remove(ended)
    del ledger.revoked[ended]
    assert set(checks.search(house, ledger).lost) == {
        "an approved class of 3 was not issued",
        "a certificate that was handed out is gone, or is another now",
        *(f"verifier-{number} says accepted and not rejected" for number in (1, 2)),
        *(f"verifier-{number} says rejected and not accepted" for number in (1, 2)),
    }
