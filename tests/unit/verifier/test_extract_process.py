"""The child process that reads uploaded files: whatever it does, the caller gets a plain answer."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.file_reading import child
from runtime.qr import qr_png
from tests.unit.verifier.uploaded_files import URL, certificate
from vc.errors import ParseError, ProtocolError, RateLimited
from verifier.extract import CredentialFound, LinkFound, Source, extract, extract_async

_CODE_PNG = qr_png(URL)


def _with_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str) -> None:
    script = tmp_path / "worker.py"
    script.write_text("import json, os, signal, sys, time\n" + source)
    monkeypatch.setattr(child, "_WORKER", script)


@pytest.mark.parametrize(
    "source",
    [
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "sys.stdin.buffer.read(); sys.exit(3)",
        "print('x' * 5_000_000)",
        "print(json.dumps({'verdict': 'credential'})); print('{' + 'x' * 5_000_000)",
        "print(json.dumps({'verdict': 'credential'})); sys.stdout.flush(); sys.exit(3)",
        "print('not json')",
        "print('[]')",
        "print(json.dumps({'verdict': 'text', 'text': 1}))",
        "time.sleep(60)",
        "os.close(1); time.sleep(60)",
    ],
)
def test_child_that_dies_babbles_or_hangs_means_unreadable(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _with_worker(monkeypatch, tmp_path, source)
    monkeypatch.setattr(child, "WALL_SECONDS", 0.7)
    started = time.monotonic()
    with pytest.raises(ParseError, match="could not be read"):
        extract(certificate())
    assert time.monotonic() - started < 5


def test_picture_never_yields_a_credential(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _with_worker(monkeypatch, tmp_path, "print(json.dumps({'verdict': 'credential'}))")
    with pytest.raises(ParseError, match="could not be read"):
        extract(_CODE_PNG)


def test_child_sees_no_secret_of_the_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PASSPORT_SERVICE_SECRET", "s3cret")
    leak = "found = any(k.startswith('PASSPORT') for k in os.environ)\n"
    leak += "print(json.dumps({'verdict': 'text', 'text': 'https://leak.example/' + str(found)}))"
    _with_worker(monkeypatch, tmp_path, leak)
    assert extract(_CODE_PNG) == LinkFound(text="https://leak.example/False", source=Source.PICTURE)


def test_child_is_killed_when_the_request_is_cancelled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = tmp_path / "pid"
    _with_worker(monkeypatch, tmp_path, f"open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(60)")

    async def cancel_soon() -> None:
        task = asyncio.create_task(extract_async(_CODE_PNG))
        while not (noted.exists() and noted.read_text()):
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_soon())
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


def test_many_uploads_at_once_wait_and_then_are_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _with_worker(monkeypatch, tmp_path, "time.sleep(60)")
    monkeypatch.setattr(child, "WALL_SECONDS", 1.5)
    monkeypatch.setattr(child, "_WAIT_SECONDS", 0.3)

    async def all_at_once() -> list[object]:
        uploads = (extract_async(_CODE_PNG) for _ in range(6))
        return [*await asyncio.gather(*uploads, return_exceptions=True)]

    answers = asyncio.run(all_at_once())
    assert sum(isinstance(answer, RateLimited) for answer in answers) == 4
    assert sum(isinstance(answer, ParseError) for answer in answers) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), genuine=st.sampled_from(["png", "pdf"]))
def test_any_damaged_file_gives_an_answer_or_a_documented_error(data: st.DataObject, genuine: str) -> None:
    damaged = bytearray(_CODE_PNG if genuine == "png" else certificate())
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = extract(bytes(damaged))
    except ProtocolError:
        return
    assert isinstance(found, CredentialFound | LinkFound)
