"""Every failure becomes an answer, and no answer repeats what was sent."""

import httpx2
import pytest

from tests.unit.runtime.small_service import RAISED, SECRET_TEXT, problem_in
from vc.errors import Finding, ParseError, ProblemType

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("name", "status", "problem_type"),
    [
        ("parse", 400, ProblemType.PARSING_ERROR),
        ("malformed", 400, ProblemType.MALFORMED_VALUE_ERROR),
        ("range", 400, ProblemType.RANGE_ERROR),
        ("option", 400, ProblemType.UNKNOWN_OPTION_PROVIDED),
        ("transformation", 422, ProblemType.PROOF_TRANSFORMATION_ERROR),
        ("evidence", 503, ProblemType.UNAVAILABLE),
        ("storage", 503, ProblemType.UNAVAILABLE),
        ("conflict", 409, ProblemType.CONFLICT),
        ("absent", 404, ProblemType.NOT_FOUND),
        ("forbidden", 403, ProblemType.NOT_AUTHORIZED),
        ("often", 429, ProblemType.RATE_LIMITED),
        ("teapot", 418, ProblemType.PARSING_ERROR),
        ("bug", 500, ProblemType.INTERNAL),
    ],
)
async def test_every_failure_has_its_status_as_problem_and_as_page(
    client: httpx2.AsyncClient, name: str, status: int, problem_type: ProblemType
) -> None:
    answer = await client.get(f"/issuer/api/raise/{name}", headers={"Accept": "text/html"})
    body = problem_in(answer, status)
    assert body["type"].endswith(problem_type.value)
    page = await client.get(f"/issuer/raise/{name}", headers={"Accept": "text/html,*/*"})
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    for response in (answer, page):
        assert SECRET_TEXT not in response.text
        assert ("retry-after" in response.headers) == (status in (429, 503))


async def test_findings_are_listed_with_their_places(client: httpx2.AsyncClient) -> None:
    body = problem_in(await client.get("/issuer/api/raise/malformed"), 400)
    assert [finding["pointer"] for finding in body["errors"]] == ["/a/0"]
    RAISED["several"] = ParseError(
        "x", findings=tuple(Finding(type=ProblemType.ROW_ERROR, detail=str(n)) for n in range(3))
    )
    body = problem_in(await client.get("/issuer/api/raise/several"), 400)
    assert [finding["detail"] for finding in body["errors"]] == ["0", "1", "2"]
    assert body["errors"][0]["type"] == "http://127.0.0.1:8000/problems#ROW_ERROR"
    assert "pointer" not in body["errors"][0]


async def test_an_unexpected_error_is_logged_without_its_message(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await client.get(f"/issuer/api/raise/bug?name={SECRET_TEXT}")
    written = "".join(capsys.readouterr())
    assert "RuntimeError" in written
    assert response.json()["requestId"] in written
    assert SECRET_TEXT not in written
    assert "marker" not in written


@pytest.mark.parametrize(
    ("body", "pointer", "problem_type"),
    [
        ({}, "/rows", "MALFORMED_VALUE_ERROR"),
        ({"rows": [{"name": "a", "level": 1}, {"name": "a"}]}, "/rows/1/level", "MALFORMED_VALUE_ERROR"),
        ({"rows": [{"name": SECRET_TEXT, "level": 1}]}, "/rows/0/name", "MALFORMED_VALUE_ERROR"),
        ({"rows": [{"name": "a", "level": SECRET_TEXT}]}, "/rows/0/level", "MALFORMED_VALUE_ERROR"),
        ({"rows": [{"name": "a", "level": 1, SECRET_TEXT: 1}]}, "/rows/0", "UNKNOWN_OPTION_PROVIDED"),
        ({"rows": [], "labels": {SECRET_TEXT: "x"}}, "/labels", "MALFORMED_VALUE_ERROR"),
        ([SECRET_TEXT], "", "MALFORMED_VALUE_ERROR"),
    ],
)
async def test_a_body_of_the_wrong_shape_is_named_and_not_repeated(
    client: httpx2.AsyncClient, body: object, pointer: str, problem_type: str
) -> None:
    response = await client.post("/issuer/api/rows", json=body)
    problem = problem_in(response, 400)
    assert problem["type"].endswith(problem_type)
    assert problem["errors"][0]["pointer"] == pointer
    assert "marker" not in response.text


@pytest.mark.parametrize(
    "path", ["/issuer/api/item/x", "/issuer/api/item/1?part=marker", "/issuer/api/item/1e3"]
)
async def test_a_wrong_path_or_query_value_is_refused_and_not_repeated(
    client: httpx2.AsyncClient, path: str
) -> None:
    response = await client.get(path)
    assert "errors" in problem_in(response, 400)
    assert "marker" not in response.text


async def test_an_unknown_path_and_a_wrong_method(client: httpx2.AsyncClient) -> None:
    problem_in(await client.get("/issuer/api/none"), 404)
    wrong = await client.delete("/issuer/api/rows")
    problem_in(wrong, 405)
    assert wrong.headers["allow"] == "POST"
