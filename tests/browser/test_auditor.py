"""An auditor reads who did what, in every service, and whether it is still what was written."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_first_journey import DESK, marked_as_demo, no_sideways_scrolling, sign_in, visiting
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PHONE = {"width": 390, "height": 844}


def upload_a_class(page: Page, folder: Path) -> None:
    sign_in(page, "clerk-phka-trakuon", "/issuer")
    page.goto("/issuer/classes/new")
    with page.expect_download() as download:
        page.locator("a[href='/demo/samples/rpl-en.xlsx']").click()
    sample = folder / "class.xlsx"
    download.value.save_as(sample)
    page.set_input_files("input[type=file]", sample)
    page.locator("form[enctype] button[type=submit]").click()
    page.wait_for_url("**/issuer/classes/*")


def test_an_auditor_finds_what_a_clerk_did(
    browser: Browser, demo: ServedDemo, pictures: Path, tmp_path: Path
) -> None:
    with visiting(browser, DESK, "en", demo) as page:
        upload_a_class(page, tmp_path)
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "auditor", "/trust/audit")
        marked_as_demo(page)
        expect(page.locator("h1")).to_have_text("Audit log")
        expect(page.locator("body")).to_contain_text("accreditation.grant")
        page.get_by_role("link", name="Issuing").click()
        page.locator("input[name=actor]").fill("clerk-phka-trakuon")
        page.locator("form:has(input[name=actor]) button[type=submit]").click()
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("class.upload")
        expect(rows.locator(".badge.tone-good")).to_have_count(1)
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / "auditor-en.png", full_page=True)


def test_an_auditor_reads_it_in_khmer_on_a_phone(browser: Browser, demo: ServedDemo, pictures: Path) -> None:
    with visiting(browser, PHONE, "km", demo) as page:
        sign_in(page, "auditor", "/trust/audit")
        expect(page.locator("h1")).to_have_text("កំណត់ហេតុសវនកម្ម")
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / "auditor-km-390.png")
