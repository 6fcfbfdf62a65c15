"""The fetcher against a real listener: what arrives, what is cut off, what is given up."""

import asyncio
import gzip
from pathlib import Path

import pytest

from runtime.clock import FixedClock
from runtime.fetch import Fetched, Fetcher, NotModified, Unavailable, UnavailableReason
from runtime.settings import Settings
from tests.unit.runtime.collaborator import answering, listening, reason_of

pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]


def _fetcher(tmp_path: Path, clock: FixedClock, *trusted: str, timeout: float = 2.0) -> Fetcher:
    settings = Settings(
        data_dir=tmp_path, trusted_origins=trusted, fetch_timeout_seconds=timeout, fetch_max_bytes=20_000
    )
    return Fetcher(settings, clock)


async def test_a_document_arrives_as_its_exact_bytes(tmp_path: Path, clock: FixedClock) -> None:
    body = b'{"a": 1}\n\xff'
    async with listening(answering("200 OK", body, 'ETag: "v1"')) as other:
        url = f"{other.origin}/a%2Fb/did.json?x=1"
        result = await _fetcher(tmp_path, clock, other.origin).get(url)
    assert result == Fetched(url=url, body=body, etag='"v1"', fetched_at=clock.now())
    sent = other.requests[0].decode().lower()
    assert sent.startswith("get /a%2fb/did.json?x=1 http/1.1")
    assert f"host: 127.0.0.1:{other.port}" in sent
    assert "accept-encoding: identity" in sent
    assert "cookie" not in sent
    assert "authorization" not in sent


async def test_asking_again_with_the_etag(tmp_path: Path, clock: FixedClock) -> None:
    async with listening(answering("304 Not Modified")) as other:
        fetcher = _fetcher(tmp_path, clock, other.origin)
        result = await fetcher.get(f"{other.origin}/x", etag='"v1"')
        assert isinstance(result, NotModified)
        assert b'\r\nIf-None-Match: "v1"\r\n' in other.requests[0]
        assert reason_of(await fetcher.get(f"{other.origin}/x")) == UnavailableReason.REDIRECTED


@pytest.mark.parametrize("etag", ['"v\r\nCookie: a=b"', "bare", '"ក"', '"' + "x" * 300 + '"', "*"])
async def test_what_is_no_etag_is_neither_kept_nor_sent(tmp_path: Path, clock: FixedClock, etag: str) -> None:
    header = "ETag: " + etag.encode("ascii", "ignore").decode().replace("\r\n", "")
    async with listening(answering("200 OK", b"x", header.replace('""', "x"))) as other:
        fetcher = _fetcher(tmp_path, clock, other.origin)
        result = await fetcher.get(f"{other.origin}/x", etag=etag)
    assert isinstance(result, Fetched)
    assert b"if-none-match" not in other.requests[0].lower()
    assert b"cookie" not in other.requests[0].lower()


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
async def test_a_redirect_is_not_followed(tmp_path: Path, clock: FixedClock, status: str) -> None:
    async with listening(answering("200 OK", b"secret")) as inside:
        location = f"Location: {inside.origin}/"
        async with listening(answering(status, b"", location)) as other:
            result = await _fetcher(tmp_path, clock, other.origin, inside.origin).get(f"{other.origin}/x")
    assert reason_of(result) == UnavailableReason.REDIRECTED
    assert inside.contacts == 0


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "206 Partial", "401 No", "404 No", "500 No"]
)
async def test_another_status_is_no_document(tmp_path: Path, clock: FixedClock, status: str) -> None:
    async with listening(answering(status)) as other:
        assert reason_of(await _fetcher(tmp_path, clock, other.origin).get(f"{other.origin}/x")) == "status"


async def test_a_set_cookie_is_forgotten(tmp_path: Path, clock: FixedClock) -> None:
    async with listening(answering("200 OK", b"x", "Set-Cookie: a=b")) as other:
        fetcher = _fetcher(tmp_path, clock, other.origin)
        await fetcher.get(f"{other.origin}/1")
        await fetcher.get(f"{other.origin}/2")
    assert b"cookie" not in other.requests[1].lower()


