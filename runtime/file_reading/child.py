"""Has risky files read elsewhere: by ``worker.py`` in a child process.

It has limits on memory, processor time and wall time, and nothing of this process's environment. Whatever
happens to it, the caller gets a verdict. All services of one process share the few children there may be.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
from anyio.abc import Process
from anyio.lowlevel import RunVar

from vc.errors import RateLimited

BUSY: Final = "Many files are being read now. Try again in a few seconds."
WALL_SECONDS = 10
_WAIT_SECONDS = 10
# Each child may take 600 MB before its limit ends it.
_MOST_CHILDREN = 2
_MAX_ANSWER_BYTES = 1_100_000
_WORKER = Path(__file__).with_name("worker.py")
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")

_slots: RunVar[anyio.CapacityLimiter] = RunVar("runtime.file_reading.slots")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the child said. ``kind`` is ``text`` (then ``text`` is there), ``credential`` (then ``content``),
    ``no code``, ``several codes``, ``several credentials``, ``too many pixels`` or ``locked``; any other
    is for a file that could not be read. Nothing here is trusted.
    """

    kind: str = "unreadable"
    text: str | None = None
    content: bytes = b""


def is_picture(data: bytes) -> bool:
    """Whether a file begins as a PNG or JPEG."""
    return data.startswith(_PICTURES)


async def read_file(data: bytes) -> Verdict:
    """What is in a PNG, a JPEG or a PDF, in at most ten seconds from the moment there is a child for it.

    Raises ``RateLimited`` where too many files are being read.
    """
    return _verdict(await _read_in_child(data))


def _verdict(output: bytes | None) -> Verdict:
    """The child's answer; a dead, late or babbling child counts as an unreadable file."""
    line, _, content = (output or b"").partition(b"\n")
    try:
        said: Any = json.loads(line)
    except ValueError:
        return Verdict()
    match said:
        case {"verdict": "text", "text": str(text)}:
            return Verdict(kind="text", text=text)
        case {"verdict": "text"}:
            return Verdict()
        case {"verdict": str(kind)}:
            return Verdict(kind=kind, content=content)
    return Verdict()


async def _read_in_child(data: bytes) -> bytes | None:
    """What the worker wrote, or None when it died, took too long or wrote too much."""
    limiter = _slots.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(_MOST_CHILDREN)
        _slots.set(limiter)
    try:
        with anyio.fail_after(_WAIT_SECONDS):
            await limiter.acquire()
    except TimeoutError as error:
        raise RateLimited(BUSY, retry_after=_WAIT_SECONDS) from error
    try:
        with anyio.move_on_after(WALL_SECONDS):
            return await _run_worker(data)
        return None
    finally:
        limiter.release()


async def _run_worker(data: bytes) -> bytes | None:
    # -I and the empty environment: nothing of the service, least of all its secrets, is in reach.
    process = await anyio.open_process(
        [sys.executable, "-I", str(_WORKER)], stderr=subprocess.DEVNULL, cwd="/", env={}
    )
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_feed, process, data)
            output = await _bounded_output(process)
        return output if await process.wait() == 0 else None
    finally:
        if process.returncode is None:
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _feed(process: Process, data: bytes) -> None:
    if process.stdin is None:
        return
    try:
        await process.stdin.send(data)
        await process.stdin.aclose()
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        # The child ended before it read everything; its exit code says so.
        return


async def _bounded_output(process: Process) -> bytes:
    output = b""
    if process.stdout is not None:
        async for chunk in process.stdout:
            output += chunk
            if len(output) > _MAX_ANSWER_BYTES:
                process.kill()
                return b""
    return output
