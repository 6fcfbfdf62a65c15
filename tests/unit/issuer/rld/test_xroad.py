"""What a call over X-Road looks like on the wire: PR-REST sections 4.1 to 4.4."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from issuer.rld.port import RldUnavailable, Trouble
from issuer.rld.xroad import MAX_ANSWER_BYTES, XRoadClient, XRoadRoute, request_hash

CALL_ID = "fa2e18a5-c2cb-4d09-b994-f57727f7c3fb"
REQUEST_ID = "f92591a3-6bf0-49b1-987b-0dd78c034cc3"
ROUTE = XRoadRoute(client="KH/GOV/A B/ក", service="KH/GOV/M\u00e9/RLD", user_id="KHclerk1")


def honest(request: httpx2.Request) -> httpx2.Response:
    """The headers a security server sets, for whatever was asked."""
    headers = [(n.decode(), v.decode()) for n, v in request.headers.raw if n.decode() in SENT]
    target = request.url.raw_path.decode()
    hashed = request_hash("POST", target, [*headers, ("x-road-request-id", REQUEST_ID)], request.content)
    return httpx2.Response(
        200,
        stream=httpx2.ByteStream(b"{}"),
        headers={
            "X-Road-Client": request.headers["x-road-client"],
            "X-Road-Service": target.removeprefix("/r1/"),
            "X-Road-Id": request.headers["x-road-id"],
            "X-Road-Request-Id": REQUEST_ID,
            "X-Road-Request-Hash": hashed,
        },
    )


SENT = ("accept", "accept-encoding", "content-type", "x-road-client", "x-road-id", "x-road-userid")


def call(handler: Callable[[httpx2.Request], httpx2.Response]) -> bytes:
    async def run() -> bytes:
        transport = httpx2.MockTransport(handler)
        async with httpx2.AsyncClient(transport=transport, base_url="http://ss") as client:
            return await XRoadClient(client, ROUTE, new_id=lambda: CALL_ID).call("persons", {"name": "សុខ"})

    return asyncio.run(run())


def test_parts_of_identifiers_are_percent_encoded_each_and_headers_are_those_of_the_protocol() -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return honest(request)

    assert call(handler) == b"{}"
    (request,) = seen
    assert request.url.raw_path == b"/r1/KH/GOV/M%C3%A9/RLD/persons"
    assert request.headers["x-road-client"] == "KH/GOV/A%20B/%E1%9E%80"
    assert request.headers["x-road-id"] == CALL_ID
    assert request.headers["x-road-userid"] == "KHclerk1"
    assert "x-road-request-hash" not in request.headers
    assert "authorization" not in request.headers
    assert json.loads(request.content) == {"name": "សុខ"}


def test_the_hash_is_that_of_section_4_3() -> None:
    headers = [("x-road-client", "A/B/C"), ("x-road-request-id", REQUEST_ID)]
    text = f"POST\r\n/r1/A/B/C/D/e\r\nx-road-client:A/B/C\r\nx-road-request-id:{REQUEST_ID}\r\n".encode()
    of_headers, of_body = hashlib.sha512(text).digest(), hashlib.sha512(b"body").digest()
    with_body = base64.b64encode(hashlib.sha512(of_headers + of_body).digest()).decode()
    assert request_hash("POST", "/r1/A/B/C/D/e", headers, b"body") == with_body
    assert request_hash("POST", "/r1/A/B/C/D/e", headers, b"") == base64.b64encode(of_headers).decode()


@pytest.mark.parametrize("header", ["X-Road-Id", "X-Road-Client", "X-Road-Service", "X-Road-Request-Hash"])
@pytest.mark.parametrize("fault", ["missing", "another", "twice"])
def test_an_answer_that_is_not_to_this_call_is_not_used(header: str, fault: str) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        response = honest(request)
        given = response.headers.pop(header)
        if fault == "another":
            response.headers[header] = given[:-1] + ("A" if given[-1] != "A" else "B")
        if fault == "twice":
            pairs = [*response.headers.multi_items(), (header, given), (header, given)]
            return httpx2.Response(200, stream=httpx2.ByteStream(b"{}"), headers=pairs)
        return response

    with pytest.raises(RldUnavailable) as caught:
        call(handler)
    assert caught.value.trouble is Trouble.UNUSABLE


@pytest.mark.parametrize(
    ("status_code", "trouble"),
    [
        (301, Trouble.CONFIGURATION),
        (307, Trouble.CONFIGURATION),
        (400, Trouble.CONFIGURATION),
        (401, Trouble.REFUSED),
        (403, Trouble.REFUSED),
        (404, Trouble.CONFIGURATION),
        (429, Trouble.UNAVAILABLE),
        (500, Trouble.UNAVAILABLE),
        (204, Trouble.UNUSABLE),
    ],
)
def test_a_status_of_the_provider_says_whose_turn_it_is(status_code: int, trouble: Trouble) -> None:
    with pytest.raises(RldUnavailable) as caught:
        call(
            lambda _: httpx2.Response(
                status_code, stream=httpx2.ByteStream(b"{}"), headers={"Location": "http://evil/"}
            )
        )
    assert caught.value.trouble is trouble


def test_a_fault_wins_over_everything_else() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        response = honest(request)
        response.headers["X-Road-Error"] = "Server.ServerProxy.AccessDenied"
        return response

    with pytest.raises(RldUnavailable) as caught:
        call(handler)
    assert caught.value.trouble is Trouble.REFUSED


def test_an_answer_without_end_is_read_no_further_than_its_limit() -> None:
    class Endless(httpx2.AsyncByteStream):
        sent = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while self.sent < 20 * MAX_ANSWER_BYTES:
                self.sent += 65_536
                yield bytes(65_536)

    stream = Endless()

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=stream, headers=honest(request).headers)

    with pytest.raises(RldUnavailable) as caught:
        call(handler)
    assert caught.value.trouble is Trouble.UNUSABLE
    assert stream.sent <= MAX_ANSWER_BYTES + 65_536
