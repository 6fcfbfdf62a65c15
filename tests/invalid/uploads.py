"""Files brought to the verify page and to the issuing desk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import orjson
import qrcode

from tests.invalid.case import MARKER, Attempt, Case, Expected
from tests.invalid.genuine import Genuine

_BOUNDARY = "x7f3a9"
_FORM = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "Accept": "text/html"}
# Pictures and PDFs are read in a process of their own, which takes its time to start.
_SECONDS_WITH_CHILD = 20.0
_PNG = b"\x89PNG\r\n\x1a\n"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    return Attempt(path="/verify", body=body, headers=_FORM)


def paste(text: bytes) -> Attempt:
    """Text pasted at the verify page."""
    return Attempt(path="/verify", body=form(part("text", text)), headers=_FORM)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(data)) + _chunk(b"IEND", b"")


def _qr(text: str) -> bytes:
    out = io.BytesIO()
    qrcode.make(text).save(out)
    return out.getvalue()


def _pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n" + body + b"\ntrailer<</Root 1 0 R>>\n%%EOF"


def _changed(genuine: Genuine) -> bytes:
    return orjson.dumps(genuine.document() | {"name": MARKER})


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
    "pdf-then-zip": lambda genuine: _pdf(b"") + _zip({"credential.json": genuine.raw}),
    "pdf-cut-short": lambda genuine: genuine.pdf[: len(genuine.pdf) // 2],
    "qr-of-another-site": lambda genuine: _qr(f"https://{MARKER}.example/v/{genuine.token}"),
    "qr-of-the-collaborator": lambda genuine: _qr(f"{genuine.collaborator}/v/{genuine.token}"),
    "qr-with-userinfo": lambda genuine: _qr(genuine.base_url.replace("://", "://a@") + f"/v/{genuine.token}"),
    "qr-of-javascript": lambda _: _qr(f"javascript:alert('{MARKER}')"),
    "qr-of-a-file": lambda _: _qr("file:///etc/passwd"),
    "qr-of-another-page-of-ours": lambda genuine: _qr(f"{genuine.base_url}/issuer"),
    "qr-of-an-unknown-token": lambda genuine: _qr(f"{genuine.base_url}/v/{'0' * 26}"),
}

_PLAIN: dict[str, Callable[[Genuine], bytes]] = {
    "empty": lambda _: b"",
    "one-byte": lambda _: b"x",
    "zeros": lambda _: bytes(100_000),
    "svg-with-script": lambda _: f"<svg><script>{MARKER}</script></svg>".encode(),
    "html": lambda _: f"<html><body onload=alert(1)>{MARKER}</body></html>".encode(),
    "gif-then-json": lambda genuine: b"GIF89a" + genuine.raw,
    "zip": lambda genuine: _zip({"credential.json": genuine.raw}),
    "zip-slip": lambda _: _zip({"../../../../tmp/" + MARKER: b"x"}),
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


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _workbook(sheet: bytes, **more: bytes) -> bytes:
    relation = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return _zip(
        {
            "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": relation
            % (b'<Relationship Id="r1" Type="%s/officeDocument" Target="xl/workbook.xml"/>' % office),
            "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
            b' xmlns:r="%s"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>' % office,
            "xl/_rels/workbook.xml.rels": relation
            % (b'<Relationship Id="r1" Type="%s/worksheet" Target="worksheets/sheet1.xml"/>' % office),
            "xl/worksheets/sheet1.xml": sheet,
            **more,
        }
    )


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
_LAUGHS = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">%s]>' % b"".join(
    b'<!ENTITY %s "%s">' % (after, b"&%s;" % before * 10)
    for before, after in zip(
        (b"a", b"b", b"c", b"d", b"e", b"f"), (b"b", b"c", b"d", b"e", b"f", b"g"), strict=True
    )
)

_CLASSES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "zip-bomb": lambda: _workbook(_SHEET % (b" " * 100_000_000)),
    "zip-of-zips": lambda: _zip({f"{n}.zip": _zip({"a": bytes(100_000)}) for n in range(50)}),
    "zip-slip": lambda: _zip({f"../../../tmp/{MARKER}": b"x"}),
    "zip-cut-short": lambda: _workbook(_SHEET % b"")[:100],
    "xml-entities": lambda: _workbook(
        _LAUGHS + _SHEET % b'<row r="1"><c r="A1" t="str"><v>&g;</v></c></row>'
    ),
    "xml-external-entity": lambda: _workbook(
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + _SHEET % b'<row r="1"><c r="A1" t="str"><v>&a;</v></c></row>'
    ),
    "row-of-a-billion": lambda: _workbook(
        _SHEET % b'<row r="999999999"><c r="XFD999999999"><v>1</v></c></row>'
    ),
    "pdf": lambda: b"%PDF-1.7 junk",
    "html": f"<script>{MARKER}</script>".encode,
    "csv-without-headings": f"{MARKER};1;2\n".encode,
    "csv-formula": f"=cmd|'/c calc'!A1,{MARKER}\n".encode,
    "csv-with-nul": lambda: b"a,b\x00,c\n",
    "csv-of-100000-rows": lambda: b"RLD number\n" + b"RLD-DEMO-000001\n" * 100_000,
    "csv-of-one-long-line": lambda: b"RLD number," * 500_000,
    "csv-open-quote": lambda: b'RLD number\n"' + b"a" * 2_000_000,
    "eleven-megabytes": lambda: b"a" * 11_000_000,
}


# Readable text, of which no row is good: the preview says so, and there is nothing to issue.
_READABLE_CLASSES = ("html", "csv-without-headings", "csv-formula", "csv-of-100000-rows")


def _class_upload(content: bytes, genuine: Genuine, filename: str = "list.xlsx") -> Attempt:
    body = form(part("kind", b"rpl"), part("file", content, filename=filename, kind=_XLSX))
    return Attempt(
        path="/issuer/api/classes",
        body=body,
        headers={
            "Content-Type": _FORM["Content-Type"],
            "Cookie": genuine.accounts.cookies["clerk-phka-trakuon"],
            "Origin": genuine.base_url,
        },
    )


def _class_case(name: str, make: Callable[[], bytes]) -> Case:
    return Case(
        family="class-list",
        name=name,
        build=lambda genuine: _class_upload(make(), genuine),
        statuses=frozenset({201} if name in _READABLE_CLASSES else {400, 413}),
        seconds=10.0,
    )


def _upload_case(name: str, make: Callable[[Genuine], bytes], seconds: float) -> Case:
    return Case(family="upload", name=name, build=lambda genuine: upload(make(genuine)), seconds=seconds)


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
        *(_upload_case(name, make, _SECONDS_WITH_CHILD) for name, make in _IN_CHILD.items()),
        *(_upload_case(name, make, 2.0) for name, make in _PLAIN.items()),
        *(
            Case(family="paste", name=name, build=lambda genuine, make=make: paste(make(genuine)))  # type: ignore[misc]
            for name, make in _PASTED.items()
        ),
        *(_class_case(name, make) for name, make in _CLASSES.items()),
        *(
            Case(
                family="form",
                name=name,
                build=lambda _, body=body: Attempt(path="/verify", body=body, headers=_FORM),  # type: ignore[misc]
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
            seconds=_SECONDS_WITH_CHILD,
        ),
        Case(
            family="upload-twin",
            name="picture-of-the-code",
            build=lambda genuine: upload(_qr(f"{genuine.base_url}/v/{genuine.token}")),
            expected=Expected.ACCEPTED,
            seconds=_SECONDS_WITH_CHILD,
        ),
        Case(
            family="upload-twin",
            name="pasted",
            build=lambda genuine: paste(genuine.raw),
            expected=Expected.ACCEPTED,
        ),
    ]
