"""A returnee shares with a small phone, sees who looked, and stops it there; in Khmer and in Thai."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from passport.demo_world.licences import EMPLOYER, LICENSED, PUBLIC_BODY, SUSPENDED
from runtime.i18n import PHNOM_PENH, Translator, display_date
from tests.browser.holder_phone import (
    PHONE,
    ZOOMED,
    accessible,
    certificate_of,
    holding,
    no_wider_than_the_phone,
    opened,
    pin_of,
    sign_in,
    thumbs_fit,
)
from tests.browser.issued_class import issue_class
from tests.qr_reading import qr_codes
from tests.served_demo import ServedDemo
from wallet_api.share_terms import NOT_LICENSED

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOLDER = "returnee-2"
DESK = {"width": 1280, "height": 900}
PRESSED = "main :is(.button, .more a, .more button, .acts a, .call, .choice label, .control, summary):visible"
TRANSLATOR = Translator()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Whom it is for, who opens it there, and what is pressed one after another to say what it is for."""

    licence: str
    name_km: str
    member: str
    presses: tuple[str, ...]


AGENCY = Asker(
    licence=LICENSED,
    name_km="ភ្នាក់ងារគំរូ ឈូកស",
    member="agency-admin",
    presses=("my-work", "my-work/formal-sectors"),
)
EPS_OFFICER = Asker(
    licence=PUBLIC_BODY,
    name_km="សេវាការងារបរទេសកូរ៉េ គំរូ",
    member="verifier-korea",
    presses=("kr-eps", "kr-eps/construction"),
)


