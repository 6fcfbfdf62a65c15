"""Tells kinds of files apart by their first bytes and has the risky ones read elsewhere.

Pictures and PDFs are parsed by ``runtime.file_reading``, in a child process with limits and without this
process's environment. Whatever happens to it, the caller gets an answer or one of the documented errors.
"""

from functools import partial

import anyio

from runtime.file_reading import Verdict, is_picture, read_file
from vc.card.text import is_card_text
from vc.errors import MalformedValue, ParseError, RangeError
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

_LINE_ENDS = str.maketrans("", "", "\r\n\t")


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
        return _answer(await read_file(data), source=Source.PDF_PAGE)
    if is_picture(data):
        return _answer(await read_file(data), source=Source.PICTURE)
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


def _answer(verdict: Verdict, *, source: Source) -> Extracted:
    if verdict.kind == "credential" and source is Source.PDF_PAGE:
        return CredentialFound(raw=verdict.content, source=Source.PDF_ATTACHMENT)
    if verdict.text is None:
        raise messages.complaint(verdict.kind)
    if is_card_text(verdict.text):
        return CardFound(text=verdict.text, source=source)
    link = link_or_none(verdict.text)
    if link is None:
        raise MalformedValue(messages.NO_LINK)
    return LinkFound(text=link, source=source)
