"""A card held before the camera of a phone without a network."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.filmed import filmed_before, write_film
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


@pytest.fixture(scope="module")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    # The keys of the simulated world are the same in every one.
    film = tmp_path_factory.mktemp("film") / "film.y4m"
    write_film(film, picture_of(rpl_card(IssuerWorld())))
    with filmed_before(chromium, film) as launched:
        yield launched


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
