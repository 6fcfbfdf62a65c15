"""A returnee with a small phone, in Khmer, scans the code of a request, or has its picture."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from runtime.qr import png_of, qr_matrix, qr_png
from tests.browser.filmed import filmed_before, write_film
from tests.browser.holder_phone import accessible, holding, no_wider_than_the_phone, sign_in
from tests.served_demo import ServedDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOLDER = "returnee-2"
LICENCE = "L-1"


def film_of(text: str, folder: Path) -> Path:
    """A film that shows a code."""
    picture = folder / "code.png"
    picture.write_bytes(png_of(qr_matrix(text, error_correction="L"), scale=8))
    film = folder / "film.y4m"
    write_film(film, Image.open(picture).convert("L"))
    return film


@pytest.fixture(scope="module")
def browser(chromium: str, demo: ServedDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = film_of(f"{demo.url}/trust/agencies/{LICENCE}", tmp_path_factory.mktemp("film"))
    with filmed_before(chromium, film) as launched:
        yield launched


def request_link(demo: ServedDemo) -> str:
    """The link of a request that a recruiter's browser made."""
    form = {"type": "rpl", "purpose": "work", "flow": "same_device", "requester": "employer"}
    with httpx2.Client(base_url=demo.url, trust_env=False, headers={"Origin": demo.url}) as recruiter:
        made = recruiter.post("/verify/ask", data=form)
        shown = recruiter.get(str(made.headers["location"]), headers={"Accept": "text/html"}).text
    found = re.search(r'href="(openid4vp://[^"]+)"', shown)
    assert found is not None, shown
    return html.unescape(found[1])


def looks_right(page: Page, pictures: Path, name: str) -> None:
    assert page.locator("html").get_attribute("lang") == "km"
    no_wider_than_the_phone(page)
    accessible(page)
    page.screenshot(path=pictures / f"{name}-km-360.png", full_page=True)


def test_the_camera_reads_the_code_on_the_wall_and_says_what_it_is_not(
    browser: Browser, demo: ServedDemo, pictures: Path
) -> None:
    with holding(browser, demo) as page:
        page.context.grant_permissions(["camera"])
        sign_in(page, HOLDER)
        page.goto("/wallet/present")
        looks_right(page, pictures, "holder-scan")
        page.click("button[name=start]")
        page.wait_for_selector("[data-step='/wallet/agency']")
        looks_right(page, pictures, "holder-scanned-other")
        page.click("[data-step] a")
        page.wait_for_url("**/wallet/agency")
        page.click("button[name=start]")
        page.wait_for_url(f"**/trust/agencies/{LICENCE}*")


def test_a_picture_is_read_without_scripts(browser: Browser, demo: ServedDemo, tmp_path: Path) -> None:
    picture = tmp_path / "asked.png"
    picture.write_bytes(qr_png(request_link(demo), scale=4, error_correction="L"))
    with holding(browser, demo, scripts=False) as page:
        sign_in(page, HOLDER)
        page.goto("/wallet/present")
        assert not page.locator("button[name=start]").is_visible()
        page.locator("input[name=picture]").set_input_files(picture)
        page.locator("form[enctype] button[type=submit]").click()
        page.wait_for_url(re.compile(r"/wallet/present/[0-9A-Z]+$"))
        assert page.locator("[data-asker=unknown]").count() == 1
        no_wider_than_the_phone(page)
