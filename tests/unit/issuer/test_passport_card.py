"""The printed card: read back from the rendered PDF with each fault alone, and looked at as text."""

import json
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image

from issuer.passport_card import render_card, render_sheet
from issuer.passport_card.render import _TEMPLATE, card_data
from issuer.passport_card.view import MODULE_MM
from runtime.qr import QUIET_ZONE, alphanumeric_matrix, png_of, qr_matrix, version_of
from runtime.typesetting import FONT_DIRECTORY, compiler_for
from tests.qr_reading import qr_codes
from tests.unit.issuer.card_pictures import (
    LONGEST,
    MM_PER_INCH,
    TYPICAL,
    blotted,
    blurred,
    printed,
    read,
    turned,
    view,
)
from vc.card.text import symbol_for
from vc.errors import MalformedValue, RangeError

BOTH = pytest.mark.parametrize("text", [TYPICAL, LONGEST], ids=["typical", "longest"])


@BOTH
def test_a_printed_card_reads_as_it_was_signed(text: str) -> None:
    assert read(printed(text)) == text


@BOTH
def test_a_blur_of_a_third_of_a_module_is_read(text: str) -> None:
    assert read(blurred(printed(text), 0.35)) == text


@BOTH
@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_a_card_lies_on_the_glass_in_any_way(text: str, degrees: int) -> None:
    assert read(turned(printed(text), degrees + 0.5)) == text


@BOTH
def test_a_blot_of_eight_percent_off_the_finders_is_read(text: str) -> None:
    assert read(blotted(printed(text), 0.08, text)) == text


@BOTH
def test_96_dots_an_inch_are_enough(text: str) -> None:
    assert read(printed(text, 96)) == text


@BOTH
def test_a_blur_of_half_a_module_is_read_at_a_second_look(text: str) -> None:
    assert read(blurred(printed(text), 0.5)) == text


@BOTH
@pytest.mark.parametrize("degrees", [0, 33, 137.5, 200])
def test_72_dots_an_inch_are_read_at_a_third_look(text: str, degrees: float) -> None:
    assert read(turned(printed(text, 72), degrees)) == text


def test_the_faults_are_faults() -> None:
    """Far beyond what is promised nothing is read: the pictures really are spoilt."""
    assert read(blurred(printed(), 1.5)) != TYPICAL
    assert read(blotted(printed(), 0.5)) != TYPICAL
    assert read(printed(TYPICAL, 48)) != TYPICAL


@BOTH
def test_a_module_is_half_a_millimetre_or_more(text: str) -> None:
    dpi = 600
    page = pypdfium2.PdfDocument(render_card(view(text)))[0]
    codes = qr_codes(page.render(scale=dpi / 72, grayscale=True).to_pil())
    assert len(codes) == 2
    for code in codes:
        side = code.position.top_right.x - code.position.top_left.x
        modules = len(_matrix(text) if code.text == text else qr_matrix(code.text)) - 2 * QUIET_ZONE
        assert side / modules * MM_PER_INCH / dpi >= 0.5
    assert MODULE_MM >= 0.5


def test_a_typical_card_is_version_13_at_most_and_the_longest_14() -> None:
    assert (symbol_for(TYPICAL).level, version_of(_matrix(TYPICAL)) <= 13) == ("Q", True)
    assert (symbol_for(LONGEST).level, version_of(_matrix(LONGEST)) <= 14) == ("M", True)


def _matrix(text: str) -> list[list[bool]]:
    return alphanumeric_matrix(text, error_correction=symbol_for(text).level)


def test_a_card_is_of_the_size_of_a_bank_card() -> None:
    width, height = pypdfium2.PdfDocument(render_card(view()))[0].get_size()
    assert (width / 72 * MM_PER_INCH, height / 72 * MM_PER_INCH) == pytest.approx((85.6, 54), abs=0.05)


def test_a_sheet_holds_ten_cards_and_every_one_reads() -> None:
    texts = [TYPICAL, LONGEST] * 6
    document = pypdfium2.PdfDocument(render_sheet([view(text) for text in texts]))
    found = []
    for page in document:
        codes = qr_codes(page.render(scale=200 / 72, grayscale=True).to_pil())
        found += [code.text for code in codes if code.text.startswith("PC1:")]
    assert len(document) == 2
    assert sorted(found) == sorted(texts)


def test_the_same_card_gives_the_same_bytes() -> None:
    assert render_card(view()) == render_card(view())


def test_a_demo_card_says_so_and_another_does_not() -> None:
    def words(demo: bool) -> str:
        page = pypdfium2.PdfDocument(render_card(view(demo=demo)))[0]
        return str(page.get_textpage().get_text_range())

    assert "Not a service of the Royal Government" in words(True)
    assert "DEMO" not in words(False)
    assert "no photo" in words(False)


def test_typst_warns_of_nothing() -> None:
    inputs = {
        "layout": "single",
        "module_mm": "0.5",
        "cards": json.dumps([card_data(view(LONGEST))], default=str, ensure_ascii=False),
    }
    _, warnings = compiler_for(_TEMPLATE).compile_with_warnings(format="pdf", sys_inputs=inputs)
    assert not warnings
    assert FONT_DIRECTORY.is_dir()


def test_a_name_is_never_markup() -> None:
    page = pypdfium2.PdfDocument(render_card(replace(view(), name_latin="#panic() $x$ *A*")))[0]
    assert "#panic() $x$ *A*" in page.get_textpage().get_text_range()


def test_an_address_too_long_for_a_card_is_refused() -> None:
    with pytest.raises(RangeError):
        render_card(replace(view(), verify_url="https://" + "a" * 120 + ".example/v/X"))


def test_a_letter_the_fonts_do_not_have_is_refused() -> None:
    with pytest.raises(MalformedValue):
        render_card(replace(view(), name_latin="本田"))


def test_the_picture_of_a_card_alone_is_read() -> None:
    picture = png_of(alphanumeric_matrix(TYPICAL, error_correction="Q"))
    assert read(Image.open(BytesIO(picture))) == TYPICAL
