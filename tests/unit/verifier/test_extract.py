"""Uploaded files, genuine and hostile. Each hostile file has one fault and is named after it."""

import io
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from runtime.file_reading import BUSY, child
from runtime.qr import qr_png
from tests.unit.verifier.uploaded_files import (
    CODE,
    CREDENTIAL,
    EMPTY_PAGES,
    URL,
    certificate,
    locked,
    many_pages,
    page_picture,
    pdf,
    pdf_with_attachments,
    png,
    saved,
    two_codes,
)
from vc.errors import MalformedValue, ParseError, ProtocolError, RangeError
from verifier.extract import (
    MAX_BYTES,
    CredentialFound,
    LinkFound,
    Source,
    extract,
    link_or_none,
    messages,
)

# Genuine files


def test_certificate_pdf_gives_its_attached_credential() -> None:
    found = extract(certificate(), content_type="application/pdf", filename="c.pdf")
    assert found == CredentialFound(raw=CREDENTIAL, source=Source.PDF_ATTACHMENT)


def test_pdf_without_attachment_gives_the_link_on_its_page() -> None:
    printed = saved(page_picture(), "PDF")
    assert extract(printed) == LinkFound(text=URL, source=Source.PDF_PAGE)


def test_code_on_the_third_page_is_found() -> None:
    blank = Image.new("RGB", (600, 800), "white")
    out = io.BytesIO()
    blank.save(out, "PDF", save_all=True, append_images=[blank, page_picture()])
    assert extract(out.getvalue()) == LinkFound(text=URL, source=Source.PDF_PAGE)


def _seen_from_the_side(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        (1.12, 0.10, -0.06 * width, 0.03, 1.15, -0.04 * height, 0.00007, 0.00009),
        Image.Resampling.BICUBIC,
        fillcolor=(90, 80, 70),
    )


def _on_clear_ground(picture: Image.Image) -> Image.Image:
    code = Image.open(io.BytesIO(qr_png(URL))).convert("L")
    clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=code.point(lambda value: 255 - value))
    return clear


