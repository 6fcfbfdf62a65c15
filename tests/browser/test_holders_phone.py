"""A returnee with a small phone, in Khmer: shows a certificate, sees what is missing, takes all along."""

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.holder_paths import SIGNED_IN, SIGNED_OUT
from tests.browser.holder_phone import (
    LANGUAGES,
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

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOLDER = "returnee-2"


@pytest.fixture(scope="module")
def mine(browser: Browser, demo: ServedDemo) -> str:
    """The id of a certificate that the holder has."""
    issue_class(demo.url)
    return certificate_of(browser, demo, HOLDER)


def codes_in(picture: bytes) -> list[str]:
    with Image.open(BytesIO(picture)) as image:
        return [code.text for code in qr_codes(image.convert("L"))]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_first_look_to_the_copy_in_khmer(
    browser: Browser, demo: ServedDemo, mine: str, pictures: Path, tmp_path: Path, scripts: bool
) -> None:
    with holding(browser, demo, scripts=scripts) as page:
        sign_in(page, HOLDER)
        assert page.locator("html").get_attribute("lang") == "km"
        thumbs_fit(page, ".acts a, .more a, .tile")
        if scripts:
            page.screenshot(path=pictures / "holder-home-km-360.png", full_page=True)

        page.locator(".acts a[href='/wallet/show']").click()
        page.wait_for_url("**/wallet/show")
        link = page.locator(".qr-figure a").get_attribute("href")
        seen = page.locator(".qr-figure svg").bounding_box()
        assert seen is not None
        assert seen["y"] + seen["height"] <= PHONE["height"], "the code is seen whole without scrolling"
        assert codes_in(page.locator(".qr-figure svg").screenshot()) == [link]
        if scripts:
            page.screenshot(path=pictures / "holder-show-km-360.png", full_page=True)
        with page.expect_download() as waiting:
            page.locator("a[href$='/qr.png']").click()
        waiting.value.save_as(tmp_path / "kept.png")
        assert codes_in((tmp_path / "kept.png").read_bytes()) == [link]

        page.goto("/wallet/programmes")
        page.locator("a[href='/wallet/programmes/kh-work']").click()
        page.locator("a[href$='variant=construction']").click()
        page.wait_for_url("**variant=construction")
        assert page.locator("[data-needed] li").count() > 0
        assert page.locator("[data-requirement]").count() == 3
        if scripts:
            page.screenshot(path=pictures / "holder-needed-km-360.png", full_page=True)

        page.goto("/wallet/me")
        page.locator("form[action='/wallet/me/export'] input[name=pin]").fill(pin_of(demo, HOLDER))
        with page.expect_download() as waiting:
            page.locator("form[action='/wallet/me/export'] button").click()
        waiting.value.save_as(tmp_path / "copy.zip")
        with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
            names = [name for name in archive.namelist() if name.startswith("credentials/")]
            assert mine in {json.loads(archive.read(name))["id"] for name in names}
            raw = archive.read(names[0])
    # Whoever gets the file checks it without an account.
    body = b'{"verifiableCredential":' + raw + b"}"
    answer = httpx2.post(
        f"{demo.url}/credentials/verify",
        content=body,
        headers={"Content-Type": "application/json"},
        trust_env=False,
    )
    assert answer.json()["decision"]["outcome"] == "accepted"


@pytest.fixture(scope="module")
def phones(browser: Browser, demo: ServedDemo, mine: str) -> Iterator[dict[str, Page]]:
    """Two phones that are signed in: as they come, and at 200 %."""
    with holding(browser, demo) as usual, holding(browser, demo, size=ZOOMED) as zoomed:
        for page in (usual, zoomed):
            sign_in(page, HOLDER)
        yield {"usual": usual, "zoomed": zoomed}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SIGNED_IN)
def test_every_page_is_accessible_and_fits(
    phones: dict[str, Page], mine: str, pictures: Path, path: str, language: str
) -> None:
    address = path.format(credential=mine)
    name = re.sub(r"\W+", "-", path.format(credential="one")).strip("-")
    for size, page in phones.items():
        opened(page, address, language)
        no_wider_than_the_phone(page)
        page.screenshot(path=pictures / f"holder-{name}-{language}-{size}.png", full_page=True)
    opened(phones["usual"], address, language)
    thumbs_fit(phones["usual"], "main .button, main .more a, main .acts a") if phones["usual"].locator(
        "main .button, main .more a, main .acts a"
    ).count() else None
    accessible(phones["usual"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SIGNED_OUT)
def test_every_page_before_signing_in_is_accessible_and_fits(
    browser: Browser, demo: ServedDemo, path: str, language: str
) -> None:
    for size in (PHONE, ZOOMED):
        with holding(browser, demo, size=size) as page:
            opened(page, path, language)
            no_wider_than_the_phone(page)
            if size == PHONE:
                accessible(page)


def test_the_phone_reads_aloud_only_with_a_voice_of_its_own(
    browser: Browser, demo: ServedDemo, mine: str
) -> None:
    """A voice that is not on the phone would send what is read to its maker."""
    voices = "[{lang: 'km-KH', localService: %s, name: 'x'}]"
    for is_local in ("true", "false"):
        with holding(browser, demo) as page:
            page.add_init_script(
                "window.said = []; Object.defineProperty(window, 'speechSynthesis', {value: {"
                f"getVoices: () => {voices % is_local}, cancel() {{}}, "
                "speak(one) { window.said.push(one.text) } }});"
                "window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };"
            )
            sign_in(page, HOLDER)
            buttons = page.locator("[data-speak]")
            assert buttons.count() > 0
            assert buttons.first.is_visible() is (is_local == "true")
            if is_local == "true":
                thumbs_fit(page, "[data-speak]")
                buttons.first.click()
                assert page.evaluate("window.said") == [buttons.first.get_attribute("data-speak")]
