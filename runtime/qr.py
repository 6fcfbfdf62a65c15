"""QR codes for pages, certificates and cards.

Both pictures come from the same matrix of modules, with the quiet zone of four modules that
ISO/IEC 18004 asks for, black on an explicit white ground so that they also read in a dark page.
"""

from io import BytesIO
from typing import Any, Final, Literal
from xml.sax.saxutils import escape

import qrcode
import zxingcpp
from PIL import Image
from qrcode import constants
from qrcode.exceptions import DataOverflowError

ErrorCorrection = Literal["L", "M", "Q", "H"]
Matrix = list[list[bool]]

QUIET_ZONE = 4
# ISO/IEC 18004 section 7.3.4.
_ALPHANUMERIC: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_FIRST_SIDE, _SIDE_STEP = 21, 4

_LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}


def qr_matrix(text: str, *, error_correction: ErrorCorrection = "M") -> Matrix:
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
    matrix: Matrix = code.get_matrix()
    return matrix


def alphanumeric_matrix(text: str, *, error_correction: ErrorCorrection) -> Matrix:
    """As ``qr_matrix``, for texts of the alphanumeric mode alone and twenty times as fast: for bulk.

    Raises:
        ValueError: ``text`` has other characters, is empty, or does not fit a version 40 symbol.
    """
    if not text or not _ALPHANUMERIC.issuperset(text):
        raise ValueError("a QR code of this mode needs other content")
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=error_correction)
    except ValueError as error:
        raise ValueError("the content does not fit a QR code") from error
    # It has the buffer protocol, which its stubs do not say.
    picture: Any = code.to_image()
    rows: Any = memoryview(picture).tolist()
    return [[pixel == 0 for pixel in row] for row in rows]


def version_of(matrix: Matrix) -> int:
    """The version (1 to 40) of a symbol with its quiet zone."""
    return (len(matrix) - 2 * QUIET_ZONE - _FIRST_SIDE) // _SIDE_STEP + 1


def _dark_runs(matrix: Matrix) -> str:
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
    return svg_of(qr_matrix(text, error_correction=error_correction), title=title)


def svg_of(matrix: Matrix, *, title: str) -> str:
    """The SVG of a matrix, as ``qr_svg``."""
    side = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
        f'shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{_dark_runs(matrix)}"/></svg>'
    )


def qr_png(text: str, *, scale: int = 8, error_correction: ErrorCorrection = "M") -> bytes:
    """A black and white PNG, ``scale`` pixels per module."""
    return png_of(qr_matrix(text, error_correction=error_correction), scale=scale)


def png_of(matrix: Matrix, *, scale: int = 8) -> bytes:
    """The PNG of a matrix, as ``qr_png``."""
    side = len(matrix)
    pixels = bytes(0 if dark else 255 for row in matrix for dark in row)
    image = Image.frombytes("L", (side, side), pixels).convert("1")
    image = image.resize((side * scale, side * scale), Image.Resampling.NEAREST)
    stream = BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return stream.getvalue()
