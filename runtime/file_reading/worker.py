"""Reads one hostile picture or PDF, in a process that may be killed.

Started as a script by ``runtime.file_reading.child``, isolated from the environment: the file on
standard input, the answer on standard output as one line of JSON and then, for an attached
credential, its bytes. Every answer is a ``verdict``; a crash, a limit or a timeout is the
parent's "could not be read". It imports nothing of this product.
"""

import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 20_000_000
MAX_PAGES = 3
MAX_ATTACHMENTS = 16
MAX_CREDENTIAL_BYTES = 1_000_000
_MEMORY_BYTES = 600_000_000
_CPU_SECONDS = 10
_PAGE_DPI = 220
_LARGEST_SIDE = 4_400
_POINTS_PER_INCH = 72
# More work than that on a picture without a code would be a present to whoever sends them.
_MOST_SHARPENED = 8_000_000
_MOST_ENLARGED = 3_000_000
# As ``vc.card.text.is_card_text`` has it.
_CARD = re.compile(r"PC[0-9]{1,3}:", re.ASCII)


def limit_this_process() -> None:
    """Cap memory, processor time and files; a bomb then ends this process and nothing else."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_picture(data: bytes) -> dict[str, Any]:
    """The QR codes of a PNG or JPEG."""
    from io import BytesIO

    from PIL import Image

    # The check below replaces Pillow's own, which only warns up to twice its limit.
    Image.MAX_IMAGE_PIXELS = None
    picture = Image.open(BytesIO(data), formats=("PNG", "JPEG"))
    if picture.width * picture.height > MAX_PIXELS:
        return {"verdict": "too many pixels"}
    return _links(_codes_in(_flattened(picture)))


def read_pdf(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The credential attached to a PDF, or else the QR codes on its first pages."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        return {"verdict": "locked" if locked else "unreadable"}, b""
    attached = set(_attached_credentials(document))
    if len(attached) > 1:
        return {"verdict": "several credentials"}, b""
    if attached:
        return {"verdict": "credential"}, attached.pop()
    texts: set[str] = set()
    for index in range(min(len(document), MAX_PAGES)):
        texts |= _codes_in(_page_picture(document[index]))
    return _links(texts), b""


def _flattened(picture: "Image.Image") -> "Image.Image":
    """Grey on white: a transparent ground must not turn black and swallow the code."""
    from PIL import Image

    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        ground = Image.new("RGBA", coloured.size, "white")
        ground.alpha_composite(coloured)
        picture = ground
    return picture.convert("L")


def _codes_in(picture: "Image.Image") -> set[str]:
    """The texts of the codes in a picture; looked at again, sharper and larger, until a card is among them.

    A card's own code is finer than the link beside it, which alone may read at the first look.
    """
    import zxingcpp

    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    texts: set[str] = set()
    for attempt in _attempts(picture):
        texts |= {code.text for code in zxingcpp.read_barcodes(attempt, formats=formats)}
        if any(_CARD.match(text) for text in texts):
            break
    return texts


def _attempts(picture: "Image.Image") -> "Iterator[Image.Image]":
    from PIL import Image, ImageFilter

    yield picture
    pixels = picture.width * picture.height
    if pixels <= _MOST_SHARPENED:
        yield picture.filter(ImageFilter.UnsharpMask(radius=4, percent=400, threshold=0))
    if pixels <= _MOST_ENLARGED:
        yield picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)


def _links(texts: set[str]) -> dict[str, Any]:
    if not texts:
        return {"verdict": "no code"}
    # On paper a card stands beside the code of a link; the card is the one that needs no network.
    cards = {text for text in texts if _CARD.match(text)}
    if len(cards) == 1:
        texts = cards
    if len(texts) > 1:
        return {"verdict": "several codes"}
    return {"verdict": "text", "text": min(texts)}


def _attached_credentials(document: Any) -> Iterator[bytes]:
    for index in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        content = document.get_attachment(index).get_data()
        if len(content) <= MAX_CREDENTIAL_BYTES and _is_json_object(bytes(content)):
            yield bytes(content)


def _is_json_object(content: bytes) -> bool:
    # Only tells credentials from other attachments; the strict reader judges these bytes later.
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


def _page_picture(page: Any) -> "Image.Image":
    scale = min(_PAGE_DPI / _POINTS_PER_INCH, _LARGEST_SIDE / max(page.get_size()))
    picture: Image.Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
    return picture


def main() -> None:
    """Answer for the file on standard input."""
    limit_this_process()
    data = sys.stdin.buffer.read()
    content = b""
    if data.startswith(b"%PDF-"):
        verdict, content = read_pdf(data)
    else:
        verdict = read_picture(data)
    sys.stdout.buffer.write(json.dumps(verdict).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
