"""Recruiters in a browser: a Korean officer with a folder of thirty, a Gulf agency in Arabic."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.offline_site import OfflineSite, serve_offline_site
from tests.simulator import IssuerWorld, did_key_signer
from verifier.replay import replay

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
REVOKED = ("03.json", "17.json")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineSite]:
    world = IssuerWorld()
    world.publish_status({3, 17})
    with serve_offline_site(tmp_path_factory.mktemp("site"), world) as served:
        yield served


@pytest.fixture(scope="module")
def folder(site: OfflineSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty certificates: 2 revoked, 1 by a centre nobody accredited, 1 altered."""
    path = tmp_path_factory.mktemp("thirty")
    world = site.world
    for number in range(30):
        (path / f"{number:02}.json").write_bytes(world.issue(number))
    did, signer = did_key_signer("stranger")
    stranger = world.unsigned(21, issuer={"id": did, "name": "Ministry of Everything"})
    (path / "21.json").write_bytes(world.sign(stranger, signer=signer))
    altered = orjson.loads(world.issue(8)) | {"name": "Engineer"}
    (path / "08.json").write_bytes(orjson.dumps(altered))
    return path


def opened(browser: Browser, site: OfflineSite, path: str, language: str, **options: object) -> Page:
    context = browser.new_context(locale=language, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site.url}{path}?lang={language}")
    return page


def no_wider_than_its_window(page: Page) -> None:
    wide = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(
          (one) => one.getBoundingClientRect().right > window.innerWidth + 1 ||
                   one.getBoundingClientRect().left < -1
        ).map((one) => one.tagName + '.' + one.className).slice(0, 5)"""
    )
    fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert fits, (page.url, wide)


def test_a_korean_officer_checks_a_folder_of_thirty(
    browser: Browser, site: OfflineSite, folder: Path, pictures: Path
) -> None:
    page = opened(browser, site, "/verify/batch", "ko", viewport={"width": 1280, "height": 900})
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.locator("button[name=answer][value=page]").click()
    page.wait_for_selector("table")
    outcomes = {
        outcome: page.locator(f"tr[data-outcome={outcome}]").count()
        for outcome in ("accepted", "rejected", "undetermined", "unreadable")
    }
    assert outcomes == {"accepted": 26, "rejected": 4, "undetermined": 0, "unreadable": 0}
    assert page.locator("html").get_attribute("lang") == "ko"
    first = page.locator("tr[data-row]").first
    assert first.get_attribute("data-outcome") == "rejected"
    for name in (*REVOKED, "21.json", "08.json"):
        row = page.locator("tr[data-row]", has_text=name)
        assert row.get_attribute("data-outcome") == "rejected", name
    assert "Ministry of Everything" not in page.content()
    no_wider_than_its_window(page)
    page.screenshot(path=pictures / "batch-ko.png")
    page.context.close()


def test_the_officer_takes_the_signed_report_along(
    browser: Browser, site: OfflineSite, folder: Path, tmp_path: Path
) -> None:
    page = opened(browser, site, "/verify/batch", "ko")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    with page.expect_download() as waiting:
        page.locator("button[name=answer][value=report]").click()
    waiting.value.save_as(tmp_path / "report.zip")
    raw, anchor = (tmp_path / "report.zip").read_bytes(), site.world.trust_anchor.text
    # The browser's own event loop runs in this thread.
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(partial(replay, raw, anchor=anchor)).result()
    assert result.holds
    assert len(result.rows) == 30
    page.context.close()


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_gulf_agency_reads_the_answer_in_arabic_from_right_to_left(
    browser: Browser, site: OfflineSite, folder: Path, pictures: Path, size: str
) -> None:
    viewport = {"width": 360, "height": 640} if size == "phone" else {"width": 1280, "height": 900}
    page = opened(browser, site, "/verify", "ar", viewport=viewport)
    assert page.locator("html").get_attribute("dir") == "rtl"
    no_wider_than_its_window(page)
    page.fill("textarea[name=text]", (folder / "03.json").read_text(encoding="utf-8"))
    page.locator("form", has=page.locator("textarea[name=text]")).locator("button").click()
    page.wait_for_selector("[data-outcome=rejected]")
    assert page.locator("html").get_attribute("lang") == "ar"
    no_wider_than_its_window(page)
    page.screenshot(path=pictures / f"verdict-ar-{size}.png", full_page=True)
    page.context.close()


@pytest.mark.parametrize("language", ["en", "km", "ja", "ko", "th", "ms", "ar"])
def test_every_door_of_the_verifier_fits_a_phone_in_every_language(
    browser: Browser, site: OfflineSite, language: str
) -> None:
    page = opened(browser, site, "/verify", language, viewport={"width": 360, "height": 640})
    for path in ("/verify", "/verify/batch", "/verify/programme", "/verify/ask", "/verify/offline"):
        page.goto(f"{site.url}{path}?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        no_wider_than_its_window(page)
    page.context.close()
