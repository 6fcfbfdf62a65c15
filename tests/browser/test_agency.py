"""A worker checks an agency on a phone, in Khmer."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.test_first_journey import marked_as_demo, no_sideways_scrolling, visiting
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SMALL_PHONE = {"width": 360, "height": 740}
WORDS = {
    "DEMO-A-001": "មានអាជ្ញាប័ណ្ណ",
    "DEMO-A-002": "ព្យួរ",
    "DEMO-A-003": "ហួសកំណត់",
    "DEMO-X-999": "មិនស្គាល់",
}


@pytest.mark.parametrize("number", list(WORDS))
def test_a_worker_reads_the_answer_on_a_small_phone(
    browser: Browser, demo: ServedDemo, pictures: Path, number: str
) -> None:
    with visiting(browser, SMALL_PHONE, "km", demo) as page:
        page.goto("/trust/agencies")
        page.locator("input[name=number]").fill(number.lower())
        page.locator("form:has(input[name=number]) button[type=submit]").click()
        page.wait_for_load_state()
        assert page.locator(".verdict-word").inner_text() == WORDS[number]
        marked_as_demo(page)
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / f"agency-{number}-km-360.png", full_page=True)
