"""Signing in through an identity provider in a real browser, which withholds cookies from other sites."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_first_journey import DESK, marked_as_demo, no_sideways_scrolling, sign_in, visiting
from tests.served_demo import CHEAP, PASSWORD, ServedDemo, serve_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def with_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with serve_demo(
        tmp_path_factory.mktemp("provider"), program=CHEAP, PASSPORT_OIDC_SIMULATOR="true"
    ) as served:
        yield served


def be_the_first_person(page: Page) -> None:
    # Another name of this machine is another site to the browser, as a ministry's provider is.
    page.wait_for_url("http://localhost:*/simulators/oidc/authorize*")
    expect(page.locator("h1")).to_contain_text("SIMULATOR")
    page.get_by_role("link", name="Simulated person one", exact=True).click()


def test_a_registrar_links_the_account_and_comes_in_through_the_provider(
    browser: Browser, with_provider: ServedDemo, pictures: Path
) -> None:
    with visiting(browser, DESK, "en", with_provider) as page:
        sign_in(page, "registrar", "/trust/registrar")
        page.goto("/account")
        page.locator("form[action='/account/provider'] input[name=present]").fill(PASSWORD)
        page.get_by_role("button", name="Link the account").click()
        page.get_by_role("link", name="Continue").click()
        be_the_first_person(page)
        expect(page.locator("h1")).to_have_text("The account is linked")
        expect(page.locator("body")).to_contain_text("Simulated person one")
        page.screenshot(path=pictures / "provider-linked-en.png")
    with visiting(browser, PHONE, "km", with_provider) as page:
        page.goto("/sign-in?next=/trust/registrar/licences")
        marked_as_demo(page)
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / "provider-sign-in-km-390.png")
        page.locator("a[href^='/sign-in/provider']").click()
        be_the_first_person(page)
        page.wait_for_url("**/trust/registrar/licences")
        expect(page.locator(".signed-in")).to_be_visible()


def test_somebody_who_is_not_linked_is_told_what_to_do(browser: Browser, with_provider: ServedDemo) -> None:
    with visiting(browser, PHONE, "en", with_provider) as page:
        page.goto("/sign-in")
        page.locator("a[href^='/sign-in/provider']").click()
        page.wait_for_url("http://localhost:*/simulators/oidc/authorize*")
        page.get_by_role("link", name="Simulated person two", exact=True).click()
        page.wait_for_url("**/sign-in?provider=unlinked")
        expect(page.locator(".notice")).to_contain_text("Sign in with your password")
