"""The first journey in a browser, as each of the people, on a phone and on a desk."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.qr_reading import qr_codes
from tests.served_demo import PASSWORD, ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
DEMO_KM = "គំរូ"


@contextmanager
def visiting(browser: Browser, size: dict[str, int], language: str, demo: ServedDemo) -> Iterator[Page]:
    """A person with a browser of their own; any error in a page's console fails the test."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale=language, base_url=demo.url
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [e for e in errors if "status of 4" not in e] == []


def sign_in(page: Page, username: str, path: str) -> None:
    page.goto(f"/sign-in?next={path}")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url(f"**{path}")


def no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def marked_as_demo(page: Page) -> None:
    text = page.locator("body").inner_text()
    assert "Not a service of the Royal Government of Cambodia" in text
    assert DEMO_KM in text


def submit_class(page: Page) -> str:
    """Lay the class list on the page before the approver; its address."""
    page.locator("form[action$='/submit'] button").click()
    expect(page.locator("form[action$='/submit']")).to_have_count(0)
    return page.url


def approve_class(
    browser: Browser, demo: ServedDemo, address: str, language: str, pictures: Path | None = None
) -> None:
    """Approve a class list of the first centre, found at the approver's desk."""
    path = address.removeprefix(demo.url)
    with visiting(browser, PHONE, language, demo) as page:
        sign_in(page, "approver-phka-trakuon", "/issuer")
        page.locator(f"main table a[href='{path}']").click()
        page.wait_for_url(f"**{path}")
        marked_as_demo(page)
        no_sideways_scrolling(page)
        if pictures is not None:
            page.screenshot(path=pictures / f"approver-{language}-390.png")
        page.locator("form[action$='/approve'] button").click()
        expect(page.locator("form[action$='/approve']")).to_have_count(0)


