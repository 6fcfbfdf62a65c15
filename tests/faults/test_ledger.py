"""What the ledger and the figures of fault runs say of answers that are known."""

import pytest

from loadtest.faults.ledger import Answer, Held, Ledger, Served
from loadtest.faults.results import acts_of

URL = "/status/lists/1/eddsa-jcs-2022"
HELD = Held(credential_id="urn:uuid:1", raw=b"{}", list_id="1", list_path=URL, index=7)


@pytest.mark.parametrize(
    ("second", "digest", "wrong"),
    [
        (Served(version=2, ended=frozenset({1, 2})), "b", None),
        (Served(version=1, ended=frozenset({1})), "a", None),
        (Served(version=0, ended=frozenset({1})), "c", "an older list was served after a newer one"),
        (Served(version=2, ended=frozenset()), "b", "a published bit went away"),
        (Served(version=1, ended=frozenset({1})), "b", "one version was published twice"),
    ],
)
def test_what_is_wrong_with_a_list_that_was_served(second: Served, digest: str, wrong: str | None) -> None:
    ledger = Ledger()
    ledger.saw_list("proxy", URL, Served(version=1, ended=frozenset({1})), "a")
    ledger.saw_list("proxy", URL, second, digest)
    assert ledger.wrong == ({} if wrong is None else {wrong: 1})


def test_another_door_may_be_behind_and_one_version_is_one_body_everywhere() -> None:
    ledger = Ledger()
    ledger.saw_list("proxy", URL, Served(version=5, ended=frozenset({1})), "a")
    ledger.saw_list("revocation", URL, Served(version=4, ended=frozenset()), "b")
    assert not ledger.wrong
    ledger.saw_list("revocation", URL, Served(version=5, ended=frozenset({1})), "c")
    assert ledger.wrong == {"one version was published twice": 1}


def test_nothing_is_called_revoked_that_nobody_asked_for() -> None:
    ledger = Ledger(asked={HELD.credential_id}, revoked={HELD.credential_id: 10.0})
    ledger.saw_verdict(HELD, "rejected", 11.0)
    ledger.saw_verdict(HELD, "accepted", 13.5)
    assert (ledger.wrong, ledger.longest_still_good) == ({}, 3.5)
    other = Held(credential_id="urn:uuid:2", raw=b"{}", list_id="1", list_path=URL, index=8)
    ledger.saw_verdict(other, "rejected", 11.0)
    assert ledger.wrong == {"called revoked though nobody asked for it": 1}


def test_a_gap_is_the_longest_time_without_success() -> None:
    answers = [
        Answer(act="check", at=at, seconds=0.5, is_good=is_good, is_open=is_open)
        for at, is_good, is_open in (
            (1.0, True, False),
            (2.0, False, False),
            (3.0, False, True),
            (6.0, True, False),
        )
    ]
    (found,) = acts_of(answers, began=0.0, ended=8.0)
    assert (found.count, found.failed, found.open) == (4, 1, 1)
    assert (found.longest_gap_seconds, found.p50_ms) == (5.0, 500.0)
