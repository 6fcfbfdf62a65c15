"""A small service behind the real doors, asked by an HTTP client."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request, Response, UploadFile
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from runtime.auth import (
    SESSION_COOKIE,
    Principal,
    Role,
    current_principal_or_none,
    issue_access_token,
    issue_session,
    require_role,
    require_service,
    service_token,
)
from runtime.clock import FixedClock
from runtime.database import StorageUnavailable
from runtime.http import SECURITY_HEADERS, build_app
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from runtime.settings import Settings
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    Finding,
    MalformedValue,
    NotAuthorized,
    NotFound,
    ParseError,
    ProblemType,
    RangeError,
    RateLimited,
    TransformationError,
    UnknownOption,
)

pytestmark = pytest.mark.anyio
SECRET_TEXT = "សុខា-marker-71"
CLERK = Principal(subject="clerk-1", name="Sokha", role=Role.CLERK)
RECRUITER = Principal(subject="recruiter-1", name="Kim", role=Role.RECRUITER)

RAISED: dict[str, Exception] = {
    "parse": ParseError("It cannot be read."),
    "malformed": MalformedValue("A member is wrong.", pointer="/a/0"),
    "range": RangeError("Too far."),
    "option": UnknownOption("Not known."),
    "transformation": TransformationError("Lossy."),
    "evidence": EvidenceUnavailable("The list cannot be had."),
    "storage": StorageUnavailable("Full."),
    "conflict": ConflictError("Done already."),
    "absent": NotFound("None."),
    "forbidden": NotAuthorized("Not yours."),
    "often": RateLimited("Wait.", retry_after=7),
    "teapot": HTTPException(418, SECRET_TEXT),
    "bug": RuntimeError(SECRET_TEXT),
}


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=5)
    level: int


class Rows(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: list[Row]


router = APIRouter()


@router.post("/issuer/api/rows")
@router.post("/credentials/verify")
async def take_rows(request: Request, body: Rows) -> dict[str, Any]:
    again = json.loads(await request.body())
    return {"rows": len(body.rows), "same": again == request.state.json}


@router.post("/issuer/form")
async def take_form(name: Annotated[str, Form()]) -> dict[str, str]:
    return {"length": str(len(name))}


@router.post("/issuer/api/upload")
async def take_upload(file: UploadFile) -> dict[str, int]:
    return {"size": len(await file.read())}


@router.get("/issuer/api/raise/{name}")
@router.get("/issuer/raise/{name}")
async def raise_it(name: str) -> None:
    raise RAISED[name]


@router.get("/issuer/item/{number}")
@router.get("/issuer/api/item/{number}")
async def item(number: int, part: int = 0) -> dict[str, int]:
    return {"number": number, "part": part}


@router.get("/issuer/desk")
@router.get("/issuer/api/desk")
@router.post("/issuer/desk")
async def desk(principal: Annotated[Principal, Depends(require_role(Role.CLERK))]) -> dict[str, str]:
    return {"subject": principal.subject}


@router.get("/issuer/who")
async def who(
    request: Request, principal: Annotated[Principal | None, Depends(current_principal_or_none)]
) -> dict[str, Any]:
    return {"subject": principal and principal.subject, "state": request.state.principal is principal}


@router.get("/issuer/api/internal")
async def internal(caller: Annotated[Principal, Depends(require_service("revocation"))]) -> dict[str, str]:
    return {"caller": caller.subject}


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    context = context_of(request)
    response = Response()
    issue_session(response, CLERK, settings=context.settings, now=context.clock.now())
    return response


@router.get("/issuer/limited", dependencies=[Depends(rate_limit("test-page", "3/minute"))])
async def limited() -> dict[str, bool]:
    return {"ok": True}


@router.get("/issuer/cached")
async def cached() -> Response:
    return Response(b"x", headers={"ETag": '"1"', "Content-Security-Policy": "default-src 'none'"})


def _client(context: ServiceContext, **options: Any) -> httpx2.AsyncClient:
    app = build_app(context, title="Test", routers=[router])
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url=context.settings.base_url, trust_env=False, **options
    )


@pytest.fixture
async def client(context: ServiceContext) -> AsyncIterator[httpx2.AsyncClient]:
    async with _client(context) as opened:
        yield opened


def _problem(response: httpx2.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "requestId"} <= body.keys()
    assert body["type"].startswith("http")
    assert body["requestId"] == response.headers["x-request-id"]
    return body


GOOD = {"rows": [{"name": "a", "level": 1}]}


async def test_the_handler_gets_the_exact_body_and_the_value_read(client: httpx2.AsyncClient) -> None:
    for path in ("/issuer/api/rows", "/credentials/verify"):
        response = await client.post(path, json=GOOD)
        assert response.json() == {"rows": 1, "same": True}


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
    body = _problem(answer, status)
    assert body["type"].endswith(problem_type.value)
    page = await client.get(f"/issuer/raise/{name}", headers={"Accept": "text/html,*/*"})
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    for response in (answer, page):
        assert SECRET_TEXT not in response.text
        assert ("retry-after" in response.headers) == (status in (429, 503))


async def test_findings_are_listed_with_their_places(client: httpx2.AsyncClient) -> None:
    body = _problem(await client.get("/issuer/api/raise/malformed"), 400)
    assert [finding["pointer"] for finding in body["errors"]] == ["/a/0"]
    RAISED["several"] = ParseError(
        "x", findings=tuple(Finding(type=ProblemType.ROW_ERROR, detail=str(n)) for n in range(3))
    )
    body = _problem(await client.get("/issuer/api/raise/several"), 400)
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
        ([SECRET_TEXT], "", "MALFORMED_VALUE_ERROR"),
    ],
)
async def test_a_body_of_the_wrong_shape_is_named_and_not_repeated(
    client: httpx2.AsyncClient, body: object, pointer: str, problem_type: str
) -> None:
    response = await client.post("/issuer/api/rows", json=body)
    problem = _problem(response, 400)
    assert problem["type"].endswith(problem_type)
    assert problem["errors"][0]["pointer"] == pointer
    assert "marker" not in response.text


@pytest.mark.parametrize("path", ["/issuer/api/item/x", "/issuer/api/item/1?part=marker", "/issuer/api/item/1e3"])
async def test_a_wrong_path_or_query_value_is_refused_and_not_repeated(
    client: httpx2.AsyncClient, path: str
) -> None:
    response = await client.get(path)
    assert "errors" in _problem(response, 400)
    assert "marker" not in response.text


async def test_an_unknown_path_and_a_wrong_method(client: httpx2.AsyncClient) -> None:
    _problem(await client.get("/issuer/api/none"), 404)
    wrong = await client.delete("/issuer/api/rows")
    _problem(wrong, 405)
    assert wrong.headers["allow"] == "POST"


HOSTILE_BODIES = {
    "empty": b"",
    "not_json": b"{",
    "trailing_data": b"{}{}",
    "duplicate_key": b'{"rows": [], "rows": []}',
    "nan": b'{"rows": [{"name": "a", "level": NaN}]}',
    "infinity": b'{"rows": [{"name": "a", "level": Infinity}]}',
    "overflow": b'{"rows": [{"name": "a", "level": 1e400}]}',
    "unsafe_integer": b'{"rows": [{"name": "a", "level": 9007199254740993}]}',
    "lone_surrogate": b'{"rows": [{"name": "\\ud800", "level": 1}]}',
    "nul": b'{"rows": [{"name": "\\u0000", "level": 1}]}',
    "byte_order_mark": b'\xef\xbb\xbf{"rows": []}',
    "utf_16": '{"rows": []}'.encode("utf-16"),
    "utf_16_without_mark": '{"rows": []}'.encode("utf-16-le"),
    "utf_32": '{"rows": []}'.encode("utf-32"),
    "latin_1": b'{"rows": [{"name": "\xe9", "level": 1}]}',
    "overlong_utf_8": b'{"rows": [{"name": "\xc0\xaf", "level": 1}]}',
    "deep": b"[" * 100_000,
    "deep_closed": b"[" * 5_000 + b"]" * 5_000,
    "comment": b'{"rows": [] /* x */}',
    "single_quotes": b"{'rows': []}",
    "long_integer": b'{"rows": [{"name": "a", "level": ' + b"9" * 100_000 + b"}]}",
}


@pytest.mark.parametrize("fault", HOSTILE_BODIES)
async def test_a_hostile_body_is_refused_at_the_door(client: httpx2.AsyncClient, fault: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = await client.post("/issuer/api/rows", content=HOSTILE_BODIES[fault], headers=headers)
    assert _problem(response, 400)["type"].endswith("PARSING_ERROR")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=st.binary(max_size=60) | st.text(alphabet='{}[]":,rows name01eE+-.\\u', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(context: ServiceContext, body: bytes) -> None:
    async def ask() -> int:
        async with _client(context) as client:
            headers = {"Content-Type": "application/json"}
            return (await client.post("/issuer/api/rows", content=body, headers=headers)).status_code

    assert asyncio.run(ask()) in (200, 400)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON; charset="UTF-8"', 200),
        ("application/ld+json", 200),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/jsonx", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/xml", 415),
        ("", 415),
        (None, 415),
    ],
)
async def test_the_verify_routes_take_json_only(
    client: httpx2.AsyncClient, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await client.post("/credentials/verify", content=json.dumps(GOOD).encode(), headers=headers)
    assert response.status_code == status, response.text


async def test_two_content_types_and_a_compressed_body_are_refused(client: httpx2.AsyncClient) -> None:
    body = json.dumps(GOOD).encode()
    two = [("Content-Type", "application/json"), ("Content-Type", "text/plain")]
    _problem(await client.post("/issuer/api/rows", content=body, headers=two), 415)
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    _problem(await client.post("/issuer/api/rows", content=body, headers=packed), 415)


def _small(context: ServiceContext, **limits: Any) -> ServiceContext:
    changed = context.settings.model_copy(update=limits)
    return ServiceContext(
        service=context.service,
        settings=changed,
        clock=context.clock,
        database=context.database,
        keyring=context.keyring,
        peers=context.peers,
        fetcher=context.fetcher,
        pages=context.pages,
    )


async def _chunks(total: int, counted: list[int]) -> AsyncIterator[bytes]:
    for _ in range(total // 10_000):
        counted.append(10_000)
        yield b"x" * 10_000


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
async def test_a_body_without_a_declared_size_is_cut_off(context: ServiceContext, content_type: str) -> None:
    counted: list[int] = []
    async with _client(_small(context, max_body_bytes=50_000)) as client:
        response = await client.post(
            "/issuer/api/rows", content=_chunks(10_000_000, counted), headers={"Content-Type": content_type}
        )
    _problem(response, 413)
    assert sum(counted) <= 60_000


async def test_a_declared_size_beyond_the_limit_is_refused_unread(context: ServiceContext) -> None:
    counted: list[int] = []
    async with _client(_small(context, max_body_bytes=50_000)) as client:
        headers = {"Content-Type": "application/json", "Content-Length": "50001"}
        response = await client.post("/issuer/api/rows", content=_chunks(100_000, counted), headers=headers)
    _problem(response, 413)
    assert not counted


async def test_a_body_that_never_ends_is_given_up(context: ServiceContext) -> None:
    async def drip(first: bytes) -> AsyncIterator[bytes]:
        yield first
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    async with _client(_small(context, body_timeout_seconds=0.3)) as client:
        for content_type, first in (("application/json", b"["), ("multipart/form-data; boundary=x", part)):
            async with asyncio.timeout(5):
                response = await client.post(
                    "/issuer/api/upload", content=drip(first), headers={"Content-Type": content_type}
                )
            _problem(response, 408)


async def test_an_upload_passes_and_one_too_large_is_cut_off(context: ServiceContext) -> None:
    async with _client(_small(context, max_upload_bytes=50_000)) as client:
        response = await client.post("/issuer/api/upload", files={"file": ("a.csv", b"x" * 40_000)})
        assert response.json() == {"size": 40_000}
        response = await client.post("/issuer/api/upload", files={"file": ("a.csv", b"x" * 60_000)})
        _problem(response, 413)

        counted: list[int] = []

        async def undeclared() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            async for chunk in _chunks(10_000_000, counted):
                yield chunk

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        _problem(await client.post("/issuer/api/upload", content=undeclared(), headers=headers), 413)
        assert sum(counted) <= 60_000


@pytest.mark.parametrize("body", [b"", b"--x", b"--y\r\n\r\n", b"--x\r\n\r\n--x--", b"\x00" * 100])
async def test_a_broken_upload_is_the_clients_fault(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    _problem(await client.post("/issuer/api/upload", content=body, headers=headers), 400)


@pytest.mark.parametrize("body", [b"name=a%00b", b"name=%ff", b"name=%1b[2J", "name=ក".encode(), b"name=\xff"])
async def test_a_form_with_hidden_bytes_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _problem(await client.post("/issuer/form", content=body, headers=headers), 400)


async def test_a_form_in_khmer_passes(client: httpx2.AsyncClient) -> None:
    response = await client.post("/issuer/form", data={"name": "សុខា\r\n"})
    assert response.json() == {"length": "6"}


@pytest.mark.parametrize("path", ["/issuer/api/item/%00", "/issuer/api/item/1?x=%00", "/issuer/api/item/1?x=%ff", "/issuer/%0d%0aX"])
async def test_a_path_or_query_with_hidden_bytes_is_refused(client: httpx2.AsyncClient, path: str) -> None:
    _problem(await client.get(path), 400)


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/issuer/item/1", "/issuer/none", "/issuer/raise/bug"):
        response = await client.get(path, headers={"Accept": "text/html"})
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value
        assert response.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in response.headers
    assert "camera=(self)" in SECURITY_HEADERS["Permissions-Policy"]
    assert "'unsafe-inline'" not in SECURITY_HEADERS["Content-Security-Policy"]


async def test_an_answer_may_set_stricter_headers_and_be_cached(client: httpx2.AsyncClient) -> None:
    response = await client.get("/issuer/cached")
    assert response.headers["content-security-policy"] == "default-src 'none'"
    assert "cache-control" not in response.headers


async def test_https_is_insisted_on_where_it_is_used(context: ServiceContext) -> None:
    async with _client(_small(context, base_url="https://a.example")) as client:
        response = await client.get("/issuer/item/1")
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_request_ids_differ_and_are_not_taken_from_the_client(client: httpx2.AsyncClient) -> None:
    seen = {
        (await client.get("/issuer/item/1", headers={"X-Request-Id": "mine"})).headers["x-request-id"] for _ in range(5)
    }
    assert len(seen) == 5
    assert "mine" not in seen


async def test_the_log_names_the_route_and_nothing_of_the_request(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/issuer/item/7341?part=9182", headers={"User-Agent": "agent-5566"})
    written = "".join(capsys.readouterr())
    assert "/issuer/item/{number}" in written
    assert not re.search("7341|9182|5566", written)


def _session(context: ServiceContext, principal: Principal) -> dict[str, str]:
    response = Response()
    issue_session(response, principal, settings=context.settings, now=context.clock.now())
    return {"Cookie": response.headers["set-cookie"].split(";")[0]}


def _bearer(context: ServiceContext, principal: Principal) -> dict[str, str]:
    token = issue_access_token(principal, settings=context.settings, now=context.clock.now())
    return {"Authorization": f"Bearer {token}"}


async def test_a_person_at_a_page_is_sent_to_sign_in_and_back(client: httpx2.AsyncClient) -> None:
    response = await client.get("/issuer/desk?page=2", headers={"Accept": "text/html"})
    assert response.status_code == 303
    assert response.headers["location"] == "/sign-in?next=%2Fissuer%2Fdesk%3Fpage%3D2"
    part = await client.get("/issuer/desk", headers={"Accept": "text/html", "HX-Request": "true"})
    assert part.status_code == 401
    assert part.headers["hx-redirect"] == "/sign-in?next=%2Fissuer%2Fdesk"


async def test_a_program_is_told_401_and_403(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    nobody = await client.get("/issuer/api/desk", headers={"Accept": "text/html"})
    _problem(nobody, 401)
    assert nobody.headers["www-authenticate"] == "Bearer"
    _problem(await client.get("/issuer/api/desk", headers=_bearer(context, RECRUITER)), 403)
    page = await client.get("/issuer/desk", headers=_session(context, RECRUITER) | {"Accept": "text/html"})
    assert page.status_code == 403
    for headers in (_bearer(context, CLERK), _session(context, CLERK)):
        assert (await client.get("/issuer/api/desk", headers=headers)).json() == {"subject": "clerk-1"}


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer x y", "Basic eDp5", "bearer x", "Bearer \x00x"])
async def test_a_bad_authorization_header_is_401_even_beside_a_session(
    context: ServiceContext, client: httpx2.AsyncClient, value: str
) -> None:
    headers = _session(context, CLERK) | {"Authorization": value}
    _problem(await client.get("/issuer/api/desk", headers=headers), 401)


async def test_two_authorization_headers_are_401(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    twice = [*_bearer(context, CLERK).items(), *_bearer(context, CLERK).items()]
    _problem(await client.get("/issuer/api/desk", headers=twice), 401)


async def test_a_session_that_has_ended_is_nobody(
    context: ServiceContext, clock: FixedClock, client: httpx2.AsyncClient
) -> None:
    headers = _session(context, CLERK)
    assert (await client.get("/issuer/who", headers=headers)).json() == {"subject": "clerk-1", "state": True}
    headers["Cookie"] = headers["Cookie"][:-3]
    assert (await client.get("/issuer/who", headers=headers)).json() == {"subject": None, "state": True}


async def test_a_service_route_is_for_the_named_services(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    def token(caller: str, audience: str) -> dict[str, str]:
        text = service_token(
            caller=caller, audience=audience, settings=context.settings, now=context.clock.now()
        )
        return {"Authorization": f"Bearer {text}"}

    path = "/issuer/api/internal"
    assert (await client.get(path, headers=token("revocation", "issuer"))).json() == {"caller": "revocation"}
    _problem(await client.get(path, headers=token("wallet_api", "issuer")), 403)
    _problem(await client.get(path, headers=token("revocation", "wallet_api")), 401)
    _problem(await client.get(path, headers=_bearer(context, CLERK)), 401)
    _problem(await client.get(path, headers=_session(context, CLERK)), 401)
    _problem(await client.get(path), 401)
    _problem(await client.get("/issuer/api/desk", headers=token("revocation", "issuer")), 401)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, False),
        ({"Origin": "https://evil.example", "Referer": "http://127.0.0.1:8000/"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8000"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
async def test_what_changes_something_in_a_session_comes_from_our_pages(
    context: ServiceContext, client: httpx2.AsyncClient, headers: dict[str, str], allowed: bool
) -> None:
    response = await client.post("/issuer/desk", headers=_session(context, CLERK) | headers)
    if allowed:
        assert response.status_code == 200
    else:
        _problem(response, 403)


async def test_another_site_cannot_sign_somebody_in(client: httpx2.AsyncClient) -> None:
    response = await client.post("/sign-in", data={"a": "b"}, headers={"Origin": "https://evil.example"})
    _problem(response, 403)
    assert "set-cookie" not in response.headers
    response = await client.post("/sign-in", data={"a": "b"}, headers={"Origin": "http://127.0.0.1:8000"})
    assert SESSION_COOKIE in response.headers["set-cookie"]


async def test_programs_with_tokens_need_no_origin(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    response = await client.post("/issuer/desk", headers=_bearer(context, CLERK))
    assert response.status_code == 200
    response = await client.post("/credentials/verify", json=GOOD, headers={"Origin": "https://other.example"})
    assert response.status_code == 200


async def test_a_limit_counts_each_client_for_itself(context: ServiceContext) -> None:
    app = build_app(context, title="Test", routers=[router])

    async def ask(address: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.get("/issuer/limited", headers={"Accept": "application/json"})

    statuses = [(await ask("203.0.113.1")).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert 1 <= int((await ask("203.0.113.1")).headers["retry-after"]) <= 60
    assert (await ask("203.0.113.2")).status_code == 200
    one_network = [(await ask(f"2001:db8:1:2::{number:x}")).status_code for number in range(4)]
    assert one_network == [200, 200, 200, 429]
    assert (await ask("::ffff:203.0.113.1")).status_code == 429


async def test_a_setting_replaces_a_limit(context: ServiceContext) -> None:
    async with _client(_small(context, rate_limits={"test-page": "1/hour"})) as client:
        assert [(await client.get("/issuer/limited")).status_code for _ in range(2)] == [200, 429]


async def test_the_lifespan_runs(context: ServiceContext) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seen.append(app.state.context.service)
        yield
        seen.append("end")

    app = build_app(context, title="Test", routers=[], lifespan=lifespan)
    async with app.router.lifespan_context(app):
        assert seen == ["issuer"]
    assert seen == ["issuer", "end"]


async def test_a_service_asks_its_peer_inside_the_process(settings: Settings, context: ServiceContext) -> None:
    from runtime.clients import Peers

    apps: dict[str, Any] = {}
    peers = Peers(settings, context.clock, "revocation", apps)
    apps["issuer"] = build_app(context, title="Test", routers=[router])
    client = peers.client("issuer")
    assert client is peers.client("issuer")
    assert (await client.get("/issuer/api/internal")).json() == {"caller": "revocation"}
    assert (await client.get("/issuer/api/raise/bug")).status_code == 500
    await peers.aclose()
    assert (await peers.client("issuer").get("/issuer/api/internal")).status_code == 200
    await peers.aclose()
