"""The capacity model: its laws, its committed inputs, and the page that shows what it gives."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.capacity import BEGIN, END, margins_of, needs_of, tables, written_into
from loadtest.capacity_inputs import COMMITTED, Inputs, Place, read_inputs
from runtime import documents, verification
from runtime.settings import Settings
from tests.simulator import LIST_LENGTH
from vc.trust.trust_list import LIST_LIMITS

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "scale.md"
INPUTS = read_inputs()


def place(**changes: Any) -> Place:
    """A place of middling size."""
    whole = Place(
        name="somewhere",
        holders=1_000,
        credentials=5_000,
        issued_a_year=1_000,
        checks_a_second=10,
        verifiers=2,
        issuers=10,
    )
    return replace(whole, **changes)


def test_the_page_shows_what_the_model_gives() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written_into(page, INPUTS) == page


def test_a_page_without_a_place_for_the_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="one place"):
        written_into("# A page\n", INPUTS)
    assert tables(INPUTS) in written_into(f"# A page\n{BEGIN}\nold\n{END}\n", INPUTS)


def test_the_bounds_are_those_of_the_product() -> None:
    limits, choices = INPUTS.limits, INPUTS.choices
    product = Settings.model_fields
    assert limits.fetch_bytes == product["fetch_max_bytes"].default
    assert limits.documents_held == documents.MAX_DOCUMENTS
    assert limits.list_members == LIST_LIMITS.max_members
    assert limits.memo_bytes == verification.MAX_MEMO_BYTES
    assert choices.list_length == LIST_LENGTH
    assert choices.resign_seconds == product["status_resign_seconds"].default


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [("choices", "most_busy", 0), ("limits", "list_members", "many"), ("choices", "surprise", 1)],
)
def test_inputs_that_cannot_be_meant_are_refused(tmp_path: Path, part: str, name: str, value: object) -> None:
    document = orjson.loads(COMMITTED.read_bytes())
    document[part][name] = value
    file = tmp_path / "inputs.json"
    file.write_bytes(orjson.dumps(document))
    with pytest.raises(ValueError, match=name):
        read_inputs(file)


def test_a_cost_that_is_missing_is_named(tmp_path: Path) -> None:
    document = orjson.loads(COMMITTED.read_bytes())
    del document["costs"]["check_seconds"]
    file = tmp_path / "inputs.json"
    file.write_bytes(orjson.dumps(document))
    with pytest.raises(ValueError, match="check_seconds"):
        read_inputs(file)


def test_every_cost_names_the_command_that_gives_it() -> None:
    document = orjson.loads(COMMITTED.read_bytes())
    for name, cost in document["costs"].items():
        assert cost["from"].startswith("python -m loadtest."), name
        module = cost["from"].split()[2].split(".")[1]
        assert (COMMITTED.parent / f"{module}.py").exists(), name


@given(factor=st.integers(1, 1_000), field=st.sampled_from(["credentials", "issued_a_year", "issuers"]))
@settings(max_examples=60, deadline=None)
def test_a_larger_place_never_needs_less(factor: int, field: str) -> None:
    small, large = place(), place(**{field: getattr(place(), field) * factor})
    few, many = needs_of(INPUTS, small), needs_of(INPUTS, large)
    for name in ("lists", "processes", "machines", "worker_bytes", "trust_list_bytes", "issuing_workers"):
        assert getattr(few, name) <= getattr(many, name), name
    for name in ("database_bytes", "growth_bytes", "resign_seconds", "published_rate"):
        assert getattr(few, name) <= getattr(many, name) + 1e-6, name


@given(factor=st.integers(1, 1_000))
@settings(max_examples=60, deadline=None)
def test_more_checks_take_more_processes_and_never_exceed_the_share_planned_with(factor: int) -> None:
    needs = needs_of(INPUTS, place(checks_a_second=10 * factor))
    busy = 10 * factor * INPUTS.costs.check_seconds / needs.processes
    assert busy <= INPUTS.choices.most_busy
    assert needs.processes <= needs.machines * INPUTS.choices.cores_a_machine


def test_a_place_with_one_list_is_never_said_to_wait_for_more() -> None:
    needs = needs_of(INPUTS, place(credentials=1))
    assert needs.lists == 1
    assert 0 < needs.waiting_share < 0.01


def test_the_tightest_bound_stands_first() -> None:
    crowded = needs_of(INPUTS, place(issuers=1_000_000))
    margins = margins_of(INPUTS, crowded)
    assert [margin.used for margin in margins] == sorted((m.used for m in margins), reverse=True)
    assert "trust list" in margins[0].what
    assert margins[0].used > 1


def test_costs_twice_as_high_need_at_least_as_much() -> None:
    dearer: Inputs = replace(
        INPUTS, costs=replace(INPUTS.costs, issue_seconds=INPUTS.costs.issue_seconds * 2)
    )
    for some in INPUTS.places:
        assert needs_of(dearer, some).issuing_workers >= needs_of(INPUTS, some).issuing_workers
