"""Bodies at the door: what is read, what is refused, and how much of it."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from runtime.service import ServiceContext
from tests.unit.runtime.small_service import (
    GOOD,
    changed,
    client_of,
    problem_in,
)

pytestmark = pytest.mark.anyio


async def test_the_handler_gets_the_exact_body_and_the_value_read(client: httpx2.AsyncClient) -> None:
    for path in ("/issuer/api/rows", "/credentials/verify"):
        response = await client.post(path, json=GOOD)
        assert response.json() == {"rows": 1, "same": True}


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
    assert problem_in(response, 400)["type"].endswith("PARSING_ERROR")


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    body=st.binary(max_size=60) | st.text(alphabet='{}[]":,rows name01eE+-.\\u', max_size=60).map(str.encode)
)
def test_any_bytes_are_read_or_refused(context: ServiceContext, body: bytes) -> None:
    async def ask() -> int:
        async with client_of(context) as client:
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
    problem_in(await client.post("/issuer/api/rows", content=body, headers=two), 415)
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem_in(await client.post("/issuer/api/rows", content=body, headers=packed), 415)


async def _chunks(total: int, counted: list[int]) -> AsyncIterator[bytes]:
    for _ in range(total // 10_000):
        counted.append(10_000)
        yield b"x" * 10_000


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"]
)
async def test_a_body_without_a_declared_size_is_cut_off(context: ServiceContext, content_type: str) -> None:
    counted: list[int] = []
    async with client_of(changed(context, max_body_bytes=50_000)) as client:
        response = await client.post(
            "/issuer/api/rows", content=_chunks(10_000_000, counted), headers={"Content-Type": content_type}
        )
    problem_in(response, 413)
    assert sum(counted) <= 60_000


async def test_a_declared_size_beyond_the_limit_is_refused_unread(context: ServiceContext) -> None:
    counted: list[int] = []
    async with client_of(changed(context, max_body_bytes=50_000)) as client:
        headers = {"Content-Type": "application/json", "Content-Length": "50001"}
        response = await client.post("/issuer/api/rows", content=_chunks(100_000, counted), headers=headers)
    problem_in(response, 413)
    assert not counted


async def test_a_body_that_never_ends_is_given_up(context: ServiceContext) -> None:
    async def drip(first: bytes) -> AsyncIterator[bytes]:
        yield first
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    async with client_of(changed(context, body_timeout_seconds=0.3)) as client:
        for content_type, first in (("application/json", b"["), ("multipart/form-data; boundary=x", part)):
            async with asyncio.timeout(5):
                response = await client.post(
                    "/issuer/api/upload", content=drip(first), headers={"Content-Type": content_type}
                )
            problem_in(response, 408)


async def test_an_upload_passes_and_one_too_large_is_cut_off(context: ServiceContext) -> None:
    async with client_of(changed(context, max_upload_bytes=50_000)) as client:
        response = await client.post("/issuer/api/upload", files={"file": ("a.csv", b"x" * 40_000)})
        assert response.json() == {"size": 40_000}
        response = await client.post("/issuer/api/upload", files={"file": ("a.csv", b"x" * 60_000)})
        problem_in(response, 413)

        counted: list[int] = []

        async def undeclared() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            async for chunk in _chunks(10_000_000, counted):
                yield chunk

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        problem_in(await client.post("/issuer/api/upload", content=undeclared(), headers=headers), 413)
        assert sum(counted) <= 60_000


@pytest.mark.parametrize("body", [b"", b"--x", b"--y\r\n\r\n", b"--x\r\n\r\n--x--", b"\x00" * 100])
async def test_a_broken_upload_is_the_clients_fault(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem_in(await client.post("/issuer/api/upload", content=body, headers=headers), 400)


@pytest.mark.parametrize(
    "body", [b"name=a%00b", b"name=%ff", b"name=%1b[2J", "name=ក".encode(), b"name=\xff"]
)
async def test_a_form_with_hidden_bytes_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    problem_in(await client.post("/issuer/form", content=body, headers=headers), 400)


async def test_a_form_in_khmer_passes(client: httpx2.AsyncClient) -> None:
    response = await client.post("/issuer/form", data={"name": "សុខា\r\n"})
    assert response.json() == {"length": "6"}


@pytest.mark.parametrize(
    "path",
    ["/issuer/api/item/%00", "/issuer/api/item/1?x=%00", "/issuer/api/item/1?x=%ff", "/issuer/%0d%0aX"],
)
async def test_a_path_or_query_with_hidden_bytes_is_refused(client: httpx2.AsyncClient, path: str) -> None:
    problem_in(await client.get(path), 400)