async def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(
    tmp_path: Path, clock: FixedClock
) -> None:
    for size, fits in ((20_000, True), (20_001, False)):
        async with listening(answering("200 OK", b"x" * size)) as other:
            result = await _fetcher(tmp_path, clock, other.origin).get(f"{other.origin}/x")
        assert isinstance(result, Fetched) is fits


async def test_an_endless_body_is_cut_off(tmp_path: Path, clock: FixedClock) -> None:
    written = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while written < 1_000_000_000:
            writer.write(b"x" * 10_000)
            written += 10_000
            await writer.drain()

    async with listening(endless) as other:
        result = await _fetcher(tmp_path, clock, other.origin).get(f"{other.origin}/x")
    assert reason_of(result) == UnavailableReason.TOO_LARGE
    assert written < 20_000_000


async def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, clock: FixedClock) -> None:
    bomb = gzip.compress(b"\x00" * 5_000_000)
    assert len(bomb) < 20_000
    async with listening(answering("200 OK", bomb, "Content-Encoding: gzip")) as other:
        fetcher = _fetcher(tmp_path, clock, other.origin)
        assert reason_of(await fetcher.get(f"{other.origin}/x")) == UnavailableReason.ENCODED


async def test_an_unlabelled_gzip_body_stays_as_it_is(tmp_path: Path, clock: FixedClock) -> None:
    bomb = gzip.compress(b"\x00" * 5_000_000)
    async with listening(answering("200 OK", bomb)) as other:
        result = await _fetcher(tmp_path, clock, other.origin).get(f"{other.origin}/x")
    assert isinstance(result, Fetched)
    assert result.body == bomb


async def test_a_slow_drip_ends_at_the_total_time(tmp_path: Path, clock: FixedClock) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with listening(drip) as other:
        started = asyncio.get_running_loop().time()
        result = await _fetcher(tmp_path, clock, other.origin, timeout=0.4).get(f"{other.origin}/x")
        took = asyncio.get_running_loop().time() - started
    assert reason_of(result) == UnavailableReason.TIMEOUT
    assert took < 2


async def test_a_silent_server_ends_at_the_total_time(tmp_path: Path, clock: FixedClock) -> None:
    async def silence(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)

    async with listening(silence) as other:
        result = await _fetcher(tmp_path, clock, other.origin, timeout=0.3).get(f"{other.origin}/x")
    assert reason_of(result) == UnavailableReason.TIMEOUT


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 99999 No\r\n\r\n",
    ],
)
async def test_a_broken_answer_is_unavailable(tmp_path: Path, clock: FixedClock, answer: bytes) -> None:
    async def broken(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with listening(broken) as other:
        result = await _fetcher(tmp_path, clock, other.origin).get(f"{other.origin}/x")
    assert isinstance(result, Unavailable)


async def test_nobody_listening_is_unavailable(tmp_path: Path, clock: FixedClock) -> None:
    async with listening(answering("200 OK")) as other:
        origin = other.origin
    assert (
        reason_of(await _fetcher(tmp_path, clock, origin).get(f"{origin}/x")) == UnavailableReason.UNREACHABLE
    )


async def test_many_who_ask_at_once_share_one_flight(tmp_path: Path, clock: FixedClock) -> None:
    async def later(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await answering("200 OK", b"x")(writer)

    async with listening(later) as other:
        fetcher = _fetcher(tmp_path, clock, other.origin)
        asking = [asyncio.create_task(fetcher.get(f"{other.origin}/x")) for _ in range(20)]
        await asyncio.sleep(0.05)
        asking[0].cancel()
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert other.contacts == 1
        assert isinstance(results[0], asyncio.CancelledError)
        assert all(isinstance(result, Fetched) for result in results[1:])
        await fetcher.get(f"{other.origin}/x")
        assert other.contacts == 2
