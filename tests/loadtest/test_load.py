"""The load test measures right answers only, says what it mixed, and its page and plots are its figures."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from jsonschema import Draft202012Validator
from starlette.datastructures import UploadFile
from starlette.requests import Request

from loadtest import pages
from loadtest.bodies import MULTIPART_TYPE, batch_body, read_bodies, write_bodies
from loadtest.hostile import hostile_bodies
from loadtest.mixes import BATCH, MIXES, PAGE, Draw, Mix
from loadtest.paced import Answers, wire
from loadtest.pages import generated, results_in
from loadtest.plots import NAMES, plots_of
from loadtest.results import (
    FOLDER,
    SCHEMA,
    Answered,
    Batch,
    InProcess,
    Paced,
    People,
    Poison,
    Results,
    Throughput,
    begin,
    rounded,
)
from loadtest.unit import Unit
from loadtest.world import FORMATS, REVOKED_ONE_IN, Format, LoadWorld, make_bodies
from vc.model.verdict import Outcome
from vc.trust.decide import decide

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SCENARIOS = sorted(file.stem for file in (FOLDER.parent / "people").glob("*.py"))


@cache
def world() -> LoadWorld:
    return LoadWorld(NOW)


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(orjson.loads(SCHEMA.read_bytes()))


def sample() -> Results:
    """Results with one figure of every kind."""
    found = begin("sample", NOW.date(), wrk="wrk 4")
    times = {"p50_ms": 1.0, "p90_ms": 2.0, "p99_ms": 3.0}
    found.unit_microseconds, found.unit_spread = 50.0, (49.0, 51.0)
    found.in_process.append(
        InProcess(format="x", cold_microseconds=1, again_microseconds=1, cold_ratio=2.5, again_ratio=0.5)
    )
    for processes in (1, 2):
        found.throughput.append(
            Throughput(
                format="x", processes=processes, requests=10, per_second=1, per_server_cpu_second=1,
                cpu_microseconds=1, ratio=4, cpu_to_in_process=1.5, errors=0, resident_mib=90, **times,
            )
        )  # fmt: skip
    found.batches.append(
        Batch(
            format="x", rows=200, calls=3, per_second=1, per_server_cpu_second=1, share_of_in_process=0.9,
            p50_ms=1, p99_ms=3, errors=0,
        )
    )  # fmt: skip
    found.paced.append(
        Paced(
            format="x", share=0.7, busy=0.6, per_second=1, p99_to_p50=3, ratios=[2, 3, 4], errors=0, **times
        )
    )
    found.poison.append(
        Poison(
            kind="deep", share=0.02, p99_without_ms=1, p99_with_ms=2, p99_ratio=2, ratios=[1, 2, 5],
            poison_p99_ms=9, statuses={"400": 7}, errors_of_others=0,
        )
    )  # fmt: skip
    answered = Answered(act="card", count=5, failed=1, **times)
    found.people.append(
        People(
            scenario="job_fair", users=2, seconds=3, mix=asdict(MIXES["job_fair"]), answers=[answered],
            why_failed={"card: undetermined": 1},
            wrong={"card: accepted where it is rejected": 1}, facts={"documents_fetched": 5.0},
            cpu_seconds=1, resident_mib=90,
        )
    )  # fmt: skip
    return found


@pytest.mark.parametrize("name", sorted(MIXES))
def test_the_shares_of_a_mix_add_up(name: str) -> None:
    mix = MIXES[name]
    for shares in (mix.acts, mix.formats):
        assert sum(shares.values()) == pytest.approx(1)
    assert set(mix.formats) <= set(FORMATS)
    assert 0 <= mix.hot <= 1
    assert mix.think_seconds[0] <= mix.think_seconds[1]
    assert (BATCH in mix.acts) == (mix.batch_rows > 0)


def test_every_mix_is_a_scenarios() -> None:
    assert set(SCENARIOS) - {"__init__", "shared"} == set(MIXES)


def test_people_choose_as_their_mix_says() -> None:
    mix: Mix = MIXES["job_fair"]
    draw, times = Draw(1), 20_000
    chosen = [draw.one_of(mix.acts) for _ in range(times)]
    assert chosen.count(PAGE) / times == pytest.approx(mix.acts[PAGE], rel=0.1)
    assert sum(draw.happens(mix.revoked) for _ in range(times)) / times == pytest.approx(0.01, rel=0.3)
    assert [Draw(1).below(1_000)] == [Draw(1).below(1_000)] != [Draw(2).below(1_000)]


@pytest.mark.parametrize("made", FORMATS.values(), ids=FORMATS)
def test_one_credential_in_a_hundred_is_revoked_and_the_others_are_good(made: Format) -> None:
    evidence = world().world.evidence()
    for index, wanted in ((1, Outcome.ACCEPTED), (REVOKED_ONE_IN, Outcome.REJECTED)):
        assert decide(world().check(made, world().issue(made, index), evidence)).outcome is wanted


def test_the_second_hosts_list_says_the_same() -> None:
    made, evidence = FORMATS["eddsa-jcs-2022"], world().world.evidence()
    for index, wanted in ((1, Outcome.ACCEPTED), (REVOKED_ONE_IN, Outcome.REJECTED)):
        issued = world().issue(made, index, on_second_host=True)
        assert isinstance(issued, bytes)
        assert b"https://lists.example/" in issued
        assert decide(world().check(made, issued, evidence)).outcome is wanted


def test_bodies_come_back_from_their_file(tmp_path: Path) -> None:
    bodies = [*make_bodies(NOW, FORMATS["eddsa-jcs-2022"], range(3)), b"", b"7\n7"]
    assert read_bodies(write_bodies(tmp_path / "bodies", bodies)) == bodies
    assert orjson.loads(bodies[1]).keys() == {"verifiableCredential"}


def test_a_batch_is_a_form_with_its_files() -> None:
    files = [world().issue(FORMATS["eddsa-jcs-2022"], index) for index in range(3)]
    body = batch_body(files)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def read() -> list[bytes]:
        headers = [(b"content-type", MULTIPART_TYPE.encode())]
        async with Request({"type": "http", "headers": headers}, receive).form() as form:
            parts = form.getlist("files")
            return [await part.read() for part in parts if isinstance(part, UploadFile)]

    assert asyncio.run(read()) == files


def test_hostile_bodies_are_within_what_is_read_at_all() -> None:
    bodies = hostile_bodies(world())
    assert len(bodies) == 5
    assert all(len(body) < 1_000_000 for body in bodies.values())


def test_a_percentile_is_of_all_answers() -> None:
    answers = Answers(name="x", seconds=[number / 1e3 for number in range(100, 0, -1)])
    assert [round(answers.percentile_ms(percent)) for percent in (50, 90, 99, 100)] == [50, 90, 99, 100]
    assert Answers(name="nobody").percentile_ms(99) == 0


def test_a_request_says_how_long_it_is() -> None:
    sent = wire("http://127.0.0.1:9", "/p", b"abc", "application/json", key="k")
    assert sent.endswith(b"Content-Length: 3\r\n\r\nabc")
    assert b"Host: 127.0.0.1:9\r\n" in sent


def test_the_unit_is_one_check() -> None:
    unit = Unit()
    unit.sample()
    assert 1 < unit.microseconds < 10_000


def test_results_fit_their_schema_and_wrong_answers_are_counted(tmp_path: Path) -> None:
    found = sample()
    told = orjson.loads(found.write(tmp_path).read_bytes())
    assert [error.message for error in schema().iter_errors(told)] == []
    assert (found.errors, found.wrong) == (1, 1)
    assert list(schema().iter_errors(told | {"host": "a name"})) != []


def test_figures_are_not_more_exact_than_they_are() -> None:
    assert rounded({"a": [123.456, 7], "b": 0.000123456}) == {"a": [123.5, 7], "b": 0.0001235}


def test_plots_are_svg_without_scripts_and_the_same_each_time() -> None:
    told = orjson.loads(orjson.dumps(rounded(asdict(sample()))))
    plots = plots_of(told)
    assert tuple(plots) == NAMES
    assert plots == plots_of(told)
    for plot in plots.values():
        root = ElementTree.fromstring(plot)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"<script" not in plot
        assert b"http://pygal" not in plot
    assert plots_of(told | {"poison": []}).keys() == set(NAMES) - {"poison"}


def test_the_page_has_every_figure_of_the_file(tmp_path: Path) -> None:
    sample().write(tmp_path)
    page = generated(tmp_path)[pages.PAGE].decode()
    for piece in (
        "| x | 2.50 | 0.50 |",
        "| x | 2 |",
        "| deep | 2% |",
        "card: accepted where it is rejected (1)",
    ):
        assert piece in page


def test_committed_results_are_whole_right_and_shown() -> None:
    for file in results_in(FOLDER):
        told = orjson.loads(file.read_bytes())
        assert [error.message for error in schema().iter_errors(told)] == []
        assert file.stem == f"{told['day']}-load-{told['name']}"
        assert not any(scenario["wrong"] for scenario in told["people"])
    for name, content in generated().items():
        assert (FOLDER / name).read_bytes() == content, "run: .venv/bin/python -m loadtest.pages"