@pytest.fixture(scope="module")
def issued(
    browser: Browser, demo: ServedDemo, pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Step 1 and 2 as the clerk, in Khmer: 30 rows, one wrong, 29 certificates."""
    folder = tmp_path_factory.mktemp("downloads")
    with visiting(browser, DESK, "km", demo) as page:
        sign_in(page, "clerk-phka-trakuon", "/issuer")
        marked_as_demo(page)
        page.goto("/issuer/classes/new")
        with page.expect_download() as download:
            page.locator("a[href='/demo/samples/rpl-km.xlsx']").click()
        sample = folder / "class.xlsx"
        download.value.save_as(sample)
        page.set_input_files("input[type=file]", sample)
        page.locator("form[enctype] button[type=submit]").click()
        page.wait_for_url("**/issuer/classes/*")
        expect(page.locator("#problems tbody tr")).to_have_count(1)
        expect(page.locator("#problems tbody tr")).to_contain_text("18")
        expect(page.locator("#rows tbody tr")).to_have_count(29)
        page.screenshot(path=pictures / "clerk-preview-km.png")
        address = submit_class(page)
        approve_class(browser, demo, address, "km", pictures)
        page.goto(address)
        expect(page.locator("a[href$='/certificate.pdf']")).to_have_count(29, timeout=60_000)
        page.screenshot(path=pictures / "clerk-issued-km.png")
        files = {}
        for number in (1, 2):
            row = page.locator("#rows tbody tr").nth(number)
            for suffix in ("certificate.pdf", "credential.json"):
                response = page.request.get(row.locator(f"a[href$='/{suffix}']").get_attribute("href") or "")
                files[f"{number}.{suffix[-4:].lstrip('.')}"] = folder / f"{number}-{suffix}"
                files[f"{number}.{suffix[-4:].lstrip('.')}"].write_bytes(response.body())
        files["class"] = folder / "class.pdf"
        files["class"].write_bytes(printed(page))
    return files


def printed(page: Page) -> bytes:
    """What the button of an issued class list opens to be printed."""
    page.locator("form[action$='/print'] button").click(no_wait_after=True)
    page.wait_for_url("**/print-1.pdf", wait_until="commit", timeout=90_000)
    return page.request.get(page.url).body()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_a_recruiter_uploads_and_sees_the_verdicts(
    browser: Browser,
    demo: ServedDemo,
    issued: dict[str, Path],
    pictures: Path,
    size: dict[str, int],
    language: str,
    kind: str,
) -> None:
    with visiting(browser, size, language, demo) as page:
        page.goto("/verify")
        marked_as_demo(page)
        no_sideways_scrolling(page)
        page.set_input_files("input[type=file]", issued[f"2.{kind}"])
        page.locator("form:has(input[type=file]) button[type=submit]").first.click()
        page.wait_for_load_state()
        text = page.locator("main").inner_text()
        if language == "en":
            assert re.search(r"Genuine and in force[^\n]*identity not checked", text), text
            assert "visa" in text
            assert "Phka Trakuon Demo Training Centre" in text
        assert page.locator("html").get_attribute("lang") == language
        marked_as_demo(page)
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / f"verdict-{kind}-{language}-{size['width']}.png", full_page=True)


def test_a_class_is_certified_in_under_ten_clicks_on_a_small_desk(
    browser: Browser, demo: ServedDemo, issued: dict[str, Path], tmp_path: Path
) -> None:
    """From the desk's first page: every click of the clerk and of the approver, none without a picture."""
    clicks: list[str] = []

    def click(page: Page, selector: str) -> None:
        clicks.append(selector)
        page.locator(selector).first.click()

    small = {"width": 1366, "height": 768}
    with visiting(browser, small, "en", demo) as page:
        sign_in(page, "clerk-trei-chhlonh", "/issuer")
        sample = page.request.get("/demo/samples/training-en.xlsx").body()
        click(page, "a[href='/issuer/classes/new']")
        page.wait_for_url("**/issuer/classes/new")
        clicks.append("choose the type")
        page.locator("[name=kind][value=training]").check()
        clicks.append("choose the file")
        uploaded = tmp_path / "class.xlsx"
        uploaded.write_bytes(sample)
        page.set_input_files("input[type=file]", uploaded)
        click(page, "form[enctype] button[type=submit]")
        page.wait_for_url("**/issuer/classes/*")
        click(page, "form[action$='/submit'] button")
        expect(page.locator("form[action$='/submit']")).to_have_count(0)
        address = page.url
        with visiting(browser, small, "en", demo) as other:
            sign_in(other, "approver-trei-chhlonh", "/issuer")
            click(other, f"main table a[href='{address.removeprefix(demo.url)}']")
            click(other, "form[action$='/approve'] button")
            expect(other.locator("form[action$='/approve']")).to_have_count(0)
        expect(page.locator("form[action$='/print']")).to_have_count(1, timeout=60_000)
        no_sideways_scrolling(page)
        clicks.append("print")
        pdf = printed(page)
    assert len(clicks) < 10, clicks
    assert pdf.startswith(b"%PDF")


def test_the_printed_class_holds_every_certificate_and_card_in_shaped_khmer(
    demo: ServedDemo, issued: dict[str, Path], pictures: Path
) -> None:
    import pypdfium2

    with pypdfium2.PdfDocument(issued["class"]) as document:
        a4 = list(document)
        assert {tuple(round(side) for side in page.get_size()) for page in a4} == {(595, 842)}
        images = [page.render(scale=300 / 72).to_pil().convert("L") for page in a4]
        texts = [page.get_textpage().get_text_bounded() for page in a4]
    found = [[str(code.text) for code in qr_codes(image)] for image in images]
    links = {text for codes in found for text in codes if text.startswith(f"{demo.url}/v/")}
    cards = {text for codes in found for text in codes if text.startswith("PC1:")}
    assert len(links) == 29
    assert len(cards) == 29
    assert all(len(codes) == 1 for codes in found[:29]), "a certificate's page has its one code"
    # Shaped: what is read back from the page is the name as it was written, coeng and all.
    assert any("្" in text for text in texts[:29])
    images[0].save(pictures / "class-print-certificate.png")
    images[29].save(pictures / "class-print-cards.png")


def test_the_employer_opens_the_link_in_the_qr_code(
    browser: Browser, demo: ServedDemo, issued: dict[str, Path], pictures: Path
) -> None:
    link = qr_text(issued["2.pdf"])
    assert re.fullmatch(re.escape(demo.url) + r"/v/[0-9A-HJKMNP-TV-Z]{26}", link)
    with visiting(browser, PHONE, "en", demo) as page:
        response = page.goto(link)
        assert response is not None
        assert "noindex" in response.headers["x-robots-tag"]
        text = page.locator("main").inner_text()
        assert "Genuine and in force" in text
        assert "1987" not in page.content()  # the birth date stays off a stranger's page
        assert "DEMO-BRL-U" not in page.content()
        page.screenshot(path=pictures / "link-en-390.png", full_page=True)


def test_two_officers_revoke_and_the_next_check_says_so(
    browser: Browser, demo: ServedDemo, issued: dict[str, Path], pictures: Path
) -> None:
    link = qr_text(issued["1.pdf"])
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "fraud-officer-1", "/revocation")
        page.locator("input[name=query]").fill(link)
        page.locator("form:has(input[name=query]) button[type=submit]").click()
        page.wait_for_load_state()
        page.screenshot(path=pictures / "officer-found-en.png", full_page=True)
        page.locator("input[name=reason][value=FRAUD]").check()
        page.locator("form:has(input[name=reason]) button[type=submit]").click()
        page.wait_for_load_state()
        page.screenshot(path=pictures / "officer-confirm-en.png", full_page=True)
        page.get_by_role("button", name="Ask a second officer to revoke").click()
        page.wait_for_load_state()
        case = urlsplit(page.url).path
        assert "Waits for a second officer" in page.locator("main").inner_text()
        assert page.get_by_role("button", name="Agree: revoke for ever").count() == 0
        page.screenshot(path=pictures / "officer-waits-en.png", full_page=True)
    with visiting(browser, PHONE, "en", demo) as page:
        says(page, link, "Suspended")
        assert "not a finding against" in page.locator("main").inner_text()
        page.screenshot(path=pictures / "suspended-en-390.png", full_page=True)
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "fraud-officer-2", case)
        page.get_by_role("button", name="Agree: revoke for ever").click()
        page.wait_for_load_state()
        page.screenshot(path=pictures / "officer-agreed-en.png", full_page=True)
    with visiting(browser, PHONE, "en", demo) as page:
        says(page, link, "Revoked")
        page.screenshot(path=pictures / "revoked-en-390.png", full_page=True)
        page.goto(qr_text(issued["2.pdf"]))
        assert "Genuine and in force" in page.locator("main").inner_text()


