"""Hostile requests at the real service, each with one fault: nothing wrong is accepted, nothing breaks.

Every case asserts: refused as it should be (4xx, or 200 with a decision that is not *accepted*), no
5xx, nobody contacted, nothing of the input repeated, an answer in half a second. Every 50 cases
genuine credentials still verify, each in 50 ms, and the server has not grown by 150 MB. The twins
at the end of some families are as unusual and must be accepted, so that "refuse everything" does
not pass.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from tests.invalid.case import MARKER, PRESENTATIONS, Attempt, Case, Expected, members_of
from tests.invalid.corpus import all_cases, cases_of_a_suite, cases_of_credentials, cases_of_requests
from tests.invalid.families import FEWEST_IN_ALL, FEWEST_OF_A_KIND, KINDS
from tests.invalid.genuine import Genuine
from tests.invalid.members import LEAVES
from tests.served.conftest import CONTROL_SECONDS, SUITES, Answer, Range, is_accepted

_SHORT = {"eddsa-rdfc-2022": "rdfc", "eddsa-jcs-2022": "jcs"}
_PROBLEM = "application/problem+json"
_AT_ONCE = 8


def _parameters() -> Iterator[object]:
    for case in cases_of_a_suite():
        for suite in SUITES:
            if case.only in (None, suite):
                yield pytest.param(suite, case, id=f"{_SHORT[suite]}-{case.id}")
    for case in cases_of_credentials():
        for suite in SUITES:
            # Beyond the first suite, what is alike in all is for the long run.
            marks = () if suite in (case.only, SUITES[0]) else (pytest.mark.full,)
            if case.only in (None, suite):
                yield pytest.param(suite, case, id=f"{_SHORT[suite]}-{case.id}", marks=marks)
    for case in cases_of_requests():
        yield pytest.param(SUITES[0], case, id=case.id)


@pytest.mark.parametrize(("suite", "case"), list(_parameters()))
def test_hostile(firing_range: Range, suite: str, case: Case) -> None:
    genuine = firing_range.genuine[suite]
    name = f"{_SHORT[suite]}-{case.id}"
    suffices = is_accepted if case.expected is Expected.ACCEPTED else lambda _: True
    shots = firing_range.fire_within(name, case.seconds, lambda: case.build(genuine), suffices)
    for attempt, answer in shots:
        _require(firing_range, case, attempt, answer)
    firing_range.control_now_and_then()


def _require(firing_range: Range, case: Case, attempt: Attempt, answer: Answer) -> None:
    assert answer.status < 500
    assert MARKER.encode() not in answer.body
    assert firing_range.collaborator.contacts == 0
    assert answer.asked_host is case.asks_host
    if case.statuses:
        assert answer.status in case.statuses
    if case.expected is Expected.REFUSED:
        _require_refused(attempt, answer)
    if case.authentic is not None:
        _require_authentic(answer, case.authentic)


def _require_refused(attempt: Attempt, answer: Answer) -> None:
    assert not is_accepted(answer)
    if answer.status == 201:
        assert orjson.loads(answer.body)["ready_count"] == 0
    if answer.status == 200 and answer.content_type == "application/json":
        _require_decided(attempt, orjson.loads(answer.body))
    elif answer.status == 200:
        assert answer.content_type.startswith("text/html")
    elif not attempt.wire and attempt.method != "HEAD" and answer.status >= 400:
        assert answer.content_type.startswith((_PROBLEM, "text/html", "application/json"))
        if attempt.path in ("/credentials/verify", PRESENTATIONS):
            assert answer.content_type == _PROBLEM
            assert orjson.loads(answer.body)["status"] == answer.status


def _require_decided(attempt: Attempt, answer: dict[str, object]) -> None:
    assert answer["verified"] is False
    if attempt.path != PRESENTATIONS:
        decision = answer["decision"]
        assert isinstance(decision, dict)
        assert decision["outcome"] in ("rejected", "undetermined")


def _require_authentic(answer: Answer, expected: bool) -> None:
    """Where verdicts are given: whether the document is said to be authentic."""
    body = orjson.loads(answer.body)
    if answer.status == 200 and "verdicts" in body:
        assert (body["verdicts"]["authentic"]["answer"] == "yes") is expected, body["verdicts"]
    else:
        assert not expected


def test_every_member_of_the_certificate_is_altered(firing_range: Range) -> None:
    document = firing_range.genuine[SUITES[0]].document()
    leaves = {p for p in members_of(document) if not any(q.startswith(f"{p}/") for q in members_of(document))}
    assert leaves == set(LEAVES)


def test_there_are_enough_cases() -> None:
    cases = all_cases()
    assert len({case.id for case in cases}) == len(cases)
    assert sum(case.expected is Expected.REFUSED for case in cases) >= FEWEST_IN_ALL


def test_every_kind_of_attack_is_tried() -> None:
    hostile = [case.family for case in all_cases() if case.expected is not Expected.ACCEPTED]
    tried = {kind: sum(family in families for family in hostile) for kind, families in KINDS.items()}
    assert {kind: count for kind, count in tried.items() if count < FEWEST_OF_A_KIND} == {}
    assert set(hostile) == set().union(*KINDS.values())


def _hanging(genuine: Genuine) -> Attempt:
    """A credential whose status list is on a host that never answers."""
    return next(c for c in all_cases() if c.id == "status-server-silent").build(genuine)


def _bomb(genuine: Genuine) -> Attempt:
    return next(c for c in all_cases() if c.id == "upload-png-bomb").build(genuine)


@pytest.mark.parametrize("make", [_hanging, _bomb], ids=["hosts-that-hang", "pictures-that-are-bombs"])
def test_a_genuine_credential_is_checked_at_once_meanwhile(
    firing_range: Range, make: Callable[[Genuine], Attempt]
) -> None:
    attempts = [make(firing_range.genuine[SUITES[0]]) for _ in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as others:
        waiting = [others.submit(firing_range.send_apart, attempt) for attempt in attempts]
        for suite in SUITES:
            firing_range.verify_genuine(f"meanwhile-{make.__name__}-{suite}", suite, CONTROL_SECONDS)
        assert not all(future.done() for future in waiting), "nothing was going on meanwhile"
        assert {future.result() for future in waiting} <= {200, 400, 429}


def test_the_service_is_still_well_small_and_quick(firing_range: Range) -> None:
    firing_range.control()
    slow = sorted(firing_range.fastest.items(), key=lambda item: -item[1])
    controls = [seconds for name, seconds in slow if name.startswith("control-")]
    figures = {
        "fired": firing_range.fired,
        "contacts": firing_range.collaborator.contacts,
        "grown_megabytes": round(firing_range.grown_bytes() / 1e6, 1),
        "grown_megabytes_at_the_peak": round(firing_range.peak_bytes() / 1e6, 1),
        "controls": len(controls),
        "slowest_control": round(max(controls), 4),
        "fired_again": firing_range.fired_again,
        "slowest": {name: round(seconds, 3) for name, seconds in slow[:15]},
    }
    results = Path(__file__).parent.parent.parent / "test-results"
    results.mkdir(exist_ok=True)
    (results / "hostile.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")
