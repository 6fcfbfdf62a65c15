"""Language tags: well formed as RFC 5646 section 2.1 has it."""

from typing import Any

import pytest

from vc.model.language import is_language_tag


@pytest.mark.parametrize(
    "tag",
    [
        "km",
        "KM-kh",
        "en-GB",
        "zh-Hant-TW",
        "es-419",
        "zh-cmn-Hans-CN",
        "zh-min-nan",
        "sl-rozaj-biske",
        "de-CH-1901",
        "hy-Latn-IT-arevela",
        "en-a-bbb-x-a-ccc",
        "ar-u-nu-latn",
        "de-0-abcd",
        "x-whatever",
        "i-klingon",
        "en-GB-oed",
        "sgn-BE-FR",
        "art-lojban",
        "qaa-Qaaa-QM-x-southern",
        "abcdefgh",
    ],
)
def test_well_formed(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "e",
        "en_GB",
        "en-",
        "-en",
        "en--GB",
        "en-GB-",
        "englishlanguage",
        "a-DE",
        "x",
        "x-",
        "x-abcdefghi",
        "en-a",
        "en-a-b",
        "i-unheard",
        "419",
        "en GB",
        "en\n",
        "ខ្មែរ",
        "en-ＧＢ",
        "k\u212a",
        7,
        None,
        ["en"],
    ],
    ids=repr,
)
def test_not_well_formed(value: Any) -> None:
    assert not is_language_tag(value)
