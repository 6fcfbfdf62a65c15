"""A returnee with a small phone, in Khmer, is asked by a verifier: reads who asks for what, and shows it."""

import re
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.holder_phone import (
    accessible,
    holding,
    no_wider_than_the_phone,
    pin_of,
    sign_in,
)
from tests.browser.issued_class import issue_class
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOLDER = "returnee-2"


@pytest.fixture(scope="module")
def demo_with_class(demo: ServedDemo) -> ServedDemo:
    issue_class(demo.url)
    return demo


def ask(recruiter: httpx2.Client) -> tuple[str, str]:
    """The page of a request that a recruiter's browser made, and the link on it for a wallet."""
    form = {"type": "rpl", "purpose": "application for work as a bricklayer", "flow": "same_device"}
    made = recruiter.post("/verify/ask", data=form)
    page = str(made.headers["location"])
    shown = recruiter.get(page, headers={"Accept": "text/html"}).text
    found = re.search(r'href="((?:openid4vp)://[^"]+)"', shown)
    assert found is not None, shown
    return page, found[1].replace("&amp;", "&")


def paste(page: Page, link: str) -> None:
    page.goto("/wallet/present")
    page.locator("textarea[name=link]").fill(link)
    page.locator("form[action='/wallet/present'] button.button-primary[type=submit]").click()
    page.wait_for_url(re.compile(r"/wallet/present/[0-9A-Z]+$"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_request_is_read_and_answered_in_khmer(
    browser: Browser, demo_with_class: ServedDemo, pictures: Path, scripts: bool
) -> None:
    demo = demo_with_class
    with (
        httpx2.Client(base_url=demo.url, trust_env=False, headers={"Origin": demo.url}) as recruiter,
        holding(browser, demo, scripts=scripts) as page,
    ):
        asked, link = ask(recruiter)
        sign_in(page, HOLDER)
        for _ in range(60):
            if page.locator("a[href^='/wallet/credentials/']").count():
                break
            page.wait_for_timeout(500)
            page.reload()
        paste(page, link)
        assert page.locator("html").get_attribute("lang") == "km"
        assert page.locator("[data-asker=unknown]").count() == 1
        no_wider_than_the_phone(page)
        if scripts:
            accessible(page)
            page.screenshot(path=pictures / "holder-asked-km-360.png", full_page=True)
        shown = page.locator("[data-query] [data-text]").all_inner_texts()
        assert shown
        page.locator("input[name=pin]").fill(pin_of(demo, HOLDER))
        page.locator("form:has(input[name=pin]) button").click()
        page.wait_for_selector("[data-outcome=accepted]")
        if scripts:
            page.screenshot(path=pictures / "holder-answered-km-360.png", full_page=True)
        back = page.locator("a[href*='response_code=']").get_attribute("href") or ""
        page.goto("/wallet/answers")
        assert page.locator("[data-answer]").count() >= 1
        seen = recruiter.get(back, headers={"Accept": "text/html"}).text
    assert 'data-outcome="accepted"' in seen
    assert seen.count('data-state="yes"') == 4
    names = [text for text in shown if re.fullmatch("[A-Z]{2,}( [A-Z]{2,})+", text)]
    assert names
    assert all(name in seen for name in names)
    assert asked in back
