"""An inspector at a gate without a network: cards are checked in the browser alone, and honestly."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, expect

from tests.browser.offline_site import OfflineSite, serve_offline_site
from tests.browser.test_first_journey import no_sideways_scrolling
from tests.simulator import IssuerWorld, signer_for
from tests.unit.vc.card.cards import CARD_INDEX, card, fact, issue, place, sealed
from vc.card.claims import FACT_NUMBERS, write_claims

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PAGE = "/verify/offline"
PHONE: ViewportSize = {"width": 390, "height": 844}
REVOKED_INDEX = 4_711
DAYS = timedelta(days=3)


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """The server runs beside the test in one process, and the first visit keeps a megabyte."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[OfflineSite]:
    """A world whose trust list outlives its status lists, and whose centre may certify RPL alone."""
    world = IssuerWorld()
    trades = world.trust_entries(credentialTypes=["RPLCertificate"])
    world.publish_trust_list(issuers=trades, valid_until=world.now + DAYS)
    world.publish_status({REVOKED_INDEX})
    with serve_offline_site(tmp_path, world) as served:
        yield served


def rpl_card(world: IssuerWorld, index: int = CARD_INDEX) -> str:
    return issue(world, card(world, status=place(index), facts=(fact(),)))


@contextmanager
def on_the_phone(
    browser: Browser, site: OfflineSite, *, language: str = "en", clock: datetime | None = None
) -> Iterator[tuple[BrowserContext, Page]]:
    """The page on a phone whose clock shows ``clock``; whatever it asks of others fails the test."""
    context = browser.new_context(viewport=PHONE, locale=language)
    strangers: list[str] = []
    context.on(
        "request", lambda request: None if _is_ours(request.url, site) else strangers.append(request.url)
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.clock.set_fixed_time(clock or site.world.now)
    page.goto(f"{site.url}{PAGE}?lang={language}")
    yield context, page
    context.close()
    assert strangers == []
    assert faults == []


def _is_ours(url: str, site: OfflineSite) -> bool:
    return url.startswith((f"{site.url}/", "data:"))


def is_kept(page: Page) -> None:
    """Wait until the page and its lists would survive without a network."""
    expect(page.locator("#held-age")).to_be_visible()
    expect(page.locator("#held-page")).to_be_visible()


def cut(context: BrowserContext, site: OfflineSite) -> None:
    """Cut the network."""
    site.is_cut = True
    context.set_offline(True)


def check(page: Page, text: str, outcome: str, *sentences: str) -> None:
    page.fill("#field-text", text)
    page.click("#typed button")
    expect_result(page, outcome, *sentences)


def expect_result(page: Page, outcome: str, *sentences: str) -> None:
    expect(page.locator("#result .verdict-banner")).to_have_attribute("data-outcome", outcome)
    for sentence in sentences:
        expect(page.locator("#result")).to_contain_text(sentence)


def test_an_inspector_checks_cards_with_the_network_cut_before_and_after_expiry(
    browser: Browser, site: OfflineSite, pictures: Path
) -> None:
    world = site.world
    good, revoked = rpl_card(world), rpl_card(world, REVOKED_INDEX)
    training = fact(type_number=FACT_NUMBERS["TrainingCertificate"], code="HACCP", level=None)
    not_accredited = issue(world, card(world, facts=(training,)))
    tampered = sealed(world, write_claims(card(world)), signer=signer_for("thief", "did:web:thief.example"))
    with on_the_phone(browser, site) as (context, page):
        is_kept(page)
        cut(context, site)
        page.reload()
        check(page, good, "accepted", "Genuine and in force", "identity not checked", "SOK DARA", "សុខ ដារ៉ា")
        expect(page.locator("#result")).to_contain_text("Poipet Training Centre")
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / "offline-good-en.png", full_page=True)
        check(page, revoked, "rejected", "Revoked: no longer in force", "Since: 22 November 2026")
        check(page, tampered, "rejected", "Not genuine")
        check(
            page, not_accredited, "rejected", "Not from a recognised issuer", "not accredited for this kind"
        )
        check(
            page,
            good.replace("PC1:", "PC2:"),
            "undetermined",
            "signed in a way that this service does not know",
        )
        expect(page.locator('[data-notice="old"]')).to_be_hidden()

        page.clock.set_fixed_time(world.now + timedelta(hours=25))
        page.reload()
        expect(page.locator('[data-notice="old"]')).to_be_visible()
        expect(page.locator("#held-age")).to_have_text("25 hours old")
        check(page, good, "undetermined", "Could not be checked", "too old to rely on")
        page.screenshot(path=pictures / "offline-old-en.png", full_page=True)
        check(page, revoked, "rejected", "Revoked: no longer in force")

        page.clock.set_fixed_time(world.now + DAYS)
        check(page, good, "undetermined", "The trust list could not be reached, or is out of date.")
        expect(page.locator("#held-age")).to_have_text("3 days old")


