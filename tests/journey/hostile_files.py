"""Hostile files for a verifier: PDFs, pictures, QR codes and ZIPs beyond those of the corpus.

Each is made from a simulated world, and has one fault. Where text is added it holds ``MARKER``.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import orjson
from PIL import Image

from runtime.qr import qr_png
from tests.invalid.case import MARKER
from tests.invalid.genuine import Genuine
from tests.journey.verifier_house import BASE_URL, TOKEN
from tests.simulator import IssuerWorld
from tests.unit.verifier.batch_samples import zipped
from tests.unit.verifier.uploaded_files import EMPTY_PAGES, many_pages, pdf, pdf_with_attachments, png, stream

FOREIGN = f"https://{MARKER}.example"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """The world, and what the corpus calls genuine in it."""

    world: IssuerWorld
    genuine: Genuine


@cache
def _bomb(size: int = 400 * _MEGABYTE) -> bytes:
    return zlib.compress(b"q " * (size // 2), 1)


def _page(*more: bytes, entries: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]" + entries + b">>"
    return pdf(EMPTY_PAGES[0], page, *more)


def _huge_image() -> bytes:
    image = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray"
    drawn = stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    entries = b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>"
    return _page(drawn, stream(_bomb(), image + b"/BitsPerComponent 8/Filter/FlateDecode"), entries=entries)


def _form_in_itself() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>"
    entries = b"/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>"
    return _page(stream(b"/F Do /F Do"), stream(b"/F Do /F Do", form), entries=entries)


def _pdf_of_code(text: str) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(qr_png(text))).convert("L").save(out, "PDF")
    return out.getvalue()


PDFS: Mapping[str, Callable[[Brought], bytes]] = {
    "content-bomb": lambda _: _page(stream(_bomb(), b"/Filter/FlateDecode"), entries=b"/Contents 4 0 R"),
    "content-packed-twice": lambda _: _page(
        stream(zlib.compress(_bomb()), b"/Filter[/FlateDecode/FlateDecode]"), entries=b"/Contents 4 0 R"
    ),
    "image-bomb": lambda _: _huge_image(),
    "form-in-itself": lambda _: _form_in_itself(),
    "attachment-bombs": lambda _: pdf_with_attachments(*[_bomb()] * 3, entries=b"/Filter/FlateDecode"),
    "thousand-attachments": lambda _: pdf_with_attachments(*[MARKER.encode()] * 1_000),
    "five-thousand-pages": lambda _: many_pages(5_000),
    "altered-credential-attached": lambda given: pdf_with_attachments(
        orjson.dumps(given.genuine.document() | {"name": MARKER})
    ),
    "deep-credential-attached": lambda _: pdf_with_attachments(b'{"a":' * 500 + b"1" + b"}" * 500),
    "code-of-another-site": lambda _: _pdf_of_code(f"{FOREIGN}/v/{TOKEN}"),
    "link-and-launch": lambda _: pdf(
        *EMPTY_PAGES, root=b"/OpenAction<</S/Launch/F(" + MARKER.encode() + b")>>"
    ),
}


def _grey(width: int, height: int) -> bytes:
    return png(width, height, (b"IDAT", zlib.compress(bytes((width + 1) * height), 1)))


def _commented(picture: bytes) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", len(MARKER) + 2) + MARKER.encode()
    return picture[:2] + comment + picture[2:]


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("L", (64, 64), 200).save(out, "JPEG")
    return out.getvalue()


PICTURES: Mapping[str, Callable[[Brought], bytes]] = {
    "png-of-nineteen-megapixels": lambda _: _grey(19_000, 1_000),
    "png-of-one-line": lambda _: _grey(19_999_999, 1),
    "png-of-many-small-parts": lambda _: png(9, 9, *[(b"tEXt", b"k\0" + MARKER.encode())] * 50_000),
    "png-then-altered-json": lambda given: (
        _grey(9, 9) + orjson.dumps(given.genuine.document() | {"name": MARKER})
    ),
    "png-then-zip": lambda given: _grey(9, 9) + zipped({f"{MARKER}.json": given.genuine.raw}),
    "jpeg-with-comment": lambda _: _commented(_jpeg()),
    "jpeg-cut-short": lambda _: _jpeg()[:200],
    "jpeg-then-pdf": lambda given: _jpeg() + given.genuine.pdf,
    "animated-png": lambda _: png(9, 9, (b"acTL", struct.pack(">II", 2**31 - 1, 0))),
}

CODES: Mapping[str, str] = {
    "control-characters": f"{BASE_URL}/v/{TOKEN}\x00\x1b[2J{MARKER}",
    "turned-around": f"{BASE_URL}/v/\u202e{TOKEN}{MARKER}",
    "script": f"<script>{MARKER}</script>",
    "template": "{{7*7}}" + MARKER,
    "a-kilobyte": MARKER * 100,
    "card-of-nothing": f"PC1:{MARKER.upper()}",
    "card-of-another-version": f"PC999:{MARKER.upper()}",
    "address-of-the-inside": f"http://169.254.169.254/v/{TOKEN}",
    "address-of-a-socket": f"unix:///run/{MARKER}",
}


# ZIP -------------------------------------------------------------------------------------------------


def _overlapping() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b"{" + b" " * 190_000 + b"}")
        archive.filelist.extend([archive.infolist()[0]] * 900)
    return out.getvalue()


def _flagged(data: bytes) -> bytes:
    """Marked as encrypted."""
    made = bytearray(data)
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def _nested(levels: int) -> bytes:
    data = zipped({"0.json": b"0" * 200_000})
    for level in range(levels):
        data = zipped({f"{level}-{copy}.zip": data for copy in range(4)})
    return data


def _declaring(size: int) -> bytes:
    data = bytearray(zipped({"a.json": b"0" * _MEGABYTE}))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = size.to_bytes(4, "little")
    return bytes(data)


def _repeated_name(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"{}")
        archive.filelist.append(archive.infolist()[0])
    return out.getvalue()


ZIPS: Mapping[str, Callable[[Brought], bytes]] = {
    "high-ratio": lambda _: zipped({"a.json": bytes(9 * _MEGABYTE)}),
    "eleven-megabytes-inside": lambda _: zipped({"a.json": bytes(11 * _MEGABYTE)}),
    "thirty-bombs": lambda _: zipped({f"{n}.json": bytes(9 * _MEGABYTE) for n in range(30)}),
    "declares-too-little": lambda _: _declaring(100),
    "declares-too-much": lambda _: _declaring(2**32 - 2),
    "nested": lambda _: _nested(4),
    "overlapping": lambda _: _overlapping(),
    "same-name-twice": lambda _: _repeated_name("a.json"),
    "traversal": lambda _: zipped({f"../../../../tmp/{MARKER}": MARKER.encode()}),
    "absolute-path": lambda _: zipped({f"/etc/{MARKER}": MARKER.encode()}),
    "windows-path": lambda _: zipped({f"..\\..\\{MARKER}.json": b"{}"}),
    "name-of-markup": lambda _: zipped({f"<script>{MARKER}</script>.json": b"{}"}),
    "name-turned-around": lambda _: zipped({"fdp.\u202enosj": b"{}"}),
    "name-of-sixty-kilobytes": lambda _: zipped({"a" * 60_000: b"{}"}),
    "ten-thousand-entries": lambda _: zipped({f"{n}.json": b"" for n in range(10_000)}),
    "encrypted": lambda _: _flagged(zipped({"a.json": b"{}"})),
    "office": lambda _: zipped({"[Content_Types].xml": MARKER.encode()}),
    "cut-short": lambda given: zipped({"a.json": given.genuine.raw})[:-30],
    "directory-alone": lambda _: zipped({"a/": b"", "b/": b""}),
    "pictures-that-are-bombs": lambda _: zipped({f"{n}.png": png(60_000, 60_000) for n in range(20)}),
    "list-of-foreign-links": lambda _: zipped({"list.csv": f"a,{FOREIGN}/v/{TOKEN}\n".encode() * 25}),
    "list-of-one-cell": lambda _: zipped({"list.csv": b'"' + b"a" * 150_000}),
}