def says(page: Page, link: str, word: str) -> None:
    """Open the link until the answer has this word, as long as a verifier may take."""
    began = time.monotonic()
    page.goto(link)
    while word not in (text := page.locator("main").inner_text()):
        assert time.monotonic() - began < 15, text
        page.wait_for_timeout(500)
        page.goto(link)


def test_a_holder_appeals_and_what_was_suspended_is_in_force_again(
    browser: Browser, demo: ServedDemo, issued: dict[str, Path], pictures: Path
) -> None:
    with visiting(browser, PHONE, "en", demo) as page:
        sign_in(page, "returnee-2", "/wallet")
        page.locator("a[href^='/wallet/credentials/']").first.click()
        page.wait_for_url("**/wallet/credentials/*")
        mine = urlsplit(page.url).path
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "fraud-officer-1", "/revocation/cases/new")
        page.locator("[name=certificates]").fill(mine.rsplit("/", 1)[1])
        page.locator("input[name=reason][value=FRAUD]").check()
        page.locator("form:has([name=certificates]) button[type=submit]").click()
        page.get_by_role("button", name="Suspend now").click()
        page.wait_for_load_state()
    with visiting(browser, PHONE, "en", demo) as page:
        sign_in(page, "returnee-2", mine)
        assert "nothing is said against you" in page.locator("main").inner_text()
        page.get_by_text("It is wrong: I appeal").click()
        page.screenshot(path=pictures / "appeal-en-390.png", full_page=True)
        no_sideways_scrolling(page)
        page.locator("input[name=grounds][value=earned]").check()
        page.get_by_role("button", name="Appeal").click()
        page.wait_for_load_state()
        assert "You appealed: I did the course or the test myself" in page.locator("main").inner_text()
    with visiting(browser, PHONE, "km", demo) as page:
        sign_in(page, "returnee-2", mine)
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / "appealed-km-390.png", full_page=True)
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "fraud-officer-3", "/revocation/appeals")
        page.get_by_role("link", name="Look at it").click()
        page.get_by_role("button", name="Grant it: ask a second officer").click()
        page.wait_for_load_state()
        where = urlsplit(page.url).path
        assert page.get_by_role("button", name="Agree: grant it").count() == 0
        page.screenshot(path=pictures / "appeal-officer-en.png", full_page=True)
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "fraud-officer-2", where)
        page.get_by_role("button", name="Agree: grant it").click()
        page.wait_for_load_state()
        assert "The appeal was granted" in page.locator("main").inner_text()
    with visiting(browser, PHONE, "en", demo) as page:
        sign_in(page, "returnee-2", mine)
        text = page.locator("main").inner_text()
        assert "Your appeal was granted" in text
        page.screenshot(path=pictures / "appeal-granted-en-390.png", full_page=True)


