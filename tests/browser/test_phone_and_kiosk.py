"""A holder signs in with a phone, and is helped at a kiosk, in Khmer and English on a small screen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from passport.demo_world.holders import LOOPBACK_PINS, PHONES
from passport.demo_world.people import draw_people
from passport.demo_world.world import returnees_who_sign_in
from tests.browser.test_first_journey import marked_as_demo, no_sideways_scrolling, sign_in, visiting
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SMALL_PHONE = {"width": 360, "height": 640}
PEOPLE = returnees_who_sign_in(draw_people())
# One of the family for each language: a number gets one code a minute.
WHO = {"km": 0, "en": 1}


def looked_at(page: Page, pictures: Path, name: str) -> None:
    marked_as_demo(page)
    no_sideways_scrolling(page)
    page.screenshot(path=pictures / f"{name}-360.png", full_page=True)


def last_code(page: Page, phone: str) -> str:
    shown = page.request.get("/simulators/messages/").text()
    row = re.search(rf"<td>{re.escape(phone)}</td><td>([^<]*[0-9]{{6}}[^<]*)</td>", shown)
    assert row is not None
    found = re.search(r"[0-9]{6}", row[1])
    assert found is not None
    return found[0]


@pytest.mark.parametrize("language", WHO)
def test_a_holder_signs_in_with_phone_code_and_pin(
    browser: Browser, demo: ServedDemo, pictures: Path, language: str
) -> None:
    phone, pin = PHONES[WHO[language]], LOOPBACK_PINS[WHO[language]]
    with visiting(browser, SMALL_PHONE, language, demo) as page:
        page.goto("/sign-in")
        page.locator("a[href^='/wallet/sign-in']").click()
        page.wait_for_url("**/wallet/sign-in*")
        looked_at(page, pictures, f"phone-number-{language}")
        page.locator("input[name=number]").fill(phone)
        page.locator("main form button[type=submit]").click()
        expect(page.locator("input[name=code]")).to_be_visible()
        page.locator("input[name=code]").fill(last_code(page, phone))
        looked_at(page, pictures, f"phone-code-{language}")
        page.locator("main form button[type=submit]").click()
        page.locator("input[name=pin]").fill("860291")
        page.locator("main form button[type=submit]").click()
        expect(page.locator(".field-error")).to_be_visible()
        looked_at(page, pictures, f"phone-pin-{language}")
        page.locator("input[name=pin]").fill(pin)
        page.locator("main form button[type=submit]").click()
        page.wait_for_url("**/wallet")
        page.goto("/wallet/pin")
        looked_at(page, pictures, f"pin-{language}")
        page.goto("/wallet/log")
        expect(page.locator("[data-kind=signed-in]").first).to_be_visible()
        looked_at(page, pictures, f"log-{language}")


@pytest.mark.parametrize("language", WHO)
def test_an_officer_finds_a_person_and_waits_for_another(
    browser: Browser, demo: ServedDemo, pictures: Path, language: str
) -> None:
    person = PEOPLE[WHO[language]]
    with visiting(browser, SMALL_PHONE, language, demo) as page:
        sign_in(page, "assisted-officer", "/wallet/kiosk")
        looked_at(page, pictures, f"kiosk-{language}")
        page.locator("input[name=rld_number]").fill(person.rld_number)
        page.locator("input[name=birth_year]").fill(str(person.birth_date.year))
        page.locator("input[name=reason][value=taken]").check()
        page.locator("form[action='/wallet/kiosk/find'] button").click()
        expect(page.locator("main")).to_contain_text(person.name_latin)
        looked_at(page, pictures, f"kiosk-person-{language}")
        page.locator("input[name=compared][value=paper]").check()
        page.locator("input[name=second][value=officer]").check()
        page.locator("main form button[type=submit]").click()
        page.wait_for_url("**/wallet/kiosk/help/*")
        looked_at(page, pictures, f"kiosk-waits-{language}")
        address = page.url
        sign_in(page, "assisted-officer-2", "/wallet/kiosk")
        page.goto("/wallet/kiosk/waiting")
        looked_at(page, pictures, f"kiosk-waiting-{language}")
        card = page.locator("main form").last
        card.locator("input[name=rld_number]").fill(person.rld_number)
        card.locator("input[name=met]").check()
        card.locator("button").click()
        page.wait_for_url("**/wallet/kiosk/waiting?done=1")
        sign_in(page, "assisted-officer", "/wallet/kiosk")
        page.goto(address)
        looked_at(page, pictures, f"kiosk-new-pin-{language}")
        for name in ("new_pin", "again"):
            page.locator(f"input[name={name}]").fill("593718")
        page.locator("main form button[type=submit]").click()
        expect(page.locator(".tone-success").first).to_be_visible()
        looked_at(page, pictures, f"kiosk-done-{language}")
