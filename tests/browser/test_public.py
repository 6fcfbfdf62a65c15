"""What the ministries and the public see: figures, incidents, and the form for a suspicion."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.test_first_journey import DESK, PHONE, no_sideways_scrolling, sign_in, visiting
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_the_observer_sees_the_country_and_the_public_the_incidents(
    browser: Browser, demo: ServedDemo, pictures: Path
) -> None:
    for language in ("km", "en"):
        with visiting(browser, DESK, language, demo) as page:
            sign_in(page, "observer", "/issuer/national")
            no_sideways_scrolling(page)
            page.screenshot(path=pictures / f"national-{language}.png", full_page=True)
        with visiting(browser, PHONE, language, demo) as page:
            for path in ("/status/incidents", "/status/report", "/status/report?about=agency"):
                page.goto(path)
                no_sideways_scrolling(page)
