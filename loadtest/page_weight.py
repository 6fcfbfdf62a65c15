"""What the verify page costs a recruiter on a bad line: bytes, requests, first paint, time to a verdict.

    python -m loadtest.page_weight [--kilobits 400] [--latency 400]

A demo world is made and served on this machine, and Chromium opens its page with an empty cache and its line
throttled (400 kilobits a second and 400 ms there and back unless told otherwise): once as it is, and once
without a throttle, so that the ratio of both is measured in one run. Whatever is asked of another host than
the demo's counts as an error and nothing is printed.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, sync_playwright

from tests.browser.conftest import FLAGS
from tests.served_demo import free_port, serve_demo

LANGUAGES = ("en", "km", "ja", "ko", "th", "ms", "ar")
_CHROMIUM = os.environ.get("PASSPORT_CHROMIUM", "/usr/bin/chromium")
_PAINTED = "performance.getEntriesByName('first-contentful-paint').length"
_BEFORE_PAINT = """(() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  const got = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  return got.filter((one) => one.responseEnd <= paint).reduce((sum, one) => sum + one.transferSize, 0);
})()"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(kw_only=True, slots=True)
class Measured:
    """One visit: bytes before the first paint and in all until loaded, requests, and milliseconds."""

    received: int = 0
    painted: int = 0
    requests: list[str] = field(default_factory=list)
    paint: float = 0.0
    verdict: float = 0.0


def visit(browser: Browser, url: str, language: str, certificate: Path, line: dict[str, float]) -> Measured:
    """Open the page with an empty cache, paste a credential, and wait for the verdict."""
    measured = Measured()
    context = browser.new_context(locale=language)
    page = context.new_page()
    session = context.new_cdp_session(page)
    _watch(session, measured)
    session.send("Network.emulateNetworkConditions", {"offline": False, **line})
    page.goto(f"{url}/verify?lang={language}", wait_until="load")
    page.wait_for_function(_PAINTED)
    measured.painted = int(page.evaluate(_BEFORE_PAINT))
    measured.paint = float(page.evaluate(_PAINT))
    first = measured.received
    page.fill("textarea[name=text]", certificate.read_text(encoding="utf-8"))
    started = float(page.evaluate("Date.now()"))
    page.locator("form", has=page.locator("textarea[name=text]")).locator("button").click()
    page.wait_for_selector("[data-outcome=accepted]")
    measured.verdict = float(page.evaluate("Date.now()")) - started
    measured.received = first
    context.close()
    return measured


def _watch(session: CDPSession, measured: Measured) -> None:
    def finished(event: dict[str, float]) -> None:
        measured.received += int(event["encodedDataLength"])

    def asked(event: dict[str, dict[str, str]]) -> None:
        measured.requests.append(event["request"]["url"])

    session.on("Network.loadingFinished", finished)
    session.on("Network.requestWillBeSent", asked)
    session.send("Network.enable")


def main(arguments: Sequence[str]) -> int:
    """Print one line a language."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kilobits", type=int, default=400)
    parser.add_argument("--latency", type=int, default=400)
    given = parser.parse_args(arguments)
    bytes_a_second = given.kilobits * 1000 / 8
    slow = {
        "latency": given.latency,
        "downloadThroughput": bytes_a_second,
        "uploadThroughput": bytes_a_second,
    }
    fast: dict[str, float] = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        passport = str(Path(sys.executable).parent / "passport")
        # Its lists are named by the address it will be served at.
        port = free_port()
        made = [passport, "demo", "--out", str(folder / "demo")]
        address = {**os.environ, "PASSPORT_BASE_URL": f"http://127.0.0.1:{port}"}
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, env=address)
        certificate = sorted((folder / "demo" / "credentials").iterdir())[1]
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=FLAGS)
        with serve_demo(folder / "demo", port=port) as demo:
            for language in LANGUAGES:
                one, other = (visit(browser, demo.url, language, certificate, line) for line in (slow, fast))
                strangers = [u for u in one.requests if urlsplit(u).netloc != urlsplit(demo.url).netloc]
                if strangers:
                    raise SystemExit(f"asked of somebody else: {strangers}")
                sys.stdout.write(
                    f"{language}: {one.painted / 1000:.1f} kB before the first paint, "
                    f"{one.received / 1000:.1f} kB with fonts, pictures and scripts, "
                    f"{len(one.requests)} requests in all; first paint {one.paint:.0f} ms "
                    f"({one.paint / other.paint:.1f} x unthrottled), "
                    f"verdict {one.verdict:.0f} ms after pressing the button "
                    f"({one.verdict / other.verdict:.1f} x unthrottled)\n"
                )
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