def test_it_updates_by_itself_when_a_network_appears(browser: Browser, site: OfflineSite) -> None:
    world = site.world
    text = rpl_card(world)
    with on_the_phone(browser, site) as (context, page):
        is_kept(page)
        cut(context, site)
        check(page, text, "accepted")
        world.clock.advance(timedelta(hours=2))
        world.publish_status({CARD_INDEX})
        page.clock.set_fixed_time(world.now)
        check(page, text, "accepted")
        expect(page.locator("#held-age")).to_have_text("2 hours old")
        site.is_cut = False
        context.set_offline(False)
        expect(page.locator("#held-age")).to_have_text("Less than a minute old")
        check(page, text, "rejected", "Revoked: no longer in force")


def test_unchanged_lists_are_not_sent_again_and_count_as_new(browser: Browser, site: OfflineSite) -> None:
    with on_the_phone(browser, site) as (_, page):
        is_kept(page)
        site.world.clock.advance(timedelta(minutes=1))
        page.clock.set_fixed_time(site.world.now + timedelta(minutes=3))
        with page.expect_response("**/snapshot") as answer:
            page.click('button[name="update"]')
        assert answer.value.status == 304
        expect(page.locator("#held-age")).to_have_text("3 minutes old")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_disagrees_with_the_server_is_named(
    browser: Browser, site: OfflineSite, minutes: int
) -> None:
    shown = site.world.now + timedelta(minutes=minutes)
    with on_the_phone(browser, site, clock=shown) as (_, page):
        expect(page.locator('[data-notice="clock"]')).to_be_visible()
        page.clock.set_fixed_time(site.world.now + timedelta(minutes=4))
        page.click('button[name="update"]')
        expect(page.locator('[data-notice="clock"]')).to_be_hidden()


def test_a_clock_set_back_without_a_network_is_named(browser: Browser, site: OfflineSite) -> None:
    with on_the_phone(browser, site) as (context, page):
        is_kept(page)
        cut(context, site)
        expect(page.locator('[data-notice="clock"]')).to_be_hidden()
        page.clock.set_fixed_time(site.world.now - timedelta(days=400))
        page.reload()
        expect(page.locator('[data-notice="clock"]')).to_be_visible()
        check(page, rpl_card(site.world), "undetermined")


