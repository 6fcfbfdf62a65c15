"""Files and texts brought to the verify page."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import orjson

from tests.invalid.case import MARKER, Attempt, Case, Expected
from tests.invalid.genuine import Genuine

_BOUNDARY = "x7f3a9"
FORM = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "Accept": "text/html"}
_PNG = b"\x89PNG\r\n\x1a\n"


def part(name: str, content: bytes, *, filename: str | None = None, kind: str | None = None) -> bytes:
    """One part of a multipart body."""
    named = "" if filename is None else f'; filename="{filename}"'
    typed = "" if kind is None else f"Content-Type: {kind}\r\n"
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{typed}\r\n'
    return head.encode("utf-8") + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A multipart body."""
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def upload(content: bytes, *, filename: str = "certificate", kind: str | None = None) -> Attempt:
    """A file at the verify page."""
    body = form(part("file", content, filename=filename, kind=kind))
    return Attempt(path="/verify", body=body, headers=FORM)


def paste(text: bytes) -> Attempt:
    """Text pasted at the verify page."""
    return Attempt(path="/verify", body=form(part("text", text)), headers=FORM)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(data)) + _chunk(b"IEND", b"")


def _pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n" + body + b"\ntrailer<</Root 1 0 R>>\n%%EOF"


def _changed(genuine: Genuine) -> bytes:
    return orjson.dumps(genuine.document() | {"name": MARKER})


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


