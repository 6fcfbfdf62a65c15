"""The registrar at work: an application answered, a suspension with what it touches, a withdrawal by two."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_auditor import upload_a_class
from tests.browser.test_first_journey import (
    DESK,
    PHONE,
    approve_class,
    marked_as_demo,
    no_sideways_scrolling,
    sign_in,
    submit_class,
    visiting,
)
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PUBLISHED_WITHIN_SECONDS = 60
ACCREDITATION = "/trust/registrar/accreditations/1"
SINCE = "2026-02-01"
APPLICANT = "Ramduol Demo Training Centre"
REASON = "Found in the inspection of November."


@pytest.fixture(scope="module")
def certificate(browser: Browser, demo: ServedDemo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of 29 certificates that the clerk issued."""
    folder = tmp_path_factory.mktemp("certificate")
    with visiting(browser, DESK, "en", demo) as page:
        upload_a_class(page, folder)
        address = submit_class(page)
        approve_class(browser, demo, address, "en")
        page.goto(address)
        links = page.locator("a[href$='/credential.json']")
        expect(links).to_have_count(29, timeout=60_000)
        response = page.request.get(links.first.get_attribute("href") or "")
        file = folder / "credential.json"
        file.write_bytes(response.body())
    return file


def shown(page: Page, picture: Path) -> None:
    marked_as_demo(page)
    no_sideways_scrolling(page)
    page.screenshot(path=picture, full_page=True)


def verdict(browser: Browser, demo: ServedDemo, certificate: Path) -> str:
    """What a recruiter reads who uploads the certificate now."""
    with visiting(browser, PHONE, "en", demo) as page:
        page.goto("/verify")
        page.set_input_files("input[type=file]", certificate)
        page.locator("form:has(input[type=file]) button[type=submit]").first.click()
        page.wait_for_load_state()
        return page.locator("main").inner_text()


def reads_in_time(browser: Browser, demo: ServedDemo, certificate: Path, words: str) -> None:
    began = time.monotonic()
    while words not in (read := verdict(browser, demo, certificate)):
        assert time.monotonic() - began < PUBLISHED_WITHIN_SECONDS, read
        time.sleep(0.5)


def from_long_ago(page: Page, path: str, form: str) -> None:
    """Open a decision and count what it touches from a day on that lies before every certificate."""
    page.goto(path)
    page.locator("input[type=date][name=from]").fill(SINCE)
    page.locator(f"form[method=get][action$='/{form}'] button").click()
    page.wait_for_url("**from=**")
    expect(page.locator("#touched")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_centre_asks_in_khmer_and_reads_that_it_is_granted(
    browser: Browser, demo: ServedDemo, pictures: Path, size: dict[str, int]
) -> None:
    name = f"{APPLICANT} {size['width']}"
    with visiting(browser, size, "km", demo) as page:
        page.goto("/trust/apply")
        shown(page, pictures / f"apply-km-{size['width']}.png")
        page.locator("a[href='/trust/apply/centre']").click()
        fields = {
            "name_en": name,
            "name_km": "មជ្ឈមណ្ឌលរំដួល គំរូ",
            "office": "Battambang",
            "phone": "053 000 000",
            "wanted": "RPL",
        }
        for field, value in fields.items():
            page.locator(f"[name={field}]").fill(value)
        shown(page, pictures / f"apply-centre-km-{size['width']}.png")
        page.locator("main form button[type=submit]").click()
        receipt = page.locator("#receipt").inner_text()
    with visiting(browser, size, "en", demo) as page:
        sign_in(page, "registrar", "/trust/registrar/applications")
        page.get_by_role("link", name=name).click()
        page.locator("input[name=answer][value=granted]").check()
        page.locator("[name=reason]").fill(REASON)
        page.locator("[name=slug]").fill(f"ramduol-{size['width']}")
        shown(page, pictures / f"review-en-{size['width']}.png")
        page.locator("form[action$='/answer'] button[type=submit]").click()
        page.wait_for_url("**done=1")
        page.goto("/trust/registrar")
        expect(page.locator("main")).to_contain_text(name)
    with visiting(browser, size, "km", demo) as page:
        page.goto("/trust/apply/answer")
        page.locator("[name=code]").fill(receipt)
        page.locator("main form button[type=submit]").click()
        expect(page.locator("main .badge.tone-good")).to_be_visible()
        expect(page.locator("main")).to_contain_text(REASON)
        shown(page, pictures / f"answer-km-{size['width']}.png")


def test_a_suspension_shows_what_it_touches_and_the_next_check_says_so(
    browser: Browser, demo: ServedDemo, certificate: Path, pictures: Path
) -> None:
    reads_in_time(browser, demo, certificate, "Genuine and in force")
    for language, size in (("km", PHONE), ("km", DESK), ("en", PHONE)):
        with visiting(browser, size, language, demo) as page:
            sign_in(page, "registrar", f"{ACCREDITATION}/suspend")
            from_long_ago(page, f"{ACCREDITATION}/suspend", "suspend")
            shown(page, pictures / f"suspend-{language}-{size['width']}.png")
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "registrar", f"{ACCREDITATION}/suspend")
        from_long_ago(page, f"{ACCREDITATION}/suspend", "suspend")
        figures = page.locator("p:has(strong)", has_text="given in all").locator("strong")
        expect(figures).to_have_text(["29", "29", "29"])
        shown(page, pictures / "suspend-en-1280.png")
        page.locator("[name=reason]").fill(REASON)
        page.locator("form[method=post][action$='/suspend'] button").click()
        page.wait_for_url("**done=1")
        reads_in_time(browser, demo, certificate, "accreditation was suspended on the day it signed")
        page.locator("form[action$='/lift'] [name=reason]").fill(REASON)
        page.locator("form[action$='/lift'] button").click()
        page.wait_for_url("**done=1")
        shown(page, pictures / "accreditation-en-1280.png")


def test_a_withdrawal_takes_two_officers_in_two_browsers(
    browser: Browser, demo: ServedDemo, certificate: Path, pictures: Path
) -> None:
    with visiting(browser, DESK, "en", demo) as page, visiting(browser, PHONE, "km", demo) as second:
        sign_in(page, "registrar", f"{ACCREDITATION}/withdraw")
        from_long_ago(page, f"{ACCREDITATION}/withdraw", "withdraw")
        page.locator("input[name=earlier][value=fall]").check()
        page.locator("[name=reason]").fill(REASON)
        shown(page, pictures / "withdraw-en-1280.png")
        page.locator("form[method=post][action$='/withdraw'] button").click()
        page.wait_for_url("**/trust/registrar/waiting?proposed=1")
        expect(page.locator("form[action$='/approve']")).to_have_count(0)
        assert "withdrawn" not in verdict(browser, demo, certificate)

        sign_in(second, "second-officer", "/trust/registrar/waiting")
        shown(second, pictures / "waiting-km-390.png")
        second.locator("form[action$='/approve'] button").click()
        expect(second.locator("form[action$='/approve']")).to_have_count(0)
        reads_in_time(browser, demo, certificate, "accreditation for this was withdrawn")