def test_an_update_that_does_not_verify_is_not_taken(browser: Browser, site: OfflineSite) -> None:
    world, text = site.world, rpl_card(site.world)
    # Where the service worker stands, requests cannot be answered in the server's place.
    context = browser.new_context(viewport=PHONE, service_workers="block")
    page = context.new_page()
    page.clock.set_fixed_time(world.now)
    page.goto(f"{site.url}{PAGE}?lang=en")
    expect(page.locator("#held-age")).to_be_visible()
    held = orjson.loads(page.request.get(f"{site.url}{PAGE}/snapshot").body())
    wrongs = [
        _replaced(held, world, "trustRootUrl", b'{"roots":[]}'),
        _replaced(
            held, world, "trustListUrl", world.documents[held["trustListUrl"]].replace(b"Poipet", b"Pailin")
        ),
        {**held, "documents": {}},
        {**held, "format": "something-else"},
        [],
    ]
    for wrong in wrongs:
        page.route("**/snapshot", _answer(site, wrong))
        page.click('button[name="update"]')
        expect(page.locator('[data-notice="refused"]')).to_be_visible()
        check(page, text, "accepted", "Poipet Training Centre")
        page.unroute("**/snapshot")
        page.click('button[name="update"]')
        expect(page.locator('[data-notice="refused"]')).to_be_hidden()
    page.route("**/snapshot", lambda route: route.fulfill(status=503, body="{}"))
    page.click('button[name="update"]')
    expect(page.locator('[data-notice="failed"]')).to_be_visible()
    check(page, text, "accepted")
    context.close()


def _replaced(held: dict[str, object], world: IssuerWorld, name: str, body: bytes) -> dict[str, object]:
    documents = dict(held["documents"])  # type: ignore[call-overload]
    documents[str(held[name])] = {"fetchedAt": "2026-11-22T03:00:00Z", "body": body.decode()}
    return {**held, "documents": documents}


def _answer(site: OfflineSite, snapshot: object) -> Callable[[Route], None]:
    headers = {"Passport-Server-Time": site.world.now.isoformat().replace("+00:00", "Z")}
    body = orjson.dumps(snapshot)
    return lambda route: route.fulfill(headers=headers, content_type="application/json", body=body)


def picture_of(text: str) -> Image.Image:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=6, border=6)
    code.add_data(text, optimize=4)
    code.make()
    return code.make_image().get_image().convert("L")


def test_a_photo_is_read_without_a_network(browser: Browser, site: OfflineSite) -> None:
    photo = io.BytesIO()
    picture_of(rpl_card(site.world)).rotate(7, expand=True, fillcolor=255).save(photo, "PNG")
    empty = io.BytesIO()
    Image.new("L", (300, 300), 255).save(empty, "PNG")
    with on_the_phone(browser, site) as (context, page):
        is_kept(page)
        cut(context, site)
        page.reload()
        chosen = page.locator('input[name="photo"]')
        chosen.set_input_files({"name": "wall.png", "mimeType": "image/png", "buffer": empty.getvalue()})
        expect(page.locator('[data-notice="photo"]')).to_be_visible()
        chosen.set_input_files({"name": "card.png", "mimeType": "image/png", "buffer": photo.getvalue()})
        expect_result(page, "accepted", "SOK DARA")
        expect(page.locator('[data-notice="photo"]')).to_be_hidden()


def test_without_a_camera_it_says_so(browser: Browser, site: OfflineSite) -> None:
    with on_the_phone(browser, site) as (_, page):
        page.click('button[name="start"]')
        expect(page.locator('[data-notice="camera"]')).to_be_visible()


def test_a_demo_issuer_is_refused_by_a_page_that_is_relied_on(
    browser: Browser, site: OfflineSite, tmp_path: Path
) -> None:
    """A snapshot that does not say it is a demo's; the same documents."""
    world = site.world
    context = browser.new_context(viewport=PHONE, service_workers="block")
    page = context.new_page()
    page.clock.set_fixed_time(world.now)
    held = orjson.loads(page.request.get(f"{site.url}{PAGE}/snapshot").body())
    page.route("**/snapshot", _answer(site, {**held, "demo": False}))
    page.goto(f"{site.url}{PAGE}?lang=en")
    check(page, rpl_card(world), "rejected", "It comes from a demonstration with invented names")
    context.close()


def test_without_javascript_the_page_says_what_to_do(browser: Browser, site: OfflineSite) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}{PAGE}?lang=en")
    assert "This page works with JavaScript only." in page.content()
    expect(page.locator("noscript .notice")).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()
    context.close()
