"""How much a printed passport card bears: its size, and the share of damaged pictures that still read.

    python -m loadtest.cards [--tries 20]

Every line is one fault alone, on the picture of the rendered PDF, each try turned by another angle so that no
two are alike. What must always read is tested in tests/unit/issuer/test_passport_card.py; the heavier faults
are here to be known. The pictures are read as the verifier reads an upload.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image

from runtime.qr import alphanumeric_matrix, version_of
from tests.unit.issuer.card_pictures import (
    LONGEST,
    PRINT_DPI,
    TYPICAL,
    blotted,
    blurred,
    module_px,
    printed,
    read,
    turned,
)
from vc.card.text import parse_card, symbol_for

Fault = Callable[[str], Image.Image]
_GOLDEN_ANGLE = 137.5


def _jpeg(text: str, quality: int) -> Image.Image:
    stream = BytesIO()
    printed(text, 150).save(stream, "JPEG", quality=quality)
    return Image.open(BytesIO(stream.getvalue())).convert("L")


FAULTS: Mapping[str, Fault] = {
    "none (300 dpi)": printed,
    "blur 0.35 module": lambda text: blurred(printed(text), 0.35),
    "blur 0.5 module": lambda text: blurred(printed(text), 0.5),
    "blur 0.7 module": lambda text: blurred(printed(text), 0.7),
    "blur 1.0 module": lambda text: blurred(printed(text), 1.0),
    "blot 8 %": lambda text: blotted(printed(text), 0.08, text),
    "blot 12 %": lambda text: blotted(printed(text), 0.12, text),
    "blot 16 %": lambda text: blotted(printed(text), 0.16, text),
    "blot 20 %": lambda text: blotted(printed(text), 0.20, text),
    "blot 25 %": lambda text: blotted(printed(text), 0.25, text),
    "96 dpi": lambda text: printed(text, 96),
    "80 dpi": lambda text: printed(text, 80),
    "72 dpi": lambda text: printed(text, 72),
    "60 dpi": lambda text: printed(text, 60),
    "150 dpi, JPEG quality 20": lambda text: _jpeg(text, 20),
    "150 dpi, JPEG quality 5": lambda text: _jpeg(text, 5),
}


def share_read(text: str, fault: Fault, tries: int) -> float:
    """The share of ``tries`` pictures, each turned otherwise, that read as ``text``."""
    spoilt = fault(text)
    return sum(read(turned(spoilt, number * _GOLDEN_ANGLE)) == text for number in range(tries)) / tries


def main() -> None:
    """Print the two tables."""
    arguments = argparse.ArgumentParser(description="What a printed passport card bears.")
    arguments.add_argument("--tries", type=int, default=20)
    tries = arguments.parse_args().tries
    cards = {"typical": TYPICAL, "longest names": LONGEST}
    out = sys.stdout.write
    out(f"{'card':<26}{'signed bytes':>13}{'letters':>9}{'version':>9}{'module':>9}\n")
    for name, text in cards.items():
        level = symbol_for(text).level
        version = version_of(alphanumeric_matrix(text, error_correction=level))
        size = len(parse_card(text).message.payload)
        millimetres = f"{module_px() / PRINT_DPI * 25.4:.2f} mm"
        out(f"{name:<26}{size:>13}{len(text):>9}{f'{version}-{level}':>9}{millimetres:>9}\n")
    out(f"\n{'fault alone':<26}" + "".join(f"{name:>15}" for name in cards) + "\n")
    for name, fault in FAULTS.items():
        shares = (share_read(text, fault, tries) for text in cards.values())
        out(f"{name:<26}" + "".join(f"{share:>14.0%} " for share in shares) + "\n")


if __name__ == "__main__":
    main()
