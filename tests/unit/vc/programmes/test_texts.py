"""What people read about programmes: in every language, and never that somebody may go or be chosen."""

import re
import unicodedata
from collections.abc import Iterator

import pytest

import schemas
from runtime.i18n import Translator
from vc.programmes import sentences
from vc.programmes.model import LANGUAGES, RequirementAnswer
from vc.programmes.reading import programme_names, read_programme

# How each language would say that somebody is entitled to go, or ready to.
JUDGING = {
    "en": ("eligib", "ready to", "ready for", "approved", "guarantee"),
    "km": ("មានសិទ្ធិទៅ", "មានលក្ខណសម្បត្តិ", "រួចរាល់", "ធានា"),
    "ja": ("適格", "有資格", "資格あり", "準備完了"),
    "ko": ("적격", "자격이 있", "준비 완료"),
    "th": ("มีสิทธิ", "มีคุณสมบัติ", "พร้อมเดินทาง"),
    "ms": ("layak", "sedia berlepas"),
    "ar": ("مؤهل", "مستحق", "جاهز"),
}
NEVER_MODELLED = re.compile(
    r"colou?r.?(blind|weak)|finger|amput|diagnos|pregnan|\bdebt|remittance|idpoor|relig|ethnic|disab",
    re.IGNORECASE,
)
# Fingerprints are taken by the Qatar Visa Centre, and nothing of them is kept here.
ALLOWED = ("fingerprints",)
SCRIPTS = {"km": "KHMER", "th": "THAI", "ar": "ARABIC", "ko": "HANGUL"}


def data_texts(value: object, language: str | None = None) -> Iterator[tuple[str | None, str]]:
    """(language, text) of everything in a file; the language only of titles."""
    if isinstance(value, str):
        yield language, value
    elif isinstance(value, list):
        for item in value:
            yield from data_texts(item)
    elif isinstance(value, dict):
        is_title = set(value) == set(LANGUAGES)
        for key, item in value.items():
            yield None, key
            yield from data_texts(item, key if is_title else None)


def msgids() -> list[str]:
    return [
        *sentences.LABELS.values(),
        *sentences.SENTENCES.values(),
        *sentences.WARNINGS.values(),
        *sentences.NOTICES.values(),
        *(sentences.CHECK_STATEMENT, sentences.EPS_STATEMENT, sentences.NOT_CHECKED_HERE),
        *(sentences.REQUESTER_REFUSED, sentences.OVER_ASKED),
    ]


def test_the_answers_are_these_and_no_others() -> None:
    assert {answer.value for answer in RequirementAnswer} == {
        *("satisfied", "missing", "expired", "revoked", "suspended", "notEntitled"),
        *("thirdPartyEvidenceOnly", "ruleNotConfirmed", "noRuleOnFile", "couldNotCheck"),
        "notShownOnePersons",
    }


@pytest.mark.parametrize("answer", RequirementAnswer)
def test_every_answer_has_a_label_and_a_sentence(answer: RequirementAnswer) -> None:
    assert sentences.SENTENCES[answer].endswith(".")
    assert not sentences.LABELS[answer].endswith(".")


def test_every_sentence_is_there_in_khmer() -> None:
    translator = Translator()
    for msgid in msgids():
        khmer = translator.gettext("km", msgid)
        assert khmer != msgid, msgid
        assert not any(word in khmer for word in JUDGING["km"]), khmer


def test_no_sentence_says_that_somebody_may_go() -> None:
    for msgid in msgids():
        assert not any(word in msgid.lower() for word in JUDGING["en"]), msgid


@pytest.mark.parametrize("name", programme_names())
def test_no_data_says_that_somebody_may_go(name: str) -> None:
    for language, text in data_texts(schemas.read_programme(name)):
        for word in JUDGING[language or "en"]:
            assert word not in text.lower(), text


@pytest.mark.parametrize("name", programme_names())
def test_nothing_that_is_never_modelled_stands_in_the_data(name: str) -> None:
    for _, text in data_texts(schemas.read_programme(name)):
        assert not NEVER_MODELLED.search(text.lower().replace(ALLOWED[0], "")), text


@pytest.mark.parametrize("name", programme_names())
def test_titles_are_in_their_own_script(name: str) -> None:
    programme = read_programme(name)
    titles = [
        programme.title,
        *(one.title for one in programme.variants.values()),
        *(one.title for one in programme.requirements),
        *(one.title for one in programme.not_checked_here),
    ]
    for title in titles:
        assert set(title) == set(LANGUAGES)
        for language, script in SCRIPTS.items():
            names = [unicodedata.name(letter, "") for letter in title[language]]
            assert any(found.startswith(script) for found in names), title[language]
        assert title["ja"] != title["en"]
        assert all(text == text.strip() for text in title.values())


def test_the_same_thing_is_called_the_same_in_every_programme() -> None:
    called: dict[str, dict[str, str]] = {}
    for name in programme_names():
        for item in read_programme(name).not_checked_here:
            assert called.setdefault(item.id, dict(item.title)) == item.title


@pytest.mark.parametrize("name", ["kr-eps"])
def test_no_seasonal_work_and_no_special_test_is_offered(name: str) -> None:
    programme = read_programme(name)
    assert set(programme.variants) == {"manufacturing", "construction", "services", "fishery", "agriculture"}
    assert {sentences.NOTICES[code] for code in ("no-seasonal-work", "no-special-topik")} < set(
        programme.notices
    )
    assert not [one for one in programme_names() if "season" in one or "special" in one]


def test_every_warning_and_notice_is_used() -> None:
    programmes = [read_programme(name) for name in programme_names()]
    assert {one.unlisted_requester_warning for one in programmes} == set(sentences.WARNINGS.values())
    assert {notice for one in programmes for notice in one.notices} == set(sentences.NOTICES.values())
