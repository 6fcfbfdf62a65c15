"""QR codes for pages, certificates and cards.

Both pictures come from the same matrix of modules, with the quiet zone of four modules that
ISO/IEC 18004 asks for, black on an explicit white ground so that they also read in a dark page.
"""

from io import BytesIO
from typing import Literal
from xml.sax.saxutils import escape

import qrcode
from PIL import Image
from qrcode import constants
from qrcode.exceptions import DataOverflowError

ErrorCorrection = Literal["L", "M", "Q", "H"]

QUIET_ZONE = 4

_LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}


def qr_matrix(text: str, *, error_correction: ErrorCorrection = "M") -> list[list[bool]]:
    """Rows of modules, True = dark, quiet zone included; the smallest version that holds ``text``.

    Upper-case letters, digits and ``$%*+-./:`` and space take the denser alphanumeric mode.

    Raises:
        ValueError: ``text`` is empty or does not fit a version 40 symbol.
    """
    if not text:
        raise ValueError("a QR code needs content")
    code = qrcode.QRCode(error_correction=_LEVELS[error_correction], border=QUIET_ZONE)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ValueError("the content does not fit a QR code") from error
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


def _dark_runs(matrix: list[list[bool]]) -> str:
    """SVG path data, one rectangle per horizontal run of dark modules."""
    commands: list[str] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                commands.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return "".join(commands)


def qr_svg(text: str, *, error_correction: ErrorCorrection = "M", title: str = "QR") -> str:
    """A standalone SVG, one user unit per module, to be put inline in HTML or given to typst.

    ``title`` is what a screen reader says. The SVG has no size of its own: the place decides.
    """
    matrix = qr_matrix(text, error_correction=error_correction)
    side = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
        f'shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{_dark_runs(matrix)}"/></svg>'
    )


def qr_png(text: str, *, scale: int = 8, error_correction: ErrorCorrection = "M") -> bytes:
    """A black and white PNG, ``scale`` pixels per module."""
    matrix = qr_matrix(text, error_correction=error_correction)
    side = len(matrix)
    pixels = bytes(0 if dark else 255 for row in matrix for dark in row)
    image = Image.frombytes("L", (side, side), pixels).convert("1")
    image = image.resize((side * scale, side * scale), Image.Resampling.NEAREST)
    stream = BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return stream.getvalue()
