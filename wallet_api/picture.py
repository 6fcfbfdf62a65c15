"""A certificate's code as a picture, which its holder keeps on the phone and sends on."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from runtime.qr import qr_svg
from runtime.typesetting import COMPILING, compiler_for

_TEMPLATE: Final = Path(__file__).with_name("picture.typ")
_DOTS_PER_INCH: Final = 240


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """What stands on it, all of it text. It has no name: who is sent it learns that from the check.

    ``link`` is in the QR code, ``code`` below it; ``demo`` is the warning of a demonstration, else None.
    """

    title_km: str | None
    title_en: str
    link: str
    code: str
    free: str
    demo: str | None


def draw_picture(picture: Picture) -> bytes:
    """The PNG, 850 pixels wide. Use it in a thread. Raises ``FontsMissingError``."""
    data = asdict(picture) | {"qr": qr_svg(picture.link)}
    with COMPILING:
        drawn = compiler_for(_TEMPLATE).compile(
            format="png", ppi=_DOTS_PER_INCH, sys_inputs={"picture": orjson.dumps(data).decode()}
        )
    if not isinstance(drawn, bytes):
        raise TypeError("typst did not return one picture")
    return drawn
