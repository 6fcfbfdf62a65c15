"""The passport of paper, read back from the rendered PDF in every language that is set here."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from issuer.paper_passport import (
    Attached,
    CertificateLine,
    HandoverLine,
    HandoverView,
    PassportView,
    render_handovers,
    render_passport,
    render_passports,
    texts,
)
from issuer.paper_passport.render import _ROOT, _TEMPLATE, inputs_of
from issuer.passport_card import PrintedPhoto
from runtime import typesetting
from runtime.i18n import Translator
from runtime.qr import QUIET_ZONE, qr_matrix
from runtime.typesetting import compiler_for, families_abroad
from tests.qr_reading import qr_codes
from tests.unit.issuer.card_pictures import LONGEST, MM_PER_INCH, TYPICAL
from tests.unit.issuer.card_pictures import view as card_view
from vc.errors import MalformedValue
from vc.model.credential_types import types_by_slug

TRANSLATE = Translator().gettext
LANGUAGES = sorted(families_abroad())
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
PRINT_DPI = 200


def line(kind: str, number: int, language: str) -> CertificateLine:
    attests = texts.ATTESTS.get(kind, texts.RECORDED)
    titles = types_by_slug()[kind].titles
    return CertificateLine(
        attests=(TRANSLATE("km", attests), TRANSLATE(language, attests)),
        kind=(titles["km"], titles[language]),
        title_en="Bricklaying and masonry #let x = 1",
        title_km="ការងារជាងសំណង់ (រៀបឥដ្ឋ)" if number % 2 else None,
        level=2 if number % 2 else None,
        is_part=number == 3,
        day=date(2026, 6, 5),
        certificate_number=f"PTK-2026-{number:06}",
        centre_name_en="Phka Trakuon Technical Training Centre",
        centre_name_km="មជ្ឈមណ្ឌលបណ្តុះបណ្តាលបច្ចេកទេសផ្កាត្រកួន",
        verify_url=f"http://127.0.0.1:8000/v/7K3M9QXA2B4C7K3M9QXA2B4C{number:02}",
        typed_code=f"7K3M-9QXA-00{number:02}",
    )


def view(language: str = "en", *, certificates: int = 3, demo: bool = True) -> PassportView:
    kinds = [list(types_by_slug())[number % len(types_by_slug())] for number in range(certificates)]
    return PassportView(
        name_km="សុខ ដារ៉ា",
        name_latin="SOK DARA",
        birth_year=1994,
        photo=PrintedPhoto.none(),
        certificates=tuple(line(kind, number, language) for number, kind in enumerate(kinds, start=1)),
        cards=(card_view(TYPICAL, demo=demo), card_view(LONGEST, demo=demo)),
        printed_on=date(2026, 11, 27),
        language=language,
        verify_page="http://127.0.0.1:8000/verify",
        hotline="012 345 678",
        demo=demo,
    )


def render(shown: PassportView, *attached: Attached) -> bytes:
    return render_passport(shown, attached, TRANSLATE)


def pages_of(pdf: bytes) -> Iterator[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.render(scale=PRINT_DPI / 72, grayscale=True).to_pil()


def codes_of(pdf: bytes) -> list[zxingcpp.Barcode]:
    return [code for page in pages_of(pdf) for code in qr_codes(page)]


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


@EVERY_LANGUAGE
def test_typst_warns_of_nothing_and_every_letter_has_its_font(language: str) -> None:
    inputs = inputs_of([view(language)], [], TRANSLATE)
    compiler = compiler_for(_TEMPLATE, _ROOT, of_machine=True)
    # PDF/A refuses a letter without a font, so that none is a gap.
    _, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards="a-3b", sys_inputs=inputs)
    assert warnings == []


@EVERY_LANGUAGE
def test_every_code_reads_at_print_size(language: str) -> None:
    shown = view(language)
    codes = codes_of(render(shown))
    wanted = [one.verify_url for one in shown.certificates]
    wanted += [text for card in shown.cards for text in (card.card_text, card.verify_url)]
    assert sorted(code.text for code in codes) == sorted(wanted)


def test_a_module_is_half_a_millimetre_or_more() -> None:
    shown = view(certificates=1)
    for code in codes_of(render(shown)):
        if code.text != shown.certificates[0].verify_url:
            continue
        side = code.position.top_right.x - code.position.top_left.x
        modules = len(qr_matrix(code.text)) - 2 * QUIET_ZONE
        assert side / modules * MM_PER_INCH / PRINT_DPI >= 0.5


@EVERY_LANGUAGE
def test_that_it_is_free_and_whom_to_call_stands_in_both_languages(language: str) -> None:
    data = inputs_of([view(language)], [], TRANSLATE)["data"]
    for each in {"km", language}:
        said = TRANSLATE(each, texts.FREE) % {"hotline": "012 345 678"}
        assert said in data
        assert each == "en" or said != texts.FREE
    if language == "en":
        assert "its reprint and its checking are free" in text_of(render(view()))


def test_what_is_attached_is_there_byte_for_byte_and_in_order() -> None:
    files = [
        Attached(filename=f"{number}-A.json", secured=f'{{"n": {number}}}'.encode()) for number in (1, 2)
    ]
    pdf = render(view(), *files)
    with pypdfium2.PdfDocument(pdf) as document:
        there = [document.get_attachment(index) for index in range(document.count_attachments())]
        found = [(each.get_name(), bytes(each.get_data())) for each in there]
    assert found == [(each.filename, each.secured) for each in files]
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert render(view(), *files) == pdf, "the same again gives the same bytes"


@pytest.mark.parametrize("certificates", [1, 12, 24])
def test_many_certificates_go_on_over_pages_and_no_card_is_cut(certificates: int) -> None:
    shown = view(certificates=certificates)
    pdf = render(shown)
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == {1: 1, 12: 3, 24: 4}[certificates]
        assert [round(points * 25.4 / 72) for points in document[0].get_size()] == [210, 297]
    found = [code.text for code in codes_of(pdf)]
    assert {card.card_text for card in shown.cards} <= set(found)
    assert {one.verify_url for one in shown.certificates} <= set(found)


def test_each_person_begins_on_a_page_of_their_own() -> None:
    views = [view(), replace(view(), name_latin="CHAN NARY", cards=())]
    with pypdfium2.PdfDocument(render_passports(views, TRANSLATE)) as document:
        texts_of = [page.get_textpage().get_text_range() for page in document]
        assert document.count_attachments() == 0
    assert len(texts_of) == 2
    assert "SOK DARA" in texts_of[0]
    assert "CHAN NARY" in texts_of[1]
    assert "SOK DARA" not in texts_of[1]


def test_a_demo_says_so_and_another_does_not() -> None:
    assert "DEMO" in text_of(render(view()))
    assert "DEMO" not in text_of(render(view(demo=False)))


def test_a_name_is_never_markup() -> None:
    assert "#panic() $x$ *A*" in text_of(render(replace(view(), name_latin="#panic() $x$ *A*")))


def test_a_photo_is_printed_where_there_is_one() -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (270, 255), (20, 20, 20)).save(jpeg, "JPEG")
    shown = replace(view(), photo=PrintedPhoto.of(jpeg.getvalue()))
    assert "no photo" in text_of(render(replace(view(), cards=())))
    assert "no photo" not in text_of(render(replace(shown, cards=())))


def test_a_letter_that_the_fonts_do_not_have_is_refused() -> None:
    with pytest.raises(MalformedValue):
        render(replace(view(), name_latin="SOK \U00013000"))


def test_languages_are_offered_where_there_are_fonts_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"en", "ms", "th", "ar"} <= set(LANGUAGES)
    monkeypatch.setitem(typesetting._FAMILIES_ABROAD, "th", ("No Such Family",))
    families_abroad.cache_clear()
    try:
        assert "th" not in families_abroad()
        with pytest.raises(MalformedValue):
            render(view("th"))
    finally:
        families_abroad.cache_clear()


def test_the_list_to_sign_has_everybody_once() -> None:
    lines = tuple(
        HandoverLine(
            name_km="សុខ ដារ៉ា",
            name_latin=f"SOK DARA {number}",
            place_km="បាត់ដំបង" if number % 2 else "",
            place_en="Battambang" if number % 2 else "",
            certificates=number,
        )
        for number in range(1, 41)
    )
    shown = HandoverView(made_on=date(2026, 11, 27), hotline="012 345 678", demo=True, lines=lines)
    text = text_of(render_handovers(shown))
    for each in lines:
        assert each.name_latin in text
    assert "nobody may ask money" in text
    assert render_handovers(shown) == render_handovers(shown)


@EVERY_LANGUAGE
@pytest.mark.parametrize(
    "photo", [PrintedPhoto.none(), PrintedPhoto.withheld(), PrintedPhoto.could_not_ask()]
)
def test_a_photo_that_is_not_printed_says_why(language: str, photo: PrintedPhoto) -> None:
    shown = replace(view(language), photo=photo, cards=())
    said = {"none": "no photo", "withheld": "photo not shown", "not asked": "photo not at hand"}[photo.state]
    assert language != "en" or said in text_of(render(shown))
    assert language in {"en", "km"} or TRANSLATE(language, said) != said
