"""Asking to be registered in the applicant's own language, from the first page to the answer."""

import re
from dataclasses import replace

import httpx2
import pytest
from babel.support import NullTranslations

from runtime.i18n import (
    LANGUAGE_NAMES,
    LANGUAGE_NAMES_ABROAD,
    Translator,
    catalogue_files,
    direction,
    read_catalogue,
)
from runtime.pages import Pages
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import browsing
from tests.unit.trust_registry.test_applications import FORM, REGISTRAR, answer
from trust_registry import application_store
from trust_registry.app import create_app
from trust_registry.applications import ApplicationKind

pytestmark = pytest.mark.anyio

READ = "/trust/apply/answer"
# Words of the form, of a fault in it, of a granted answer, and of a country.
WORDS = {
    "ja": ("登録の申請", "国を一つ以上選んでください。", "承認されました", "日本"),
    "ko": ("등록 신청", "국가를 하나 이상 선택해 주세요.", "승인됨", "일본"),
    "ms": ("Mohon pendaftaran", "Sila pilih sekurang-kurangnya satu negara.", "Diluluskan", "Jepun"),
    "th": ("ขอลงทะเบียน", "โปรดเลือกอย่างน้อยหนึ่งประเทศ", "อนุมัติแล้ว", "ญี่ปุ่น"),
    "ar": ("طلب التسجيل", "يرجى اختيار دولة واحدة على الأقل.", "تمت الموافقة", "اليابان"),
}


