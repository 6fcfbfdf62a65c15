"""What a host that a document names may answer: whole, broken, late, endless, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Ending(StrEnum):
    """What the host does when it has sent its pieces."""

    CLOSE = "close"
    STAY = "stay"
    REPEAT_LAST = "repeat the last piece for ever"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """``pieces`` go out one after the other, with a pause after each."""

    pieces: tuple[bytes, ...]
    pause_seconds: float = 0.0
    ending: Ending = Ending.CLOSE


class ReplyingHost(Protocol):
    """A host on this machine that the service may ask."""

    def reserve(self) -> str:
        """A URL on this host that nobody has asked for yet."""
        ...

    def put(self, url: str, reply: Reply) -> None:
        """Answer ``reply`` at ``url``."""
        ...

    def asked(self, url: str) -> int:
        """How often ``url`` was asked for."""
        ...


def head(status: str = "200 OK", *fields: str) -> bytes:
    """The head of an HTTP answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode("latin-1")


def answering(body: bytes, *fields: str, status: str = "200 OK") -> Reply:
    """A whole answer with its true length."""
    return Reply(pieces=(head(status, f"Content-Length: {len(body)}", *fields) + body,))


def raw(*pieces: bytes) -> Reply:
    """Exactly these bytes, and the end of the connection."""
    return Reply(pieces=pieces)


def dripping(pieces: Sequence[bytes], pause_seconds: float = 0.05) -> Reply:
    """One piece after the other, slowly, and never an end."""
    return Reply(pieces=tuple(pieces), pause_seconds=pause_seconds, ending=Ending.REPEAT_LAST)


def silent() -> Reply:
    """Nothing at all, over a connection that stays open."""
    return Reply(pieces=(), ending=Ending.STAY)


def faulty_replies(body: bytes, *, elsewhere: str) -> dict[str, Reply]:
    """Every way to answer wrongly where ``body`` would be right, named after its fault.

    ``elsewhere`` is an origin that must not be contacted.
    """
    half = body[: len(body) // 2]
    length = f"Content-Length: {len(body)}"
    return {
        **{
            f"redirect-{code}": answering(b"", f"Location: {elsewhere}/list", status=f"{code} Moved")
            for code in (301, 302, 303, 307, 308)
        },
        "redirect-to-a-file": answering(b"", "Location: file:///etc/passwd", status="302 Found"),
        "redirect-in-a-header-of-its-own": answering(b"", f"Refresh: 0; url={elsewhere}/list"),
        **{f"status-{code}": answering(body, status=f"{code} X") for code in (201, 203, 206, 404, 500, 503)},
        "status-204": raw(head("204 No Content")),
        "status-304-though-nothing-is-held": raw(head("304 Not Modified", 'ETag: "x"')),
        "status-of-five-digits": raw(head("20000 OK", length) + body),
        "status-100-for-ever": dripping([head("100 Continue")], 0.02),
        "body-empty": answering(b""),
        "body-of-html": answering(b"<html>Sign in first</html>", "Content-Type: text/html"),
        "body-cut-short": raw(head("200 OK", length) + half),
        "body-half-as-whole": answering(half),
        "body-longer-than-said": raw(head("200 OK", f"Content-Length: {len(half)}") + body),
        "body-of-another-length-twice-said": raw(head("200 OK", length, "Content-Length: 3") + body),
        "body-oversize": answering(b" " * 2_100_000 + body),
        "body-endless": Reply(pieces=(head(), b" " * 65_536), ending=Ending.REPEAT_LAST),
        "body-dripping": dripping([head("200 OK", length), body[:1]]),
        "body-behind-a-byte-order-mark": answering(b"\xef\xbb\xbf" + body),
        "body-in-utf-16": answering(body.decode().encode("utf-16")),
        "body-twice": answering(body + body),
        "encoding-gzip-named": answering(body, "Content-Encoding: gzip"),
        "encoding-unknown": answering(body, "Content-Encoding: marqueur"),
        "chunks-broken": raw(head("200 OK", "Transfer-Encoding: chunked") + b"zz\r\n" + body),
        "chunks-cut-short": raw(head("200 OK", "Transfer-Encoding: chunked") + b"5\r\n" + body[:5]),
        "head-never-ends": dripping([b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"], 0.02),
        "head-of-megabytes": raw(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 400_000 + b"\r\n" + body),
        "head-with-a-line-of-megabytes": raw(head("200 OK", "X: " + "a" * 2_000_000) + body),
        "not-http": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        "another-protocol": raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        "closed-at-once": raw(),
        "silent": silent(),
    }
