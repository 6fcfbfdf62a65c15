"""What stands on a card, beside the code that carries it signed."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from vc.errors import RangeError

MODULE_MM: Final = 0.52
"""The side of one module on paper: at least half a millimetre, which cheap cameras tell apart."""

_WIDEST_LINK_MM: Final = 24.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FactLine:
    """One certificate in short. ``title_km`` never stands without the English title."""

    title_en: str
    title_km: str | None
    level: int | None
    is_part: bool
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedPhoto:
    """A photo as it is printed (a JPEG), or why there is none: ``none``, ``withheld`` or ``not asked``."""

    state: str
    jpeg: bytes = b""

    @classmethod
    def of(cls, jpeg: bytes) -> "PrintedPhoto":
        """One that is there."""
        return cls(state="held", jpeg=jpeg)

    @classmethod
    def none(cls) -> "PrintedPhoto":
        """The labour database has none."""
        return cls(state="none")

    @classmethod
    def withheld(cls) -> "PrintedPhoto":
        """There is one that is not handed on."""
        return cls(state="withheld")

    @classmethod
    def could_not_ask(cls) -> "PrintedPhoto":
        """Nobody knows: the labour database gave no answer."""
        return cls(state="not asked")


@dataclass(frozen=True, kw_only=True, slots=True)
class CardView:
    """Everything printed on one card, as plain text.

    ``kind`` is ``work`` or ``health``. ``card_text`` goes into the offline code as it is, ``verify_url``
    into the code beside it. Where there is no photo, the card says so.
    """

    kind: str
    name_km: str
    name_latin: str
    birth_year: int
    facts: tuple[FactLine, ...]
    centre_name_en: str
    centre_name_km: str
    issued_on: date
    expires_on: date
    card_text: str
    verify_url: str
    hotline: str
    demo: bool
    photo: PrintedPhoto = PrintedPhoto(state="none")

    @property
    def verify_host(self) -> str:
        """The host (with its port, if any) of the code beside the card's own."""
        return urlsplit(self.verify_url).netloc


def require_link_fits(side: int) -> None:
    """Raise RangeError for a link's code of ``side`` modules that leaves no room on a card."""
    if side * MODULE_MM > _WIDEST_LINK_MM:
        raise RangeError("The address of this service is too long for a card.")