def test_a_returnee_sees_the_passport_on_a_phone(
    browser: Browser, demo: ServedDemo, issued: dict[str, Path], pictures: Path
) -> None:
    with visiting(browser, PHONE, "km", demo) as page:
        sign_in(page, "returnee-1", "/wallet")
        marked_as_demo(page)
        no_sideways_scrolling(page)
        page.screenshot(path=pictures / "wallet-km-390.png", full_page=True)


def test_the_registrar_sees_who_may_certify_what(browser: Browser, demo: ServedDemo, pictures: Path) -> None:
    with visiting(browser, DESK, "en", demo) as page:
        sign_in(page, "registrar", "/trust/registrar")
        assert "Phka Trakuon Demo Training Centre" in page.locator("main").inner_text()
        page.screenshot(path=pictures / "registrar-en.png", full_page=True)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(
    ("username", "door"),
    [
        ("clerk-phka-trakuon", "/issuer"),
        ("clerk-phka-trakuon", "/issuer/classes/new"),
        ("approver-phka-trakuon", "/issuer"),
        ("fraud-officer-1", "/revocation"),
        ("registrar", "/trust/registrar"),
        ("recruiter-japan", "/verify"),
        ("returnee-1", "/wallet"),
    ],
)
def test_every_door_fits_phone_and_desk(
    browser: Browser,
    demo: ServedDemo,
    issued: dict[str, Path],
    size: dict[str, int],
    username: str,
    door: str,
) -> None:
    for language in ("km", "en"):
        with visiting(browser, size, language, demo) as page:
            sign_in(page, username, door)
            marked_as_demo(page)
            no_sideways_scrolling(page)
            if door == "/issuer":
                page.locator("main table a").first.click()
                page.wait_for_url("**/issuer/classes/*")
                no_sideways_scrolling(page)


def test_the_front_door_in_both_languages(browser: Browser, demo: ServedDemo, pictures: Path) -> None:
    for language in ("km", "en"):
        with visiting(browser, PHONE, language, demo) as page:
            page.goto("/")
            marked_as_demo(page)
            no_sideways_scrolling(page)
            page.screenshot(path=pictures / f"doors-{language}-390.png", full_page=True)


def qr_text(pdf: Path) -> str:
    """The text of the QR code on the first page, decoded from the page as printed at 150 dpi."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=150 / 72).to_pil().convert("L")
    (code,) = qr_codes(picture)
    return str(code.text)
