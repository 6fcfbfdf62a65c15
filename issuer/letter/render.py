"""From views to the bytes of a PDF/A-2b, by typst; everything variable is data, never markup."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import typst

from runtime.typesetting import COMPILING, compiler_for
from vc.errors import MalformedValue

_TEMPLATE: Final = Path(__file__).with_name("letter.typ")


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterView:
    """One letter, as plain text.

    ``status`` is what happened: *revoked*, *superseded*, *suspended* or *reinstated*. Why is not said: a
    letter is opened by whoever finds it.
    """

    name_km: str
    name_latin: str
    centre_km: str
    centre_en: str
    certificate_number: str
    status: str
    happened_on: date
    sign_in_url: str
    hotline: str
    demo: bool


def render_letters(views: Sequence[LetterView], cover: tuple[str, str] | None = None) -> bytes:
    """One A5 page a letter, in the order given; the same arguments give the same bytes.

    With ``cover``, a place in English and Khmer, a list of them with room to sign comes first.

    Raises ``MalformedValue`` for a letter of an alphabet that the fonts do not have.
    """
    inputs = {
        "letters": json.dumps([asdict(view) for view in views], default=str, ensure_ascii=False),
        "cover": json.dumps(cover, ensure_ascii=False),
    }
    try:
        with COMPILING:
            document = compiler_for(_TEMPLATE).compile(format="pdf", pdf_standards="a-2b", sys_inputs=inputs)
    except typst.TypstError as error:
        if "PDF/A" in str(error):
            raise MalformedValue("A text holds a letter the fonts do not have.") from error
        raise
    if not isinstance(document, bytes):
        raise TypeError("typst did not return one PDF")
    return document
