"""From views to the bytes of a PDF/A-2b, by typst; everything variable is data, never markup."""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typst

from issuer.passport_card.view import MODULE_MM, CardView, PrintedPhoto, require_link_fits
from runtime.qr import alphanumeric_matrix, qr_matrix, svg_of
from runtime.typesetting import COMPILING, compiler_for
from vc.card.text import symbol_for
from vc.errors import MalformedValue

_TEMPLATE: Final = Path(__file__).with_name("card.typ")


def render_card(view: CardView) -> bytes:
    """One card on a page of its own size. Raises as ``render_sheet``."""
    return _compile([view], layout="single")


def render_sheet(views: Sequence[CardView]) -> bytes:
    """Cards with cut marks, ten on an A4 page, in the order given.

    The same arguments give the same bytes. Raises RangeError for a link too long for a card, MalformedValue
    for a letter that the fonts do not have.
    """
    return _compile(views, layout="sheet")


def _compile(views: Sequence[CardView], *, layout: str) -> bytes:
    inputs = {
        "layout": layout,
        "module_mm": str(MODULE_MM),
        "cards": json.dumps([card_data(view) for view in views], default=str, ensure_ascii=False),
    }
    try:
        with COMPILING:
            document = compiler_for(_TEMPLATE).compile(format="pdf", pdf_standards="a-2b", sys_inputs=inputs)
    except typst.TypstError as error:
        if "PDF/A" in str(error):
            raise MalformedValue("A text holds a letter the card's fonts do not have.") from error
        raise
    if not isinstance(document, bytes):
        raise TypeError("typst did not return one PDF")
    return document


def photo_svg(photo: PrintedPhoto) -> str | None:
    """The photo as an SVG that holds it, since templates take texts only; None where there is none."""
    if not photo.jpeg:
        return None
    data = base64.b64encode(photo.jpeg).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 85">'
        f'<image width="90" height="85" href="data:image/jpeg;base64,{data}"/></svg>'
    )


def card_data(view: CardView) -> dict[str, Any]:
    """A card as the template of its face reads it. Raises RangeError for a link too long for a card."""
    own = alphanumeric_matrix(view.card_text, error_correction=symbol_for(view.card_text).level)
    link = qr_matrix(view.verify_url)
    require_link_fits(len(link))
    return asdict(view) | {
        "photo": photo_svg(view.photo),
        "photo_state": view.photo.state,
        "verify_host": view.verify_host,
        "qr": svg_of(own, title="passport card"),
        "qr_side": len(own),
        "link_qr": svg_of(link, title=view.verify_url),
        "link_side": len(link),
    }
