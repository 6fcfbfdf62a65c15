"""The list that goes along with papers: who is to get them, with room to sign."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

from runtime.typesetting import typeset

_TEMPLATE: Final = Path(__file__).with_name("handover.typ")


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoverLine:
    """One person. ``certificates`` is how many their passport shows."""

    name_km: str
    name_latin: str
    place_km: str
    place_en: str
    certificates: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoverView:
    """A list as it is printed."""

    made_on: date
    hotline: str
    demo: bool
    lines: tuple[HandoverLine, ...]


def render_handovers(view: HandoverView) -> bytes:
    """The list as PDF; the same arguments give the same bytes."""
    return typeset(_TEMPLATE, {"list": json.dumps(asdict(view), default=str, ensure_ascii=False)})
