"""The printed certificate, judged from its bytes: as a file, as a picture, and glyph by glyph."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import typst
import uharfbuzz
from PIL import Image, ImageChops

from issuer.certificate import CertificateKind, CertificateView, UnitLine, render, render_certificate
from runtime.typesetting import FONT_DIRECTORY
from tests.qr_reading import qr_codes
from vc.errors import MalformedValue, RangeError

CREDENTIAL = '{"name":"ស្ត្រី \\"#$]\\\\\\"",\r\n "n":1}\n'.encode()
KHMER_WORDS = ("ស្ត្រី", "ក្រសួង", "ឧត្ដរមានជ័យ", "ញ៉ាំ")
RPL = CertificateView(
    holder_name_km="សុខ ស្រីមុំ",
    holder_name_latin="SOK SREYMOM",
    title_en="Bricklayer",
    title_km="ជាងរៀបឥដ្ឋ",
    kind=CertificateKind.RPL,
    heading_en="Recognition of prior learning (RPL)",
    heading_km="ការទទួលស្គាល់ការសិក្សាពីមុន (RPL)",
    facts=(),
    isco08="7112",
    isco08_title="Bricklayers and related workers",
    cqf_level=2,
    units=tuple(
        UnitLine(code=f"CON-BL-{number:03}", title_en="Lay bricks", title_km="រៀបឥដ្ឋ", result="C")
        for number in range(4)
    ),
    assessed_on=date(2026, 10, 12),
    decided_on=date(2026, 10, 20),
    started_on=None,
    ended_on=None,
    hours=None,
    assessor_ids=("AS-0417", "AS-0533"),
    certificate_number="OMC-RPL-2026-00017",
    centre_name_en="Samraong Border Skills Centre",
    centre_name_km="មជ្ឈមណ្ឌលជំនាញព្រំដែនសំរោង",
    centre_place="Oddar Meanchey",
    issued_on=date(2026, 11, 22),
    verify_url="https://skills-passport.example/v/7K3M9QXA2B4C5D6E7F8G9H0J1K",
    typed_code="7K3M-9QXA-2B4C",
    hotline="0000",
    demo=True,
)
TRAINING = replace(
    RPL,
    kind=CertificateKind.TRAINING,
    cqf_level=None,
    units=(),
    assessed_on=None,
    decided_on=None,
    started_on=date(2026, 9, 1),
    ended_on=date(2026, 10, 16),
    hours=240,
    assessor_ids=(),
    title_km=None,
    demo=False,
)
LONGEST = replace(
    RPL,
    holder_name_km="ព្រហ្មវិសុទ្ធិវង្ស ឧត្តមសិរីរតនៈពិសិដ្ឋមុន្នី" * 2,
    holder_name_latin="PROMVISOTHIVONG OUDOMSEREYRATANAK-PISETHMUNY " * 3,
    title_en="Occupational Health and Safety Supervisor for Electronic Equipment Assembly Lines " * 2,
    title_km="អ្នកគ្រប់គ្រងសុវត្ថិភាព និងសុខភាពការងារសម្រាប់ខ្សែដំឡើងគ្រឿងអេឡិចត្រូនិក",
    units=tuple(
        UnitLine(
            code=f"ELE-ASM-{number:03}",
            title_en="Inspect, test and record the quality of assembled electronic products",
            title_km="ត្រួតពិនិត្យ សាកល្បង និងកត់ត្រាគុណភាពផលិតផលអេឡិចត្រូនិកដែលបានដំឡើង",
            result="C" if number else "NYC",
        )
        for number in range(12)
    ),
    started_on=date(2026, 9, 1),
    ended_on=date(2026, 10, 16),
    hours=240,
    assessor_ids=("AS-0417", "AS-0533", "AS-0999", "AS-1000"),
    centre_name_en="National Polytechnic and Border-Province Vocational Training and Assessment Centre",
)
EVERY_VIEW = pytest.mark.parametrize("view", [RPL, TRAINING, LONGEST], ids=["rpl", "training", "longest"])


def _render(view: CertificateView) -> bytes:
    return render_certificate(view, credential=CREDENTIAL, credential_filename="credential.json")


def _document(view: CertificateView) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(_render(view))


def _picture(view: CertificateView, *, dpi: int) -> Image.Image:
    picture: Image.Image = _document(view)[0].render(scale=dpi / 72).to_pil()
    return picture.convert("RGB")


def _text(view: CertificateView) -> str:
    return str(_document(view)[0].get_textpage().get_text_range())


@EVERY_VIEW
def test_is_one_a4_page_of_pdf_a_3b(view: CertificateView) -> None:
    pdf = _render(view)
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert [round(points * 25.4 / 72) for points in document[0].get_size()] == [210, 297]
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf


@EVERY_VIEW
def test_compiles_without_a_warning(view: CertificateView) -> None:
    inputs = render._inputs(view, CREDENTIAL, "credential.json")
    _, warnings = render._compiler().compile_with_warnings(format="pdf", sys_inputs=inputs)
    assert warnings == []


def test_an_unknown_font_family_would_warn() -> None:
    source = render._TEMPLATE.read_text().replace('"Noto Sans Khmer"', '"No Such Family"').encode()
    fonts = typst.Fonts(False, False, [str(FONT_DIRECTORY)])
    inputs = render._inputs(RPL, CREDENTIAL, "credential.json")
    _, warnings = typst.Compiler(source, font_paths=fonts).compile_with_warnings(
        format="svg", sys_inputs=inputs
    )
    assert warnings


@EVERY_VIEW
def test_credential_is_attached_byte_for_byte(view: CertificateView) -> None:
    pdf = _render(view)
    document = pypdfium2.PdfDocument(pdf)
    assert document.count_attachments() == 1
    attachment = document.get_attachment(0)
    assert attachment.get_name() == "credential.json"
    assert bytes(attachment.get_data()) == CREDENTIAL
    assert b"/AFRelationship/Source" in pdf.replace(b" ", b"")


@EVERY_VIEW
@pytest.mark.parametrize("dpi", [300, 96])
def test_qr_code_reads_from_the_page(view: CertificateView, dpi: int) -> None:
    [code] = qr_codes(_picture(view, dpi=dpi))
    assert code.text == view.verify_url


def test_qr_code_is_three_centimetres_wide_in_a_white_frame() -> None:
    dpi = 300
    picture = _picture(RPL, dpi=dpi)
    [code] = qr_codes(picture)
    corner, opposite = code.position.top_left, code.position.bottom_right
    side = opposite.x - corner.x
    assert side / dpi * 25.4 >= 30
    quiet = side * 4 // 41
    frame = picture.crop((corner.x - quiet, corner.y - quiet, opposite.x + quiet, corner.y - 2))
    assert frame.getextrema() == ((255, 255), (255, 255), (255, 255))


@EVERY_VIEW
def test_prints_what_a_person_needs(view: CertificateView) -> None:
    text = " ".join(_text(view).split())
    for said in (
        view.certificate_number,
        view.typed_code,
        "skills-passport.example",
        "2026-11-22",
        "no visa, selection or legalisation; foreign authorities may still require paper or their own test",
        "This certificate and its checking are free",
        "Hotline",
        view.hotline,
    ):
        assert said in text


def test_prints_the_port_a_person_must_type() -> None:
    assert "127.0.0.1:8443" in _text(replace(RPL, verify_url="https://127.0.0.1:8443/v/ABC"))


def test_demo_is_marked_and_only_demo() -> None:
    line = "Not a service of the Royal Government of Cambodia"
    demo, real = _text(RPL), _text(replace(RPL, demo=False))
    assert line in demo
    assert demo.count("DEMO") == 2
    assert line not in real
    assert "DEMO" not in real


def test_demo_watermark_crosses_the_page() -> None:
    difference = ImageChops.difference(
        _picture(TRAINING, dpi=40), _picture(replace(TRAINING, demo=True), dpi=40)
    ).convert("L")
    columns, rows = difference.size
    corners = (
        (0, rows * 2 // 3, columns // 3, rows),
        (columns * 2 // 3, 0, columns, rows // 2),
    )
    for box in corners:
        assert sum(difference.crop(box).histogram()[20:]) > 200


def test_same_view_gives_same_bytes_in_any_order_and_thread() -> None:
    views = [RPL, TRAINING, replace(RPL, holder_name_latin="CHAN DARA")] * 4
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(_render, views)) == [_render(view) for view in views]


def test_metadata_names_title_author_language_and_day() -> None:
    pdf = _render(RPL)
    metadata = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    assert metadata["Title"] == "Bricklayer \u2013 SOK SREYMOM"
    assert metadata["Author"] == "Samraong Border Skills Centre"
    assert metadata["CreationDate"].startswith("D:20261122")
    assert b"/Lang(en)" in pdf.replace(b" ", b"")


@pytest.mark.parametrize(
    "text", ["#panic()", "$x$", "]", "[*a*]", "\\", "#{", "`raw`", "@ref <label> _a_", '"']
)
def test_markup_in_a_name_prints_as_itself(text: str) -> None:
    view = replace(RPL, holder_name_latin=text, title_en=text, units=(replace(RPL.units[0], title_en=text),))
    assert _text(view).count(text) >= 3


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("empty name", {"holder_name_km": " "}),
        ("newline", {"holder_name_latin": "SOK\nSREYMOM"}),
        ("bidi override", {"holder_name_latin": "SOK \u202eMOM"}),
        ("nul", {"title_en": "Brick\x00layer"}),
        ("lone surrogate", {"title_en": "\ud800"}),
        ("letter no font has", {"title_en": "田中"}),
        ("typed code without groups", {"typed_code": "7K3M9QXA2B4C"}),
        ("javascript link", {"verify_url": "javascript:alert(1)"}),
    ],
)
def test_unprintable_view_is_refused(fault: str, change: dict[str, str]) -> None:
    with pytest.raises(MalformedValue):
        _render(replace(RPL, **change))  # type: ignore[arg-type]


def test_too_much_text_is_refused_and_not_cut() -> None:
    with pytest.raises(RangeError):
        _render(replace(LONGEST, units=LONGEST.units * 2))
    with pytest.raises(RangeError):
        _render(replace(RPL, holder_name_latin="A" * 201))


def test_attachment_must_be_utf8_under_a_plain_name() -> None:
    with pytest.raises(MalformedValue):
        render_certificate(RPL, credential=b"\xff", credential_filename="c.json")
    with pytest.raises(MalformedValue):
        render_certificate(RPL, credential=b"{}", credential_filename="../c.json")


# Khmer shaping: the glyphs typst set, against HarfBuzz on the same font.


@dataclass(frozen=True, kw_only=True, slots=True)
class Glyph:
    """A glyph where it stands, y upwards, with the start of its outline and its contours."""

    x: float
    y: float
    start: tuple[float, float]
    contours: int

    def is_near(self, other: "Glyph", scale: float) -> bool:
        mine = (self.x, self.y, *self.start)
        theirs = (other.x, other.y, *other.start)
        close = all(abs(a - b * scale) < 0.05 for a, b in zip(mine, theirs, strict=True))
        return close and self.contours == other.contours


_FONT = uharfbuzz.Font(uharfbuzz.Face((FONT_DIRECTORY / "NotoSansKhmer_700Bold.ttf").read_bytes()))


def _outline(glyph_id: int) -> tuple[tuple[float, float], int]:
    path: list[tuple[float, float]] = []
    pen = uharfbuzz.DrawFuncs()
    pen.set_move_to_func(lambda x, y, starts: starts.append((x, y)))
    _FONT.draw_glyph(glyph_id, pen, path)
    return (path[0] if path else (0, 0)), len(path)


def _placed(glyphs: Sequence[tuple[int, float, float, float]]) -> list[Glyph]:
    placed, pen = [], 0.0
    for glyph_id, x_offset, y_offset, advance in glyphs:
        start, contours = _outline(glyph_id)
        placed.append(Glyph(x=pen + x_offset, y=y_offset, start=start, contours=contours))
        pen += advance
    return placed


def _shaped(word: str) -> list[Glyph]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(word)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_FONT, buffer)
    return _placed(
        [
            (info.codepoint, place.x_offset, place.y_offset, place.x_advance)
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]
    )


def _unshaped(word: str) -> list[Glyph]:
    ids = [_FONT.get_nominal_glyph(ord(letter)) for letter in word]
    return _placed([(glyph_id, 0, 0, _FONT.get_glyph_h_advance(glyph_id)) for glyph_id in ids])


def _page_glyphs(view: CertificateView) -> list[Glyph]:
    svg = render._compiler().compile(
        format="svg", sys_inputs=render._inputs(view, CREDENTIAL, "credential.json")
    )
    root = ET.fromstring(svg[0] if isinstance(svg, list) else svg or b"")
    outlines = {}
    for symbol in root.findall(".//{*}symbol"):
        path = symbol.find("{*}path")
        drawn = "" if path is None else path.get("d", "")
        first = re.match(r"M 0 0m (\S+) (\S+?)[a-zA-Z ]", drawn)
        start = (float(first[1]), float(first[2])) if first else (0.0, 0.0)
        outlines["#" + symbol.get("id", "")] = (start, drawn.count("Z"))
    return list(_walk(root, 0, 0, outlines))


def _walk(
    node: ET.Element, x: float, y: float, outlines: dict[str, tuple[tuple[float, float], int]]
) -> Iterator[Glyph]:
    moved = re.fullmatch(
        r"matrix\(1 0 0 -?1 (\S+) (\S+)\)|translate\((\S+) (\S+)\)", node.get("transform", "")
    )
    if moved:
        x, y = x + float(moved[1] or moved[3]), y + float(moved[2] or moved[4])
    for child in node:
        reference = child.get("{http://www.w3.org/1999/xlink}href", "")
        if reference in outlines:
            start, contours = outlines[reference]
            dx, dy = float(child.get("x", 0)), float(child.get("y", 0))
            yield Glyph(x=x + dx, y=-y + dy, start=start, contours=contours)
        else:
            yield from _walk(child, x, y, outlines)


def _is_on_page(word: list[Glyph], page: list[Glyph]) -> bool:
    longest = max(max(glyph.start, default=0) for glyph in word)
    at = next(index for index, glyph in enumerate(word) if longest in glyph.start)
    for begin in range(len(page) - len(word) + 1):
        run = page[begin : begin + len(word)]
        scale = max(run[at].start) / longest
        origin = run[0].x - word[0].x * scale, run[0].y - word[0].y * scale
        moved = [replace(glyph, x=glyph.x - origin[0], y=glyph.y - origin[1]) for glyph in run]
        if scale > 0 and all(a.is_near(b, scale) for a, b in zip(moved, word, strict=True)):
            return True
    return False


@pytest.mark.parametrize("word", KHMER_WORDS)
def test_khmer_word_has_the_glyphs_of_harfbuzz(word: str) -> None:
    page = _page_glyphs(replace(RPL, holder_name_km=word))
    assert _is_on_page(_shaped(word), page)
    assert not _is_on_page(_unshaped(word), page)


@pytest.mark.parametrize("word", KHMER_WORDS)
def test_the_comparison_fails_when_shaping_is_broken(word: str) -> None:
    # Joiners between the letters keep a shaper from forming clusters.
    page = _page_glyphs(replace(RPL, holder_name_km="\u200c".join(word)))
    assert len(page) > 500
    assert not _is_on_page(_shaped(word), page)
