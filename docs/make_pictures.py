"""Makes the pictures of the documentation from those the browser tests took: ``make pictures``.

The browser tests leave full pages in ``test-results``; here they are cut to what the text speaks
of and brought down to few colours, so that the repository stays small.
"""

from pathlib import Path
from typing import Final

from PIL import Image

ROOT: Final = Path(__file__).parent.parent
COLOURS: Final = 48
# Source in test-results → name in docs/pictures, and the height in pixels that is kept.
PICTURES: Final = {
    "verdict-json-en-1280.png": ("verdict.png", 1916),
    "revoked-en-390.png": ("revoked-phone.png", 844),
    "holder-home-km-360.png": ("holder-home.png", 1000),
}


def make_pictures(source: Path, target: Path) -> None:
    """Write every picture. Raises ``FileNotFoundError`` when the browser tests did not run."""
    for taken, (name, height) in PICTURES.items():
        with Image.open(source / taken) as picture:
            cut = picture.convert("RGB").crop((0, 0, picture.width, min(height, picture.height)))
        small = cut.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(target / name, optimize=True)


if __name__ == "__main__":
    make_pictures(ROOT / "test-results", ROOT / "docs" / "pictures")
