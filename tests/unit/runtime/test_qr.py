"""QR codes read back as what went in."""

from io import BytesIO
from xml.etree import ElementTree

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from runtime.qr import (
    QUIET_ZONE,
    ErrorCorrection,
    alphanumeric_matrix,
    png_of,
    qr_matrix,
    qr_png,
    qr_svg,
    version_of,
)
from tests.qr_reading import qr_codes

URL = "HTTPS://SKILLS-PASSPORT.EXAMPLE/V/7K3QF9ZT0M2X8RWB5DNCJ4PA6H"


def decoded(png: bytes) -> str:
    found = qr_codes(Image.open(BytesIO(png)))
    assert len(found) == 1
    return str(found[0].text)


def rasterised(svg: str, *, points: int = 300) -> bytes:
    page = (
        f"#set page(width: {points}pt, height: {points}pt, margin: 0pt)\n"
        "#image(bytes(sys.inputs.svg), width: 100%)"
    )
    return typst.compile(
        page.encode(), format="png", ppi=144.0, sys_inputs={"svg": svg}, ignore_system_fonts=True
    )


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=120))
def test_png_reads_back_as_the_text(text: str) -> None:
    assert decoded(qr_png(text, scale=4)) == text


@pytest.mark.parametrize("text", [URL, "https://skills-passport.example/v/abc?lang=km", "លិខិតឆ្លងដែន"])
def test_svg_placed_by_typst_reads_back_as_the_text(text: str) -> None:
    assert decoded(rasterised(qr_svg(text))) == text


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_svg_and_png_show_the_same_modules(level: ErrorCorrection) -> None:
    matrix = qr_matrix(URL, error_correction=level)
    png = Image.open(BytesIO(qr_png(URL, scale=1, error_correction=level))).convert("L")
    assert [[png.getpixel((x, y)) == 0 for x in range(png.width)] for y in range(png.height)] == matrix
    drawn = ElementTree.fromstring(qr_svg(URL, error_correction=level))
    assert drawn.attrib["viewBox"] == f"0 0 {len(matrix)} {len(matrix)}"


def test_a_stronger_level_survives_a_blot() -> None:
    image = Image.open(BytesIO(qr_png(URL, scale=8, error_correction="Q"))).convert("RGB")
    side = image.width // 8
    middle = image.width // 2
    image.paste((90, 60, 20), (middle, middle, middle + side, middle + side))
    blotted = BytesIO()
    image.save(blotted, format="PNG")
    assert decoded(blotted.getvalue()) == URL


def test_the_quiet_zone_is_white_on_all_sides() -> None:
    matrix = qr_matrix(URL)
    edge = range(QUIET_ZONE)
    assert not any(any(matrix[i]) or any(matrix[-1 - i]) for i in edge)
    assert not any(row[i] or row[-1 - i] for row in matrix for i in edge)


def test_upper_case_addresses_take_fewer_modules() -> None:
    assert len(qr_matrix(URL)) < len(qr_matrix(URL.lower()))


def test_title_cannot_break_out_of_the_svg() -> None:
    svg = qr_svg("x", title="</title><script>alert(1)</script>&")
    assert "<script" not in svg
    title = ElementTree.fromstring(svg).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "</title><script>alert(1)</script>&"


@pytest.mark.parametrize("text", ["", "x" * 3000], ids=["empty", "too_long"])
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        qr_svg(text)


@pytest.mark.parametrize(
    ("length", "level", "version"), [(352, "Q", 13), (353, "Q", 14), (528, "M", 14), (529, "M", 15)]
)
def test_a_symbol_holds_what_only_the_alphanumeric_mode_can(
    length: int, level: ErrorCorrection, version: int
) -> None:
    text = ("PC1:" + "%A0 " * 200)[:length]
    matrix = alphanumeric_matrix(text, error_correction=level)
    assert version_of(matrix) == version
    assert decoded(png_of(matrix, scale=4)) == text
    found = qr_codes(Image.open(BytesIO(png_of(matrix))))
    assert found[0].ec_level == level


def test_the_alphanumeric_symbol_has_a_white_quiet_zone() -> None:
    matrix = alphanumeric_matrix("PC1:ABC", error_correction="Q")
    edge = range(QUIET_ZONE)
    assert not any(any(matrix[i]) or any(matrix[-1 - i]) for i in edge)
    assert not any(row[i] or row[-1 - i] for row in matrix for i in edge)
    assert matrix[QUIET_ZONE][QUIET_ZONE]


@pytest.mark.parametrize("text", ["", "pc1:a", "ក", "A" * 5000], ids=["empty", "small", "khmer", "too_long"])
def test_what_is_not_alphanumeric_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        alphanumeric_matrix(text, error_correction="Q")
