"""An officer at a kiosk, in Khmer on a small screen: finds a person, prints, hands over."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from passport.demo_world.people import draw_people
from passport.demo_world.world import returnees_who_sign_in
from tests.browser.test_first_journey import marked_as_demo, no_sideways_scrolling, sign_in, visiting
from tests.commands.test_person_commands import issue_class, signed_in
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SMALL_PHONE = {"width": 360, "height": 740}
PERSON = returnees_who_sign_in(draw_people())[0]


@pytest.fixture(scope="module")
def issued(demo: ServedDemo) -> None:
    with signed_in(demo, "clerk-phka-trakuon") as client:
        issue_class(demo, client)


@pytest.mark.usefixtures("issued")
@pytest.mark.parametrize("language", ["km", "en"])
def test_a_person_is_found_and_the_papers_of_others_are_listed(
    browser: Browser, demo: ServedDemo, pictures: Path, language: str
) -> None:
    with visiting(browser, SMALL_PHONE, language, demo) as page:
        sign_in(page, "assisted-officer", "/wallet/kiosk")
        page.goto("/issuer/assisted")
        marked_as_demo(page)
        page.locator("input[name=rld_number]").fill(PERSON.rld_number)
        page.locator("input[name=birth_year]").fill("1900")
        page.locator("input[name=reason]").first.check()
        page.locator("main form button[type=submit]").click()
        expect(page.locator(".tone-error")).to_be_visible()
        assert page.locator("input[name=rld_number]").input_value() == PERSON.rld_number
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / f"assisted-{language}-360.png", full_page=True)
        page.locator("input[name=birth_year]").fill(str(PERSON.birth_date.year))
        page.locator("main form button[type=submit]").click()
        expect(page.locator("h1")).to_contain_text(PERSON.name_latin)
        expect(page.locator("header")).to_contain_text("English")
        expect(page.locator("header")).not_to_contain_text("Bahasa")
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / f"visit-{language}-360.png", full_page=True)

        page.goto("/issuer/handovers")
        page.locator("select[name=province]").select_option(PERSON.province_code)
        no_sideways_scrolling(page)
        page.locator("main form button[type=submit]").click()
        page.wait_for_url("**/issuer/handovers/*")
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / f"handover-{language}-360.png", full_page=True)
