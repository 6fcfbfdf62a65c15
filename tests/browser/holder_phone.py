"""A holder's phone in a browser, and what is looked for on every page of theirs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from passport.demo_world.people import draw_people
from passport.demo_world.world import returnees_who_sign_in
from tests.served_demo import PASSWORD, ServedDemo

PHONE: Final = {"width": 360, "height": 640}
# WCAG 1.4.4 and 1.4.10: at 200 % a page has half the phone's width to be laid out in.
ZOOMED: Final = {"width": 180, "height": 320}
LANGUAGES: Final = ("km", "en", "th")
_AXE: Final = Path(__file__).parents[2] / "runtime/frontend/node_modules/axe-core/axe.min.js"
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_THUMB: Final = 48


@contextmanager
def holding(
    browser: Browser,
    demo: ServedDemo,
    *,
    size: dict[str, int] = PHONE,
    language: str = "km",
    scripts: bool = True,
) -> Iterator[Page]:
    """A phone of its own; any error in a page's console fails the test."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        locale=language,
        base_url=demo.url,
        java_script_enabled=scripts,
        has_touch=True,
        accept_downloads=True,
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    grave = [error for error in errors if "status of 4" not in error]
    assert grave == [], grave


def sign_in(page: Page, username: str, path: str = "/wallet") -> None:
    """As somebody of the demo world, with name and password."""
    page.goto(f"/sign-in?next={path}")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url(f"**{path}")


def pin_of(demo: ServedDemo, username: str) -> str:
    """The PIN of a returnee of the demo world, as it was printed where the demo was started."""
    names = [person.name_latin for person in returnees_who_sign_in(draw_people())]
    name = names[int(username.removeprefix("returnee-")) - 1]
    found = re.search(rf"PIN (\d{{6}}) +{name}", demo.announcement.read_text(encoding="utf-8"))
    assert found is not None, name
    return found[1]


def certificate_of(browser: Browser, demo: ServedDemo, username: str) -> str:
    """The id of a certificate in a holder's passport, once one is there."""
    with holding(browser, demo) as page:
        sign_in(page, username)
        for _ in range(60):
            link = page.locator("a[href^='/wallet/credentials/']").first
            if link.count():
                return (link.get_attribute("href") or "").rsplit("/", 1)[1]
            page.wait_for_timeout(500)
            page.reload()
    raise AssertionError("nothing was delivered")


def opened(page: Page, path: str, language: str) -> None:
    """Go to ``path`` in ``language``, and require the page to be there and to speak it."""
    answer = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer is not None
    assert answer.status == 200, path
    assert page.locator("html").get_attribute("lang") == language


def no_wider_than_the_phone(page: Page) -> None:
    """Nothing is cut off or scrolls sideways, but for a table that does so by itself."""
    found = page.evaluate(
        """() => ({
          scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
          beyond: [...document.querySelectorAll('body *')].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width > 0 && (box.right > window.innerWidth + 1 || box.left < -1) &&
              !one.closest('.skip-link, .visually-hidden, .table-wrap, .demo-watermark');
          }).map((one) => one.tagName + '.' + one.getAttribute('class')).slice(0, 5)
        })"""
    )
    assert found == {"scrolls": False, "beyond": []}, (page.url, found)


def thumbs_fit(page: Page, selector: str) -> None:
    """Everything that is there to be pressed is as large as a thumb; what is not displayed is not there."""
    sizes = page.locator(selector).evaluate_all(
        """all => all.filter((one) => one.getClientRects().length).map((one) => {
          const box = one.getBoundingClientRect();
          return [box.width, box.height];
        })"""
    )
    assert sizes, selector
    assert all(width >= _THUMB and height >= _THUMB for width, height in sizes), (page.url, selector, sizes)


@cache
def _axe() -> str:
    if not _AXE.is_file():
        pytest.skip("axe-core is missing: run make setup")
    return _AXE.read_text(encoding="utf-8")


def accessible(page: Page) -> None:
    """axe finds nothing serious or critical; and it did look at the colours."""
    # The marks of the demo lie over everything, and no contrast could be told through them.
    page.evaluate("document.querySelectorAll('.demo-watermark').forEach((one) => one.remove())")
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})",
        _TAGS,
    )
    grave = [
        (one["id"], one["impact"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == [], (page.url, grave)
    assert "color-contrast" in {one["id"] for one in found["passes"]}, page.url