class Untranslated(NullTranslations):
    """The end of the line for texts that a language does not have; it keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def gettext(self, message: str) -> str:
        self.found.append(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.found.append(msgid1)
        return msgid1


@pytest.fixture
def untranslated() -> Untranslated:
    return Untranslated()


@pytest.fixture
def watched(context: ServiceContext, untranslated: Untranslated) -> ServiceContext:
    """The service with its own translations, of which those for abroad report what they lack."""
    translator = Translator(
        {
            language: [read_catalogue(file, language) for file in catalogue_files(language)]
            for language in (*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD)
            if language != "en"
        }
    )
    for language in LANGUAGE_NAMES_ABROAD:
        translator.translations(language).add_fallback(untranslated)
    return replace(context, pages=Pages(context.settings, translator=translator))


def spoken(response: httpx2.Response, language: str, status: int = 200) -> str:
    """The page, if it is in ``language`` from end to end."""
    assert response.status_code == status, response.text
    assert f'<html lang="{language}" dir="{direction(language)}">' in response.text
    assert response.headers["content-language"] == language
    return response.text


def receipt_of(page: str) -> str:
    match = re.search(r'id="receipt">([0-9A-Z-]+)<', page)
    assert match is not None
    return match[1]


@pytest.mark.parametrize("language", LANGUAGE_NAMES_ABROAD)
async def test_an_applicant_asks_and_reads_the_answer_without_a_word_of_another_language(
    watched: ServiceContext, untranslated: Untranslated, language: str
) -> None:
    title, fault, granted, country = WORDS[language]
    async with browsing(create_app(watched), REGISTRAR) as client:
        assert title in spoken(await client.get(f"/trust/apply?lang={language}"), language)
        for kind in ApplicationKind:
            spoken(await client.get(f"/trust/apply/{kind.value}"), language)
        wrong = await client.post("/trust/apply/agency", data={"wanted": "x" * 1001, "phone": "?"})
        assert fault in spoken(wrong, language, 400)
        assert country in wrong.text
        code = receipt_of(spoken(await client.post("/trust/apply/agency", data=FORM), language, 201))
        spoken(await client.get(READ), language)
        spoken(await client.post(READ, data={"code": "nonsense"}), language, 400)
        spoken(await client.post(READ, data={"code": code}), language)
        await answer(client, answer="more-wanted", reason="Which year was it founded?")
        spoken(await client.post(READ, data={"code": code}), language)
        more = {"code": code, "more": "x" * 1001}
        spoken(await client.post(f"{READ}/more", data=more), language, 400)
        spoken(await client.post(f"{READ}/more", data=more | {"more": "2019"}), language)
        spoken(await client.post(f"{READ}/more", data=more), language, 409)
        assert (await answer(client)).status_code == 303
        assert granted in spoken(await client.post(READ, data={"code": code}), language)
        await client.post("/trust/apply/agency", data=FORM)
        await answer(client, 2, answer="refused")
        spoken(await client.get("/trust/apply/nobody"), language, 404)
    assert untranslated.found == []


@pytest.mark.parametrize("language", LANGUAGE_NAMES_ABROAD)
async def test_every_problem_on_these_pages_is_told_in_the_language(
    watched: ServiceContext, untranslated: Untranslated, language: str
) -> None:
    headers = {"Accept-Language": language}
    async with browsing(create_app(watched)) as client:
        elsewhere = headers | {"Origin": "https://elsewhere.example"}
        spoken(await client.post(READ, headers=elsewhere, data=FORM), language, 403)
        spoken(await client.put("/trust/apply", headers=headers), language, 405)
        spoken(await client.post(READ, headers=headers, data={"code": "x" * 20_000_000}), language, 413)
        for _ in range(20):
            await client.post(READ, headers=headers)
        spoken(await client.post(READ, headers=headers), language, 429)
    assert untranslated.found == []


@pytest.mark.parametrize("language", LANGUAGE_NAMES_ABROAD)
async def test_the_answer_speaks_the_language_of_the_application_until_its_reader_chooses(
    context: ServiceContext, language: str
) -> None:
    async with browsing(create_app(context), REGISTRAR) as client:
        applied = await client.post("/trust/apply/agency", data=FORM, headers={"Accept-Language": language})
        code = {"code": receipt_of(spoken(applied, language, 201))}
        (kept,) = context.database.read_now(application_store.applications)
        assert kept.language == language
        spoken(await client.get(READ), "en")
        spoken(await client.post(READ, data=code), language)
        await answer(client, answer="more-wanted", reason="Which year was it founded?")
        too_long = await client.post(f"{READ}/more", data=code | {"more": "x" * 1001})
        spoken(too_long, language, 400)
        review = await client.get("/trust/registrar/applications/1")
        assert f'<bdi lang="{language}">{LANGUAGE_NAMES_ABROAD[language]}</bdi>' in review.text
        spoken(await client.get(f"{READ}?lang=km"), "km")
        spoken(await client.post(READ, data=code), "km")


async def test_only_these_pages_offer_the_languages_from_abroad(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        for path in ("/trust/apply", READ, "/trust/apply/employer"):
            page = (await client.get(path)).text
            assert set(re.findall(r'hreflang="(\w+)"', page)) == {"km", *LANGUAGE_NAMES_ABROAD}
        page = (await client.get("/trust")).text
        assert re.findall(r'hreflang="(\w+)"', page) == ["km"]
        spoken(await client.get("/trust?lang=ja", headers={"Accept-Language": "ja"}), "km")
        spoken(await client.get("/trust/apply?lang=ja"), "ja")
        # Who chose Japanese there is not sent on to Khmer.
        spoken(await client.get("/trust", headers={"Accept-Language": "ja"}), "en")


async def test_what_is_typed_on_a_page_from_right_to_left_runs_as_its_own_letters_do(
    context: ServiceContext,
) -> None:
    async with browsing(create_app(context)) as client:
        arabic = (await client.get("/trust/apply/public-body?lang=ar")).text
        japanese = (await client.get("/trust/apply/public-body?lang=ja")).text
    assert re.search(r'<input [^>]*name="phone"[^>]* dir="auto"', arabic)
    assert re.search(r'<textarea [^>]*name="wanted"[^>]* dir="auto"', arabic)
    assert 'dir="auto"' not in japanese
    assert '<option value="ja" selected>' in japanese
