"""A card held before the camera of a phone without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.offline_site import OfflineSite
from tests.browser.test_offline import (
    cut,
    expect_result,
    is_kept,
    on_the_phone,
    patience,
    picture_of,
    rpl_card,
    site,
)
from tests.simulator import IssuerWorld

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["patience", "site"]

WIDTH, HEIGHT = 640, 480


def write_film(path: Path, picture: Image.Image) -> None:
    """A film of one frame, as Chromium shows it in place of a camera."""
    frame = Image.new("L", (WIDTH, HEIGHT), 200)
    frame.paste(picture.resize((440, 440)), (100, 20))
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\nFRAME\n"
    path.write_bytes(header.encode() + frame.tobytes() + grey)


@pytest.fixture(scope="module")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    # The keys of the simulated world are the same in every one.
    film = tmp_path_factory.mktemp("film") / "film.y4m"
    write_film(film, picture_of(rpl_card(IssuerWorld())))
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *camera])
        yield launched
        launched.close()


def test_the_camera_reads_a_card_without_a_network(browser: Browser, site: OfflineSite) -> None:
    with on_the_phone(browser, site, language="km") as (context, page):
        context.grant_permissions(["camera"])
        is_kept(page)
        cut(context, site)
        page.reload()
        page.click('button[name="start"]')
        expect_result(page, "accepted", "SOK DARA")
        expect(page.locator("#camera")).to_be_hidden()
        assert page.locator("html").get_attribute("lang") == "km"