PHOTOGRAPHS: dict[str, tuple[Callable[[Image.Image], Image.Image], str, int]] = {
    "png": (lambda p: p, "PNG", 0),
    "jpeg_of_quality_20": (lambda p: p, "JPEG", 20),
    "upside_down": (lambda p: p.rotate(180), "JPEG", 75),
    "rotated_17_degrees": (lambda p: p.rotate(17, expand=True, fillcolor=(90, 80, 70)), "JPEG", 75),
    "seen_from_the_side": (_seen_from_the_side, "JPEG", 75),
    "a_little_blurred": (lambda p: p.filter(ImageFilter.GaussianBlur(1)), "JPEG", 60),
    "dim": (lambda p: p.point(lambda value: value // 3), "JPEG", 75),
    "inverted": (lambda p: p.point(lambda value: 255 - value), "PNG", 0),
    "transparent_ground": (_on_clear_ground, "PNG", 0),
    "palette": (lambda p: p.quantize(16), "PNG", 0),
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photograph_gives_the_link(name: str) -> None:
    change, kind, quality = PHOTOGRAPHS[name]
    data = saved(change(page_picture()), kind, quality)
    assert extract(data, content_type="text/html", filename="x.exe") == LinkFound(
        text=URL, source=Source.PICTURE
    )


def test_code_that_holds_a_typed_code_gives_it_in_one_spelling() -> None:
    assert extract(qr_png("7k3m9qxa 2b4c")) == LinkFound(text=CODE, source=Source.PICTURE)


@pytest.mark.parametrize("space", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_json_is_handed_on_byte_for_byte(space: bytes) -> None:
    raw = space + CREDENTIAL
    assert extract(raw) == CredentialFound(raw=raw, source=Source.JSON)


def test_other_attachments_do_not_hide_the_credential() -> None:
    data = pdf_with_attachments(b"<xml/>", CREDENTIAL, b"[1]", CREDENTIAL)
    assert extract(data) == CredentialFound(raw=CREDENTIAL, source=Source.PDF_ATTACHMENT)


# Hostile files

_MEGAPIXELS_25 = (b"IDAT", zlib.compress(bytes(5001 * 5000)))
_BOMB = zlib.compress(b"{" + b" " * 400_000_000 + b"}", 1)
_CODE_PNG = qr_png(URL)

HOSTILE: dict[str, tuple[Callable[[], bytes], type[ProtocolError], str]] = {
    "empty_file": (lambda: b"", ParseError, "empty"),
    "file_of_more_than_10_mb": (lambda: b"\xff\xd8\xff" + bytes(MAX_BYTES), RangeError, "10 MB"),
    "json_of_more_than_1_mb": (lambda: b"{" + b" " * 1_000_001, RangeError, "too large"),
    "plain_text": (lambda: b"hello", ParseError, "kind of file"),
    "json_list": (lambda: b"[]", ParseError, "kind of file"),
    "utf16_json": (lambda: "{}".encode("utf-16"), ParseError, "kind of file"),
    "html_page": (lambda: b"<!doctype html><script>1</script>", ParseError, "kind of file"),
    "svg_picture": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", ParseError, "kind of file"),
    "zip_file": (lambda: b"PK\x03\x04" + bytes(50), ParseError, "ZIP"),
    "gif_picture": (lambda: saved(Image.new("P", (9, 9)), "GIF"), ParseError, "GIF"),
    "webp_picture": (lambda: b"RIFF\x00\x00\x00\x00WEBPVP8 ", ParseError, "WebP"),
    "heic_picture": (lambda: b"\x00\x00\x00\x18ftypheic", ParseError, "HEIC"),
    "png_of_25_megapixels": (lambda: png(5000, 5000, _MEGAPIXELS_25), RangeError, "megapixels"),
    "png_of_2_to_the_62_pixels": (lambda: png(2**31 - 1, 2**31 - 1), RangeError, "megapixels"),
    "png_of_no_width": (lambda: png(0, 10), ParseError, "could not be read"),
    "png_without_pixels": (lambda: png(10, 10), ParseError, "could not be read"),
    "png_text_bomb": (
        lambda: png(9, 9, (b"zTXt", b"k\0\0" + _BOMB)),
        ParseError,
        "could not be read",
    ),
    "png_cut_off": (lambda: _CODE_PNG[: len(_CODE_PNG) // 2], ParseError, "could not be read"),
    "png_with_a_wrong_checksum": (
        lambda: _CODE_PNG[:29] + b"\0\0\0\0" + _CODE_PNG[33:],
        ParseError,
        "could not be read",
    ),
    "png_signature_only": (lambda: _CODE_PNG[:8], ParseError, "could not be read"),
    "jpeg_cut_off": (lambda: saved(page_picture(), "JPEG")[:20_000], ParseError, "could not be read"),
    "jpeg_magic_and_noise": (lambda: b"\xff\xd8\xff" + bytes(range(256)) * 40, ParseError, "could not be"),
    "picture_without_code": (lambda: saved(Image.new("L", (300, 300), 200)), MalformedValue, "No QR code"),
    "two_codes_in_one_picture": (lambda: two_codes(URL, URL + "2"), MalformedValue, "several different"),
    "code_with_javascript_url": (lambda: qr_png("javascript:alert(1)"), MalformedValue, "does not hold"),
    "code_with_file_url": (lambda: qr_png("file:///etc/passwd"), MalformedValue, "does not hold"),
    "code_with_password_url": (
        lambda: qr_png("https://skills-passport.example@evil.example/v/A"),
        MalformedValue,
        "does not hold",
    ),
    "code_with_newline_url": (lambda: qr_png("https://a.example/\nX: y"), MalformedValue, "does not hold"),
    "code_with_2_kb_url": (lambda: qr_png(URL + "A" * 2000), MalformedValue, "does not hold"),
    "code_with_wifi_password": (lambda: qr_png("WIFI:S:x;P:y;;"), MalformedValue, "does not hold"),
    "pdf_magic_only": (lambda: b"%PDF-1.7\n", ParseError, "could not be read"),
    "pdf_cut_off": (lambda: certificate()[:500], ParseError, "could not be read"),
    "pdf_with_password": (locked, ParseError, "password"),
    "pdf_of_10000_pages": (lambda: many_pages(10_000), MalformedValue, "No QR code"),
    "pdf_with_javascript": (
        lambda: pdf(*EMPTY_PAGES, root=b"/OpenAction<</S/JavaScript/JS(while(true){})>>"),
        MalformedValue,
        "No QR code",
    ),
    "pdf_page_of_a_hundred_metres": (
        lambda: pdf(EMPTY_PAGES[0], EMPTY_PAGES[1].replace(b"595 842", b"283465 283465")),
        MalformedValue,
        "No QR code",
    ),
    "pdf_whose_pages_are_a_circle": (
        lambda: pdf(b"<</Type/Pages/Kids[2 0 R]/Count 3>>"),
        ParseError,
        "could not be read",
    ),
    "pdf_attachment_not_json": (lambda: pdf_with_attachments(b"not json"), MalformedValue, "No QR code"),
    "pdf_attachment_nested_too_deep": (
        lambda: pdf_with_attachments(b'{"a":' * 200_000),
        MalformedValue,
        "No QR code",
    ),
    "pdf_attachment_bomb": (
        lambda: pdf_with_attachments(_BOMB, entries=b"/Filter/FlateDecode"),
        ParseError,
        "could not be read",
    ),
    "pdf_with_two_credentials": (
        lambda: pdf_with_attachments(CREDENTIAL, b"{}"),
        MalformedValue,
        "Several credentials",
    ),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_hostile_file_gets_a_plain_answer(fault: str) -> None:
    make, error, said = HOSTILE[fault]
    data = make()
    started = time.monotonic()
    with pytest.raises(error, match=said) as caught:
        extract(data)
    assert type(caught.value) is error
    assert time.monotonic() - started < child.WALL_SECONDS + 2


def test_png_with_a_pdf_behind_it_is_only_a_picture() -> None:
    assert extract(_CODE_PNG + certificate()) == LinkFound(text=URL, source=Source.PICTURE)


@pytest.mark.parametrize("claim", ["application/json", "image/png", "application/pdf"])
def test_file_that_is_not_what_it_claims_is_told_so(claim: str) -> None:
    with pytest.raises(ParseError, match="not what its name says"):
        extract(b"\x00\x01", content_type=claim)


# Links and codes


@given(st.text())
def test_link_is_recognised_for_good_or_not_at_all(text: str) -> None:
    link = link_or_none(text)
    assert link is None or link_or_none(link) == link


@pytest.mark.parametrize("typed", [CODE, "7k3m 9qxa 2b4c", "7K3M9QXA2B4C", " 7K3M\u20139QXA\u20132B4C "])
def test_typed_code_has_one_spelling(typed: str) -> None:
    assert link_or_none(typed) == CODE


def test_misread_letters_become_the_digits_they_look_like() -> None:
    assert link_or_none("OIL1-9QXA-2B4C") == "0111-9QXA-2B4C"


@pytest.mark.parametrize(
    "text", ["", "7K3M-9QXA", "7K3M-9QXA-2B4U", "http:///v/A", "https://[::1", "ftp://a/b"]
)
def test_other_text_is_no_link(text: str) -> None:
    assert link_or_none(text) is None


def test_every_message_says_what_to_do_next() -> None:
    spoken = [value for name, value in vars(messages).items() if name.isupper() and isinstance(value, str)]
    spoken += [BUSY, *(said for _, _, said in messages.OTHER_KINDS)]
    spoken += [str(messages.complaint(verdict)) for verdict in ("no code", "several codes", "locked", None)]
    assert all(any(verb in said for verb in ("Send", "Use", "Take", "Try", "Save")) for said in spoken)
