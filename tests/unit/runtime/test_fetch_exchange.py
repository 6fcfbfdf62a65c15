"""An exchange with others: refusals are read, and the rules of every fetch hold."""

from pathlib import Path

import pytest

from runtime.clock import FixedClock
from runtime.fetch import Answered, Fetcher, Unavailable, UnavailableReason
from runtime.settings import Settings
from tests.unit.runtime.collaborator import answering, listening

pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]


def _fetcher(tmp_path: Path, clock: FixedClock, *trusted: str) -> Fetcher:
    settings = Settings(
        data_dir=tmp_path, trusted_origins=trusted, fetch_timeout_seconds=2.0, fetch_max_bytes=20_000
    )
    return Fetcher(settings, clock)


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "400 Bad Request", "401 Unauthorized", "503 X"])
async def test_an_answer_is_one_whatever_its_status(tmp_path: Path, clock: FixedClock, status: str) -> None:
    async with listening(answering(status, b'{"error":"x"}', "DPoP-Nonce: n")) as other:
        url = f"{other.origin}/token"
        answer = await _fetcher(tmp_path, clock, other.origin).exchange(
            url, body=b"a=b", media_type="application/x-www-form-urlencoded", headers={"DPoP": "proof"}
        )
    assert isinstance(answer, Answered)
    assert (answer.status, answer.body) == (int(status[:3]), b'{"error":"x"}')
    assert answer.headers["dpop-nonce"] == "n"
    sent = other.requests[0].decode().lower()
    assert sent.startswith("post /token")
    assert "dpop: proof" in sent
    assert "accept-encoding: identity" in sent
    assert "content-length: 3" in sent


@pytest.mark.parametrize(
    ("status", "body", "header", "reason"),
    [
        ("302 Found", b"", "Location: http://169.254.169.254/", UnavailableReason.REDIRECTED),
        ("307 Temporary", b"", "Location: http://127.0.0.1/", UnavailableReason.REDIRECTED),
        ("200 OK", b"x" * 20_001, "X: y", UnavailableReason.TOO_LARGE),
        ("200 OK", b"x", "Content-Encoding: gzip", UnavailableReason.ENCODED),
    ],
)
async def test_what_no_fetch_takes_no_exchange_takes(
    tmp_path: Path, clock: FixedClock, status: str, body: bytes, header: str, reason: UnavailableReason
) -> None:
    async with listening(answering(status, body, header)) as other:
        url = f"{other.origin}/metadata"
        answer = await _fetcher(tmp_path, clock, other.origin).exchange(url, headers={})
    assert answer == Unavailable(url=url, reason=reason)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "https://127.0.0.1/x", "http://169.254.169.254/x", "https://a.b:444/x"]
)
async def test_a_stranger_inside_is_not_asked(tmp_path: Path, clock: FixedClock, url: str) -> None:
    answer = await _fetcher(tmp_path, clock).exchange(url, body=b"", headers={})
    assert answer == Unavailable(url=url, reason=UnavailableReason.URL_REFUSED)
