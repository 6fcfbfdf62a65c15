"""Organisations abroad ask to be registered in their own language: Arabic on a phone, Japanese on a desk."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from runtime.i18n import LANGUAGE_NAMES_ABROAD
from tests.browser.test_first_journey import DESK, PHONE, marked_as_demo, no_sideways_scrolling, visiting
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def shown(page: Page, language: str, picture: Path) -> None:
    marked_as_demo(page)
    no_sideways_scrolling(page)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    page.screenshot(path=picture, full_page=True)


def ask_and_read(page: Page, language: str, pictures: Path, facts: dict[str, str]) -> None:
    """From the first page over a fault to the receipt, and with it to the answer."""
    page.goto("/trust/apply")
    shown(page, language, pictures / f"apply-{language}.png")
    page.locator("a[href='/trust/apply/foreign-organisation']").click()
    for field, value in facts.items():
        page.locator(f"[name={field}]").fill(value)
    page.locator("[name=local_language]").select_option(language)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#field-country-error")).to_be_visible()
    shown(page, language, pictures / f"apply-fault-{language}.png")
    page.locator("[name=country]").first.check()
    page.locator("main form button[type=submit]").click()
    receipt = page.locator("#receipt").inner_text()
    shown(page, language, pictures / f"applied-{language}.png")
    page.goto("/trust/apply/answer")
    page.locator("[name=code]").fill(receipt)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main .badge.tone-wait")).to_be_visible()
    shown(page, language, pictures / f"answer-{language}.png")


def test_an_employer_asks_in_arabic_on_a_phone_from_right_to_left(
    browser: Browser, demo: ServedDemo, pictures: Path
) -> None:
    with visiting(browser, PHONE, "ar", demo) as page:
        facts = {
            "name_en": "Nakhla Demo Contracting",
            "name_local": "شركة نخلة للمقاولات (تجريبي)",
            "office": "Riyadh, King Fahd Road 1",
            "phone": "+966 11 000 0000",
        }
        ask_and_read(page, "ar", pictures, facts)
        badge = page.locator("main .badge").bounding_box()
        assert badge is not None
        assert badge["x"] + badge["width"] > PHONE["width"] / 2


def test_an_organisation_asks_in_japanese_on_a_desk(
    browser: Browser, demo: ServedDemo, pictures: Path
) -> None:
    with visiting(browser, DESK, "ja-JP", demo) as page:
        facts = {
            "name_en": "Mihon Demo Kensetsu",
            "name_local": "見本建設",
            "office": "1-1 Chiyoda, Tokyo",
            "phone": "+81 3 0000 0000",
        }
        ask_and_read(page, "ja", pictures, facts)


def test_no_language_makes_a_page_wider_than_its_window(
    browser: Browser, demo: ServedDemo, pictures: Path
) -> None:
    for language in LANGUAGE_NAMES_ABROAD:
        for size in (PHONE, DESK):
            with visiting(browser, size, language, demo) as page:
                page.goto("/trust/apply/public-body")
                shown(page, language, pictures / f"apply-public-body-{language}-{size['width']}.png")
