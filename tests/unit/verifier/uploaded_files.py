"""Files a verifier is sent, built byte by byte: the genuine ones and what hostile ones are made of."""

import io
import struct
import zlib
from datetime import date
from functools import cache

import pypdfium2
from PIL import Image

from issuer.certificate import CertificateKind, CertificateView, render_certificate
from runtime.qr import qr_png

URL = "https://skills-passport.example/v/7K3M9QXA2B4C5D6E7F8G9H0J1K"
CODE = "7K3M-9QXA-2B4C"
CREDENTIAL = b'{"type": ["VerifiableCredential"],\r\n "n": 1}'


@cache
def certificate() -> bytes:
    view = CertificateView(
        holder_name_km="សុខ ស្រីមុំ",
        holder_name_latin="SOK SREYMOM",
        title_en="Bricklayer",
        title_km="ជាងរៀបឥដ្ឋ",
        kind=CertificateKind.RPL,
        heading_en="Training course",
        heading_km="វគ្គបណ្តុះបណ្តាល",
        facts=(),
        isco08="7112",
        isco08_title="Bricklayers and related workers",
        cqf_level=2,
        units=(),
        assessed_on=date(2026, 10, 12),
        decided_on=None,
        started_on=None,
        ended_on=None,
        hours=None,
        assessor_ids=(),
        certificate_number="OMC-RPL-2026-00017",
        centre_name_en="Samraong Border Skills Centre",
        centre_name_km="មជ្ឈមណ្ឌលជំនាញព្រំដែនសំរោង",
        centre_place="Oddar Meanchey",
        issued_on=date(2026, 11, 22),
        verify_url=URL,
        typed_code=CODE,
        hotline="0000",
        demo=True,
    )
    return render_certificate(view, credential=CREDENTIAL, credential_filename="credential.json")


@cache
def page_picture(dpi: int = 150) -> Image.Image:
    picture: Image.Image = pypdfium2.PdfDocument(certificate())[0].render(scale=dpi / 72).to_pil()
    return picture.convert("RGB")


def saved(picture: Image.Image, kind: str = "PNG", quality: int = 75) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, quality=quality)
    return stream.getvalue()


def pdf(*objects: bytes, root: bytes = b"") -> bytes:
    """A minimal PDF: object 1 is the catalog with ``root`` in it, ``objects`` are 2, 3, …"""
    bodies = (b"<</Type/Catalog/Pages 2 0 R" + root + b">>", *objects)
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(bodies) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, len(out))
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(content), entries, content)


EMPTY_PAGES = (b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>")


def pdf_with_attachments(*files: bytes, entries: bytes = b"") -> bytes:
    specs, bodies = b"", []
    for index, content in enumerate(files):
        number = 4 + 2 * index
        specs += b"(f%d)%d 0 R" % (index, number)
        bodies.append(b"<</Type/Filespec/F(f%d)/UF(f%d)/EF<</F %d 0 R>>>>" % (index, index, number + 1))
        bodies.append(stream(content, b"/Type/EmbeddedFile" + entries))
    return pdf(*EMPTY_PAGES, *bodies, root=b"/Names<</EmbeddedFiles<</Names[%b]>>>>" % specs)


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    out = b"\x89PNG\r\n\x1a\n"
    for kind, content in (header, *chunks, (b"IEND", b"")):
        out += struct.pack(">I", len(content)) + kind + content
        out += struct.pack(">I", zlib.crc32(kind + content))
    return out


def locked() -> bytes:
    """A PDF whose key no empty password gives (ISO 32000-1 section 7.6.3)."""
    handler = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"a1" * 32, b"b2" * 32)
    return pdf(*EMPTY_PAGES).replace(b"trailer<<", b"trailer<</ID[<00><00>]" + handler)


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + index) for index in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return pdf(b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, count), *[page] * count)


def two_codes(*texts: str) -> bytes:
    ground = Image.new("L", (900, 450), "white")
    for index, text in enumerate(texts):
        ground.paste(Image.open(io.BytesIO(qr_png(text, scale=8))), (10 + 440 * index, 20))
    return saved(ground)