@pytest.fixture(scope="module", autouse=True)
def mine(browser: Browser, demo: ServedDemo) -> str:
    """The id of a certificate that the holder has."""
    issue_class(demo.url)
    return certificate_of(browser, demo, HOLDER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """The holder's phone, and where its pictures go; without scripts it has none, and axe is not run."""

    page: Page
    language: str
    has_scripts: bool
    pictures: Path

    def looked_at(self, name: str) -> None:
        """The page is there, can be read and pressed, at this size and at 200 %."""
        page = self.page
        assert page.locator("html").get_attribute("lang") == self.language
        no_wider_than_the_phone(page)
        if page.locator(PRESSED).count():
            thumbs_fit(page, PRESSED)
        if not self.has_scripts:
            return
        picture = self.pictures / f"sharing-{name}-{self.language}"
        page.screenshot(path=f"{picture}-360.png", full_page=True)
        page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
        no_wider_than_the_phone(page)
        page.screenshot(path=f"{picture}-zoomed.png", full_page=True)
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        accessible(page)

    def press(self, selector: str) -> None:
        """The one thing on the page that ``selector`` names."""
        self.page.locator(f"main {selector}").click()


@contextmanager
def with_phone(
    browser: Browser, demo: ServedDemo, pictures: Path, *, language: str, scripts: bool = True
) -> Iterator[Phone]:
    """A phone of the holder's, signed in, in a language."""
    with holding(browser, demo, language=language, scripts=scripts) as page:
        sign_in(page, HOLDER)
        yield Phone(page=page, language=language, has_scripts=scripts, pictures=pictures)


def is_on_screen(found: Locator) -> bool:
    """Whether it is seen whole without scrolling."""
    box = found.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"]


def choose_for_whom(phone: Phone, asker: Asker) -> None:
    """From the passport to the page with the claims, by what can be pressed."""
    page = phone.page
    page.goto("/wallet")
    phone.press(".acts a[href='/wallet/share']")
    phone.looked_at("whom")
    page.locator("input[name=to]").fill(asker.licence.lower())
    phone.press("form:has(input[name=to]) button")
    expect(page.locator(".tone-success")).to_be_visible()
    for step, value in enumerate(asker.presses, 1):
        phone.looked_at(f"purpose-{asker.licence}-{step}")
        phone.press(f"button[name=purpose][value='{value}']")
    expect(page.locator("[data-certificate]")).to_have_count(1)


def choose_what(phone: Phone) -> list[str]:
    """Three times, and told of a revocation; the claims that are on the next page."""
    page = phone.page
    phone.looked_at("claims")
    expect(page.locator("input[name=certificate]")).to_be_checked()
    page.locator("select[name=hours]").select_option("6")
    page.locator("select[name=views]").select_option("3")
    page.locator("input[name=watch]").check()
    ticked = page.locator("input[name=claim]:checked").evaluate_all("all => all.map((one) => one.value)")
    phone.press("form button[type=submit]")
    shown = page.locator("[data-shown] [data-claim]")
    expect(shown).to_have_count(len(ticked))
    return [value.partition(" ")[2] for value in ticked]


def share_with_pin(phone: Phone, demo: ServedDemo) -> str:
    """First with a wrong PIN, which loses nothing; the link, read out of the picture of its QR code."""
    page, hidden = phone.page, "#with-pin input[type=hidden]:not([name=share_id])"
    read = "all => all.map((one) => [one.name, one.value])"
    phone.looked_at("preview")
    chosen = page.locator(hidden).evaluate_all(read)
    page.locator("input[name=pin]").fill("860291")
    phone.press("#with-pin button[type=submit]")
    expect(page.locator(".field-error")).to_be_visible()
    assert is_on_screen(page.locator(".field-error")), "why it did not work is seen without scrolling"
    assert is_on_screen(page.locator("#with-pin button[type=submit]"))
    assert page.locator(hidden).evaluate_all(read) == chosen
    phone.looked_at("wrong-pin")
    page.locator("input[name=pin]").fill(pin_of(demo, HOLDER))
    phone.press("#with-pin button[type=submit]")
    code = page.locator(".qr-figure svg")
    expect(code).to_be_visible()
    assert is_on_screen(code), "the code is seen whole without scrolling"
    with Image.open(BytesIO(code.screenshot())) as image:
        (read_back,) = qr_codes(image.convert("L"))
    assert read_back.text == page.locator(".qr-figure a").get_attribute("href")
    phone.looked_at("made")
    return read_back.text


def open_as_member(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("main form button").click()
    page.wait_for_load_state()


CASES = [
    pytest.param("km", True, AGENCY, id="km-agency"),
    pytest.param("km", False, AGENCY, id="km-agency-without-scripts"),
    pytest.param("km", False, EPS_OFFICER, id="km-eps-without-scripts"),
    pytest.param("th", True, EPS_OFFICER, id="th-eps"),
]


@pytest.mark.parametrize(("language", "scripts", "asker"), CASES)
def test_from_the_choice_to_who_looked_and_the_end(
    browser: Browser, demo: ServedDemo, pictures: Path, language: str, scripts: bool, asker: Asker
) -> None:
    with (
        with_phone(browser, demo, pictures, language=language, scripts=scripts) as phone,
        holding(browser, demo, size=DESK, scripts=scripts) as member,
    ):
        choose_for_whom(phone, asker)
        claims = choose_what(phone)
        link = share_with_pin(phone, demo)

        sign_in(member, asker.member, "/verify")
        open_as_member(member, link)
        expect(member.locator("[data-outcome=accepted]").first).to_be_visible()
        shown = member.locator("[data-disclosed] [data-claim]").evaluate_all(
            "all => all.map((one) => one.dataset.claim)"
        )
        assert sorted(shown) == sorted(claims)

        page = phone.page
        page.goto("/wallet")
        expect(page.locator("[data-open-shares='1']")).to_be_visible()
        phone.looked_at("home")
        phone.press("[data-open-shares]")
        phone.looked_at("shares")
        phone.press("[data-stands=yes] h2 a")
        phone.looked_at("receipt")
        see_who_looked_and_stop(phone, asker)

        open_as_member(member, link)
        expect(member.locator("main")).to_contain_text(
            TRANSLATOR.gettext("km", "This link has ended, or there is none like it.")
        )
        assert member.locator("[data-outcome]").count() == 0


def see_who_looked_and_stop(phone: Phone, asker: Asker) -> None:
    page = phone.page
    page.goto("/wallet/log")
    look = page.locator("[data-kind=opened]").first
    expect(look).to_contain_text(asker.name_km)
    today = datetime.now(PHNOM_PENH).date()  # noqa: TID251 - the demo goes by the machine's clock
    expect(look).to_contain_text(display_date(today, phone.language))
    phone.looked_at("log")
    expect(page.locator("[data-kind] form")).to_have_count(1)
    look.locator("form button").click()
    page.wait_for_url("**/wallet/log?stopped=*")
    expect(page.locator("[data-ended=stopped]")).to_be_visible()
    assert is_on_screen(page.locator("[data-ended=stopped]"))
    assert page.locator("[data-kind] form").count() == 0
    phone.looked_at("stopped")
    page.goto("/wallet")
    assert page.locator("[data-open-shares]").count() == 0


@pytest.mark.parametrize("language", ["km", "th"])
@pytest.mark.parametrize("number", [SUSPENDED, "DEMO-X-999"])
def test_whoever_is_not_licensed_gets_a_warning_in_khmer(
    browser: Browser, demo: ServedDemo, pictures: Path, number: str, language: str
) -> None:
    with with_phone(browser, demo, pictures, language=language) as phone:
        page = phone.page
        page.goto("/wallet/share")
        page.locator("input[name=to]").fill(number)
        phone.press("form:has(input[name=to]) button")
        warning = page.locator("[data-warning]")
        assert warning.get_attribute("lang") == "km"
        expect(warning).to_have_text(TRANSLATOR.gettext("km", NOT_LICENSED))
        assert is_on_screen(warning)
        expect(page.locator(".tone-error")).to_contain_text(TRANSLATOR.gettext(language, NOT_LICENSED))
        assert page.locator("main form").count() == 0
        phone.looked_at("refused")


def test_an_agency_that_asks_for_korea_is_refused_and_the_holder_warned(
    browser: Browser, demo: ServedDemo, pictures: Path
) -> None:
    with with_phone(browser, demo, pictures, language="km") as phone:
        phone.page.goto(f"/wallet/share/purpose?to={LICENSED}")
        korea = phone.page.locator("button[value=kr-eps]")
        assert not korea.is_visible(), "what they may not ask for does not stand among the rest"
        phone.press("summary")
        korea.click()
        phone.press("button[value='kr-eps/construction']")
        expect(phone.page.locator("[data-warning]")).to_be_visible()
        phone.looked_at("refused-korea")


@pytest.mark.parametrize("language", ["km", "th"])
@pytest.mark.parametrize(
    "query", ["purpose?to=anyone", f"purpose?to={EMPLOYER}", f"claims?to={LICENSED}&purpose=ae-work"]
)
def test_the_pages_for_others_can_be_read_and_pressed(
    browser: Browser, demo: ServedDemo, pictures: Path, query: str, language: str
) -> None:
    with with_phone(browser, demo, pictures, language=language) as phone:
        opened(phone.page, f"/wallet/share/{query}", language)
        phone.looked_at(query.replace("?", "-").replace("&", "-").replace("=", "-"))