_IN_CHILD: dict[str, Callable[[Genuine], bytes]] = {
    "png-bomb": lambda _: _png(60_000, 60_000, bytes(5_000_000)),
    "png-of-a-billion-pixels-empty": lambda _: _png(2**31 - 1, 2**31 - 1, b""),
    "png-cut-short": lambda _: _png(100, 100, bytes(10_100))[:60],
    "png-signature-alone": lambda _: _PNG,
    "png-then-json": lambda genuine: _png(10, 10, bytes(110)) + genuine.raw,
    "jpeg-signature-alone": lambda _: b"\xff\xd8\xff",
    "jpeg-then-html": lambda _: b"\xff\xd8\xff\xe0" + f"<script>{MARKER}</script>".encode(),
    "pdf-signature-alone": lambda _: b"%PDF-",
    "pdf-junk": lambda _: _pdf(bytes(range(256)) * 400),
    "pdf-loop-of-pages": lambda _: _pdf(
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj"
    ),
    "pdf-with-script": lambda _: _pdf(
        b"1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
    ),
    "pdf-then-zip": lambda genuine: _pdf(b"") + zipped({"credential.json": genuine.raw}),
    "pdf-cut-short": lambda genuine: genuine.pdf[: len(genuine.pdf) // 2],
}

_PLAIN: dict[str, Callable[[Genuine], bytes]] = {
    "empty": lambda _: b"",
    "one-byte": lambda _: b"x",
    "zeros": lambda _: bytes(100_000),
    "svg-with-script": lambda _: f"<svg><script>{MARKER}</script></svg>".encode(),
    "html": lambda _: f"<html><body onload=alert(1)>{MARKER}</body></html>".encode(),
    "gif-then-json": lambda genuine: b"GIF89a" + genuine.raw,
    "zip": lambda genuine: zipped({"credential.json": genuine.raw}),
    "zip-slip": lambda _: zipped({"../../../../tmp/" + MARKER: b"x"}),
    "json-altered": _changed,
    "json-array": lambda genuine: b"[" + genuine.raw + b"]",
    "json-twice": lambda genuine: genuine.raw + genuine.raw,
    "json-in-utf-16": lambda genuine: genuine.raw.decode().encode("utf-16"),
    "json-deep": lambda _: b'{"x":' * 100_000,
    "json-of-two-megabytes": lambda _: b'{"x":"' + b"a" * 2_000_000 + b'"}',
    "json-with-duplicate": lambda genuine: genuine.raw[:-1] + b',"issuer":"did:example:1"}',
    "json-wrapped": lambda genuine: b'{"verifiableCredential":' + genuine.raw + b"}",
    "eleven-megabytes": lambda _: b"a" * 11_000_000,
    "executable": lambda _: b"\x7fELF" + bytes(1_000),
    "xml-entities": lambda _: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
}

_PASTED: dict[str, Callable[[Genuine], bytes]] = {
    "altered": _changed,
    "cut-short": lambda genuine: genuine.raw[:-9],
    "another-site": lambda genuine: f"https://{MARKER}.example/v/{genuine.token}".encode(),
    "the-collaborator": lambda genuine: f"{genuine.collaborator}/v/{genuine.token}".encode(),
    "our-site-beside": lambda genuine: f"{genuine.base_url}.{MARKER}.example/v/{genuine.token}".encode(),
    "our-site-as-userinfo": lambda genuine: f"{genuine.base_url}@{MARKER}.example/v/{genuine.token}".encode(),
    "our-site-in-query": lambda genuine: (
        f"https://{MARKER}.example/?{genuine.base_url}/v/{genuine.token}".encode()
    ),
    "dot-segments": lambda genuine: f"{genuine.base_url}/v/../v/{genuine.token}".encode(),
    "token-with-tail": lambda genuine: f"{genuine.base_url}/v/{genuine.token}/x".encode(),
    "javascript": lambda _: f"javascript:alert('{MARKER}')".encode(),
    "html": lambda _: f"<script>{MARKER}</script>".encode(),
    "template": lambda _: ("{{ 7*7 }}" + MARKER).encode(),
    "sql": lambda _: f"' OR '1'='1' -- {MARKER}".encode(),
    "invalid-utf-8": lambda _: b"\xff\xfe\xfa",
    "nul": lambda _: b"a\x00b",
    "wrong-code": lambda _: b"ABCD-EFGH-JKMN",
    "one-megabyte-and-more": lambda _: b"a" * 1_000_100,
    "array": lambda genuine: b"[" + genuine.raw + b"]",
}


def _upload_case(name: str, make: Callable[[Genuine], bytes]) -> Case:
    return Case(family="upload", name=name, build=lambda genuine: upload(make(genuine)))


_BROKEN_FORMS: dict[str, bytes] = {
    "no-parts": form(),
    "no-end": form(part("text", b"x"))[:-8],
    "no-boundary-in-body": b"just text",
    "hundreds-of-fields": form(*(part(f"f{n}", b"x") for n in range(500))),
    "two-files": form(part("file", b"{}", filename="a"), part("file", b"{}", filename="b")),
    "part-without-name": f"--{_BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + form(),
    "part-header-of-100-kilobytes": form(part("text", b"x", filename="a" * 100_000)),
    "filename-with-traversal": form(part("file", b"x", filename=f"../../{MARKER}")),
    "filename-with-html": form(part("file", b"x", filename=f"<script>{MARKER}</script>.json")),
}


def cases() -> list[Case]:
    """Every case of these families."""
    return [
        *(_upload_case(name, make) for name, make in (_IN_CHILD | _PLAIN).items()),
        *(
            Case(family="paste", name=name, build=lambda genuine, make=make: paste(make(genuine)))  # type: ignore[misc]
            for name, make in _PASTED.items()
        ),
        *(
            Case(
                family="form",
                name=name,
                build=lambda _, body=body: Attempt(path="/verify", body=body, headers=FORM),  # type: ignore[misc]
            )
            for name, body in _BROKEN_FORMS.items()
        ),
        Case(
            family="upload-twin",
            name="json",
            build=lambda genuine: upload(genuine.raw),
            expected=Expected.ACCEPTED,
        ),
        Case(
            family="upload-twin",
            name="pdf",
            build=lambda genuine: upload(genuine.pdf),
            expected=Expected.ACCEPTED,
        ),
        Case(
            family="upload-twin",
            name="pasted",
            build=lambda genuine: paste(genuine.raw),
            expected=Expected.ACCEPTED,
        ),
    ]
