"""Tells kinds of files apart by their first bytes and has the risky ones read elsewhere.

Pictures and PDFs are parsed by ``worker.py`` in a child process with limits on memory, processor
time and wall time, without this process's environment. Whatever happens to it, the caller gets
an answer or one of the documented errors.
"""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.lowlevel import RunVar

from vc.card.text import is_card_text
from vc.errors import MalformedValue, ParseError, RangeError, RateLimited
from verifier.extract import messages
from verifier.extract.values import (
    CardFound,
    CredentialFound,
    Extracted,
    LinkFound,
    Source,
    TextFound,
    link_or_none,
)

MAX_BYTES = 10_000_000
MAX_JSON_BYTES = 1_000_000
WALL_SECONDS = 10
_WAIT_SECONDS = 10
# Each child may take 600 MB before its limit ends it.
_MOST_CHILDREN = 2
_MAX_ANSWER_BYTES = 1_100_000
_WORKER = Path(__file__).with_name("worker.py")

_LINE_ENDS = str.maketrans("", "", "\r\n\t")

_slots: RunVar[anyio.CapacityLimiter] = RunVar("verifier.extract.slots")


def extract(data: bytes, *, content_type: str | None = None, filename: str | None = None) -> Extracted:
    """``extract_async`` for callers without an event loop, such as commands."""
    return anyio.run(partial(extract_async, data, content_type=content_type, filename=filename))


async def extract_async(
    data: bytes, *, content_type: str | None = None, filename: str | None = None
) -> Extracted:
    """The credential, card, link or typed code in an uploaded file, in at most ten seconds.

    ``content_type`` and ``filename`` are the sender's claims: they never choose the parser and
    only sharpen the message for a file of no known kind.

    Raises RangeError (too large), ParseError (no readable file of an accepted kind),
    MalformedValue (readable, but without exactly one usable code), RateLimited (too many files
    being read). Every message says what to do next and repeats nothing of the file.
    """
    if not data:
        raise ParseError(messages.EMPTY)
    if len(data) > MAX_BYTES:
        raise RangeError(messages.TOO_LARGE)
    if data.startswith(b"%PDF-"):
        return _answer(await _read_in_child(data), source=Source.PDF_PAGE)
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return _answer(await _read_in_child(data), source=Source.PICTURE)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"{"):
        if len(data) > MAX_JSON_BYTES:
            raise RangeError(messages.JSON_TOO_LARGE)
        return CredentialFound(raw=data, source=Source.JSON)
    text = _text_or_none(data)
    if text is not None:
        return TextFound(text=text, source=Source.TEXT)
    raise ParseError(_unknown_kind(data, content_type, filename))


def _text_or_none(data: bytes) -> str | None:
    """``data`` as what may be a token, card, link or code: visible ASCII, a megabyte at most."""
    if len(data) > MAX_JSON_BYTES:
        return None
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("ascii")
    except UnicodeDecodeError:
        return None
    shown = text.translate(_LINE_ENDS)
    is_known = shown.startswith("eyJ") or is_card_text(text.rstrip("\r\n")) or link_or_none(shown) is not None
    return text if shown.isprintable() and is_known else None


def _unknown_kind(data: bytes, content_type: str | None, filename: str | None) -> str:
    for magic, offset, said in messages.OTHER_KINDS:
        if data.startswith(magic, offset):
            return said
    claims = f"{content_type or ''} {filename or ''}".lower()
    if any(kind in claims for kind in ("json", "pdf", "png", "jpg", "jpeg")):
        return messages.MISNAMED
    return messages.UNKNOWN_KIND


def _answer(output: bytes | None, *, source: Source) -> Extracted:
    verdict, content = _parsed(output)
    match verdict:
        case {"verdict": "credential"} if source is Source.PDF_PAGE:
            return CredentialFound(raw=content, source=Source.PDF_ATTACHMENT)
        case {"verdict": "text", "text": str(text)}:
            if is_card_text(text):
                return CardFound(text=text, source=source)
            link = link_or_none(text)
            if link is None:
                raise MalformedValue(messages.NO_LINK)
            return LinkFound(text=link, source=source)
    raise messages.complaint(verdict.get("verdict"))


def _parsed(output: bytes | None) -> tuple[dict[str, Any], bytes]:
    """The child's answer; a dead, late or babbling child counts as an unreadable file."""
    line, _, content = (output or b"").partition(b"\n")
    try:
        verdict = json.loads(line)
    except ValueError:
        return {}, b""
    return (verdict, content) if isinstance(verdict, dict) else ({}, b"")


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
        raise RateLimited(messages.BUSY, retry_after=_WAIT_SECONDS) from error
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
