"""The typst compilers of this process: one for each template, with the built fonts."""

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst

import runtime

FONT_DIRECTORY: Final = Path(runtime.__file__).parent / "build" / "fonts"
_FAMILIES: Final = ("Noto Sans", "Noto Sans Khmer")

COMPILING: Final = Lock()
"""Held while compiling: a compiler is one mutable world, and two threads may not be in it at once."""


class FontsMissingError(RuntimeError):
    """The font folder lacks a family that papers are set in: the front-end build did not run."""


@cache
def compiler_for(template: Path) -> typst.Compiler:
    """The compiler of ``template``. Raises ``FontsMissingError``."""
    return typst.Compiler(str(template), root=str(template.parent), font_paths=_fonts())


@cache
def _fonts() -> typst.Fonts:
    """Loaded once: that costs a thousand times a page."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_DIRECTORY)]
    )
    missing = set(_FAMILIES) - set(fonts.families())
    if missing:
        raise FontsMissingError(f"Fonts not built: {', '.join(sorted(missing))}. Run 'make setup'.")
    return fonts
