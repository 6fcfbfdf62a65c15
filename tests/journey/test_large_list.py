"""A long list with faults: each at its cell, the good rows ahead, the corrected file goes on from there."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2
import pytest

from issuer import store
from issuer.class_list import example_row, sample_class_list
from issuer.class_list.workbooks import CellValue
from passport.demo_world.people import DemoPerson, draw_people
from runtime.clock import SystemClock
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in, submit_and_approve
from tests.journey.test_first_journey import desk_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1800)]

CLERK, APPROVER = "clerk-trei-chhlonh", "approver-trei-chhlonh"
ONE_IN: Final = 20
FAULTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("rld_number", "RLD-DEMO-9{number:05d}", "rld-unknown-number"),
    ("rld_number", "?{number}", "rld-number-form"),
    ("name_km", "សុខ មិនមែន", "rld-other-name-km"),
    ("name_km", "SOK DARA", "name-not-khmer"),
    ("name_latin", "NOBODY ELSE", "rld-other-name-latin"),
    ("birth_date", "12.12.1912", "rld-other-birth-date"),
    ("birth_date", "in spring", "date-form"),
    ("end_date", "01.01.2026", "end-before-start"),
    ("hours", "many", "hours-form"),
    ("attendance_percent", "120", "attendance-form"),
    ("course_code", "NOPE", "unknown-course"),
    ("result", "perhaps", "result-form"),
)


def right_rows(people: tuple[DemoPerson, ...]) -> list[Mapping[str, CellValue]]:
    example = example_row("training", today=SystemClock().now().date())
    return [
        {
            **example,
            "rld_number": person.rld_number,
            "name_km": person.name_km,
            "name_latin": person.name_latin,
            "birth_date": person.birth_date,
            "sex": person.sex,
        }
        for person in people
    ]


async def upload(client: httpx2.AsyncClient, rows: list[Mapping[str, CellValue]]) -> dict[str, Any]:
    files = {"file": ("class.xlsx", sample_class_list("training", "xlsx", "km", rows))}
    answer = await client.post("/issuer/api/classes", data={"kind": "training"}, files=files)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def issue_all(client: httpx2.AsyncClient, class_id: str, count: int) -> None:
    await submit_and_approve(client, class_id, APPROVER)
    database = desk_of(client).context.database
    with anyio.fail_after(900):
        while (await database.read(store.progress, class_id))[0] < count:
            await anyio.sleep(0.5)


@pytest.mark.parametrize("count", [240, pytest.param(3000, marks=pytest.mark.full)])
async def test_every_fault_is_named_at_its_cell_and_the_corrected_list_goes_on(
    tmp_path: Path, count: int
) -> None:
    people = draw_people(count)
    rows = right_rows(people)
    wrong = dict(enumerate(FAULTS * (count // ONE_IN // len(FAULTS) + 1)))
    faulty, expected = list(rows), set()
    for number in range(count // ONE_IN):
        place, (key, value, rule) = number * ONE_IN + 7, wrong[number]
        faulty[place] = {**rows[place], key: value.format(number=number)}
        expected.add((place + 2, key, rule))
    assert len({rule for _, _, rule in expected}) == len(FAULTS)
    async with demo_client(tmp_path / "data", people, default_cryptosuite="eddsa-jcs-2022") as client:
        await sign_in(client, CLERK)
        first = await upload(client, faulty)
        told = [problem for problem in first["problems"] if problem["severity"] == "error"]
        assert {(p["row"], p["key"], p["rule"]) for p in told} == expected
        assert len(told) == len(expected)
        good = count - len(expected)
        assert (first["row_count"], first["ready_count"]) == (count, good)
        await issue_all(client, first["id"], good)
        second = await upload(client, rows)
        rules = Counter(problem["rule"] for problem in second["problems"])
        assert rules == {"already-issued": good}
        assert second["ready_count"] == len(expected)
        await issue_all(client, second["id"], len(expected))
        third = await upload(client, rows)
        assert (third["ready_count"], len(third["problems"])) == (0, count)


async def test_twenty_submissions_of_one_award_at_once_are_one_certificate(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    """All twenty are approved; the award is reserved once, and the other lists stop at that and say so."""
    await sign_in(client, CLERK)
    (row,) = right_rows(people[:1])
    body = {"kind": "training", "row": {key: str(value) for key, value in row.items() if value is not None}}
    answers: list[httpx2.Response] = []

    async def submit() -> None:
        answers.append(await client.post("/issuer/api/credentials", json=body))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(submit)
    assert [answer.status_code for answer in answers] == [202] * 20
    await sign_in(client, APPROVER)
    decided: list[int] = []

    async def approve(waiting: dict[str, Any]) -> None:
        proposal = {"proposal": waiting["approval"]["proposal"]}
        done = await client.post(f"/issuer/api/classes/{waiting['id']}/approve", json=proposal)
        decided.append(done.status_code)

    async with anyio.create_task_group() as tasks:
        for answer in answers:
            tasks.start_soon(approve, answer.json())
    assert set(decided) <= {202, 409}
    database = desk_of(client).context.database
    with anyio.fail_after(60):
        while not (issued := (await client.get("/issuer/api/certificates")).json())["total"]:
            await anyio.sleep(0.2)
        while True:
            states = [await database.read(store.get_class, a.json()["id"], "trei-chhlonh") for a in answers]
            if sum(one.has_failed or one.state == store.DONE for one in states) >= decided.count(202):
                break
            await anyio.sleep(0.2)
    assert issued["total"] == (await client.get("/issuer/api/certificates")).json()["total"] == 1
    assert sum(one.state == store.DONE for one in states) == 1
