"""From views to the bytes of a PDF/A-3b, by typst; everything variable is data, never markup."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import typst

from issuer.paper_passport.texts import KHMER, Translate, words_of
from issuer.paper_passport.view import CertificateLine, PassportView
from issuer.passport_card.render import card_data, photo_svg
from issuer.passport_card.view import MODULE_MM
from runtime.i18n import RIGHT_TO_LEFT
from runtime.qr import qr_matrix, svg_of
from runtime.typesetting import COMPILING, compiler_for, families_abroad
from vc.errors import MalformedValue

_TEMPLATE: Final = Path(__file__).with_name("passport.typ")
# The face of a card is set by the template of cards, which lies beside this folder.
_ROOT: Final = _TEMPLATE.parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """A signed certificate that goes along in the file, byte for byte. ``filename`` is plain ASCII."""

    filename: str
    secured: bytes


def render_passport(view: PassportView, attached: Sequence[Attached], translate: Translate) -> bytes:
    """One person's passport as a PDF/A-3b with the signed certificates in it.

    The same arguments give the same bytes. Raises ``MalformedValue`` for a language that papers cannot be
    set in here, and for a letter that the fonts do not have; ``RangeError`` for a link too long for a card.
    Source: PDF/A-3 (ISO 19005-3) section 6.8, associated files.
    """
    return _compile([view], attached, translate)


def render_passports(views: Sequence[PassportView], translate: Translate) -> bytes:
    """Several people's, each beginning on a page of its own, all in the language of the first.

    Nothing is attached: the pages go to different people. Raises as ``render_passport``.
    """
    return _compile(views, (), translate)


def _compile(views: Sequence[PassportView], attached: Sequence[Attached], translate: Translate) -> bytes:
    inputs = inputs_of(views, attached, translate)
    try:
        with COMPILING:
            compiler = compiler_for(_TEMPLATE, _ROOT, of_machine=True)
            document = compiler.compile(format="pdf", pdf_standards="a-3b", sys_inputs=inputs)
    except typst.TypstError as error:
        if "PDF/A" in str(error):
            raise MalformedValue("A text holds a letter that the fonts do not have.") from error
        raise
    if not isinstance(document, bytes):
        raise TypeError("typst did not return one PDF")
    return document


def inputs_of(
    views: Sequence[PassportView], attached: Sequence[Attached], translate: Translate
) -> dict[str, str]:
    """What the template reads. Raises ``MalformedValue`` for a language that cannot be set in here."""
    first = views[0]
    family = families_abroad().get(first.language)
    if family is None:
        raise MalformedValue("Papers cannot be set in this language here.", pointer="/language")
    words = {
        key: words_of(language, translate, host=first.verify_host, hotline=first.hotline)
        for key, language in (("km", KHMER), ("other", first.language))
    }
    data = {
        "words": words,
        "language": first.language,
        "family": family,
        "is_rtl": first.language in RIGHT_TO_LEFT,
        "demo": first.demo,
        "passports": [_passport(view) for view in views],
        "attached": [{"filename": one.filename, "text": one.secured.decode()} for one in attached],
    }
    return {
        "module_mm": str(MODULE_MM),
        "data": json.dumps(data, default=str, ensure_ascii=False),
    }


def _passport(view: PassportView) -> dict[str, Any]:
    return {
        "name_km": view.name_km,
        "name_latin": view.name_latin,
        "birth_year": view.birth_year,
        "photo": photo_svg(view.photo),
        "photo_state": view.photo.state,
        "printed_on": view.printed_on,
        "certificates": [_certificate(line) for line in view.certificates],
        "cards": [card_data(card) for card in view.cards],
    }


def _certificate(line: CertificateLine) -> dict[str, Any]:
    matrix = qr_matrix(line.verify_url)
    return asdict(line) | {"qr": svg_of(matrix, title=line.verify_url), "qr_side": len(matrix)}
