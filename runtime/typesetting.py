"""PDF by typst: one compiler for each template of this process, with the built fonts."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst

import runtime

FONT_DIRECTORY: Final = Path(runtime.__file__).parent / "build" / "fonts"
_FAMILIES: Final = ("Noto Sans", "Noto Sans Khmer")
# By language, the best first. Those of Japan and Korea are too large to come with the product: they are
# taken from the machine where it has them.
_FAMILIES_ABROAD: Final[Mapping[str, tuple[str, ...]]] = {
    "th": ("Noto Sans Thai",),
    "ar": ("Noto Sans Arabic",),
    "ja": ("Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "IPAexGothic", "IPAGothic"),
    "ko": ("Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans KR", "NanumGothic", "Nanum Gothic"),
}
_LATIN: Final = ("en", "ms")

COMPILING: Final = Lock()
"""Held while compiling: a compiler is one mutable world, and two threads may not be in it at once."""


class FontsMissingError(RuntimeError):
    """The font folder lacks a family that papers are set in: the front-end build did not run."""


def typeset(template: Path, inputs: Mapping[str, str]) -> bytes:
    """The PDF that ``template`` makes of ``inputs``, which are data and never markup. Use it in a thread.

    It is a PDF/A-2b, unless a text holds a letter that the fonts do not have: that standard asks for all
    of them, and a reader is better served with a gap than with nothing. Raises ``FontsMissingError``.
    """
    with COMPILING:
        compiler = compiler_for(template)
        try:
            document = compiler.compile(format="pdf", pdf_standards="a-2b", sys_inputs=dict(inputs))
        except typst.TypstError as error:
            if "PDF/A" not in str(error):
                raise
            document = compiler.compile(format="pdf", sys_inputs=dict(inputs))
    if not isinstance(document, bytes):
        raise TypeError("typst did not return one PDF")
    return document


@cache
def compiler_for(template: Path, root: Path | None = None, *, of_machine: bool = False) -> typst.Compiler:
    """The compiler of ``template``, for whoever holds ``COMPILING``. Raises ``FontsMissingError``.

    It reads files below ``root``, without one beside the template; ``of_machine``: sets in the fonts of this
    machine, too.
    """
    return typst.Compiler(str(template), root=str(root or template.parent), font_paths=_fonts(of_machine))


@cache
def families_abroad() -> Mapping[str, str]:
    """The languages besides Khmer that papers can be set in here, each with the family for its letters.

    English and Malay always, others where there are fonts. Raises ``FontsMissingError``.
    """
    there = set(_fonts(True).families())
    found = {
        language: next((family for family in families if family in there), None)
        for language, families in _FAMILIES_ABROAD.items()
    }
    return dict.fromkeys(_LATIN, _FAMILIES[0]) | {name: family for name, family in found.items() if family}


@cache
def _fonts(of_machine: bool) -> typst.Fonts:
    """Loaded once: that costs a thousand times a page."""
    fonts = typst.Fonts(
        include_system_fonts=of_machine, include_embedded_fonts=False, font_paths=[str(FONT_DIRECTORY)]
    )
    missing = set(_FAMILIES) - set(fonts.families())
    if missing:
        raise FontsMissingError(f"Fonts not built: {', '.join(sorted(missing))}. Run 'make setup'.")
    return fonts
