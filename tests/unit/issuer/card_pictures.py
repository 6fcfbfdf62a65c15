"""A printed card as a picture, and what befalls it: each fault alone."""

import math
from datetime import date
from functools import cache
from io import BytesIO

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter

from issuer.passport_card import CardView, FactLine, render_card
from issuer.passport_card.view import MODULE_MM
from runtime.file_reading.worker import read_picture
from runtime.qr import QUIET_ZONE, alphanumeric_matrix
from tests.qr_reading import qr_codes
from tests.simulator import IssuerWorld
from tests.unit.vc.card.cards import issue, renamed
from vc.card.text import symbol_for

WORLD = IssuerWorld()
TYPICAL = issue(WORLD)
LONGEST = issue(WORLD, renamed(WORLD, "ក" * 60, "A" * 60))
MM_PER_INCH = 25.4
PRINT_DPI = 300


def view(card_text: str = TYPICAL, *, demo: bool = True) -> CardView:
    """A work card of two facts."""
    return CardView(
        kind="work",
        name_km="សុខ ដារ៉ា",
        name_latin="SOK DARA",
        birth_year=1994,
        facts=(
            FactLine(
                title_en="Bricklaying and masonry",
                title_km="ការងារជាងសំណង់ (រៀបឥដ្ឋ)",
                level=1,
                is_part=False,
                day=date(2026, 5, 20),
            ),
            FactLine(
                title_en="Food safety and HACCP basics",
                title_km="សុវត្ថិភាពចំណីអាហារ និងមូលដ្ឋាន HACCP",
                level=None,
                is_part=True,
                day=date(2026, 6, 2),
            ),
        ),
        centre_name_en="Phka Trakuon Technical Training Centre",
        centre_name_km="មជ្ឈមណ្ឌលបណ្តុះបណ្តាលបច្ចេកទេសផ្កាត្រកួន",
        issued_on=date(2026, 11, 25),
        expires_on=date(2031, 11, 25),
        card_text=card_text,
        verify_url="http://127.0.0.1:8000/v/7K3M9QXA2B4C7K3M9QXA2B4C7K",
        hotline="012 345 678",
        demo=demo,
    )


@cache
def printed(card_text: str = TYPICAL, dpi: int = PRINT_DPI) -> Image.Image:
    """The printed card as a scanner of so many dots an inch sees it, with white paper around it."""
    page = pypdfium2.PdfDocument(render_card(view(card_text)))[0]
    picture: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    edge = dpi // 4
    paper = Image.new("L", (picture.width + 2 * edge, picture.height + 2 * edge), 255)
    paper.paste(picture, (edge, edge))
    return paper


def module_px(dpi: int = PRINT_DPI) -> float:
    return MODULE_MM / MM_PER_INCH * dpi


def blurred(picture: Image.Image, modules: float) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(modules * module_px()))


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def blotted(picture: Image.Image, share: float, card_text: str = TYPICAL) -> Image.Image:
    """A round dark blot of ``share`` of the symbol's area in its middle, where no finder is."""
    side = symbol_side(card_text)
    radius = math.sqrt(share / math.pi) * side
    x, y = symbol_middle(card_text)
    spoilt = picture.copy()
    ImageDraw.Draw(spoilt).ellipse((x - radius, y - radius, x + radius, y + radius), fill=40)
    return spoilt


def symbol_side(card_text: str) -> float:
    """The side of the symbol without its quiet zone, in pixels at ``PRINT_DPI``."""
    matrix = alphanumeric_matrix(card_text, error_correction=symbol_for(card_text).level)
    return (len(matrix) - 2 * QUIET_ZONE) * module_px()


def symbol_middle(card_text: str) -> tuple[float, float]:
    """Where the middle of the card's own symbol lies on ``printed``."""
    for code in qr_codes(printed(card_text)):
        if code.text == card_text:
            corners = [
                code.position.top_left,
                code.position.top_right,
                code.position.bottom_left,
                code.position.bottom_right,
            ]
            return sum(c.x for c in corners) / 4, sum(c.y for c in corners) / 4
    raise AssertionError("the printed card cannot be read")


def read(picture: Image.Image) -> str | None:
    """What the verifier's own reader finds in the picture."""
    stream = BytesIO()
    picture.save(stream, "PNG")
    return read_picture(stream.getvalue()).get("text")
